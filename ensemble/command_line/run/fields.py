"""Reads `FIELD=VALUE` as typed at the terminal, and sets such fields, nested ones by path: `lines[0].name`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ensemble.command_line.errors import UsageRefused
from ensemble.contracts.profile import NAME

Path = tuple[str | int, ...]

_PATH = re.compile(rf"{NAME}(\[[0-9]+\]|\.{NAME})*")
_STEP = re.compile(rf"\[([0-9]+)\]|({NAME})")


def with_fields(fields: dict[str, Any], assignments: list[str], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields with each `FIELD=VALUE` set, in order; `schema` says what is meant as a text.

    Raises UsageRefused when one is no assignment, or its path does not fit what is there.
    """
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not _PATH.fullmatch(name):
            raise UsageRefused(f"{assignment!r} is not FIELD=VALUE, such as trip_id=t-1 or lines[0].number=2")
        path = _steps(name)
        fields = _with(fields, path, _value(text, _type_at(schema, path)), name)
    return fields


def _steps(name: str) -> Path:
    return tuple(int(index) if index else step for index, step in _STEP.findall(name))


def _type_at(schema: Mapping[str, Any], path: Path) -> str | None:
    """Return the type that the schema has at the path; None when it knows no such field."""
    for step in path:
        inner = schema.get("items") if isinstance(step, int) else schema.get("properties", {}).get(step)
        if inner is None:
            return None
        schema = inner
    return str(schema["type"])


def _value(text: str, type: str | None) -> Any:
    """Read the text as JSON, unless a text is meant or it is no JSON."""
    if type == "string":
        return text
    try:
        return json.loads(text)
    except ValueError:
        return text


def _with(here: Any, path: Path, value: Any, name: str) -> Any:
    """Return `here` with the value at the path, making the objects and the next list item on the way to it."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        inside = {} if here is None else here
        if not isinstance(inside, dict):
            raise UsageRefused(f"{name} does not fit: there is no {step!r} in {json.dumps(here)}")
        return {**inside, step: _with(inside.get(step), rest, value, name)}
    items = [] if here is None else here
    if not isinstance(items, list):
        raise UsageRefused(f"{name} does not fit: {json.dumps(here)} is no list")
    if step > len(items):
        raise UsageRefused(f"{name} leaves a gap: the next item is [{len(items)}]")
    item = items[step] if step < len(items) else None
    return [*items[:step], _with(item, rest, value, name), *items[step + 1 :]]
