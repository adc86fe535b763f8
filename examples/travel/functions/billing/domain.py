"""Charges a trip once, and refunds it when the trip is cancelled after that. A cancelled trip is never charged."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ClassVar

from functions.kit.errors import NotYet
from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.billing.events import RoomBooked, TripCancellationRequested, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: charging, charged, declined, voided, refunding or refunded; and its amount in euro cents."""

    status: str
    cents: int = 0


@dataclass(frozen=True, slots=True)
class Charge:
    """Take an amount from the card behind the token. The same `key` is one charge."""

    system: ClassVar[str] = "card provider"

    key: str
    cents: int
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChargeAnswer:
    """What the card provider answered; `reason` says why it declined."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Refund:
    """Give back what was charged with this key."""

    system: ClassVar[str] = "card provider"

    key: str


def charge(payment: Payment | None, event: RoomBooked) -> Decision:
    if payment is not None and payment.status != "charging":  # voided: the cancellation came first
        return unchanged(payment)
    cents = event["price_cents"]
    effect = Charge(_key(event["trip_id"]), cents, event["card_token"])
    return Decision(Payment("charging", cents), effect=effect, then=charged)


def charged(payment: Payment, event: RoomBooked, answer: ChargeAnswer) -> Decision:
    trip_id = event["trip_id"]
    if not answer.accepted:
        declined = publish.ChargeFailed(trip_id=trip_id, reason=answer.reason or "the card was declined")
        return Decision(replace(payment, status="declined"), declined)
    told = publish.TripCharged(trip_id=trip_id, price_cents=payment.cents)
    return Decision(replace(payment, status="charged"), told)


def withdraw(payment: Payment | None, event: TripCancellationRequested) -> Decision:
    trip_id = event["trip_id"]
    if payment is None:  # not asked to charge yet: leave a tombstone, so that the late request is not charged
        return Decision(Payment("voided"), publish.ChargeFailed(trip_id=trip_id, reason=event["reason"]))
    if payment.status == "charging":
        raise NotYet("whether the charge went through is not known yet")
    if payment.status not in ("charged", "refunding"):
        return unchanged(payment)
    return Decision(replace(payment, status="refunding"), effect=Refund(_key(trip_id)), then=refunded)


def refunded(payment: Payment, event: TripCancellationRequested, outcome: None) -> Decision:
    told = publish.TripRefunded(trip_id=event["trip_id"], refunded_cents=payment.cents, reason=event["reason"])
    return Decision(replace(payment, status="refunded"), told)


def _key(trip_id: str) -> str:
    return f"{trip_id}/charge"
