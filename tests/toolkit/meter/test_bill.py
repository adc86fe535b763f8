"""The bill of a workflow: what it has of each thing that was measured, and what of it changes with the rate."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ensemble.meter.bill import Meter, idle
from ensemble.meter.measure import sums
from ensemble.meter.recording import Invocation, Recorded
from ensemble.meter.stage import Stage
from ensemble.meter.units import GIGABYTE, MONTH_HOURS, Unit
from tests.toolkit.meter.staged import CONSUMER, MAPPING, event, handled, publish, read, staged, write

ALONE = Recorded(
    [handled("1", read(), write(4), publish("2"))], {"loan": ["x" * 100]}, [event("1", "RequestLoan", "desk")]
)
TOGETHER = Recorded(
    [Invocation("loan", "loan-events", 10, 10, frozenset(), [read(), write(22), publish(*"0123456789")])],
    {"loan": ["x" * 100]},
)


def metered(stage: Stage) -> Meter:
    return Meter(stage, sums(ALONE), sums(TOGETHER, 10), ALONE)


def test_a_message_by_itself_is_sent_received_and_deleted() -> None:
    assert metered(staged()).bill(0.1).total[Unit.QUEUE] == pytest.approx(3)


def test_what_a_batch_shares_is_divided_by_the_batch_that_forms_at_the_rate() -> None:
    in_window = staged(mappings=(replace(MAPPING, window=300.0),))

    assert metered(staged()).bill(0.1).units["loan"][Unit.WRITE] == pytest.approx(4)
    assert metered(in_window).bill(100).units["loan"][Unit.WRITE] == pytest.approx(2.2)
    assert metered(in_window).bill(100).units["loan"][Unit.REQUEST] == pytest.approx(0.1)
    assert metered(in_window).bill(100).units["loan"][Unit.LOG] * GIGABYTE == pytest.approx(10)


def test_an_event_is_its_publishers_and_a_command_that_of_whoever_sends_it() -> None:
    bill = metered(staged()).bill(0.1)

    assert bill.units["desk"][Unit.EVENT] == 1
    assert bill.units["loan"][Unit.EVENT] == 1


def test_only_an_active_function_is_traced_and_less_of_it_the_more_there_is() -> None:
    assert metered(staged()).bill(0.1).total[Unit.TRACE] == pytest.approx(1)
    busy = staged(mappings=(replace(MAPPING, workers=100),))
    assert metered(busy).bill(100).total[Unit.TRACE] == pytest.approx((1 + 0.05 * 99) / 100)
    assert metered(staged(consumer=replace(CONSUMER, is_traced=False))).bill(0.1).total[Unit.TRACE] == 0


def test_lambdas_own_lines_are_billed_with_the_functions() -> None:
    with_own_lines = staged(consumer=replace(CONSUMER, log_format="Text"))

    def logged(stage: Stage) -> float:
        return metered(stage).bill(0.1).total[Unit.LOG] * GIGABYTE

    assert logged(staged()) == pytest.approx(100)
    assert logged(with_own_lines) > 300


def test_more_memory_costs_as_much_more_for_the_time_that_a_function_waits() -> None:
    def billed(memory: int) -> float:
        return metered(staged(consumer=replace(CONSUMER, memory=memory))).bill(0.1).total[Unit.DURATION]

    waits, code = (5.5 + 5.5 + 12) / 1000, 1.3 * 1769 / 1000
    assert billed(512) - billed(256) == pytest.approx(0.25 * waits)
    assert billed(256) == pytest.approx((256 * waits + code) / 1024)


def test_a_stage_without_an_archive_pays_for_none() -> None:
    assert metered(staged(has_archive=False)).bill(0.1).total[Unit.ARCHIVED] == 0
    assert metered(staged()).bill(0.1).total[Unit.ARCHIVED] > 0


def test_a_queue_that_gets_more_than_it_can_hand_over_is_named() -> None:
    assert metered(staged()).overloaded(1) == []
    assert metered(staged()).overloaded(10_000) == ["loan-events"]


def test_an_idle_month_is_pollers_alarms_and_ticks() -> None:
    tick = Recorded([Invocation("loan", None, 0, 0, frozenset(), [read()])] * 5, {"loan": []})

    units = idle(staged(), sums(tick), minutes=5)

    minutes = MONTH_HOURS * 60
    assert units[Unit.ALARM] == 2
    assert units[Unit.QUEUE] == pytest.approx(minutes * 3 * 5)
    assert units[Unit.READ] == units[Unit.REQUEST] == units[Unit.TRACE] == pytest.approx(minutes)


def test_a_queue_that_is_used_is_found_empty_less_often() -> None:
    per_second = [metered(staged()).bill(rate).empty_receives * rate for rate in (0.01, 0.1, 1)]

    assert per_second == sorted(per_second, reverse=True)
    assert per_second[0] < 5 / 20
