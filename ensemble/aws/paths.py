"""JSON paths as EventBridge reads them: names with dots, indices in brackets, and `*`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

_STEP = re.compile(r"\.(?P<name>[A-Za-z0-9_/-]+)|\.(?P<all>\*)|\[(?P<index>\d+)\]|\[(?P<each>\*)\]")

Steps = tuple[str | int | None, ...]
"""The steps of a path: a member's name, an element's index, or None for all there are."""

MISSING = object()
"""What is at a path where nothing is."""


def steps_of(path: str) -> Steps | None:
    """Return the steps of a path such as `$.detail.items[0].sku`; None for what is no path of EventBridge's.

    Source: Amazon EventBridge User Guide, "Amazon EventBridge input transformation".
    """
    if not path.startswith("$"):
        return None
    steps: list[str | int | None] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None:
            return None
        name, index = match["name"], match["index"]
        steps.append(name if name is not None else int(index) if index is not None else None)
        position = match.end()
    return tuple(steps)


def at(value: Any, steps: Sequence[str | int | None]) -> Any:
    """Return what of a JSON value is at the steps, a list where one of them is for all; MISSING where nothing is."""
    for number, step in enumerate(steps):
        if step is None:
            members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
            found = (at(member, steps[number + 1 :]) for member in members)
            return [one for one in found if one is not MISSING]
        if isinstance(step, str):
            value = value.get(step, MISSING) if isinstance(value, dict) else MISSING
        else:
            value = value[step] if isinstance(value, list) and step < len(value) else MISSING
        if value is MISSING:
            return MISSING
    return value
