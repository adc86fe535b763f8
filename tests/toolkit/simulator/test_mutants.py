"""The simulator finds a guard that is taken out, and breaks what most samples do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import runs_of
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.mutation import Edit, Mutant, MutantMisplaced, hunt
from ensemble.simulator.topology import Topology
from functions.kit.model import Decision, unchanged
from functions.shelf import domain as shelf
from scenarios.lending.asked import WAYS
from scenarios.lending.mutants import MUTANTS

BY_NAME = {mutant.guard: mutant for mutant in MUTANTS}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard)
def test_every_mutant_finds_the_text_that_it_replaces(lending: Path, mutant: Mutant) -> None:
    for edit in mutant.edits:
        assert (lending / edit.file).read_text(encoding="utf-8").count(edit.before) == 1, edit.file


@pytest.mark.parametrize(
    "guard",
    [
        "tombstone of a cancellation before the delivery",
        "floor condition of a counter",
        "partial batch response",
        "an event whose publication failed comes again",
        "a bad record does not hurt its neighbours",
        "what is not published is kept by the next commit",
        "version condition of a commit",
        "replayed events are excluded from the rules",
        "a state of a newer version is left to newer code",
        "the version of a state is written with it",
    ],
)
def test_a_guard_taken_out_is_found(lending: Path, environment: Path, guard: str) -> None:
    verdict = hunt([BY_NAME[guard]], lending, environment, seeds=500)

    assert verdict.seed is not None
    assert verdict.violation


def test_nothing_taken_out_is_nothing_found(lending: Path, environment: Path) -> None:
    verdict = hunt([Mutant("nothing")], lending, environment, seeds=20)

    assert (verdict.seed, verdict.tried) == (None, 20)


def test_a_mutant_that_does_not_fit_the_source_says_so(lending: Path, environment: Path) -> None:
    misplaced = Mutant("gone", (Edit("functions/kit/rows.py", "no such line", ""),))

    with pytest.raises(MutantMisplaced, match="no such line"):
        hunt([misplaced], lending, environment, seeds=1)


def test_the_naive_control_breaks_in_over_a_tenth_of_the_seeds(application: Application, environment: Path) -> None:
    naive = runs_of(application, environment, "naive")
    seeds = range(60)

    assert sum(bool(naive(seed).violations) for seed in seeds) > len(seeds) / 10


def test_the_naive_control_is_right_as_long_as_nothing_is_wrong(application: Application, environment: Path) -> None:
    naive = runs_of(application, environment, "naive")

    for commands in WAYS.values():
        assert naive(0, profile=CALM, commands=commands).violations == []


def test_an_exploration_finds_a_tombstone_that_is_missing(application: Application, topology: Topology) -> None:
    def release(holding: Any, event: Any) -> Decision:
        return unchanged(None) if holding is None else shelf.release(holding, event)

    forgetful = _with(application, "DeliveryRefused", release)
    explored = Explorer(forgetful, topology, CoreLane(forgetful), WAYS["cancelled on the way"]).explore()

    assert explored.violations
    violation, way = explored.violations[0]
    assert "loan-1" in violation
    assert [str(step) for step in way]


def _with(application: Application, event: str, react: Callable[..., Decision]) -> Application:
    """Return the library with another reaction of the shelf service."""
    service = application.services["shelf"]
    reactions = [dataclasses.replace(one, react=react) if one.event == event else one for one in service.reactions]
    changed = dataclasses.replace(service, reactions=tuple(reactions))
    return application.with_services({**application.services, "shelf": changed})
