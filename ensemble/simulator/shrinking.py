"""Finds the fewest disturbances that still break the same thing: delta debugging over what disturbed a schedule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence

from ensemble.simulator.schedule import COMMAND, Outcome

Fails = Callable[[Sequence[str]], bool]


def kind(violation: str) -> str:
    """Return a violation without its numbers: the same kind breaks the same thing, of whichever order."""
    return re.sub(r"\d+", "N", violation)


def shrunk_run(whole: Outcome, again: Callable[[Collection[str]], Outcome]) -> list[str]:
    """Return the fewest disturbances of a run with which its first violation is still of the same kind.

    `again` runs the same seed with these disturbances alone. The commands stay when the violation is there though
    nothing at all happens: then the judge looks at what was asked instead of at what is on the bus, and what
    would be left without them shows nothing.
    """

    def fails(disturbances: Sequence[str]) -> bool:
        violations = again(frozenset(disturbances)).violations
        return bool(violations) and kind(violations[0]) == kind(whole.violations[0])

    happened = list(dict.fromkeys(whole.disturbances))
    if not fails(happened):
        return happened
    stay = [one for one in happened if one.startswith(COMMAND)] if fails([]) else []
    others = [one for one in happened if one not in stay]
    return [*stay, *shrunk(others, lambda some: fails([*stay, *some]))]


def shrunk(disturbances: Sequence[str], fails: Fails) -> list[str]:
    """Return a subset that still fails, of which no single disturbance can be left out.

    `fails` says whether the schedule fails with these disturbances alone (Zeller and Hildebrandt, "Simplifying
    and Isolating Failure-Inducing Input", 2002).
    """
    kept = list(dict.fromkeys(disturbances))
    parts = 2
    while kept:
        size = max(1, -(-len(kept) // parts))
        for start in range(0, len(kept), size):
            rest = kept[:start] + kept[start + size :]
            if fails(rest):
                kept, parts = rest, max(2, parts - 1)
                break
        else:
            if size == 1:
                return kept
            parts = min(len(kept), parts * 2)
    return kept
