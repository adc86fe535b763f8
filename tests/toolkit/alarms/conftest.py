"""A stage of the lending project on the laptop AWS, made anew for each test: what it has measured would stay."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.laptop import Laptop, VirtualClock
from infrastructure.services import discover
from scenarios.lending.scenario import SCENARIO
from tests.conftest import LENDING, NAMES
from tests.toolkit.alarms.troubles import Tried, with_resources_changed


@contextmanager
def library(stage: Path, folder: Path) -> Iterator[Tried]:
    with Laptop(stage, VirtualClock(), settings=SCENARIO.settings) as laptop:
        yield Tried(
            laptop,
            discover(LENDING),
            load_schemas(LENDING / "schemas"),
            NAMES,
            lambda change: with_resources_changed(stage, folder / "changed" / stage.name, change),
        )


@pytest.fixture
def tried(lending: Path, tmp_path: Path) -> Iterator[Tried]:
    with library(lending / "cdk.out" / "assembly-dev", tmp_path) as tried:
        yield tried
