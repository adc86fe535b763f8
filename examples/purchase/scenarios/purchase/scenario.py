"""The stories of the purchases: what employees and managers ask for, and how it ends."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.scenario import Command, Look, Scenario, Story

SMALL, LARGE = 4_900, 190_000


def grant(department: str, cents: int) -> Command:
    fields = {"grant_id": f"grant-{department}", "department": department, "cents": cents}
    return Command("GrantBudget", "accounting", fields)


def buy(purchase: str, cents: int, *, supplier: str = "Workbench", item: str = "laptop") -> Command:
    """Ask for something that research pays."""
    fields = {"purchase_id": purchase, "department": "research", "supplier": supplier, "item": item, "cents": cents}
    return Command("RequestPurchase", "intranet", fields)


def approve(purchase: str, after: str = "ManagerAsked") -> Command:
    return Command("ApprovePurchase", "intranet", {"purchase_id": purchase, "manager": "grace"}, after=after)


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
    stories=(
        Story(
            "bought",
            commands=(buy("p-1", LARGE), approve("p-1")),
            end=BOUGHT,
            appear=("ManagerAsked", "DecisionTaken"),
            measures={"budget": -LARGE, "ordered": LARGE},
        ),
    ),
)
