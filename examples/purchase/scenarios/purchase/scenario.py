"""The stories of the purchases: what employees and managers ask for, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.scenario import Command, Look, Scenario, Story

SMALL, LARGE = 4_900, 190_000
HOURS = 3_600.0


def grant(department: str, cents: int) -> Command:
    fields = {"grant_id": f"grant-{department}", "department": department, "cents": cents}
    return Command("GrantBudget", "accounting", fields)


def buy(
    purchase: str, cents: int, *, supplier: str = "Workbench", item: str = "laptop", department: str = "research"
) -> Command:
    fields = {"purchase_id": purchase, "department": department, "supplier": supplier, "item": item, "cents": cents}
    return Command("RequestPurchase", "intranet", fields)


def approve(purchase: str, after: str = "ManagerAsked") -> Command:
    return Command("ApprovePurchase", "intranet", {"purchase_id": purchase, "manager": "grace"}, after=after)


def decline(purchase: str, after: str = "ManagerAsked") -> Command:
    fields = {"purchase_id": purchase, "manager": "grace", "reason": "the old one is good enough"}
    return Command("DeclinePurchase", "intranet", fields, after=after)


def withdraw(purchase: str, after: str) -> Command:
    return Command("WithdrawPurchase", "intranet", {"purchase_id": purchase}, after=after)


def measures(look: Look) -> Mapping[str, int]:
    """Look at the euro cents that are left in the budget, and at those of the orders that suppliers have."""
    return {
        "budget": look.counters("budget").get("budget#research", 0),
        "ordered": look.handler("supplier").suppliers.sold,
    }


BOUGHT, NOT_BOUGHT = ("PurchaseBought",), ("PurchaseNotBought",)

SCENARIO = Scenario(
    measures=measures,
    opening=(grant("research", 1_000_000),),
    examples={
        "RequestPurchase": {**buy("purchase-{unique}", SMALL).fields},
        "WithdrawPurchase": {"purchase_id": "purchase-{unique}"},
        "ApprovePurchase": {"purchase_id": "purchase-{unique}", "manager": "grace"},
        "DeclinePurchase": {**decline("purchase-{unique}").fields},
        "GrantBudget": {**grant("research", 1_000_000).fields, "grant_id": "grant-{unique}"},
    },
    stories=(
        Story(
            "bought, as a manager approves it",
            commands=(buy("purchase-1", LARGE), approve("purchase-1")),
            end=BOUGHT,
            appear=("ManagerAsked", "DecisionTaken"),
            measures={"budget": -LARGE, "ordered": LARGE},
        ),
        Story(
            "a small amount needs nobody",
            commands=(buy("purchase-2", SMALL),),
            end=BOUGHT,
            absent=("AskManager",),
            measures={"budget": -SMALL, "ordered": SMALL},
        ),
        Story(
            "a manager declines it",
            commands=(buy("purchase-3", LARGE), decline("purchase-3")),
            end=NOT_BOUGHT,
            appear=("DecisionTaken", "ReleaseBudget"),
            absent=("PlacePurchase",),
        ),
        Story(
            "nobody decides in time",
            commands=(buy("purchase-4", LARGE),),
            end=NOT_BOUGHT,
            appear=("ManagerAsked", "ReleaseBudget"),
            absent=("DecisionTaken", "PlacePurchase"),
            within=5 * HOURS,
        ),
        Story(
            "the budget is short, and the supplier is fine",
            commands=(buy("purchase-5", 2_000_000),),
            end=NOT_BOUGHT,
            appear=("BudgetRefused", "SupplierAccepted"),
            absent=("AskManager",),
        ),
        Story(
            "there is money, and we do not buy there",
            commands=(buy("purchase-6", LARGE, supplier="Bazaar"),),
            end=NOT_BOUGHT,
            appear=("SupplierRejected", "BudgetReserved", "BudgetReleased"),
            absent=("AskManager",),
        ),
        Story(
            "the supplier does not have it",
            commands=(buy("purchase-7", SMALL, item="typewriter"),),
            end=NOT_BOUGHT,
            appear=("PurchaseRefused", "BudgetReleased"),
        ),
        Story(
            "withdrawn while a manager thinks: the decision comes too late",
            commands=(
                buy("purchase-8", LARGE),
                withdraw("purchase-8", after="ManagerAsked"),
                approve("purchase-8", after="PurchaseNotBought"),
            ),
            end=NOT_BOUGHT,
            appear=("WithdrawalRequested", "BudgetReleased", "DecisionRejected"),
            absent=("PlacePurchase",),
        ),
        Story(
            "withdrawn too late",
            commands=(buy("purchase-9", SMALL), withdraw("purchase-9", after="PurchasePlaced")),
            end=BOUGHT,
            appear=("WithdrawalRequested", "WithdrawalRejected"),
            measures={"budget": -SMALL, "ordered": SMALL},
        ),
        Story(
            "decided twice",
            commands=(
                buy("purchase-10", LARGE),
                approve("purchase-10"),
                decline("purchase-10", after="DecisionTaken"),
            ),
            end=BOUGHT,
            appear=("DecisionTaken", "DecisionRejected"),
            measures={"budget": -LARGE, "ordered": LARGE},
        ),
    ),
)
