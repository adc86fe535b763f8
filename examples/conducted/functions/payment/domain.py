"""Charges an order once and refunds it once. The money moves between two commits: intent, then outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar

from functions.kit.errors import NotYet
from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.payment.events import ChargePayment, PaymentChargedAmount, RefundPayment, publish
else:
    from functions.kit.model import publish

PROVIDER = "payment provider"
"""The system that charges and refunds are asked of: while it is down, both wait."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A payment: charging, charged, failed, refunding, refunded or voided; `amount` as in PaymentCharged."""

    status: str
    amount: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Charge:
    """Take an amount. The same `key` is one charge, first tried no earlier than `since` (RFC 3339)."""

    system: ClassVar[str] = PROVIDER
    key: str
    minor_units: int
    currency: str
    since: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refund:
    """Give back the amount of the charge `charge_key`; `key` and `since` as in Charge.

    It has no outcome: a provider does not decline to give money back, so whatever else it does is a fault.
    """

    system: ClassVar[str] = PROVIDER
    key: str
    minor_units: int
    currency: str
    since: str
    charge_key: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the payment provider answered to a charge; `reason` says why it declined."""

    accepted: bool
    reason: str = ""


def charge(payment: Payment | None, event: ChargePayment) -> Decision:
    if payment is not None and payment.status != "charging":  # voided: the cancellation overtook us
        return unchanged(payment)
    intent = Payment("charging", event["total"])  # charging: an earlier attempt did not learn the outcome
    effect = Charge(_charge_key(event), **intent.amount, since=event.timestamp, token=event["payment_token"])
    return Decision(intent, effect=effect, then=charged)


def charged(payment: Payment, event: ChargePayment, outcome: Outcome) -> Decision:
    if not outcome.accepted:
        failed = publish.PaymentFailed(order_id=event["order_id"], reason=outcome.reason)
        return Decision(replace(payment, status="failed"), failed)
    return Decision(
        replace(payment, status="charged"),
        publish.PaymentCharged(order_id=event["order_id"], amount=_money(payment.amount)),
    )


def refund(payment: Payment | None, event: RefundPayment) -> Decision:
    if payment is None:  # nothing charged yet: leave a tombstone for the command that is late
        return Decision(Payment("voided"), publish.PaymentRefunded(order_id=event["order_id"], reason=event["reason"]))
    if payment.status == "charging":
        raise NotYet("whether the charge went through is not known yet")
    if payment.status not in ("charged", "refunding"):
        return unchanged(payment)
    intent = replace(payment, status="refunding")
    key = f"{event['order_id']}/refund"
    effect = Refund(key, **payment.amount, since=event.timestamp, charge_key=_charge_key(event))
    return Decision(intent, effect=effect, then=refunded)


def refunded(payment: Payment, event: RefundPayment, outcome: None) -> Decision:
    return Decision(
        replace(payment, status="refunded"),
        publish.PaymentRefunded(order_id=event["order_id"], amount=_money(payment.amount), reason=event["reason"]),
    )


def _money(amount: Mapping[str, Any]) -> PaymentChargedAmount:
    """Return the amount that a row has, as events have it."""
    return {"minor_units": amount["minor_units"], "currency": amount["currency"]}


def _charge_key(event: ChargePayment | RefundPayment) -> str:
    return f"{event['order_id']}/charge"
