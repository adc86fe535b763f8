"""Reads AWS's list prices from their dated table, `prices.toml`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ensemble.meter.units import Unit, Units

FILE = Path(__file__).with_name("prices.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """A row of the table, whose head says what its fields mean."""

    unit: Unit
    service: str
    usd: float
    per: float
    source: str
    looked_up: date


@cache
def prices() -> dict[Unit, Price]:
    """Return the price of each unit."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["price"]
    found = [Price(**{**row, "unit": Unit(row["unit"])}) for row in rows]
    return {price.unit: price for price in found}


def usd(units: Units) -> float:
    """Return what the units cost, in US dollars."""
    return sum(amount * prices()[unit].usd / prices()[unit].per for unit, amount in units.items())


def usd_by_service(units: Units) -> dict[str, float]:
    """Return what they cost by the service of AWS that bills them."""
    services = dict.fromkeys(price.service for price in prices().values())
    of = {
        service: Units({unit: units[unit] for unit in units if prices()[unit].service == service})
        for service in services
    }
    return {service: usd(some) for service, some in of.items() if some}


def looked_up() -> date:
    """Return the oldest day on which a price was looked up."""
    return min(price.looked_up for price in prices().values())
