"""What a deployed handler loads at its cold start, and what it must not."""

from __future__ import annotations

import pytest

from infrastructure.services import discover
from tests.bench.handlers import PROJECT, Handler, Handlers, deployed

UNWANTED = {"aws_cdk", "boto3", "fastjsonschema", "jsonschema", "pydantic"}
"""Packages of the build, or of the usual way, that cost more than all else that an event needs."""


@pytest.fixture(scope="module")
def handlers(tmp_path_factory: pytest.TempPathFactory) -> Handlers:
    return deployed(tmp_path_factory.mktemp("bundles"))


def loaded_packages(handler: Handler) -> set[str]:
    with handler.start() as child:
        return {module.partition(".")[0] for module in child.modules}


@pytest.mark.parametrize("service", [service.name for service in discover(PROJECT)])
def test_a_consumer_loads_no_package_that_an_event_does_not_need(handlers: Handlers, service: str) -> None:
    packages = loaded_packages(handlers.consumers[service])

    assert "botocore" in packages
    assert not packages & UNWANTED


def test_a_relay_loads_no_package_that_an_event_does_not_need(handlers: Handlers) -> None:
    packages = loaded_packages(handlers.relay)

    assert "botocore" in packages
    assert not packages & UNWANTED


def test_the_usual_handler_that_the_bench_compares_with_does_load_them(handlers: Handlers) -> None:
    assert {"boto3", "pydantic"} <= loaded_packages(handlers.usual)
