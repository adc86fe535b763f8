"""The shop as if it had no scenario: how far a simulator comes that knows nothing of its business."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from ensemble.command_line.simulate.simulating import runs_of
from ensemble.simulator.application import Application
from ensemble.simulator.coverage import outcomes
from scenarios.shop.simulation import Shop


def test_most_outcomes_of_its_reactions_are_reached_without_a_violation(shop: Shop, environment: Path) -> None:
    run = runs_of(Application(shop.services, shop.schemas), environment, "core")

    found = [run(seed) for seed in range(150)]

    reached: Counter[tuple[str, str, str]] = sum((one.reached for one in found), Counter())
    assert [(one.seed, one.violations) for one in found if one.violations] == []
    assert len(outcomes(shop.services) & set(reached)) >= 20
