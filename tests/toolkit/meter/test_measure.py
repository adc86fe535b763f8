"""How two measurements are taken apart into what an invocation costs and what a record costs."""

from __future__ import annotations

import pytest

from ensemble.meter.measure import Line, line


def test_two_measurements_with_other_batches_say_what_an_invocation_and_what_a_record_costs() -> None:
    found = line((2, 2, 2 * 100 + 2 * 30), (0.2, 2, 0.2 * 100 + 2 * 30))

    assert (found.fixed, found.each) == pytest.approx((100, 30))
    assert found.at(1, 4) == pytest.approx(220)


def test_where_batches_were_as_large_in_both_all_is_the_records() -> None:
    assert line((1, 2, 60), (1, 2, 60)) == Line(0, 30)


def test_what_costs_more_in_large_batches_is_all_the_records_and_nothing_costs_less_than_nothing() -> None:
    assert line((1, 1, 10), (0.1, 1, 20)) == Line(0, 10)
    assert line((1, 1, 10), (0.1, 1, 0.5)) == Line(10, 0)
