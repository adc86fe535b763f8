"""Where a value that AWS has differs from what a template says, by the path to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ensemble.aws.opaque import Opaque

QUEUE_URL = re.compile(r"https?://[^/]+/(\d{12}/[\w.-]+)")
"""A queue's URL: where AWS does not answer itself the host is another one."""

Difference = tuple[str, Any, Any]
"""The path below the property, what is there, and what the template says; None for nothing."""

ANYBODY = {"AWS": "*"}
"""What AWS makes of the principal `*` of a policy (IAM User Guide, "AWS JSON policy elements: Principal")."""


def differences(there: Any, wanted: Any, path: str = "") -> Iterator[Difference]:
    """Yield each. What only a deployment knows equals anything; the order in a list says nothing."""
    if isinstance(wanted, Opaque) or _plain(there) == _plain(wanted):
        return
    if isinstance(there, dict) and isinstance(wanted, dict):
        for name in sorted(there.keys() | wanted.keys()):
            yield from differences(there.get(name), wanted.get(name), f"{path}.{name}")
        return
    if isinstance(there, list) and isinstance(wanted, list) and len(there) == len(wanted):
        left = [one for one in there if _plain(one) not in map(_plain, wanted)]
        missing = [one for one in wanted if _plain(one) not in map(_plain, there)]
        for one, other in zip(_in_order(left), _in_order(missing), strict=False):
            yield from differences(one, other, path)
        return
    yield path, there, wanted


def _in_order(values: list[Any]) -> list[Any]:
    return sorted(values, key=_text)


def _plain(value: Any) -> Any:
    """Return a value so that two which mean the same are equal: a list of one is that one, 1 is "1" and true "true"."""
    if value in (None, "", [], {}):
        return None
    if isinstance(value, dict):
        members = {name: _plain(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None
    if isinstance(value, list):
        return _plain(value[0]) if len(value) == 1 else sorted(map(_plain, value), key=_text)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    url = QUEUE_URL.fullmatch(str(value))
    return url[1] if url else str(value)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)


def policy(document: Any) -> Any:
    """Return a policy, or what else stands there, with its anybody as AWS writes it."""
    if isinstance(document, list):
        return [policy(one) for one in document]
    if isinstance(document, dict):
        return {
            name: ANYBODY if name == "Principal" and member == "*" else policy(member)
            for name, member in document.items()
        }
    return document
