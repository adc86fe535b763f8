"""What employees ask for and managers decide in one schedule of the simulator: early, late, twice, or never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ensemble.scenario import Command
from ensemble.simulator.chance import Chance
from functions.purchasing.domain import LIMIT
from scenarios.purchase.scenario import approve, buy, decline, grant, withdraw

BUDGETS = {"research": 400_000, "sales": 60_000}
AMOUNTS = (4_900, LIMIT, LIMIT + 1, 190_000)
SUPPLIERS = ("Workbench", "Workbench", "Stationers", "Bazaar")
ITEMS = ("lamp", "laptop", "laptop", "typewriter")

FIVE_HOURS = 18_000.0
"""Seconds: an hour longer than a manager has to decide."""

RACE = [
    grant("research", 100_000),
    buy("purchase-1", LIMIT + 1),
    approve("purchase-1", after="AskManager"),
    replace(withdraw("purchase-1", after=""), at=10.0),
]
"""A manager who decides and an employee who withdraws, at once."""


def workload(chance: Chance) -> list[Command]:
    """Draw one to four purchases, small and large ones, some of which cannot be made, and who decides about them."""
    purchases = range(1, chance.between("purchases", 1, 4) + 1)
    grants = [grant(department, cents) for department, cents in BUDGETS.items()]
    return [*grants, *(command for number in purchases for command in _asked(chance, f"purchase-{number}"))]


def _asked(chance: Chance, purchase: str) -> Iterator[Command]:
    made = buy(
        purchase,
        chance.one_of(f"amount of {purchase}", AMOUNTS),
        supplier=chance.one_of(f"supplier of {purchase}", SUPPLIERS),
        item=chance.one_of(f"item of {purchase}", ITEMS),
        department=chance.one_of(f"department of {purchase}", sorted(BUDGETS)),
    )
    at = 1.0 + chance.spread(f"time of {purchase}", 0.1, 600)
    yield replace(made, at=at)
    if chance.draw(f"{purchase} is asked for twice") < 0.15:
        later = at + chance.spread(f"time of {purchase} again", 0.1, FIVE_HOURS)
        yield replace(made, at=later, key=f"{purchase} again")
    if chance.draw(f"{purchase} is withdrawn") < 0.35:
        yield _withdrawn(chance, purchase, at)
    yield from _decided(chance, purchase, at)


def _withdrawn(chance: Chance, purchase: str, at: float) -> Command:
    """Draw a withdrawal at any time, or just when it matters."""
    after = chance.one_of(
        f"what {purchase} is withdrawn after", ("", "", "AskManager", "PlacePurchase", "PurchasePlaced")
    )
    if after:
        return withdraw(purchase, after=after)
    later = max(0.1, at + chance.spread(f"withdrawal of {purchase}", 0.1, FIVE_HOURS) - 1.0)
    return replace(withdraw(purchase, after=""), at=later)


def _decided(chance: Chance, purchase: str, at: float) -> Iterator[Command]:
    """Draw up to two decisions, also about purchases that need none."""
    for number in range(chance.one_of(f"decisions about {purchase}", (0, 1, 1, 1, 2))):
        name = f"decision {number} about {purchase}"
        decide = approve if chance.draw(name) < 0.65 else decline
        later = at + chance.spread(f"time of {name}", 1.0, FIVE_HOURS)
        yield replace(decide(purchase, after=""), at=later, key=name)
