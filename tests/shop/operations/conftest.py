"""A laptop on which the shop's stories were played, and what it was asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.command_line.replay.replayed_stage import Stage
from scenarios.shop.scenario import SCENARIO
from tests.shop.operations.replayed import stage_at
from tests.shop.stories.conftest import ShopLaptop, laptop_on, play


@pytest.fixture(scope="package")
def played(assembly: Path) -> Iterator[ShopLaptop]:
    with laptop_on(assembly) as laptop:
        play(laptop, SCENARIO)
        laptop.run_until_idle()
        yield laptop


@pytest.fixture
def stage(played: ShopLaptop, assembly: Path, tmp_path: Path) -> Iterator[Stage]:
    with played.serve() as server:
        yield stage_at(server.url, assembly, tmp_path)
