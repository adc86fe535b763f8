"""The alarm of a canary goes off at the first failure, by which CodeDeploy takes a version back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.toolkit.alarms.conftest import library
from tests.toolkit.alarms.troubles import MINUTE, Tried
from tests.toolkit.infrastructure.canaries import project_with_canary


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return project_with_canary(tmp_path_factory) / "cdk.out" / "assembly-dev"


@pytest.fixture
def tried(stage: Path, tmp_path: Path) -> Iterator[Tried]:
    with library(stage, tmp_path) as tried:
        yield tried


def test_it_goes_off_at_one_failure_of_the_function(tried: Tried) -> None:
    tried.send()
    with tried.dying():
        tried.laptop.run_for(1)
    tried.laptop.run_for(2 * MINUTE)

    assert len(tried.of_kind("canary")) == len(tried.services)
    assert tried.of_kind("canary") - tried.gone_off().keys() == set()


def test_it_goes_off_at_the_fifth_event_in_a_minute_that_is_put_off(tried: Tried) -> None:
    tried.laptop.run_for(MINUTE)
    tried.send()
    tried.send()
    with tried.refused("DynamoDB_"):
        tried.laptop.run_for(2 * MINUTE)

    assert tried.of_kind("canary") - tried.gone_off().keys() == set()


def test_it_minds_no_event_that_is_put_off_once_or_twice(tried: Tried) -> None:
    tried.send()
    with tried.refused("DynamoDB_"):
        tried.laptop.run_for(0.9)
    tried.laptop.run_for(20 * MINUTE)

    assert tried.of_kind("canary") & tried.gone_off().keys() == set()
