"""An effect that the application gives the simulator no adapter for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.simulating import simulation
from functions.shared.reactor import Effects
from shop_simulation.application import Shop
from shop_simulation.stories import STORIES
from simulator.faults import CALM
from simulator.topology import FunctionSpec


@pytest.mark.parametrize("lane", ["core", "full"])
def test_an_effect_without_an_adapter_names_the_place_for_it(
    lane: str, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = Shop.effects

    def without_carrier(self: Shop, function: FunctionSpec, topic: Any) -> Effects:
        return {} if function.service == "shipping" else effects(self, function, topic)

    monkeypatch.setattr(Shop, "effects", without_carrier)
    outcome = simulation(environment, lane)(0, profile=CALM, commands=STORIES["fulfilled"])

    assert (
        "EffectNotProvided: Ship has no adapter for shipping in shop_simulation/application.py, Shop.effects"
        in (outcome.violations[0])
    )
