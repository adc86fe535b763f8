"""Each guard of the commit protocol that is taken out breaks a guarantee: z3 says how, and the real code does so."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.simulator.kit import Kit
from tests.proof.conftest import Follow, differences
from tests.proof.documented import rows_under
from tests.proof.guards import Guard, edits
from tests.proof.numbered import numbered
from tests.proof.replaying import LeftTheWay
from tests.proof.searching import EVENTS, WORKERS, Way, broken_guarantee, shortest
from tests.proof.workers import kit_without

AMONG = numbered(EVENTS, WORKERS)
DOCUMENTED = {guard: int(steps) for guard, steps, _ in rows_under("The model is the code's")}


@pytest.mark.parametrize("guard", Guard)
def test_without_a_guard_the_real_code_goes_the_way_of_z3_to_a_broken_guarantee(
    kit: Kit, follow: Follow, tmp_path: Path, guard: Guard
) -> None:
    way = shortest(broken_guarantee, [guard])
    assert way is not None

    *before, (last, seen) = follow(kit_without(edits(guard), tmp_path), way)

    assert [(step, difference) for step, seen in before if (difference := differences(step, seen))] == []
    assert [broken for _, seen in before if (broken := AMONG.broken(seen))] == []
    assert differences(last, seen) == {}
    assert AMONG.broken(seen) != []
    assert len(way.steps) == DOCUMENTED[guard]
    assert _broken_with_it(kit, follow, way) == []


def _broken_with_it(kit: Kit, follow: Follow, way: Way) -> list[str]:
    """Return the guarantees that are broken on the same way by code with all guards, which leaves it at some step."""
    broken, is_same = [], True
    try:
        for step, seen in follow(kit, way):
            broken += AMONG.broken(seen)
            is_same &= not differences(step, seen)
    except LeftTheWay:
        return broken
    assert not is_same, "it goes the same way with the guard"
    return broken


def test_with_all_guards_no_short_way_breaks_a_guarantee() -> None:
    assert shortest(broken_guarantee, longest=max(DOCUMENTED.values())) is None
