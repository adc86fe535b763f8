"""What becomes of a purchase, as the employee sees it: takes what is asked, and says how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.request.events import (
        PurchasingCompleted,
        PurchasingFailed,
        RequestPurchase,
        WithdrawPurchase,
        publish,
    )
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Request:
    """A request: open, withdrawing, bought or not bought; withdrawn: before it was made."""

    status: str


def request(made: Request | None, event: RequestPurchase) -> Decision:
    if made is not None:
        return _refused(made, event, f"it is {made.status} already")
    requested = publish.PurchaseRequested(
        purchase_id=event["purchase_id"],
        department=event["department"],
        supplier=event["supplier"],
        item=event["item"],
        cents=event["cents"],
    )
    return Decision(Request("open"), requested)


def withdraw(made: Request | None, event: WithdrawPurchase) -> Decision:
    if made is None:  # the request is late: leave a tombstone, so that it is refused
        return _refused(Request("withdrawn"), event, "it is not requested, and will not be")
    if made.status != "open":
        return _refused(made, event, f"it is {made.status} already")
    asked = publish.WithdrawalRequested(purchase_id=event["purchase_id"], reason="it was withdrawn")
    return Decision(Request("withdrawing"), asked)


def bought(made: Request | None, event: PurchasingCompleted) -> Decision:
    if made is None or made.status not in ("open", "withdrawing"):
        return unchanged(made)
    told = publish.PurchaseBought(purchase_id=event["purchase_id"], order_number=event["order_number"])
    return Decision(Request("bought"), told)


def not_bought(made: Request | None, event: PurchasingFailed) -> Decision:
    if made is None or made.status not in ("open", "withdrawing"):
        return unchanged(made)
    told = publish.PurchaseNotBought(purchase_id=event["purchase_id"], reason=event["reason"])
    return Decision(Request("not bought"), told)


def _refused(made: Request, event: RequestPurchase | WithdrawPurchase, reason: str) -> Decision:
    answer = publish.PurchaseCommandRefused(
        purchase_id=event["purchase_id"], command=event.type, command_id=event.external_id, reason=reason
    )
    return Decision(made, answer)
