"""Small workloads, tried in every way."""

from __future__ import annotations

import pytest

from ensemble.command_line.simulate.exhaustive import story
from ensemble.command_line.simulate.simulating import Runs
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.exhaustive import crash_points, single_crashes
from ensemble.simulator.faults import CALM, Fault
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import World
from scenarios.lending.asked import WAYS

ENDS = {
    "granted": ("LoanGranted",),
    "not on the shelf": ("CopiesRefused", "LoanRefused"),
    "carrier refuses": ("DeliveryRefused", "CopiesReleased", "LoanRefused"),
    "cancelled before": (),
    "cancelled on the way": ("LoanCancellationRequested", "DeliveryRefused", "LoanRefused"),
    "cancelled too late": ("LoanGranted", "LoanCancellationRefused"),
}


@pytest.mark.parametrize("name", WAYS)
def test_a_story_goes_the_way_of_its_name(core: Runs, name: str) -> None:
    outcome = core(0, profile=CALM, commands=WAYS[name])

    published = {event for _, _, some in outcome.reached for event in some.split(" and ")}
    assert outcome.violations == []
    assert set(ENDS[name]) <= published
    assert {"LoanGranted", "LoanRefused"} & published == {"LoanGranted", "LoanRefused"} & set(ENDS[name])


@pytest.mark.parametrize("name", WAYS)
def test_a_story_survives_a_crash_at_any_await_point(core: Runs, name: str) -> None:
    crashes = list(single_crashes(story(core, WAYS[name])))

    assert len(crashes) > 20
    assert all(outcome.faults.total() == 1 for _, outcome in crashes)
    assert [(points, outcome.violations) for points, outcome in crashes if outcome.violations] == []


def test_the_await_points_are_those_around_every_request(core: Runs) -> None:
    steps = {
        step
        for point in crash_points(story(core, WAYS["granted"]))
        for step, fault in story(core, WAYS["granted"])(dict([point])).faults
        if fault is Fault.CRASH
    }

    publishing = ("after publish", "after mark")
    for step in ("before load", "after load", "after effect", "after commit", *publishing, "acknowledge"):
        assert f"courier {step}" in steps


def test_a_loan_survives_every_interleaving_with_its_cancellation(application: Application, topology: Topology) -> None:
    explored = Explorer(application, topology, CoreLane(application), WAYS["cancelled on the way"]).explore()

    assert explored.violations == []
    assert explored.ends > 10
    assert explored.steps > 300


def test_on_the_way_back_to_a_state_what_was_sent_to_topics_after_it_is_forgotten(
    application: Application, topology: Topology
) -> None:
    account = AwsAccount(World(topology, Chance(0), CALM, CoreLane(application)))
    before = account.saved()

    account.published.append(("arn:aws:sns:eu-central-1:123456789012:news", {"Message": "a loan"}))
    account.restore(before)

    assert account.published == []


def test_two_loans_racing_with_a_cancellation_survive_every_interleaving(
    application: Application, topology: Topology
) -> None:
    explored = Explorer(application, topology, CoreLane(application), application.race, with_timers=False).explore()

    assert explored.violations == []
    assert explored.states > 270
    assert explored.ends > 11
