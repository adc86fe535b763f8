"""Tables of sagas to try."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from functions.kit.saga import Cancel, Saga, saga, step, wait
from functions.kit.saga.declaration import Stage
from functions.kit.saga.table import Step

SOON = timedelta(minutes=5)
SMALL, LARGE = 1, 1_000
FIELDS = {"order_id": "o-1", "items": [], "total": SMALL, "weight": SMALL, "reason": "why", "number": "n-1"}
SIZES = [{"total": total, "weight": weight} for total in (SMALL, LARGE) for weight in (SMALL, LARGE)]


def conducted(*stages: Stage, cancels: bool = True, **others: Any) -> Saga:
    return saga(
        "fulfilment",
        key="order_id",
        starts="OrderPlaced",
        reads=("items", "total", "weight"),
        steps=stages,
        completes="FulfilmentCompleted",
        fails="FulfilmentFailed",
        cancels=Cancel("CancellationRequested", "CancellationRejected") if cancels else None,
        **others,
    )


def reserve(within: timedelta | None = SOON) -> Step:
    undo = ("ReleaseStock", "StockReleased")
    return step(
        "ReserveStock", sends=("items",), done="StockReserved", refused=("StockRefused",), undo=undo, within=within
    )


def charge(within: timedelta | None = SOON) -> Step:
    undo = ("RefundPayment", "PaymentRefunded")
    return step(
        "ChargePayment", sends=("total",), done="PaymentCharged", refused=("PaymentFailed",), undo=undo, within=within
    )


def if_large(name: str = "CheckLimit", field: str = "total") -> Step:
    def is_large(known: Mapping[str, Any]) -> bool:
        return bool(known[field] > SMALL)

    return step(name, done=f"{name}Done", refused=(f"{name}Refused",), irreversible="it looks", when=is_large)


SHIP = step("ShipOrder", done="OrderShipped", refused=("ShipmentFailed",), keeps=("number",), pivot=True)
APPROVE = wait("Approval", done="OrderApproved", refused=("OrderDeclined",), within=SOON)
DECIDE = wait(
    "Decision",
    done="ApproveOrder",
    refused=("DeclineOrder",),
    within=SOON,
    accepts="DecisionTaken",
    rejects="DecisionRejected",
)
