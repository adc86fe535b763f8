"""The simulator finds a guard that is taken out, and breaks what most samples do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import simulation
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.mutation import Edit, Mutant, MutantMisplaced, hunt
from ensemble.simulator.topology import Topology
from functions.inventory import domain as inventory
from functions.kit.model import Decision, unchanged
from scenarios.shop.mutants import MUTANTS
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS
from tests.conftest import ROOT

BY_NAME = {mutant.guard: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_every_mutant_finds_the_text_that_it_replaces(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.before) == 1, edit.file


@pytest.mark.parametrize(
    "guard",
    [
        "tombstone of a refund before the charge",
        "floor condition of a counter",
        "partial batch response",
        "otherwise, when a floor is reached",
        "a bad record does not hurt its neighbours",
        "dead-lettering with a reason at the last receive",
        "delay of a record that failed",
        "replayed events are excluded from the rules",
    ],
)
def test_a_guard_taken_out_is_found(environment: Path, guard: str) -> None:
    verdict = hunt([BY_NAME[guard]], ROOT, environment, seeds=50)

    assert verdict.seed is not None
    assert verdict.violation


def test_nothing_taken_out_is_nothing_found(environment: Path) -> None:
    verdict = hunt([Mutant("nothing")], ROOT, environment, seeds=20)

    assert (verdict.seed, verdict.tried) == (None, 20)


def test_a_mutant_that_does_not_fit_the_source_says_so(environment: Path) -> None:
    misplaced = Mutant("gone", (Edit("functions/kit/rows.py", "no such line", ""),))

    with pytest.raises(MutantMisplaced, match="no such line"):
        hunt([misplaced], ROOT, environment, seeds=1)


def test_the_naive_control_breaks_in_over_a_quarter_of_the_seeds(environment: Path) -> None:
    naive = simulation(environment, "naive")
    seeds = range(1_000)

    assert sum(bool(naive(seed).violations) for seed in seeds) > len(seeds) / 4


def test_the_naive_control_is_right_as_long_as_nothing_is_wrong(environment: Path) -> None:
    naive = simulation(environment, "naive")

    for commands in WAYS.values():
        assert naive(0, profile=CALM, commands=commands).violations == []


def test_an_exploration_finds_a_tombstone_that_is_missing(shop: Shop, topology: Topology) -> None:
    def release(holding: Any, event: Any) -> Decision:
        return unchanged(None) if holding is None else inventory.release(holding, event)

    forgetful = _with(shop, "PaymentFailed", release)
    explored = Explorer(forgetful, topology, CoreLane(forgetful), WAYS["cancelled on the way"]).explore()

    assert explored.violations
    violation, way = explored.violations[0]
    assert "order-1" in violation
    assert [str(step) for step in way]


def _with(shop: Shop, event: str, react: Callable[..., Decision]) -> Shop:
    """Return the shop with another reaction of the inventory service."""
    service = shop.services["inventory"]
    reactions = [dataclasses.replace(one, react=react) if one.event == event else one for one in service.reactions]
    changed = dataclasses.replace(service, reactions=tuple(reactions))
    return shop.with_services({**shop.services, "inventory": changed})
