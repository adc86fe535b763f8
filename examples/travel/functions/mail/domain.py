"""Tells the traveller how the trip ended: one mail for each thing that there is to tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.mail.events import CancellationRefused, TripCancelled, TripConfirmed, TripRefused

    Ended = TripConfirmed | TripCancelled | TripRefused | CancellationRefused


@dataclass(frozen=True, slots=True)
class Told:
    """What the traveller of a trip has been told already: the types of the events."""

    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SendMail:
    """Send a text to an address. The same `key` is the same mail."""

    key: str
    text: str
    address: str = field(repr=False)


def confirmed(told: Told | None, event: TripConfirmed) -> Decision:
    return _tell(told, event, "Your trip is confirmed.")


def cancelled(told: Told | None, event: TripCancelled) -> Decision:
    return _tell(told, event, f"Your trip was cancelled: {event['reason']}. You pay nothing.")


def refused(told: Told | None, event: TripRefused) -> Decision:
    return _tell(told, event, f"Your trip was not booked: {event['reason']}.")


def too_late(told: Told | None, event: CancellationRefused) -> Decision:
    return _tell(told, event, "Your trip was confirmed already, so it was not cancelled.")


def _tell(told: Told | None, event: Ended, text: str) -> Decision:
    if told is not None and event.type in told.events:
        return unchanged(told)
    return Decision(told, effect=SendMail(f"{event['trip_id']}/{event.type}", text, event["email"]), then=sent)


def sent(told: Told | None, event: Ended, outcome: None) -> Decision:
    earlier = () if told is None else told.events
    return Decision(Told((*earlier, event.type)))


def memory_of(told: Told) -> timedelta:
    """Return how long what the traveller was told is of use: no longer than the kit knows its events again."""
    return timedelta()
