"""The saga of a purchase: money is set aside, a manager decides where it is much, and it is ordered."""

from functions.kit.saga import Cancel, saga, step, wait
from functions.purchasing.domain import HALF_A_DAY, SOON, needs_a_manager

RESERVE = step(
    "ReserveBudget",
    sends=("department", "cents"),
    done="BudgetReserved",
    refused=("BudgetRefused",),
    undo=("ReleaseBudget", "BudgetReleased"),
    within=SOON,
)
CHECK = step(
    "CheckSupplier",
    sends=("supplier",),
    done="SupplierAccepted",
    refused=("SupplierRejected",),
    irreversible="it only looks",
)
ASK = step(
    "AskManager",
    sends=("department", "item", "cents"),
    done="ManagerAsked",
    irreversible="a mail cannot be taken back",
    when=needs_a_manager,
)
APPROVAL = wait(
    "Approval",
    done="ApprovePurchase",
    refused=("DeclinePurchase",),
    keeps=("manager",),
    within=HALF_A_DAY,
    accepts="DecisionTaken",
    rejects="DecisionRejected",
    when=needs_a_manager,
)
PLACE = step(
    "PlacePurchase",
    sends=("supplier", "item", "cents", "manager"),
    done="PurchasePlaced",
    refused=("PurchaseRefused",),
    keeps=("order_number",),
    pivot=True,
)

PURCHASING = saga(
    "purchasing",
    key="purchase_id",
    starts="PurchaseRequested",
    reads=("department", "supplier", "item", "cents"),
    steps=((RESERVE, CHECK), (ASK, APPROVAL), PLACE),
    completes="PurchasingCompleted",
    tells=("order_number",),
    fails="PurchasingFailed",
    cancels=Cancel("WithdrawalRequested", rejects="WithdrawalRejected", too_late="it is ordered already"),
    terminal=("DecisionRejected", "DecisionTaken", "WithdrawalRejected"),
)
