"""What a deployed handler loads at its cold start, and what it must not."""

from __future__ import annotations

from pathlib import Path

import pytest

from infrastructure.services import discover
from tests.bench.handlers import Handler, deployed, lending, usual
from tests.conftest import LENDING, ROOT

UNWANTED = {"aws_cdk", "aws_xray_sdk", "boto3", "fastjsonschema", "jsonschema", "pydantic"}
"""Packages of the build, or of the usual way, that cost more than all else that an event needs."""

OWN = discover(ROOT) if any((ROOT / "functions").glob("*/service.py")) else ()
"""The services of this project, if it has any."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Handler]:
    return lending(tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Handler]:
    return deployed(ROOT, OWN, tmp_path_factory.mktemp("bundles"))


def loaded_packages(handler: Handler) -> set[str]:
    with handler.start() as child:
        return {module.partition(".")[0] for module in child.modules}


@pytest.mark.parametrize("service", [service.name for service in discover(LENDING)])
def test_a_consumer_loads_no_package_that_an_event_does_not_need(library: dict[str, Handler], service: str) -> None:
    packages = loaded_packages(library[service])

    assert "botocore" in packages
    assert not packages & UNWANTED


@pytest.mark.parametrize("service", [service.name for service in discover(LENDING)])
def test_a_consumer_loads_of_botocore_what_its_errors_are_and_no_more(
    library: dict[str, Handler], service: str
) -> None:
    with library[service].start() as child:
        loaded = {module for module in child.modules if module.startswith("botocore.")}

    assert loaded - {"botocore.exceptions"} == {module for module in loaded if module.startswith("botocore.vendored")}


@pytest.mark.parametrize("service", [service.name for service in OWN])
def test_a_consumer_of_this_project_loads_no_package_that_an_event_does_not_need(
    own: dict[str, Handler], service: str
) -> None:
    packages = loaded_packages(own[service])

    assert "botocore" in packages
    assert not packages & UNWANTED


def test_the_usual_handler_that_the_bench_compares_with_does_load_them(tmp_path: Path) -> None:
    assert {"aws_xray_sdk", "boto3", "pydantic"} <= loaded_packages(usual(tmp_path / "usual"))
