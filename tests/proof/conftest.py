"""A DynamoDB for the ways that the real code goes, and the kit with all its guards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from ensemble.simulator.kit import Kit
from functions.kit import clients
from tests.proof.numbered import Values
from tests.proof.replaying import Replay, table
from tests.proof.searching import Taken, Way
from tests.proof.workers import kit_without

Follow = Callable[[Kit, Way], Iterator[tuple[Taken, Values]]]


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        yield clients.dynamodb()


@pytest.fixture(scope="module")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Kit:
    return kit_without((), tmp_path_factory.mktemp("kit"))


@pytest.fixture
def follow(dynamodb: Any) -> Follow:
    """Lets a kit go a way: yields its steps, each with what is to be seen after it."""

    def followed(kit: Kit, way: Way) -> Iterator[tuple[Taken, Values]]:
        with table(dynamodb):
            yield from Replay(kit, dynamodb, way).go()

    return followed


def differences(step: Taken, seen: Values) -> dict[str, Any]:
    """Return what is to be seen otherwise than the model has it: its value and what is seen, by cell."""
    return {cell: (step.after[cell], held) for cell, held in seen.items() if step.after[cell] != held}
