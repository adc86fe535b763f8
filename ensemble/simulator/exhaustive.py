"""Every single crash, and every pair of crashes, of a story in which nothing else is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from ensemble.simulator.faults import Fault, Plan
from ensemble.simulator.schedule import Outcome

Run = Callable[[Mapping[str, Plan]], Outcome]


def crash_points(run: Run) -> list[tuple[str, Plan]]:
    """Return every await point of a story as the crash at it: before and after each request, and before the end."""
    points = run({}).points
    return [(key, plan) for key, calls in points for plan in _crashes(calls)]


def single_crashes(run: Run) -> Iterator[tuple[tuple[tuple[str, Plan], ...], Outcome]]:
    """Yield each single crash with what became of the story."""
    for point in crash_points(run):
        yield (point,), run(dict([point]))


def pairs_of_crashes(run: Run) -> Iterator[tuple[tuple[tuple[str, Plan], ...], Outcome]]:
    """Yield each pair of crashes at different places, the second as it is met after the first one."""
    for first in crash_points(run):
        following = run(dict([first])).points
        for key, calls in following:
            if key != first[0]:
                for plan in _crashes(calls):
                    yield (first, (key, plan)), run(dict([first, (key, plan)]))


def _crashes(calls: int) -> list[Plan]:
    after = [Plan(Fault.CRASH, call, after=True) for call in range(1, calls + 1)]
    return [Plan(Fault.CRASH, 1), *after, Plan(Fault.CRASH, calls + 1)]
