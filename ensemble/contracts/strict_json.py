"""Reads a JSON file as RFC 8259 has it: no number that is none, no name twice in an object, no endless nesting."""

from __future__ import annotations

import json
from math import isinf
from pathlib import Path
from typing import Any, NoReturn


class NotJson(ValueError):
    """Raised when a file cannot be read as JSON; its text goes on after the file's name: "is not JSON: ..."."""


def read_json(path: Path) -> Any:
    """Return what is in the file. Raises NotJson, and OSError when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"is not UTF-8 (byte {error.start}): save it as UTF-8") from None
    try:
        return json.loads(text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise NotJson(f"is not JSON: {error}") from None
    except RecursionError:
        raise NotJson("is nested too deeply to be read") from None
    except NotJson:
        raise
    except ValueError as error:  # an integer of more digits than Python reads
        raise NotJson(f"has a number that cannot be read: {error}") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise NotJson(f"has {name!r} twice in one object: readers take either, so leave one")
        result[name] = value
    return result


def _no_number(text: str) -> NoReturn:
    raise NotJson(f"has {text}, which is no JSON number")


def _number(text: str) -> float:
    number = float(text)
    if isinf(number):
        raise NotJson(f"has the number {text}, which is too large")
    return number
