"""The guards of the conducted shop: those of the kit, of the shop, and of its saga, each with how to take it out."""

from __future__ import annotations

from ensemble.simulator.mutation import Mutant
from scenarios.shop import mutants

GONE = (
    "tombstone of a refund before the charge",
    "tombstone of a cancellation before the shipment",
    "cancellation waits while the shipment is not known",
)
"""The guards of the shop that this one has no more, or has in other words."""

MUTANTS: tuple[Mutant, ...] = tuple(one for one in mutants.MUTANTS if one.guard not in GONE)
