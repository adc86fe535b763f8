"""What a saga's table must not be: each mistake with what mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from datetime import timedelta

from functions.kit.saga.table import Step, Table, names_of


def problems(table: Table, starts: str, reads: tuple[str, ...]) -> Iterator[str]:
    """Yield what contradicts itself, with what mends it."""
    if not table.steps:
        yield "it has no steps. Fix: give it one at least"
    yield from _several(one.name for one in table.steps)
    heard = [starts, *([table.cancel.event] if table.cancel else ())]
    yield from _several([*heard, *(event for one in table.steps for event in _answers(one))])
    known = set(names_of(reads))
    for stage in table.stages:
        for one in stage:
            yield from _of_step(table, one, known)
            if one.rejects and not one.accepts and len(stage) > 1:
                yield (
                    f"nothing answers {one.done} while others run beside {one.name}. Fix: name in `accepts` the event "
                    "that says that it counts"
                )
            if one.pivot and len(stage) > 1:
                yield f"{one.name} is the pivot, and others run beside it. Fix: give it a stage of its own"
        known.update(name for one in stage for name in names_of(one.keeps))
    for name in table.tells:
        if name not in known:
            yield f"it tells {name!r}, which nothing brings. Fix: add it to `reads`, or to the `keeps` of a step"
    yield from _around_the_pivot(table)


def _answers(one: Step) -> Iterator[str]:
    yield from (one.done, *one.refused)
    if one.undone:
        yield one.undone


def _several(names: Iterable[str]) -> Iterator[str]:
    for name, times in Counter(names).items():
        if times > 1:
            yield f"{name} stands for {times} things in it: an event answers one step. Fix: name each once"


def _of_step(table: Table, one: Step, known: Collection[str]) -> Iterator[str]:
    for name, given in (("sends", one.sends), ("refused", one.refused), ("keeps", one.keeps)):
        if isinstance(given, str):
            yield f'the step {one.name} needs a comma: {name}=("{given}",)'
    for name in one.sends:
        if name not in known:
            yield (
                f"{one.name} sends {name!r}, which nothing before it brings. Fix: add it to `reads`, or to the `keeps` "
                "of an earlier step"
            )
    if one.within is not None and one.within <= timedelta():
        yield f"{one.name} is to answer within {one.within}. Fix: give it more than nothing"
    if one.command and one.within is not None and not one.undo:
        yield (
            f"{one.name} is to answer within {one.within} and has no `undo`: when it does not, nobody knows whether it "
            "is done. Fix: name the command that undoes it, or take `within` away"
        )


def _around_the_pivot(table: Table) -> Iterator[str]:
    pivots = [one for one in table.steps if one.pivot]
    if len(pivots) > 1:
        yield f"{pivots[0].name} and {pivots[1].name} are pivots. Fix: keep the last one that may refuse"
    place = table.steps.index(pivots[0]) if pivots else len(table.steps)
    for one in table.steps[place:]:
        if one.within is not None or one.undo:
            yield (
                f"from {pivots[0].name} on the saga only goes forward, and {one.name} has `within` or `undo`. Fix: "
                "take it away, or make a later step the pivot"
            )
    for one in table.steps[place + 1 :]:
        if one.refused:
            yield f"{one.name} may refuse after the pivot {pivots[0].name}. Fix: make {one.name} the pivot"
    for one in _left_undone(table):
        yield (
            f"nothing undoes {one.name} when the saga goes back. Fix: name the command that undoes it in `undo`, or "
            "say in `irreversible` why it needs none"
        )


def _left_undone(table: Table) -> Iterator[Step]:
    """Yield the steps before the pivot that nothing undoes, though the saga may go back once they are done."""
    for place, stage in enumerate(table.stages):
        if any(one.pivot for one in stage):
            return
        for one in stage:
            others = [other for later in table.stages[place:] for other in later if other is not one]
            may_go_back = table.cancel is not None or any(other.refused or other.within for other in others)
            if may_go_back and not one.undo and one.irreversible is None:
                yield one
