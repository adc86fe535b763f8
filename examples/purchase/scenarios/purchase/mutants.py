"""The guards of the purchases, those of their saga first, each with how to take it out."""

from ensemble.simulator.mutation import Edit, Mutant

PROGRESS, REACTIONS = "functions/kit/saga/progress.py", "functions/kit/saga/reactions.py"
PURCHASING, BUDGET = "functions/purchasing/domain.py", "functions/budget/domain.py"

SIDE_BY_SIDE = (
    Mutant(
        "a stage ends once all its steps have answered",
        (Edit(PROGRESS, "if not self._waits(self._stage_of(step)):", "if True:"),),
    ),
    Mutant(
        "what is done beside a refusal is undone",
        (
            Edit(
                PROGRESS,
                'if self.stands(step, "done") or (self.stands(step, "sent") and step.within is not None):',
                'if self.stands(step, "sent") and step.within is not None:',
            ),
        ),
    ),
    Mutant(
        "what is done while the saga goes back takes it no further",
        (Edit(PROGRESS, '        if self._status == "undoing":\n', "        if False:\n"),),
    ),
    Mutant(
        "going back waits for each answer of a stage",
        (
            Edit(
                PROGRESS,
                "                self._undo(step)\n            if self._waits(stage):\n                return\n",
                "                self._undo(step)\n",
            ),
        ),
    ),
)

CONDITIONS = (
    Mutant(
        "a step that is not needed is left out",
        (Edit(PROGRESS, "if step.when is not None and not step.when(self._known):", "if False:"),),
    ),
    Mutant(
        "a step that is needed is not left out",
        (Edit(PROGRESS, "if step.when is not None and not step.when(self._known):", "if step.when is not None:"),),
    ),
    Mutant(
        "a stage of which nothing is needed is passed over",
        (
            Edit(
                PROGRESS,
                "                self._begin(step)\n            if self._waits(stage):\n                return\n",
                "                self._begin(step)\n            return\n",
            ),
        ),
    ),
    Mutant("the limit itself needs nobody", (Edit(PURCHASING, 'known["cents"] > LIMIT', 'known["cents"] >= LIMIT'),)),
)

WAITS = (
    Mutant(
        "an approval counts while it is waited for",
        (
            Edit(
                REACTIONS,
                'if progress is None or progress.steps.get(one.name) != "sent":',
                "if progress is None:",
            ),
        ),
    ),
    Mutant(
        "a refusal counts while it is waited for",
        (
            Edit(
                REACTIONS,
                "if progress is None or progress.steps.get(one.name) not in UNANSWERED:",
                "if progress is None:",
            ),
        ),
    ),
    Mutant(
        "who decides when nobody waits is told",
        (Edit(REACTIONS, "    if not one.rejects:\n", "    if True:\n"),),
    ),
    Mutant(
        "who decides is told that it counts",
        (Edit(PROGRESS, "        if step.accepts:\n", "        if False:\n"),),
    ),
    Mutant(
        "who does not decide in time is waited for no longer",
        (
            Edit(
                PROGRESS,
                "            self._deadlines[step.name] = self._event.later(step.within)\n",
                "            pass\n",
            ),
        ),
    ),
    Mutant(
        "the deadline of what has answered is forgotten",
        (
            Edit(
                PROGRESS,
                'deadlines={name: at for name, at in self._deadlines.items() if self._steps[name] == "sent"},',
                "deadlines=self._deadlines,",
            ),
        ),
    ),
    Mutant(
        "nobody waits for a decision when the saga goes back",
        (
            Edit(
                PROGRESS,
                'if self.stands(step, "done") or (self.stands(step, "sent") and step.within is not None):',
                'if self.stands(step, "done"):',
            ),
        ),
    ),
)

ENDS = (
    Mutant(
        "what is ordered is not withdrawn",
        (Edit(REACTIONS, "    if turn.is_past_the_pivot:\n", "    if False:\n"),),
    ),
    Mutant(
        "while it is being ordered a withdrawal waits",
        (Edit(REACTIONS, 'elif table.pivot is not None and turn.stands(table.pivot, "sent"):', "elif False:"),),
    ),
    Mutant(
        "a saga that ended knows nothing any more",
        (Edit(PROGRESS, "known={} if is_over else self._known,", "known=self._known,"),),
    ),
    Mutant(
        "money that is released before it is set aside never is",
        (
            Edit(
                BUDGET,
                "    if money is not None:  # released",
                '    if money and money.status == "refused":  # released',
            ),
        ),
    ),
    Mutant(
        "money that is released is given back",
        (
            Edit(
                BUDGET,
                'Decision(Money("released"), released, gives={_budget(money.department): money.cents})',
                'Decision(Money("released"), released)',
            ),
        ),
    ),
)

MUTANTS = (*SIDE_BY_SIDE, *CONDITIONS, *WAITS, *ENDS)
