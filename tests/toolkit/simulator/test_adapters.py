"""An effect that the application gives the simulator no adapter for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import runs_of
from ensemble.simulator.application import Application
from ensemble.simulator.faults import CALM
from ensemble.simulator.topology import FunctionSpec
from functions.kit.errors import EffectNotProvided
from functions.kit.reactor import Adapters
from scenarios.lending.simulation import Lending


@pytest.mark.parametrize("lane", ["core", "full"])
def test_an_effect_without_an_adapter_names_the_place_for_it(
    lane: str, application: Application, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = Lending.effects

    def without_carrier(self: Lending, function: FunctionSpec, topic: Any) -> Adapters:
        return {} if function.service == "courier" else effects(self, function, topic)

    monkeypatch.setattr(Lending, "effects", without_carrier)

    with pytest.raises(
        EffectNotProvided,
        match=r"Send has no adapter for courier in scenarios/lending/simulation.py, Lending.effects",
    ):
        runs_of(application, environment, lane)(0, profile=CALM, commands=application.stories["granted"])
