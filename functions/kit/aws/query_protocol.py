"""The AWS query protocol, of which SNS's Publish needs little: forms to it, XML from it (Smithy, "AWS Query
protocol")."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from functions.kit.aws.sending import Response

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

VERSION = "2010-03-31"
"""Of SNS's API."""


def written(operation: str, parameters: Mapping[str, Any]) -> bytes:
    """Return the body of a request."""
    form = [("Action", operation), ("Version", VERSION)]
    for name, value in parameters.items():
        form += _fields(name, value)
    return urlencode(form).encode()


def _fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if name == "MessageAttributes":
        for number, (key, attribute) in enumerate(value.items(), 1):
            entry = f"{name}.entry.{number}"
            yield f"{entry}.Name", key
            for member, content in attribute.items():
                yield from _fields(f"{entry}.Value.{member}", content)
    elif isinstance(value, bytes | bytearray):
        yield name, b64encode(value).decode()
    else:
        yield name, value


def read(body: bytes) -> dict[str, Any]:
    """Return the members of an answer, which are texts. Raises ValueError when it is no XML."""
    return _members(_parsed(body)[0])


def error(response: Response) -> dict[str, Any]:
    """Return an answer that is an error, with its code and text under `Error`."""
    try:
        found = next((one for one in _parsed(response.body).iter() if _name(one) == "Error"), None)
    except ValueError:
        found = None
    said = {} if found is None else _members(found)
    return {"Error": {"Code": str(response.status), "Message": "", **said}}


def _parsed(body: bytes) -> Element:
    from xml.etree.ElementTree import ParseError, fromstring

    try:
        return fromstring(body)
    except ParseError as fault:
        raise ValueError(f"an answer is XML: {fault}") from fault


def _members(element: Element) -> dict[str, Any]:
    return {_name(one): one.text or "" for one in element}


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
