"""What the tests of the stacks look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.services import discover
from tests.conftest import LENDING
from tests.toolkit.infrastructure.templates import Template, templates


@pytest.fixture(scope="session")
def assembly(lending: Path) -> Path:
    """The cloud assembly of all stages of the lending project."""
    return lending / "cdk.out"


@pytest.fixture(scope="session")
def dev(assembly: Path) -> dict[str, Template]:
    return templates(assembly, "dev")


@pytest.fixture(scope="session")
def prod(assembly: Path) -> dict[str, Template]:
    return templates(assembly, "prod")


@pytest.fixture(scope="session")
def services() -> tuple[Service, ...]:
    return discover(LENDING)


@pytest.fixture(scope="session")
def schemas() -> Schemas:
    return load_schemas(LENDING / "schemas")
