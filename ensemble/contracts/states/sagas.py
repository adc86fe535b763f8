"""Which change of a saga's table may go out while rows go on with it: what they wait for is heard, what they did is
undone, and nothing that is still to be done is passed over.

A row has the names of the steps that were begun, and goes on after the last stage of which one was. So a new step is
done by those that have not come so far, and by nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import Recorded, alike, file_of
from ensemble.contracts.states.filling import UnderWay
from ensemble.contracts.states.tables import RecordedStep, RecordedTable, recorded_table, table_from
from functions.kit.model import Service
from functions.kit.saga import Saga

Problem = tuple[str, str]
"""What rows under way would not bear, and what to do instead; without the way that is always open: `ensemble drain`."""


def broken_sagas(
    recorded: Mapping[str, Mapping[str, Recorded]], services: Sequence[Service], schemas: Schemas
) -> Iterator[Finding]:
    """Yield each change of a saga's table that its rows under way would not bear; `recorded` as in `broken_states`."""
    for service in services:
        told: set[Problem] = set()
        for before, stages in alike(recorded, file_of(service.name)):
            for table in map(table_from, before.get("sagas", [])):
                found = [one for one in _problems(table, service, schemas) if one not in told]
                told.update(found)
                yield from (_finding(service, problem, fix, stages) for problem, fix in found)


def _finding(service: Service, problem: str, fix: str, stages: Sequence[str]) -> Finding:
    return Finding(
        file_of(service.name),
        f"{problem}. Harmed: the workflows that {service.name} has under way in {' and '.join(stages)}",
        f"{fix}; or let them come to their end before: ensemble drain --stage {stages[0]}",
    )


def _problems(was: RecordedTable, service: Service, schemas: Schemas) -> Iterator[Problem]:
    if not isinstance(service, Saga):
        yield f"{service.name} conducted a saga, and has no table any more: nobody goes on with it", "take it back"
        return
    found = [*broken_table(was, recorded_table(service))]
    yield from found or UnderWay(was, service.table, schemas).unfilled()


def broken_table(was: RecordedTable, now: RecordedTable) -> Iterator[Problem]:
    """Yield what rows of one table would not bear of another one."""
    steps = {step.name: step for step in now.steps}
    for step in was.steps:
        if step.name not in steps:
            yield (
                f"the step {step.name} is gone: who has begun it waits for its answer for ever, and never undoes it",
                f"keep it, by the name {step.name}",
            )
        else:
            yield from _of_step(step, steps[step.name])
    yield from _other_order(was, now)
    yield from _uncancelled(was, now)


def _of_step(was: RecordedStep, now: RecordedStep) -> Iterator[Problem]:
    answers = [("done", [was.done], [now.done]), ("refused", was.refused, now.refused)]
    if was.undo:
        answers.append(("undo", [was.undo], [now.undo]))
        answers.append(("undo", [was.undone], [now.undone]))
    for argument, before, after in answers:
        for event in before:
            if event not in after:
                yield (
                    f"{event} is not in `{argument}` of {was.name} any more: who waits for it, or has it done, "
                    "never comes to an end, or leaves it as it is",
                    f"keep {event}, or give what is new a step of another name",
                )
    if was.waits and not now.waits:
        yield (
            f"{was.name} asks by a command now, and waited for somebody before: who waits there never sent it",
            "give what is new a step of another name",
        )


def _other_order(was: RecordedTable, now: RecordedTable) -> Iterator[Problem]:
    """Yield two steps that stand otherwise to each other: before, beside or after."""
    both = [step.name for step in was.steps if any(step.name == other.name for other in now.steps)]
    for first, second in combinations(both, 2):
        before, after = (_sign(table.stage_of(second) - table.stage_of(first)) for table in (was, now))
        if before != after:
            yield (
                f"{first} and {second} ran {_SIDE[before]}, and do so no more: who has begun one of them passes the "
                "other over, or goes on before it has answered",
                "put them as they were",
            )
            return


_SIDE = {0: "side by side", 1: "one after the other"}


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


def _uncancelled(was: RecordedTable, now: RecordedTable) -> Iterator[Problem]:
    """Yield why a cancellation that waits, or is on its way, would not be answered."""
    if not was.cancel:
        return
    if now.cancel != was.cancel:
        yield f"{was.cancel} is not in `cancels` any more: one that is on its way is not answered", "keep it"
        return
    before, after = _pivot(was.steps), _pivot(now.steps)
    if before and before in (step.name for step in now.steps) and not _is_answered(now, before, after):
        yield (
            f"{before} is the pivot no more: a cancellation that waits for its answer is not answered",
            f"let {before} be the pivot, or a later step that every saga comes to",
        )


def _pivot(steps: Iterable[RecordedStep]) -> str:
    return next((step.name for step in steps if step.pivot), "")


def _is_answered(now: RecordedTable, before: str, after: str) -> bool:
    """Whether who waits for the pivot that was still comes to the pivot that is."""
    if not after or before == after:
        return before == after
    is_later = now.stage_of(after) > now.stage_of(before)
    return is_later and not next(step for step in now.steps if step.name == after).is_conditional
