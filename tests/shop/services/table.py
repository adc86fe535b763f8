"""What the shop's tests share: sample fields, every state a row can be in, and ways to run one reaction."""

from __future__ import annotations

from typing import Any

from functions.analytics.domain import Counted
from functions.analytics.service import ANALYTICS
from functions.audit.service import AUDIT
from functions.inventory.domain import Holding
from functions.inventory.service import INVENTORY
from functions.kit.contracts import selection
from functions.kit.model import Decision, Event, Service
from functions.notification.domain import Notified
from functions.notification.service import NOTIFICATION
from functions.order.domain import Order
from functions.order.service import ORDER
from functions.payment import domain as payment
from functions.payment.domain import Payment
from functions.payment.service import PAYMENT
from functions.shipping import domain as shipping
from functions.shipping.domain import Shipment
from functions.shipping.service import SHIPPING

NOON = "2026-01-01T12:00:00.000Z"

ADDRESS = {"country": "DE", "postcode": "10115", "street": "Chausseestr. 1"}

MONEY = {"minor_units": 4250, "currency": "EUR"}

FIELDS: dict[str, Any] = {
    "order_id": "o-1",
    "customer_id": "c-1",
    "email": "ada@example.com",
    "items": [
        {"sku": "sku-1", "quantity": 2, "unit_price": 19.99},
        {"sku": "sku-7", "quantity": 1, "unit_price": 2.52},
    ],
    "total": MONEY,
    "amount": MONEY,
    "channel": "web",
    "payment_token": "tok_good",
    "address": ADDRESS,
    "reason": "changed my mind",
    "requested_by": "customer",
    "tracking_number": "PARCEL-1",
    "receipt_id": "r-1",
    "sku": "sku-1",
    "quantity": 5,
}
"""The value of every business field of the shop; an event is cut down to what its reaction reads."""

LINES = [{"sku": "sku-1", "quantity": 2}, {"sku": "sku-7", "quantity": 1}]

SERVICES = {service.name: service for service in (ORDER, INVENTORY, PAYMENT, SHIPPING, NOTIFICATION, ANALYTICS, AUDIT)}

STATES: dict[str, list[Any]] = {
    "order": [
        None,
        *(
            Order(status, "o-1", "c-1", "ada@example.com", MONEY, "2026-01-01T12:15:00.000Z")
            for status in ("placed", "cancelling", "completed", "cancelled")
        ),
    ],
    "inventory": [
        None,
        Holding("reserved", {"sku-1": 2, "sku-7": 1}),
        Holding("rejected", {}),
        Holding("released", {}),
        Holding("received", {"sku-1": 5}),
    ],
    "payment": [
        None,
        Payment("awaited", token="tok_good"),
        Payment("charging", MONEY, "tok_good"),
        Payment("charged", MONEY),
        Payment("failed", MONEY),
        Payment("refunding", MONEY),
        Payment("refunded", MONEY),
        Payment("voided"),
        Payment("unwanted"),
    ],
    "shipping": [None, Shipment("shipping"), Shipment("shipped", "PARCEL-1"), Shipment("declined")],
    "notification": [None, Notified(["OrderCompleted", "OrderCancelled", "CancellationRejected"])],
    "analytics": [None, Counted(["OrderPlaced", "OrderCompleted", "OrderCancelled"])],
    "audit": [None],
}
"""Every state that a row of a service can be in; None is no row."""

OUTCOMES: dict[str, list[Any]] = {
    "Charge": [payment.Outcome(True), payment.Outcome(False, "card declined")],
    "Refund": [None],
    "Ship": [shipping.Outcome(True, "PARCEL-1"), shipping.Outcome(False, reason="the carrier does not go there")],
    "Message": [None],
}
"""What each effect can come to, success first."""


def status(state: Any) -> str | None:
    """Return the name of a state; None for no row."""
    return None if state is None else str(getattr(state, "status", type(state).__name__))


def state(service: str, name: str | None) -> Any:
    """Return the sample state of this status."""
    return next(state for state in STATES[service] if status(state) == name)


def event(service: Service, type: str, **changes: Any) -> Event:
    """Make an event with what the service's reaction to it declares to read."""
    reaction = next(reaction for reaction in service.reactions if reaction.event == type)
    return Event("e-1", type, NOON, "workflow-1", selection(reaction.reads)(FIELDS | changes))


def react(service: Service, state: Any, type: str, **changes: Any) -> Decision:
    """Let the service's reaction decide; an effect is left to `outcome`."""
    reaction = next(reaction for reaction in service.reactions if reaction.event == type)
    return reaction.react(state, event(service, type, **changes))


def settle(service: Service, state: Any, type: str, outcome: Any, **changes: Any) -> Decision:
    """Let the reaction decide, and decide again on the outcome of the effect it asked for."""
    intent = react(service, state, type, **changes)
    assert intent.then is not None
    return intent.then(intent.state, event(service, type, **changes), outcome)


def said(decision: Decision) -> list[tuple[str, dict[str, Any]]]:
    """Return what the decision publishes: type and fields."""
    return [(publication.type, dict(publication.fields)) for publication in decision.publications]


def changes_nothing(decision: Decision, before: Any) -> bool:
    """Say whether the decision leaves everything as it was."""
    moves = (
        decision.publications
        or decision.takes
        or decision.gives
        or decision.totals
        or decision.effect
        or decision.otherwise
    )
    return decision.state == before and not moves
