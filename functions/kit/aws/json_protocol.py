"""AWS JSON 1.0 and 1.1: requests to bytes, answers to what botocore's clients return (Smithy, "AWS JSON 1.0
protocol")."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ParamValidationError

from functions.kit.aws.sending import Response


def written(_operation: str, parameters: Mapping[str, Any]) -> bytes:
    """Return the body of a request; a header names its operation. Raises ParamValidationError for what has no form."""
    return _ENCODER.encode(parameters).encode()


def _plain(value: Any) -> Any:
    """Return what has no form in JSON as the protocol writes it: bytes, and times in seconds since 1970."""
    if isinstance(value, bytes | bytearray):
        return b64encode(value).decode()
    if isinstance(value, datetime):
        return value.timestamp()
    raise ParamValidationError(report=f"{type(value).__name__} has no form in a request to AWS")


# Made once: with any option `json` makes one at each call. No request holds itself, so nothing looks for that.
_ENCODER = json.JSONEncoder(default=_plain, separators=(",", ":"), check_circular=False)


def read(body: bytes) -> dict[str, Any]:
    """Return the members of an answer. Raises ValueError when it is no JSON object."""
    if body in (b"{}", b""):  # most writes have no other
        return {}
    may_differ = b"null" in body or b'"B":' in body or b'"BS":' in body
    content = (_given_decoded if may_differ else _decoded)(body.decode())
    if not isinstance(content, dict):
        raise ValueError("an answer is a JSON object")
    return content


def _given(members: dict[str, Any]) -> dict[str, Any]:
    """Return what is given, and bytes as bytes: an attribute of that kind has no other member (Amazon DynamoDB API
    Reference, AttributeValue)."""
    if len(members) == 1:
        match members:
            case {"B": str(encoded)}:
                return {"B": b64decode(encoded)}
            case {"BS": list(several)}:
                return {"BS": [b64decode(one) for one in several]}
    return {name: value for name, value in members.items() if value is not None}


_decoded = json.JSONDecoder().decode
_given_decoded = json.JSONDecoder(object_hook=_given).decode


def error(response: Response) -> dict[str, Any]:
    """Return an answer that is an error, with its code and text under `Error` and its other members beside it."""
    try:
        members = read(response.body)
    except ValueError:
        members = {"message": response.body.decode(errors="replace")}
    code = str(members.get("__type") or response.headers.get("x-amzn-errortype") or response.status)
    code = code.partition(":")[0].rpartition("#")[2]
    said: dict[str, Any] = {"Message": members.get("message", members.get("Message", "")), "Code": code}
    if (former := response.headers.get("x-amzn-query-error")) is not None:
        said["QueryErrorCode"] = code
        said["Code"], _, said["Type"] = former.partition(";")
    return {"Error": said, **{name: value for name, value in members.items() if name != "__type"}}
