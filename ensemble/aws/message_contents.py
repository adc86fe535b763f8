"""What SQS takes as a message: its characters, its attributes with their MD5, its size."""

from __future__ import annotations

import hashlib
import re
from base64 import b64decode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ensemble.aws.errors import AwsError

Attributes = Mapping[str, Mapping[str, Any]]
"""Message attributes as the JSON protocol has them: a BinaryValue is Base64."""

MAXIMUM_BYTES = 1_048_576
"""The largest message, and the largest batch of them, in bytes (SQS Developer Guide, "Amazon SQS message quotas")."""

MOST_ATTRIBUTES = 10
SYSTEM_ATTRIBUTES = {"AWSTraceHeader"}
"""What a sender may give (SQS API Reference, SendMessage, MessageSystemAttributes)."""

REPLACED = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
"""What XML does not have (SQS API Reference, SendMessage)."""

REPLACEMENT = "\ufffd"

_NAME = re.compile(r"(?!aws\.|amazon\.|\.)(?!.*\.\.)[a-z0-9_.-]{1,256}(?<!\.)", re.IGNORECASE)
_TYPE = re.compile(r"(String|Number|Binary)(\..+)?", re.DOTALL)


def stored_body(body: str) -> str:
    """Return a body as SQS stores it: each character that XML does not have is replaced."""
    return REPLACED.sub(REPLACEMENT, body)


def check_body(body: str | None) -> None:
    """Raise AwsError for a body that SQS refuses (SQS API Reference, SendMessage, MessageBody)."""
    if not body:
        raise AwsError("MissingParameter", "The request must contain the parameter MessageBody.")
    if not REPLACED.sub("", body):
        raise AwsError("InvalidMessageContents", "The message contains characters outside the allowed set.")


def check_attributes(attributes: Attributes, system: Attributes) -> None:
    """Raise AwsError for attributes that SQS refuses (SQS Developer Guide, "Amazon SQS message metadata")."""
    if len(attributes) > MOST_ATTRIBUTES:
        raise _invalid(f"Number of message attributes [{len(attributes)}] exceeds the allowed maximum [10].")
    for name, value in attributes.items():
        if _NAME.fullmatch(name) is None:
            raise _invalid(f"The message attribute name {name!r} is not valid.")
        if (fault := _fault(value)) is not None:
            raise _invalid(f"The message attribute {name!r} {fault}.")
    if unknown := sorted(system.keys() - SYSTEM_ATTRIBUTES):
        raise _invalid(f"Message system attribute name {unknown[0]!r} is invalid.")


def _fault(value: Mapping[str, Any]) -> str | None:
    """Return what is wrong with an attribute, None where nothing is."""
    kind = _TYPE.fullmatch(str(value.get("DataType", "")))
    if kind is None:
        return "has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String"
    content = value.get("BinaryValue" if kind[1] == "Binary" else "StringValue")
    if not content or not _content(value)[1]:
        return f"must contain a non-empty value of type {kind[1]}"
    if kind[1] == "Number" and not _is_number(content):
        return "must be a number"
    return None


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def message_bytes(body: str, attributes: Attributes) -> int:
    """Return what a message counts towards the limit: its body, and of each attribute name, type and value."""
    parts = (part for name, value in attributes.items() for part in (name.encode(), *_content(value)))
    return len(body.encode()) + sum(map(len, parts))


def check_size(size: int) -> None:
    """Raise AwsError for a message that is too large."""
    if size > MAXIMUM_BYTES:
        raise _invalid(f"Message must be shorter than {MAXIMUM_BYTES} bytes.")


def md5_of(attributes: Attributes) -> str:
    """Return the MD5 of attributes (SQS Developer Guide, "Calculating the MD5 message digest for message
    attributes")."""
    digest = hashlib.md5(usedforsecurity=False)
    for name in sorted(attributes):
        kind, content = _content(attributes[name])
        for part in (name.encode(), kind):
            digest.update(len(part).to_bytes(4) + part)
        digest.update(b"\x02" if kind.startswith(b"Binary") else b"\x01")
        digest.update(len(content).to_bytes(4) + content)
    return digest.hexdigest()


def _content(value: Mapping[str, Any]) -> tuple[bytes, bytes]:
    """Return the type and the value of an attribute, as bytes; of what is no Base64 nothing."""
    kind = str(value.get("DataType", "")).encode()
    if not kind.startswith(b"Binary"):
        return kind, str(value.get("StringValue", "")).encode()
    try:
        return kind, b64decode(value.get("BinaryValue", ""))
    except ValueError:
        return kind, b""


def chosen(attributes: Attributes, asked: list[str]) -> Attributes:
    """Return the attributes that are asked for: by name, by `<beginning>.*`, or all (SQS API Reference,
    ReceiveMessage)."""
    beginnings = tuple(name.removesuffix("*") if name != ".*" else "" for name in asked if name.endswith(".*"))
    return {
        name: value for name, value in attributes.items() if {name, "All"} & set(asked) or name.startswith(beginnings)
    }


def _invalid(reason: str) -> AwsError:
    return AwsError("InvalidParameterValue", f"One or more parameters are invalid. Reason: {reason}")
