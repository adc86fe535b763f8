"""Whether sagas under way know what a new table sends: they began by reading less, or passed by what brings it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ensemble.contracts.containment import Answer, closed, contained
from ensemble.contracts.profile import FORMATS, Json, with_bounds
from ensemble.contracts.reads import ReadRefused
from ensemble.contracts.sagas import REASON, filled, read_of
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.tables import RecordedStep, RecordedTable
from functions.kit.saga.table import Step, Table, names_of


class UnderWay:
    """Sagas of the table that `was`, which go on with another one. The two must agree in all but what is filled."""

    def __init__(self, was: RecordedTable, table: Table, schemas: Schemas) -> None:
        self._was, self._table, self._schemas = was, table, schemas

    def unfilled(self) -> Iterator[tuple[str, str]]:
        """Yield each message that they could not fill as its schema asks, and each condition that they could not
        answer, with what mends it."""
        for place, stage in enumerate(self._table.stages):
            for one in stage:
                if one.command:
                    yield from self._unsent(one.command, one.sends, place, one.name)
                if one.when is not None:
                    yield from self._unanswered(one, place)
        yield from self._unsent(self._table.completes, self._table.tells, len(self._table.stages), "")
        yield from self._untold()

    def _unsent(self, event: str, names: tuple[str, ...], place: int, name: str) -> Iterator[tuple[str, str]]:
        for where, known, always in self._standing(place, name):
            refused = self._refused(event, filled(known, always, (self._table.key, *names)))
            if refused:
                yield (
                    f"who stands at {where} does not know all that {event} needs: {refused}",
                    f"let it be optional in a new version of {event}, or in a step of another name send another event",
                )
                return

    def _unanswered(self, one: Step, place: int) -> Iterator[tuple[str, str]]:
        for where, known, _ in self._standing(place, one.name):
            unknown = sorted(self._looked_at(one) - known.keys())
            if unknown:
                yield (
                    f"who stands at {where} does not know {', '.join(unknown)}, which `when` of {one.name} looks at",
                    'look at it by known.get("...")',
                )
                return

    def _looked_at(self, one: Step) -> set[str]:
        """Return the fields that the condition takes for known, among those that some answer, or the first event,
        brings: texts in its code."""
        brought = {
            name
            for names in self._schemas.versions.values()
            for version in names.values()
            for name in version["properties"]
        }
        return _texts(one.when) & brought

    def _untold(self) -> Iterator[tuple[str, str]]:
        """Yield why a cancellation that waits for the pivot could not be answered."""
        cancel = self._table.cancel
        if cancel is None or not self._was.cancel or set(cancel.passes) <= set(self._was.passes):
            return
        known, always = self._read(cancel.event, (self._table.key, *self._was.passes))
        said = filled(known | {"reason": REASON}, always | {"reason"}, (*known, "reason"))
        refused = self._refused(cancel.rejects, said)
        if refused:
            yield (
                f"a cancellation that waits already has not all that {cancel.rejects} needs: {refused}",
                f"let it be optional in a new version of {cancel.rejects}",
            )

    def _refused(self, event: str, sent: Json) -> str:
        """Say what the newest version of an event refuses of what is sent; nothing where it takes it."""
        if event not in self._schemas.versions:
            return ""  # that it has no schema is found elsewhere
        schema = self._schemas.versions[event][self._schemas.newest(event)]
        answer = contained(closed(sent), with_bounds(schema), enforced_formats=FORMATS)
        if answer.answer is Answer.YES:
            return ""
        return "; ".join(f"{finding.path}: {finding.change}" for finding in answer.findings)

    def _standing(self, place: int, name: str) -> Iterator[tuple[str, dict[str, Json], set[str]]]:
        """Yield where a saga may stand that has not come to a step of a stage yet, with what it knows when it comes:
        the schema of each field, and those that it surely has.

        It stands at the last stage of which a step was begun, and one step of that has not answered.
        """
        for at, stage in enumerate(self._was.stages):
            if any(step.name == name for step in stage):
                return
            passed = [self._place_of(step.name) for earlier in self._was.stages[: at + 1] for step in earlier]
            if max(passed) >= place:
                return
            ahead = [step for later in self._table.stages[max(passed) + 1 : place] for step in later]
            for waited_for in stage:
                yield waited_for.name, *self._known(at, waited_for, ahead)

    def _known(self, at: int, waited_for: RecordedStep, ahead: Sequence[Step]) -> tuple[dict[str, Json], set[str]]:
        known, always = self._read(self._was.starts, self._was.reads)
        done = [step for stage in self._was.stages[: at + 1] for step in stage if step is not waited_for]
        taken = [(step.done, step.keeps, step.is_conditional) for step in done]
        now = next(step for step in self._table.steps if step.name == waited_for.name)
        taken += [(step.done, step.keeps, step.when is not None) for step in (now, *ahead)]
        for event, keeps, is_conditional in taken:
            brought, surely = self._read(event, keeps)
            known |= brought
            always |= set() if is_conditional else surely
        return known, always

    def _read(self, event: str, reads: Sequence[str]) -> tuple[dict[str, Json], set[str]]:
        """Return the schema of each field that was read of an event, and those that every one has."""
        known: dict[str, Json] = {}
        always: set[str] = set()
        for name in names_of(reads):
            try:
                part = read_of(self._schemas, event, [one for one in reads if names_of([one]) == (name,)])
            except ReadRefused:  # what it has now is not what was read of it
                continue
            known |= part["properties"]
            always |= set(part["required"])
        return known, always

    def _place_of(self, name: str) -> int:
        return next(place for place, stage in enumerate(self._table.stages) for step in stage if step.name == name)


def _texts(when: Callable[..., Any] | None) -> set[str]:
    """Return the texts by which a condition takes something: none where it is no function, or expects that it is
    absent."""
    code = getattr(when, "__code__", None)
    if code is None or "get" in code.co_names:
        return set()
    closed_over = inspect.getclosurevars(when).nonlocals.values()  # type: ignore[arg-type]
    return {one for one in (*code.co_consts, *closed_over) if isinstance(one, str)}
