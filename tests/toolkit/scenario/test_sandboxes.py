"""The servers of a scenario: started for a run, ended after it, with what they give to the services."""

from __future__ import annotations

import pytest

from ensemble.scenario import Scenario
from ensemble.scenario.errors import SandboxFailed, ScenarioMisdeclared
from ensemble.scenario.sandboxes import Settings, started


class Clock:
    """A sandbox that says in `log` when it begins and ends."""

    def __init__(self, log: list[str], settings: Settings | None = None) -> None:
        self._log, self.settings = log, settings or {}
        log.append("begins")

    def close(self) -> None:
        self._log.append("ends")


def broken() -> Clock:
    raise OSError("no port is free")


def test_sandboxes_run_while_the_block_does() -> None:
    log: list[str] = []

    with started(Scenario(sandboxes={"clock": lambda: Clock(log)})) as sandboxes:
        assert isinstance(sandboxes["clock"], Clock)
        assert log == ["begins"]

    assert log == ["begins", "ends"]


def test_what_sandboxes_give_to_the_services_is_put_together() -> None:
    near: Settings = {"loan": {"url": "http://near", "key": "k"}}
    far: Settings = {"loan": {"patience": 2}, "courier": {"url": "http://far"}}
    both = {"near": lambda: Clock([], near), "far": lambda: Clock([], far)}
    scenario = Scenario(sandboxes=both, settings={"loan": {"fine": 3}})

    with started(scenario) as sandboxes:
        assert sandboxes.settings == {
            "loan": {"url": "http://near", "key": "k", "patience": 2, "fine": 3},
            "courier": {"url": "http://far"},
        }


def test_two_sandboxes_that_set_one_setting_are_refused_and_ended() -> None:
    log: list[str] = []
    settings: Settings = {"loan": {"url": "http://here"}}
    two = Scenario(sandboxes={"near": lambda: Clock(log, settings), "far": lambda: Clock(log, settings)})

    with pytest.raises(ScenarioMisdeclared, match=r"both set loan\.url"), started(two):
        pass

    assert log == ["begins", "begins", "ends", "ends"]


def test_a_setting_of_the_scenario_that_a_sandbox_sets_too_is_refused() -> None:
    settings: Settings = {"loan": {"url": "http://here"}}
    scenario = Scenario(settings=settings, sandboxes={"near": lambda: Clock([], settings)})

    with pytest.raises(ScenarioMisdeclared, match=r"the scenario and the sandbox 'near' both set loan\.url"):
        started(scenario).__enter__()


def test_a_sandbox_that_does_not_start_is_named_and_those_before_it_are_ended() -> None:
    log: list[str] = []
    scenario = Scenario(sandboxes={"clock": lambda: Clock(log), "broken": broken})
    said = "the sandbox 'broken' of the scenario does not start: OSError: no port is free"

    with pytest.raises(SandboxFailed, match=said), started(scenario):
        pass

    assert log == ["begins", "ends"]


def test_to_ask_for_a_sandbox_that_does_not_run_names_those_that_do() -> None:
    with (
        started(Scenario(sandboxes={"clock": lambda: Clock([])})) as sandboxes,
        pytest.raises(ScenarioMisdeclared, match="'watch' does not run; those that run: clock"),
    ):
        sandboxes["watch"]
