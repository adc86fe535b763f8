"""A copy of the synthesized assembly that a test may change, and a laptop on the virtual clock with its carrier."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run import playing as playing_of_toolkit
from ensemble.command_line.run.look import LaptopLook, names_of
from ensemble.command_line.run.results import Results
from ensemble.laptop import Laptop, VirtualClock
from ensemble.scenario import Amount, Scenario, Story
from ensemble.scenario.sandboxes import Start, started
from infrastructure.naming import DEAD_LETTER_SUFFIX
from scenarios.shop.carrier_sandbox import CarrierSandbox
from scenarios.shop.scenario import CARRIER, SCENARIO

START = "2026-01-01T00:00:00Z"


class ShopLaptop(Laptop):
    """A laptop on the virtual clock, with the sandboxes of the shop's scenario beside it for as long as it is open."""

    def __init__(
        self,
        environment: Path,
        carrier: Start,
        log_directory: Path | None = None,
        start: str = START,
        *,
        is_traced: bool = False,
    ) -> None:
        with ExitStack() as stack:
            self.sandboxes = stack.enter_context(started(replace(SCENARIO, sandboxes={CARRIER: carrier})))
            clock, settings = VirtualClock(start=start), self.sandboxes.settings
            super().__init__(
                environment, clock=clock, settings=settings, log_directory=log_directory, is_traced=is_traced
            )
            self._stack = stack.pop_all()

    @property
    def carrier(self) -> CarrierSandbox:
        """The carrier that the shipping service asks."""
        sandbox = self.sandboxes[CARRIER]
        assert isinstance(sandbox, CarrierSandbox)
        return sandbox

    def close(self) -> None:
        """Close the laptop and stop the sandboxes. Raises what went wrong in them."""
        with self._stack:
            super().close()


def laptop_on(
    assembly: Path, carrier: Start = CarrierSandbox, log_directory: Path | None = None, *, is_traced: bool = False
) -> ShopLaptop:
    """Make a laptop that runs the stage `dev` of a synthesized assembly in virtual time."""
    return ShopLaptop(assembly / "assembly-dev", carrier, log_directory, is_traced=is_traced)


def play(laptop: ShopLaptop, scenario: Scenario, **options: Any) -> Results:
    """Play a scenario with the sandboxes of the laptop."""
    return playing_of_toolkit.play(laptop, scenario, sandboxes=laptop.sandboxes, **options)


def playing(*stories: Story) -> Scenario:
    """Return the shop's scenario with these stories alone."""
    return replace(SCENARIO, stories=stories)


def measured(laptop: ShopLaptop) -> Mapping[str, Amount]:
    """Return stock, money and parcels as the scenario measures them."""
    return SCENARIO.measures(LaptopLook(laptop, laptop.sandboxes))


def dead_letters_of(laptop: Laptop, service: str, event: str) -> str:
    """Return the name of the dead-letter queue for what a service hears of an event."""
    (queue,) = laptop.rules[names_of(laptop).rule(service, event)]
    return queue + DEAD_LETTER_SUFFIX


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
