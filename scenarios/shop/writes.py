"""A write to a row of a service, as the watchers of a schedule see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ensemble.simulator.dynamodb import Item

NOTHING: Mapping[str, Any] = {"status": "nothing"}
"""What stands for the state of a row that is not there, or that remembers events but no state."""


@dataclass(frozen=True, slots=True)
class Write:
    """A row of a service as it was and as it becomes, and the ids of the events that this very commit handled."""

    service: str
    key: str
    was: Mapping[str, Any]
    becomes: Mapping[str, Any]
    handled: frozenset[str]

    @classmethod
    def of(cls, service: str, before: Item | None, after: Item) -> Write:
        """Return the write between two images of an item."""
        handled = _handled(after) - _handled(before)
        return cls(service, after["pk"]["S"], state_of(before), state_of(after), handled)

    @property
    def subject(self) -> str:
        """The id of the order, or the goods receipt, that the row is about."""
        return self.key.partition("#")[2]

    @property
    def comes_to(self) -> str | None:
        """The status that the row has now and had not before; None when it stays what it was."""
        status = str(self.becomes["status"])
        return None if status == self.was["status"] else status


def state_of(item: Item | None) -> Mapping[str, Any]:
    """Return the state of a row; `NOTHING` when it has none."""
    return NOTHING if item is None or "state" not in item else _decoded(item["state"]["S"])


def amount_of(item: Item | None) -> int:
    """Return what a counter holds: 0, if it is not there or no counter."""
    return int(item["amount"]["N"]) if item is not None and "amount" in item else 0


def _handled(item: Item | None) -> frozenset[str]:
    return frozenset() if item is None or "inbox" not in item else frozenset(item["inbox"]["SS"])


@lru_cache(maxsize=256)
def _decoded(text: str) -> Mapping[str, Any]:
    """Return a state, which nobody changes: each is looked at several times, as it is written and as it is replaced."""
    state: Mapping[str, Any] | None = json.loads(text)
    return NOTHING if state is None else state
