"""Which steps each order makes, and what may never be undone: watched at every write."""

from __future__ import annotations

from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import event_id
from scenarios.shop.writes import Write

ENDS = {"completed": "OrderCompleted", "cancelled": "OrderCancelled"}
"""How an order can end, and what it publishes then."""


class Steps:
    """Notes the steps that orders make, and violates the schedule when one goes back on another.

    `made` has (order, status) for each status that a row of the order ever had, in any service. `asked_in_time`
    has the orders whose cancellation was asked for before they were beyond it: unplaced, or placed.
    """

    def __init__(self, account: AwsAccount) -> None:
        self._account = account
        self.made: set[tuple[str, str]] = set()
        self.asked_in_time: set[str] = set()

    def saw(self, write: Write) -> None:
        """Note and judge a write to a row."""
        self.made.add((write.subject, write.becomes["status"]))
        match write.service:
            case "order":
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
        return any(event.type == "CancelOrder" and event_id(event) in write.handled for event in accepted)

    def _violate(self, text: str) -> None:
        self._account.world.violate(text)
