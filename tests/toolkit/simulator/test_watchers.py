"""A mistake in what a course watches with is the course's, and no fault of the function that wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import runs_of
from ensemble.simulator.application import Application
from ensemble.simulator.faults import CALM
from scenarios.lending.simulation import Lending


@pytest.mark.parametrize("lane", ["core", "full"])
def test_what_a_watcher_raises_ends_the_run(
    lane: str, application: Application, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = Lending.course

    def mistaken(self: Lending, account: Any, commands: Any) -> Any:
        made = course(self, account, commands)
        account.watch({account.table_of("loan").name: lambda before, after: after["no such attribute"]})
        return made

    monkeypatch.setattr(Lending, "course", mistaken)

    with pytest.raises(KeyError, match="no such attribute"):
        runs_of(application, environment, lane)(0, profile=CALM, commands=application.stories["granted"])
