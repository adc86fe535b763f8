"""A write to a row of a service as the watchers of a schedule see it, and which steps orders make by such writes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.row_items import handled as handled_in

ENDS = {"completed": "OrderCompleted", "cancelled": "OrderCancelled"}
"""How an order can end, and what it publishes then."""

NOTHING: Mapping[str, Any] = {"status": "nothing"}
"""What stands for the state of a row that is not there, or that remembers events but no state."""


@dataclass(frozen=True, slots=True)
class Write:
    """A row of a service as it was and as it becomes, and the places in its inbox of what this very commit handled."""

    service: str
    key: str
    was: Mapping[str, Any]
    becomes: Mapping[str, Any]
    handled: frozenset[str]

    @classmethod
    def of(cls, service: str, before: Item | None, after: Item) -> Write:
        """Return the write between two images of an item."""
        handled = handled_in(after) - handled_in(before)
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


@lru_cache(maxsize=256)
def _decoded(text: str) -> Mapping[str, Any]:
    """Return a state, which nobody changes: each is looked at several times, as it is written and as it is replaced."""
    state: Mapping[str, Any] | None = json.loads(text)
    return NOTHING if state is None else state


class Steps:
    """Notes the steps that orders make, and violates the schedule when one goes back on another.

    `made` has (order, status) for each status that a row of the order ever had, in any service. `asked_in_time`
    has the orders whose cancellation was asked for before they were beyond it: unplaced, or placed. `ended_at`: when
    the last one ended.
    """

    def __init__(self, account: AwsAccount) -> None:
        self._account = account
        self.made: set[tuple[str, str]] = set()
        self.asked_in_time: set[str] = set()
        self.ended_at = 0.0

    def saw(self, write: Write) -> None:
        """Note and judge a write to a row."""
        self.made.add((write.subject, write.becomes["status"]))
        match write.service:
            case "order":
                if write.comes_to in ENDS:
                    self.ended_at = self._account.world.now
                if write.was["status"] in ("nothing", "placed") and self._heard_a_cancellation(write):
                    self.asked_in_time.add(write.subject)
                if write.was["status"] in ENDS and write.comes_to is not None:
                    self._violate(f"{write.key} was {write.was['status']} and becomes {write.comes_to}")
            case "payment":
                if write.was["status"] == "voided" and write.comes_to is not None:
                    self._violate(f"{write.key} was voided by a cancellation and becomes {write.comes_to}")
            case "shipping":
                if write.was.get("tracking_number") and not write.becomes.get("tracking_number"):
                    self._violate(f"{write.key} forgets its tracking number")

    def saw_counter(self, key: str, amount: int) -> None:
        """Judge a write to a counter."""
        if amount < 0:
            self._violate(f"{key} is negative")

    def saved(self) -> Any:
        """Return what was noted, to come back to."""
        return set(self.made), set(self.asked_in_time)

    def restore(self, saved: Any) -> None:
        """Come back to what was saved."""
        made, asked = saved
        self.made, self.asked_in_time = set(made), set(asked)

    def _heard_a_cancellation(self, write: Write) -> bool:
        accepted = self._account.buses.accepted
        return any(event.type == "CancelOrder" and event.place in write.handled for event in accepted)

    def _violate(self, text: str) -> None:
        self._account.world.violate(text)
