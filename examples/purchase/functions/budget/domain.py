"""Sets a department's money aside for a purchase, and gives it back. A purchase that is given up never gets any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.kit.model import Decision

if TYPE_CHECKING:
    from functions.budget.events import GrantBudget, ReleaseBudget, ReserveBudget, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Money:
    """A department's money: reserved, refused or released for a purchase, or granted; in euro cents."""

    status: str
    department: str = ""
    cents: int = 0


def reserve(money: Money | None, event: ReserveBudget) -> Decision:
    purchase_id, department, cents = event["purchase_id"], event["department"], event["cents"]
    reserved = publish.BudgetReserved(purchase_id=purchase_id)
    if money is not None and money.status == "reserved":
        return Decision(money, reserved)
    if money is not None:  # released: the undo overtook us
        return _refused(money, event, f"it is {money.status} already")
    return Decision(
        Money("reserved", department, cents),
        reserved,
        takes={_budget(department): cents},
        otherwise=_refused(Money("refused"), event, "the budget is short"),
    )


def release(money: Money | None, event: ReleaseBudget) -> Decision:
    released = publish.BudgetReleased(purchase_id=event["purchase_id"])
    if money is None or money.status != "reserved":  # not reserved yet: leave a tombstone, so that it never is
        return Decision(money or Money("released"), released)
    return Decision(Money("released"), released, gives={_budget(money.department): money.cents})


def grant(money: Money | None, event: GrantBudget) -> Decision:
    grant_id, department, cents = event["grant_id"], event["department"], event["cents"]
    if money is not None:
        reason = "it is granted already"
        return Decision(money, publish.GrantRefused(grant_id=grant_id, command_id=event.external_id, reason=reason))
    granted = publish.BudgetGranted(grant_id=grant_id, department=department, cents=cents)
    return Decision(Money("granted", department, cents), granted, gives={_budget(department): cents})


def _refused(money: Money, event: ReserveBudget, reason: str) -> Decision:
    return Decision(money, publish.BudgetRefused(purchase_id=event["purchase_id"], reason=reason))


def _budget(department: str) -> str:
    return f"budget#{department}"
