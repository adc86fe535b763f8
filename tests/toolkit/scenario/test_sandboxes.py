"""The servers of a scenario: started for a run, ended after it, with what they give to the services."""

from __future__ import annotations

import pytest

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

    with started({"clock": lambda: Clock(log)}) as sandboxes:
        assert isinstance(sandboxes["clock"], Clock)
        assert log == ["begins"]

    assert log == ["begins", "ends"]


def test_what_sandboxes_give_to_the_services_is_put_together() -> None:
    near = {"loan": {"url": "http://near", "key": "k"}}
    far = {"loan": {"patience": 2}, "courier": {"url": "http://far"}}

    with started({"near": lambda: Clock([], near), "far": lambda: Clock([], far)}) as sandboxes:
        assert sandboxes.settings == {
            "loan": {"url": "http://near", "key": "k", "patience": 2},
            "courier": {"url": "http://far"},
        }


def test_two_sandboxes_that_set_one_setting_are_refused_and_ended() -> None:
    log: list[str] = []
    settings = {"loan": {"url": "http://here"}}
    two = {"near": lambda: Clock(log, settings), "far": lambda: Clock(log, settings)}

    with pytest.raises(ScenarioMisdeclared, match=r"both set loan\.url"), started(two):
        pass

    assert log == ["begins", "begins", "ends", "ends"]


def test_a_sandbox_that_does_not_start_is_named_and_those_before_it_are_ended() -> None:
    log: list[str] = []
    said = "the sandbox 'broken' of the scenario does not start: OSError: no port is free"

    with pytest.raises(SandboxFailed, match=said), started({"clock": lambda: Clock(log), "broken": broken}):
        pass

    assert log == ["begins", "ends"]


def test_to_ask_for_a_sandbox_that_does_not_run_names_those_that_do() -> None:
    with (
        started({"clock": lambda: Clock([])}) as sandboxes,
        pytest.raises(ScenarioMisdeclared, match="'watch' does not run; those that run: clock"),
    ):
        sandboxes["watch"]
