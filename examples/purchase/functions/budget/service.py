"""The budget's table: sets money aside, gives it back, and takes what accounting grants."""

from functions.budget.domain import Money, grant, release, reserve
from functions.kit.model import Service, on

BUDGET = Service(
    name="budget",
    key="purchase_id",
    state=Money,
    terminal=("BudgetGranted", "GrantRefused"),
    reactions=(
        on(
            "ReserveBudget",
            reserve,
            reads=("purchase_id", "department", "cents"),
            emits=("BudgetReserved",),
            refusals=("BudgetRefused",),
            begins=True,
        ),
        on(
            "ReleaseBudget",
            release,
            reads=("purchase_id",),
            emits=("BudgetReleased",),
            compensates="BudgetReserved",
        ),
        on(
            "GrantBudget",
            grant,
            reads=("grant_id", "department", "cents"),
            emits=("BudgetGranted",),
            refusals=("GrantRefused",),
            key="grant_id",
            begins=True,
        ),
    ),
)
