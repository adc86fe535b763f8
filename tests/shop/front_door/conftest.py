"""The shop's laptop, served, and who calls its front door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ensemble.laptop.gateway.serving import ADDRESS
from infrastructure.door_api import STAGE
from tests.shop.stories.conftest import ShopLaptop, laptop_on
from tests.toolkit.front_door.calling import REGION, Caller

DOOR = "shop-dev-front-door"

Calling = Callable[..., Caller]


@pytest.fixture
def laptop(assembly: Path) -> Iterator[ShopLaptop]:
    with laptop_on(assembly) as laptop:
        yield laptop


@pytest.fixture
def address(laptop: ShopLaptop) -> str:
    """Where the laptop serves the front door."""
    return f"{laptop.serve().url}{ADDRESS}/{DOOR}/{STAGE}/"


@pytest.fixture
def calling(address: str) -> Calling:
    """Return a function that makes the caller who has the policy and the key of a publisher."""

    def call(publisher: str = "storefront") -> Caller:
        name = f"shop-dev-{publisher}-caller"
        return Caller(address, f"{name}-{REGION}", name)

    return call
