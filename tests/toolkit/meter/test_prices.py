"""The one table of prices is whole, and each row says where it is from."""

from __future__ import annotations

from datetime import date

import pytest

from ensemble.meter.prices import prices, usd, usd_by_service
from ensemble.meter.units import Unit, Units, chunks


def test_each_unit_has_a_price_with_its_source_and_its_day() -> None:
    assert prices().keys() == set(Unit)
    assert all(one.source.startswith("https://aws.amazon.com/") for one in prices().values())
    assert all(isinstance(one.looked_up, date) for one in prices().values())


def test_a_bill_is_the_sum_of_its_units() -> None:
    units = Units({Unit.WRITE: 2_000_000, Unit.READ: 1_000_000, Unit.QUEUE: 1_000_000})

    assert usd(units) == pytest.approx(2 * 0.625 + 0.125 + 0.40)
    assert usd_by_service(units) == pytest.approx({"DynamoDB": 1.375, "SQS": 0.40})


def test_a_payload_is_billed_by_pieces_of_64_kilobytes() -> None:
    assert [chunks(size) for size in (0, 1, 65_536, 65_537)] == [1, 1, 1, 2]
