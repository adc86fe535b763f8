"""How two decisions on the same event and state differ, and which of many such differences are the same one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Json = dict[str, Any]

ABSENT: Any = type("Absent", (), {"__repr__": lambda _: "nothing"})()
"""What stands where only the other decision has something."""


class Change(NamedTuple):
    """Where two decisions differ: by names and numbers, as `publishes`, 0, `fields`, `reason`."""

    path: tuple[str | int, ...]
    old: Any
    new: Any


def changes(old: Any, new: Any, path: tuple[str | int, ...] = ()) -> Iterator[Change]:
    """Yield where they differ, as deep as both have something."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            yield from changes(old.get(name, ABSENT), new.get(name, ABSENT), (*path, name))
    elif isinstance(old, list) and isinstance(new, list):
        for at in range(max(len(old), len(new))):
            before, after = (one[at] if at < len(one) else ABSENT for one in (old, new))
            yield from changes(before, after, (*path, at))
    elif old != new:
        yield Change(path, old, new)


def from_what_was_published(step: Json, published: list[Json]) -> list[Change]:
    """Return in what a decision differs from what was published at the time.

    Where nothing was, and the code refuses the event, it did so then too, or the event waited.
    """
    if step["way"] is None:
        raised = step["decision"].get("raises", "nothing")
        return [Change(("publishes",), published, raised)] if published else []
    return list(changes({"publishes": published}, {"publishes": step["way"]["publishes"]}))


@dataclass(slots=True)
class Difference:
    """Decisions that differ in the same places, on events of one type. The first of them is the witness: `before` is
    its state, `event` its fields."""

    type: str
    row: str
    event_id: str
    before: Any
    event: Any
    changes: list[Change]
    number: int = 1


@dataclass(slots=True)
class Differences:
    """All differences, each kind once."""

    compared: int = 0
    found: dict[tuple[str, tuple[tuple[str | int, ...], ...]], Difference] = field(default_factory=dict)

    def add(self, difference: Difference) -> None:
        """Note one, if it is any."""
        self.compared += 1
        if not difference.changes:
            return
        key = difference.type, tuple(_kind(one.path) for one in difference.changes)
        if key in self.found:
            self.found[key].number += 1
        else:
            self.found[key] = difference


def _kind(path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return a path without what differs between events: the places in lists, and the names of counters."""
    if path[0] in ("takes", "gives", "totals"):
        return path[:1]
    return tuple("*" if isinstance(one, int) else one for one in path)
