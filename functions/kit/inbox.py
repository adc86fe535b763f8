"""What a row remembers of each event that it has handled: the event's id and its content, in a few bytes."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Any

from functions.kit.model import ENVELOPE, TRACEPARENT

ID_CHARACTERS, CONTENT_CHARACTERS = 16, 8
"""How much is kept of the hash of an id, 96 bits, and of that of a content, 48 bits: two ids of one row never meet, and
of a billion events sent again with another content not one is taken for the same."""

_sorted = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True, check_circular=False).encode


_OF_THE_ENVELOPE = frozenset((*ENVELOPE, TRACEPARENT))


@lru_cache(maxsize=256)  # it is asked for when an event is looked for, and when it is written down
def place_of(event_id: str) -> str:
    """Return under what an inbox has the event with this id."""
    return hash_of(event_id, ID_CHARACTERS)


def content_of(detail: Mapping[str, Any]) -> str:
    """Return what tells the business fields of an event, as they were sent, from others.

    A field that is null is none, and 1.0 is 1: who sends an event again may write it by another serializer, and in
    another trace.
    """
    fields = {name: value for name, value in detail.items() if name not in _OF_THE_ENVELOPE}
    text = _sorted(fields)
    if "null" in text or ".0" in text or "e+" in text:  # what can be said in another way too
        text = _sorted(_meant(fields))
    return hash_of(text, CONTENT_CHARACTERS)


def _meant(value: Any) -> Any:
    """Return a value without null fields, and with whole numbers for floats that are whole."""
    if isinstance(value, dict):
        return {name: _meant(inner) for name, inner in value.items() if inner is not None}
    if isinstance(value, list):
        return [_meant(element) for element in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def entry(forgotten_after: int, content: str = "") -> str:
    """Return what an inbox has of an event: the day (since 1970) after which it may be forgotten, and its content."""
    return f"{forgotten_after} {content}".rstrip()


def day_of(entry: str) -> int:
    """Return the day after which an event may be forgotten."""
    return int(entry.partition(" ")[0])


def is_other(entry: str, content: str) -> bool:
    """Whether an event was handled with another content. Of what version 0.2.0 has handled none is known."""
    known = entry.partition(" ")[2]
    return bool(known and content) and known != content


def hash_of(text: str, characters: int) -> str:
    """Return so many characters of a text's hash."""
    digest = sha256(text.encode("utf-8", "backslashreplace")).digest()
    return urlsafe_b64encode(digest[: characters * 3 // 4]).decode()
