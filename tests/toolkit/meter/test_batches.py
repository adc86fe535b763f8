"""How batches form: what the model of the pollers says at the ends where the answer is certain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ensemble.meter.batches import (
    Arrivals,
    batch,
    deletes,
    empty_receives,
    is_overloaded,
    pollers,
    receives,
    traced,
)
from ensemble.meter.stage import Mapping

QUEUE = Mapping("events", "consumer", is_stream=False, batch_size=10, window=0, workers=5)
WITH_WINDOW = replace(QUEUE, window=5.0)
STREAM = replace(QUEUE, is_stream=True, batch_size=100, workers=None)


def arriving(rate: float, together: float = 1) -> Arrivals:
    return Arrivals(rate, together, fixed=0.02, each=0.02)


def test_without_a_window_a_message_is_a_batch_until_all_workers_are_at_work() -> None:
    assert batch(QUEUE, arriving(0.1)) == 1
    assert batch(QUEUE, arriving(120)) == 1
    assert 1 < batch(QUEUE, arriving(200)) < 10


def test_where_more_comes_than_can_be_handled_batches_are_full_and_it_is_said() -> None:
    assert batch(QUEUE, arriving(300)) == 10
    assert is_overloaded(QUEUE, arriving(300))
    assert not is_overloaded(QUEUE, arriving(200))


def test_in_a_window_each_poller_collects_its_own_batch() -> None:
    assert batch(WITH_WINDOW, arriving(1)) == pytest.approx(1 + 1 * 5 / 5)
    assert batch(replace(WITH_WINDOW, workers=None), arriving(1)) == pytest.approx(1 + 1 * 5 / 2)


def test_what_comes_of_one_workflow_within_a_window_is_spread_over_the_pollers() -> None:
    assert batch(WITH_WINDOW, arriving(0, together=6)) == pytest.approx(6 / (5 * (1 - 0.8**6)))
    assert batch(replace(WITH_WINDOW, workers=2), arriving(0, together=1000)) == 10


def test_a_stream_is_read_four_times_a_second() -> None:
    assert batch(STREAM, arriving(1)) == 1
    assert batch(STREAM, arriving(20)) == 5


def test_a_queue_has_five_pollers_with_a_maximum_concurrency_and_two_without() -> None:
    assert (pollers(QUEUE), pollers(replace(QUEUE, workers=2)), pollers(replace(QUEUE, workers=None))) == (5, 2, 2)


def test_an_idle_queue_is_asked_by_each_poller_every_twenty_seconds() -> None:
    assert empty_receives(QUEUE, 0) == pytest.approx(5 / 20)
    assert empty_receives(QUEUE, 1e-9) == pytest.approx(5 / 20, rel=1e-3)
    assert empty_receives(STREAM, 0) == 0


def test_a_busy_queue_is_hardly_ever_found_empty() -> None:
    assert empty_receives(QUEUE, 10) < 1e-9


def test_in_a_window_a_request_brings_one_message_unless_several_come_at_once() -> None:
    assert receives(WITH_WINDOW, arriving(1), 6) == 6
    assert receives(WITH_WINDOW, arriving(1000), 6) == pytest.approx(3)
    assert receives(QUEUE, arriving(1), 10) == 1


def test_ten_messages_are_deleted_by_one_request() -> None:
    assert (deletes(QUEUE, 1), deletes(WITH_WINDOW, 25)) == (1, 2.5)


def test_lambda_traces_one_invocation_a_second_and_a_share_of_the_others() -> None:
    assert traced(0.5, at_least=1, share=0.05) == 0.5
    assert traced(21, at_least=1, share=0.05) == pytest.approx(2)
