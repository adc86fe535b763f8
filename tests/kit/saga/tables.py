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
FIELDS = {"repair_id": "o-1", "items": [], "total": SMALL, "weight": SMALL, "reason": "why", "number": "n-1"}
SIZES = [{"total": total, "weight": weight} for total in (SMALL, LARGE) for weight in (SMALL, LARGE)]


def conducted(
    *stages: Stage, cancels: bool = True, reads: tuple[str, ...] = ("items", "total", "weight"), **others: Any
) -> Saga:
    return saga(
        "repair",
        key="repair_id",
        starts="RepairAsked",
        reads=reads,
        steps=stages,
        completes="RepairCompleted",
        fails="RepairFailed",
        cancels=Cancel("WithdrawalAsked", "WithdrawalRejected") if cancels else None,
        **others,
    )


def reserve(within: timedelta | None = SOON) -> Step:
    undo = ("FreeParts", "PartsFreed")
    return step("HoldParts", sends=("items",), done="PartsHeld", refused=("PartsRefused",), undo=undo, within=within)


def charge(within: timedelta | None = SOON) -> Step:
    undo = ("ReturnDeposit", "DepositReturned")
    return step(
        "TakeDeposit", sends=("total",), done="DepositTaken", refused=("DepositRefused",), undo=undo, within=within
    )


def if_large(name: str = "CheckLimit", field: str = "total") -> Step:
    def is_large(known: Mapping[str, Any]) -> bool:
        return bool(known[field] > SMALL)

    return step(name, done=f"{name}Done", refused=(f"{name}Refused",), irreversible="it looks", when=is_large)


SHIP = step("FixDevice", done="DeviceFixed", refused=("FixRefused",), keeps=("number",), pivot=True)
APPROVE = wait("Approval", done="RepairApproved", refused=("RepairDeclined",), within=SOON)
DECIDE = wait(
    "Decision",
    done="ApproveRepair",
    refused=("DeclineRepair",),
    within=SOON,
    accepts="DecisionTaken",
    rejects="DecisionRejected",
)
