"""The shop's `dev` on the laptop AWS, made anew for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from infrastructure.naming import Names
from infrastructure.services import discover
from tests.conftest import ROOT
from tests.shop.stories.conftest import laptop_on
from tests.toolkit.alarms.troubles import Tried, with_resources_changed

NAMES = Names("shop", "dev")


@pytest.fixture
def tried(assembly: Path, tmp_path: Path) -> Iterator[Tried]:
    stage = assembly / "assembly-dev"
    with laptop_on(assembly) as laptop:
        yield Tried(
            laptop,
            discover(ROOT),
            load_schemas(ROOT / "schemas"),
            NAMES,
            lambda change: with_resources_changed(stage, tmp_path / "changed" / stage.name, change),
        )
