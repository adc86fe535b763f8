"""What the tests of the stacks look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.loading import load_schemas
from contracts.schemas import Schemas
from functions.shared.model import Service
from infrastructure.services import discover
from tests.conftest import ROOT
from tests.infrastructure.templates import Template, templates


@pytest.fixture(scope="session")
def dev(assembly: Path) -> dict[str, Template]:
    return templates(assembly, "dev")


@pytest.fixture(scope="session")
def prod(assembly: Path) -> dict[str, Template]:
    return templates(assembly, "prod")


@pytest.fixture(scope="session")
def services() -> tuple[Service, ...]:
    return discover(ROOT)


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return load_schemas(ROOT / "schemas")
