"""The simulator finds a guard of the shop that is taken out, and breaks what most samples do with its orders."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import simulation
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.mutation import Mutant, hunt
from ensemble.simulator.topology import Topology
from functions.inventory import domain as inventory
from functions.kit.model import Decision, unchanged
from scenarios.shop.mutants import HARD_MUTANTS, MUTANTS
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS
from tests.conftest import ROOT

BY_NAME = {mutant.guard: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("mutant", [*MUTANTS, *HARD_MUTANTS], ids=lambda mutant: mutant.guard)
def test_every_mutant_finds_the_text_that_it_replaces(mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (ROOT / edit.file).read_text(encoding="utf-8").count(edit.before) == 1, edit.file


def test_a_tombstone_of_the_shop_taken_out_is_found(environment: Path) -> None:
    verdict = hunt([BY_NAME["tombstone of a refund before the charge"]], ROOT, environment, seeds=50)

    assert verdict.seed is not None
    assert verdict.violation


def test_the_naive_control_breaks_in_over_a_quarter_of_the_seeds(environment: Path) -> None:
    naive = simulation(environment, "naive")
    seeds = range(40)

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


def _with(shop: Shop, event: str, react: Callable[..., Decision]) -> Application:
    """Return the shop with another reaction of the inventory service."""
    service = shop.services["inventory"]
    reactions = [dataclasses.replace(one, react=react) if one.event == event else one for one in service.reactions]
    changed = dataclasses.replace(service, reactions=tuple(reactions))
    return shop.with_services({**shop.services, "inventory": changed})
