"""The commit protocol keeps its guarantees for any number of events and workers; the real code does as its model."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from ensemble.simulator.kit import Kit
from tests.proof.conftest import Follow, differences
from tests.proof.guards import Guard
from tests.proof.numbered import numbered
from tests.proof.proving import unproven
from tests.proof.replaying import ASKED
from tests.proof.searching import Way
from tests.proof.walking import EVENTS, WORKERS, walk

WALKS = range(6, 14)
LONGEST = 30

STEPS = {*ASKED, "begin", "assume", "acknowledge", "crash"}

walked = cache(lambda seed: walk(seed, LONGEST))


def test_every_step_keeps_every_invariant() -> None:
    assert list(unproven()) == []


@pytest.mark.parametrize("guard", Guard)
def test_without_a_guard_some_step_breaks_some_invariant(guard: Guard) -> None:
    assert list(unproven([guard])) != []


@pytest.mark.parametrize("seed", WALKS)
def test_the_real_code_follows_the_model_wherever_it_goes(kit: Kit, follow: Follow, seed: int) -> None:
    way: Way = walked(seed)

    followed = list(follow(kit, way))

    assert [(step, difference) for step, seen in followed if (difference := differences(step, seen))] == []
    assert [broken for _, seen in followed if (broken := numbered(EVENTS, WORKERS).broken(seen))] == []


def test_each_step_is_taken_on_some_way_that_the_real_code_follows() -> None:
    taken = Counter(step.name for seed in WALKS for step in walked(seed).steps)

    assert set(taken) == STEPS
