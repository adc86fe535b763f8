"""A copy of the synthesized assembly that a test may change, and a laptop on the virtual clock to run it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.look import LaptopLook, names_of
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario import Amount, Scenario, Story
from infrastructure.naming import DEAD_LETTER_SUFFIX
from scenarios.shop.scenario import SCENARIO

START = "2026-01-01T00:00:00Z"


def laptop_on(assembly: Path) -> Laptop:
    """Make a laptop that runs the `dev` stage of a synthesized assembly in virtual time."""
    return Laptop(assembly / "assembly-dev", clock=VirtualClock(start=START))


def playing(*stories: Story) -> Scenario:
    """Return the shop's scenario with these stories alone."""
    return replace(SCENARIO, stories=stories)


def measured(laptop: Laptop) -> Mapping[str, Amount]:
    """Return stock and money as the scenario measures them."""
    return SCENARIO.measures(LaptopLook(laptop))


def dead_letters_of(laptop: Laptop, service: str, event: str) -> str:
    """Return the name of the dead-letter queue of a subscription."""
    return names_of(laptop).subscription(service, event) + DEAD_LETTER_SUFFIX


def example(type: str) -> dict[str, Any]:
    """Return the fields of the scenario's example of a command."""
    return dict(SCENARIO.examples[type])


Edit = Callable[[dict[str, Any]], bool | None]
"""Changes a resource in place; False removes it."""

Change = Callable[[str, Edit], Path]


@pytest.fixture
def changed(assembly: Path, tmp_path: Path) -> Change:
    """Return a function that changes resources of one stack's template in a copy, and returns the copy."""

    def change(stack: str, edit: Edit) -> Path:
        copy = tmp_path / "cdk.out"
        shutil.copytree(assembly, copy)
        (template,) = (copy / "assembly-dev").glob(f"*{stack}*.template.json")
        content = json.loads(template.read_text())
        resources = content["Resources"]
        content["Resources"] = {name: resource for name, resource in resources.items() if edit(resource) is not False}
        template.write_text(json.dumps(content))
        return copy

    return change
