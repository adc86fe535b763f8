"""An effect that the application gives the simulator no adapter for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.simulate.simulating import simulation
from ensemble.simulator.faults import CALM
from ensemble.simulator.topology import FunctionSpec
from functions.kit.errors import EffectNotProvided
from functions.kit.reactor import Adapters
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS


@pytest.mark.parametrize("lane", ["core", "full"])
def test_an_effect_without_an_adapter_names_the_place_for_it(
    lane: str, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    effects = Shop.effects

    def without_carrier(self: Shop, function: FunctionSpec, topic: Any) -> Adapters:
        return {} if function.service == "shipping" else effects(self, function, topic)

    monkeypatch.setattr(Shop, "effects", without_carrier)

    with pytest.raises(
        EffectNotProvided, match=r"Ship has no adapter for shipping in scenarios/shop/simulation.py, Shop.effects"
    ):
        simulation(environment, lane)(0, profile=CALM, commands=WAYS["fulfilled"])
