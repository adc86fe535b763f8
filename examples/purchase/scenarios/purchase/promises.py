"""What must hold of the purchases once all is at rest, by what is on the bus and what is left outside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.buses import Accepted
from functions.purchasing.domain import LIMIT
from functions.supplier.suppliers import Suppliers
from scenarios.purchase.rows import amount_of, state_of

BOUGHT, NOT_BOUGHT = "PurchaseBought", "PurchaseNotBought"
ANSWERS = ("DecisionTaken", "DecisionRejected")


class Rest:
    """What there is at the end: the events, each once, by type and by purchase."""

    def __init__(self, account: AwsAccount, suppliers: Suppliers) -> None:
        self.account, self.suppliers = account, suppliers
        once = {event.whole["event_id"]: event for event in account.buses.accepted}
        self.events: Mapping[str, Accepted] = once
        self._of_type: dict[str, list[Accepted]] = defaultdict(list)
        for event in once.values():
            self._of_type[event.type].append(event)
        self.requested = {event.detail["purchase_id"]: event.detail for event in self._of_type["PurchaseRequested"]}

    def of(self, *types: str) -> list[Accepted]:
        """Return the events of these types."""
        return [event for type in types for event in self._of_type[type]]

    def about(self, purchase: str, *types: str) -> list[Accepted]:
        """Return those of them that are about a purchase."""
        return [event for event in self.of(*types) if event.detail["purchase_id"] == purchase]

    def is_bought(self, purchase: str) -> bool:
        return bool(self.about(purchase, BOUGHT))

    def counted(self, purchase: str) -> list[Accepted]:
        """Return the decisions about a purchase of which it was said that they count."""
        causes = [event.detail["causation_id"] for event in self.about(purchase, "DecisionTaken")]
        return [self.events[one] for one in causes if one in self.events]


def every_purchase_ends_in_one_way(rest: Rest) -> Iterator[str]:
    for purchase in rest.requested:
        ends = [event.type for event in rest.about(purchase, BOUGHT, NOT_BOUGHT)]
        if len(ends) != 1:
            yield f"{purchase} ends as {ends}"


def what_is_bought_is_ordered_once_and_nothing_else_is(rest: Rest) -> Iterator[str]:
    bought = {purchase: asked["cents"] for purchase, asked in rest.requested.items() if rest.is_bought(purchase)}
    ordered = {key: order.cents for key, order in rest.suppliers.orders.items()}
    if ordered != bought:
        yield f"ordered is {ordered}, and bought is {bought}"


def the_money_set_aside_is_what_was_bought(rest: Rest) -> Iterator[str]:
    left: Counter[str] = Counter()
    for event in rest.of("BudgetGranted"):
        left[event.detail["department"]] += event.detail["cents"]
    for purchase, asked in rest.requested.items():
        left[asked["department"]] -= asked["cents"] if rest.is_bought(purchase) else 0
    items = rest.account.table_of("budget").items
    for department, cents in sorted(left.items()):
        found = amount_of(items.get(f"counter#budget#{department}"))
        if found != cents:
            yield f"{department} has {found} cents left, not {cents}"


def nobody_buys_for_much_without_a_manager(rest: Rest) -> Iterator[str]:
    for purchase, asked in rest.requested.items():
        decided = [event.type for event in rest.counted(purchase)]
        if rest.is_bought(purchase) and asked["cents"] > LIMIT and decided != ["ApprovePurchase"]:
            yield f"{purchase} is bought for {asked['cents']} cents, and was decided by {decided}"
        if rest.is_bought(purchase) and "DeclinePurchase" in decided:
            yield f"{purchase} is bought, though a manager declined it"


def small_amounts_need_nobody(rest: Rest) -> Iterator[str]:
    for purchase, asked in rest.requested.items():
        if asked["cents"] <= LIMIT and rest.about(purchase, "AskManager", "DecisionTaken"):
            yield f"{purchase} costs {asked['cents']} cents, and a manager was asked"


def every_decision_is_answered_once_and_one_of_a_purchase_counts(rest: Rest) -> Iterator[str]:
    answers = Counter(event.detail["causation_id"] for event in rest.of(*ANSWERS))
    for event in rest.of(*ANSWERS):
        decision = rest.events.get(event.detail["causation_id"])
        if decision is None:
            yield f"{event.about} answers a decision that is not on the bus"
            continue
        said = (event.detail["command"], event.detail.get("command_id"))
        if said != (decision.type, decision.whole.get("external_id")) or answers[decision.whole["event_id"]] != 1:
            yield f"{decision.about} has {answers[decision.whole['event_id']]} answers, one of them to {said}"
    for purchase in rest.requested:
        if len(rest.counted(purchase)) > 1:
            yield f"{len(rest.counted(purchase))} decisions about {purchase} count"


def an_order_is_placed_when_money_and_supplier_are_certain(rest: Rest) -> Iterator[str]:
    for event in rest.of("PlacePurchase"):
        purchase = event.detail["purchase_id"]
        certain = {one.type for one in rest.about(purchase, "BudgetReserved", "SupplierAccepted")}
        if len(certain) != 2 or (rest.about(purchase, "ReleaseBudget") and rest.is_bought(purchase)):
            yield f"{purchase} is ordered, and all that is certain is {sorted(certain)}"


def what_is_not_bought_has_its_cause(rest: Rest) -> Iterator[str]:
    causes = ("BudgetRefused", "SupplierRejected", "PurchaseRefused", "WithdrawalRequested")
    for event in rest.of(NOT_BOUGHT):
        purchase, reason = event.detail["purchase_id"], event.detail["reason"]
        declined = [one for one in rest.counted(purchase) if one.type == "DeclinePurchase"]
        reasons = {one.detail["reason"] for one in (*rest.about(purchase, *causes), *declined)}
        if reason not in reasons and not reason.endswith("had no answer in time"):
            yield f"{purchase} is not bought because {reason!r}, which nobody said"


def who_withdraws_gets_nothing_or_hears_that_it_is_too_late(rest: Rest) -> Iterator[str]:
    for event in rest.of("WithdrawalRequested"):
        purchase = event.detail["purchase_id"]
        if rest.is_bought(purchase) != bool(rest.about(purchase, "WithdrawalRejected")):
            yield f"{purchase} was withdrawn: bought is {rest.is_bought(purchase)}, and the employee hears otherwise"


def a_saga_that_ended_knows_nothing_any_more(rest: Rest) -> Iterator[str]:
    for key, item in rest.account.table_of("purchasing").items.items():
        row: Mapping[str, Any] = state_of(item)
        if row and (row["status"] not in ("completed", "undone") or row["known"] or row["deadlines"]):
            yield f"the saga of {key} is {row['status']} and still knows {sorted(row['known'])}"


PROMISES = (
    every_purchase_ends_in_one_way,
    what_is_bought_is_ordered_once_and_nothing_else_is,
    the_money_set_aside_is_what_was_bought,
    nobody_buys_for_much_without_a_manager,
    small_amounts_need_nobody,
    every_decision_is_answered_once_and_one_of_a_purchase_counts,
    an_order_is_placed_when_money_and_supplier_are_certain,
    what_is_not_bought_has_its_cause,
    who_withdraws_gets_nothing_or_hears_that_it_is_too_late,
    a_saga_that_ended_knows_nothing_any_more,
)
"""All that is judged at rest."""
