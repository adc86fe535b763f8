"""The guards of the conducted shop: those of the kit, of the shop, and of its saga, each with how to take it out."""

from __future__ import annotations

from dataclasses import replace

from ensemble.simulator.mutation import Edit, Mutant
from scenarios.shop import mutants

GONE = (
    "tombstone of a refund before the charge",
    "tombstone of a cancellation before the shipment",
    "cancellation waits while the shipment is not known",
)
"""The guards of the shop that this one has no more, or has in other words."""

NEEDED = ("a row that comes due is looked at again",)
"""The guards that the shop can do without, and this one cannot: a saga takes the kit's word that a step is late."""

SAGA = "functions/kit/saga"
PROGRESS, REACTIONS = f"{SAGA}/progress.py", f"{SAGA}/reactions.py"

OF_THE_SAGA = (
    # What is not waited for changes nothing
    Mutant(
        "an answer that is late is not taken",
        (Edit(REACTIONS, 'if progress is None or progress.steps.get(one.name) != "sent":', "if progress is None:"),),
    ),
    Mutant(
        "a refusal that nobody waits for is not taken",
        (Edit(REACTIONS, " or progress.steps.get(one.name) not in UNANSWERED:", ":"),),
        redundant="a participant refuses once, and a repeated event is known by its id",
    ),
    Mutant(
        "an answer to an undo that nobody waits for is not taken",
        (Edit(REACTIONS, ' or progress.steps.get(one.name) != "undoing":', ":"),),
        redundant="a participant undoes once, and a repeated event is known by its id",
    ),
    # Backward, stage by stage
    Mutant(
        "going back waits for the answer of each stage",
        (
            Edit(
                PROGRESS,
                "                self._undo(step)\n            if self._waits(stage):\n",
                "                self._undo(step)\n            if False:\n",
            ),
        ),
    ),
    Mutant(
        "going back begins at the last stage",
        (Edit(PROGRESS, "in reversed(self._table.stages):", "in self._table.stages:"),),
    ),
    Mutant(
        "what is done is undone",
        (Edit(PROGRESS, 'if self.stands(step, "done") or (', "if ("),),
    ),
    # No answer in time
    Mutant(
        "a step in flight that may be late is undone too",
        (Edit(PROGRESS, ' or (self.stands(step, "sent") and step.within is not None):', ":"),),
    ),
    Mutant(
        "a late refusal answers the undo",
        (Edit(REACTIONS, "not in UNANSWERED:", 'not in ("sent",):'),),
    ),
    # A cancellation
    Mutant(
        "a cancellation that overtakes the order leaves a tombstone",
        (Edit(REACTIONS, "    if progress is not None:  # it has begun", "    if False:  # it has begun"),),
    ),
    Mutant(
        "a cancellation turns a saga back",
        (
            Edit(
                REACTIONS,
                '        turn.go_back(event["reason"])\n    return turn.decision',
                "        pass\n    return turn.decision",
            ),
        ),
    ),
    Mutant(
        "a cancellation waits for the pivot's answer",
        (Edit(REACTIONS, '    elif table.pivot is not None and turn.stands(table.pivot, "sent"):', "    elif False:"),),
    ),
    Mutant(
        "a cancellation that waited is answered when the pivot is done",
        (Edit(REACTIONS, "        turn.remember_cancellation(passed)\n", "        pass\n"),),
    ),
    Mutant(
        "a cancellation after the pivot is rejected",
        (Edit(REACTIONS, "        turn.say_too_late(passed)\n", "        pass\n"),),
    ),
    # Participants
    Mutant(
        "tombstone of a refund before the charge, which answers",
        (Edit(mutants.PAYMENT, 'return Decision(Payment("voided"), ', "return Decision(None, "),),
    ),
    # At the end
    Mutant(
        "what a saga knew is dropped at its end",
        (Edit(PROGRESS, "known={} if is_over else self._known,", "known=self._known,"),),
    ),
    Mutant(
        "a cancellation that waited is dropped at the end",
        (Edit(PROGRESS, "asked=None if is_over else self._asked,", "asked=self._asked,"),),
    ),
)

OF_THE_SHOP = (one for one in mutants.MUTANTS if one.guard not in GONE)

MUTANTS = (*(replace(one, redundant="") if one.guard in NEEDED else one for one in OF_THE_SHOP), *OF_THE_SAGA)
