"""An application that nobody has described: its workload, its outcomes, and what is judged of it."""

from __future__ import annotations

import dataclasses
import shutil
from collections import Counter
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from ensemble.command_line.simulate.simulating import Runs, runs_of
from ensemble.contracts.outcomes import OutcomeUnknown
from ensemble.scenario import Command
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.coverage import outcomes
from ensemble.simulator.faults import CALM, Fault
from ensemble.simulator.interleavings import Explorer
from ensemble.simulator.mutation import hunt
from ensemble.simulator.outcomes import drawn_outcome, is_drawable
from ensemble.simulator.schedule import Outcome
from ensemble.simulator.topology import Topology
from ensemble.simulator.workload import secrets_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


@dataclasses.dataclass(frozen=True)
class Answer:
    accepted: bool
    reason: str | None
    kind: Literal["slow", "fast"]
    colours: list[Colour]


@pytest.fixture(scope="module")
def undescribed(application: Application) -> Application:
    """The library, as if it had no scenario."""
    return Application(application.services, application.schemas)


@pytest.fixture(scope="module")
def run(undescribed: Application, environment: Path) -> Runs:
    return runs_of(undescribed, environment, "core")


@pytest.fixture(scope="module")
def found(run: Runs) -> list[Outcome]:
    return [run(seed) for seed in range(300)]


def test_every_outcome_of_every_reaction_is_reached_without_a_violation(
    found: list[Outcome], undescribed: Application
) -> None:
    reached: Counter[tuple[str, str, str]] = sum((one.reached for one in found), Counter())
    assert [(one.seed, one.violations) for one in found if one.violations] == []
    assert outcomes(undescribed.services) <= set(reached)


def test_both_lanes_take_the_same_decisions(undescribed: Application, environment: Path, run: Runs) -> None:
    full = runs_of(undescribed, environment, "full")

    for seed in range(8):
        assert full(seed, recorded=True).trace == run(seed, recorded=True).trace


def test_systems_outside_do_not_answer_at_times(found: list[Outcome]) -> None:
    struck: Counter[tuple[str, Fault]] = sum((one.faults for one in found), Counter())

    kinds = {fault for step, fault in struck if step == "courier effect"}
    assert {Fault.EFFECT_REFUSED, Fault.EFFECT_ANSWER_LOST, Fault.PROVIDER_DOWN} <= kinds


def test_every_command_is_drawn_on_one_to_three_workflows_and_some_twice(undescribed: Application) -> None:
    workloads = [undescribed.workload(Chance(seed)) for seed in range(100)]

    commands = [command for workload in workloads for command in workload]
    assert {command.type for command in commands} == {"AddCopies", "CancelLoan", "RequestLoan"}
    assert {command.fields["loan_id"] for command in commands if "loan_id" in command.fields} == {
        "loan_id-1",
        "loan_id-2",
        "loan_id-3",
    }
    assert all(len({one.name for one in workload}) == len(workload) for workload in workloads)
    assert any(command.name.endswith(" again") for command in commands)


def test_sensitive_texts_are_drawn_so_that_they_are_found_in_a_log(undescribed: Application) -> None:
    workloads = [undescribed.workload(Chance(seed)) for seed in range(10)]

    secrets = {text for workload in workloads for text in secrets_of(workload, undescribed.schemas)}
    assert any(text.startswith("secret email of ") for text in secrets)


def test_the_stories_of_the_scenario_are_workloads_with_its_opening(application: Application) -> None:
    described = Application(application.services, application.schemas, application.scenario)

    stories = described.stories

    assert list(stories) == [story.name for story in application.scenario.stories]
    assert all(
        commands[: len(described.scenario.opening)] == [*described.scenario.opening] for commands in stories.values()
    )


def test_a_command_that_comes_after_an_event_comes_as_soon_as_it_is_on_the_bus(
    run: Runs, application: Application
) -> None:
    ask = application.scenario.stories[0].commands[0]
    cancel = Command("CancelLoan", "desk", {"loan_id": ask.fields["loan_id"]}, after="LoanRequested")

    outcome = run(0, profile=CALM, commands=[*application.scenario.opening, ask, cancel], recorded=True)

    lines = [text for _, text in outcome.trace if text.startswith("the bus takes ")]
    types = [line.split()[3] for line in lines]
    assert types.index("CancelLoan") == types.index("LoanRequested") + 1


def test_an_exploration_takes_a_command_after_an_event_in_every_order(
    undescribed: Application, application: Application, topology: Topology
) -> None:
    ask = application.scenario.stories[0].commands[0]
    cancel = Command("CancelLoan", "desk", {"loan_id": ask.fields["loan_id"]}, after="LoanRequested")
    commands = [*application.scenario.opening, ask, cancel]

    explored = Explorer(undescribed, topology, CoreLane(undescribed), commands).explore()

    assert explored.violations == []
    assert explored.ends > 1


@pytest.mark.parametrize("kind", [None, bool, int, str, Answer, Answer | None, list[Answer], Colour])
def test_an_outcome_of_a_name_is_always_the_same_and_of_others_another(kind: Any) -> None:
    drawn = [repr(drawn_outcome(kind, Chance(1), f"effect {number}")) for number in range(50)]

    assert drawn == [repr(drawn_outcome(kind, Chance(1), f"effect {number}")) for number in range(50)]
    assert (len(set(drawn)) > 1) is (kind is not None)


def test_an_outcome_that_cannot_be_drawn_says_whose_it_is_and_what_to_do() -> None:
    with pytest.raises(OutcomeUnknown, match=r"^courier: the outcome of Send: .*scenarios/<name>/simulation\.py"):
        is_drawable(object, "courier: the outcome of Send")


@pytest.mark.parametrize(
    "guard",
    ["an intent does not count as handled", "report of the records that failed"],
)
def test_a_guard_of_the_kit_that_is_taken_out_is_found(guard: str, lending: Path, tmp_path: Path) -> None:
    bare = tmp_path / "bare"
    shutil.copytree(lending, bare, ignore=shutil.ignore_patterns("scenarios", "__pycache__"))
    (mutant,) = [one for one in Application.mutants if one.guard == guard]

    verdict = hunt([mutant], bare, bare / "cdk.out" / "assembly-dev", seeds=20)

    assert verdict.seed is not None
