"""The request's table: takes the employee's commands, and says how each purchase ended."""

from functions.kit.model import Service, on
from functions.request.domain import Request, bought, not_bought, request, withdraw

REQUEST = Service(
    name="request",
    key="purchase_id",
    state=Request,
    terminal=("PurchaseBought", "PurchaseCommandRefused", "PurchaseNotBought"),
    reactions=(
        on(
            "RequestPurchase",
            request,
            reads=("purchase_id", "department", "supplier", "item", "cents"),
            emits=("PurchaseRequested",),
            refusals=("PurchaseCommandRefused",),
            begins=True,
        ),
        on(
            "WithdrawPurchase",
            withdraw,
            reads=("purchase_id",),
            emits=("WithdrawalRequested",),
            refusals=("PurchaseCommandRefused",),
            irreversible="it only asks: the saga undoes the purchase",
        ),
        on(
            "PurchasingCompleted",
            bought,
            reads=("purchase_id", "order_number"),
            emits=("PurchaseBought",),
            pivot=True,
        ),
        on(
            "PurchasingFailed",
            not_bought,
            reads=("purchase_id", "reason"),
            emits=("PurchaseNotBought",),
            compensates="PurchaseRequested",
        ),
    ),
)
