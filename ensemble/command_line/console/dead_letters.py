"""What the page of dead letters is told, and what it does: forecast, redrive, drop, as `ensemble dlq` does.

To look through a DLQ hides its messages from others for moments: it is done when a person asks for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.dead_letters.desk import RATE, Desk, Plan
from ensemble.command_line.dead_letters.telling import plan_document, redriven_document
from ensemble.command_line.trace.reading import MOST_DEAD_LETTERS
from ensemble.console.dead_letters import grouped
from ensemble.console.progress import Json, milliseconds
from ensemble.console.server import Change, Question, Refused

MOST_AT_ONCE = 100
"""So many are redriven by one request of the page, which waits for its end: a command can do more."""


class DeadLetters:
    """Looks through the DLQs of a stage, and does with dead letters what a person says."""

    def __init__(self, looked_at: StageLookedAt) -> None:
        self._desk = Desk.of(
            looked_at.place, looked_at.declared, looked_at.account, looked_at.assembly, looked_at.names.bus
        )

    def look(self, _: Mapping[str, str]) -> Json:
        """Return the groups of all DLQs, and when they were looked through."""
        with answered():
            letters = self._desk.queues.letters(MOST_DEAD_LETTERS)
            now = self._desk.queues.now()
        totals = Counter(letter.queue for letter in letters)
        return {"at": milliseconds(now), "number": len(letters), "queues": dict(totals), "groups": grouped(letters)}

    def forecast(self, asked: Mapping[str, str]) -> Json:
        """Return what would become of a group, or of one letter."""
        with answered():
            return plan_document(self._plan(asked, None))

    def redrive(self, asked: Mapping[str, Any]) -> Json:
        """Redrive of a group what would go through, so many at most; return that forecast, and what came of it."""
        most = asked.get("most", MOST_AT_ONCE)
        if not isinstance(most, int) or not 0 < most <= MOST_AT_ONCE:
            raise Refused(f"so many are not redriven at once: 1 to {MOST_AT_ONCE}, and more by `ensemble dlq redrive`")
        with answered():
            plan = self._plan(asked, most)
            done = self._desk.redrive(plan, RATE) if plan.going else None
        return plan_document(plan) | ({} if done is None else redriven_document(done))

    def drop(self, asked: Mapping[str, Any]) -> Json:
        """Delete a group for good; return how many there were."""
        why = asked.get("why")
        if not isinstance(why, str) or not why.strip():
            raise Refused("say why nobody needs them")
        with answered():
            return {"dropped": self._desk.drop(self._desk.chosen(str(asked.get("group"))), why)}

    def _plan(self, asked: Mapping[str, Any], most: int | None) -> Plan:
        return self._desk.plan(self._desk.chosen(str(asked.get("group")), most))


def asked_and_done(looked_at: StageLookedAt) -> tuple[dict[str, Question], dict[str, Change]]:
    """Return the questions about dead letters and what may be done with them, by path."""
    letters = DeadLetters(looked_at)
    return (
        {"dead-letters": letters.look, "dead-letters/forecast": letters.forecast},
        {"dead-letters/redrive": letters.redrive, "dead-letters/drop": letters.drop},
    )
