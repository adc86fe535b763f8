"""The order in which the stacks of a stage can be deployed while it is in use: no event may find nobody who hears it.

Who will hear a new event comes before who publishes it; who stops publishing one comes before who stops hearing it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from ensemble.command_line.stage.changes import Change
from ensemble.command_line.stage.routing import Event, Routing


@dataclass(frozen=True, slots=True)
class Before:
    """Why one stack comes before another, by their names."""

    first: str
    then: str
    why: str


@dataclass(frozen=True, slots=True)
class Order:
    """The steps, each of stacks that may be deployed together; with a `cycle` there are none: then it says why.

    `reasons`: what events ask for, beside what a stack needs to be there at all.
    """

    steps: tuple[tuple[Change, ...], ...]
    reasons: tuple[Before, ...]
    cycle: tuple[Before, ...] = ()


def in_order(
    changes: Sequence[Change],
    needs: Mapping[str, Sequence[str]],
    before: Routing,
    after: Routing,
    majors: frozenset[Event],
) -> Order:
    """Put what is to do in order. `needs`: by stack, those that must be there first. `majors`: the events of which a
    new major version will be published."""
    to_do = {one.name: one for one in changes if one.is_to_do}
    reasons = [one for one in _by_events(list(to_do), before, after, majors) if one.first != one.then]
    all_reasons = [*_needed(to_do, needs), *reasons]
    sorter = TopologicalSorter({name: {one.first for one in all_reasons if one.then == name} for name in to_do})
    try:
        sorter.prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        pairs = set(pairwise(circle))
        return Order((), tuple(reasons), tuple(one for one in all_reasons if (one.first, one.then) in pairs))
    steps = []
    while sorter.is_active():
        ready = sorted(sorter.get_ready(), key=list(to_do).index)
        steps.append(tuple(to_do[name] for name in ready))
        sorter.done(*ready)
    return Order(tuple(steps), tuple(reasons))


def _needed(to_do: Mapping[str, Change], needs: Mapping[str, Sequence[str]]) -> Iterator[Before]:
    for name in to_do:
        for needed in needs.get(name, ()):
            if needed in to_do:
                yield Before(needed, name, f"{name} needs it")


def _by_events(stacks: Sequence[str], before: Routing, after: Routing, majors: frozenset[Event]) -> Iterator[Before]:
    for publisher in stacks:
        was, will = before.publishes.get(publisher, frozenset()), after.publishes.get(publisher, frozenset())
        for event in sorted(will - was):
            for hearer in stacks:
                if after.hears(hearer, event) and not before.hears(hearer, event):
                    yield Before(
                        hearer, publisher, f"{publisher} begins to publish {event[1]}, {hearer} begins to hear it"
                    )
        for event in sorted(was - will):
            for hearer in stacks:
                if before.hears(hearer, event) and not after.hears(hearer, event):
                    yield Before(
                        publisher, hearer, f"{publisher} stops publishing {event[1]}, {hearer} stops hearing it"
                    )
        for event in sorted(was & will & majors):
            for hearer in stacks:
                if after.hears(hearer, event) and before.hears(hearer, event):
                    why = f"{publisher} begins to publish a new major version of {event[1]}, {hearer} to read it"
                    yield Before(hearer, publisher, why)
