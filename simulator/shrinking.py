"""Finds the fewest disturbances that still break the same thing: delta debugging over what disturbed a schedule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Fails = Callable[[Sequence[str]], bool]


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
