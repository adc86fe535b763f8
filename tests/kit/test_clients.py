"""The clients of the functions."""

from __future__ import annotations

from types import SimpleNamespace

from botocore.retries.standard import ExponentialBackoff, RetryContext

from functions.kit import clients
from functions.kit.consumer import RESERVED_MILLISECONDS
from functions.kit.needs import SHORTEST_TIMEOUT_SECONDS


def test_a_call_that_hangs_at_every_attempt_ends_before_the_time_reserved_for_a_record() -> None:
    config = clients.dynamodb().meta.config

    attempts = config.retries["total_max_attempts"]  # type: ignore[attr-defined]
    waited = attempts * (config.connect_timeout + config.read_timeout)  # type: ignore[attr-defined]
    paused = sum(_longest_pause(attempt) for attempt in range(1, attempts))
    assert waited + paused == clients.LONGEST_CALL_SECONDS < RESERVED_MILLISECONDS / 1_000


def test_a_consumer_has_time_for_a_record_whose_calls_hang_and_for_another() -> None:
    assert RESERVED_MILLISECONDS / 1_000 * 2 <= SHORTEST_TIMEOUT_SECONDS


def _longest_pause(attempt: int) -> float:
    """Return how long botocore waits after an attempt, at most: after one that was throttled."""
    throttled = SimpleNamespace(is_throttling_error_from_context=lambda _: True)
    backoff = ExponentialBackoff(random=lambda: 1.0, throttling_detector=throttled)  # type: ignore[arg-type]
    return float(backoff.delay_amount(RetryContext(attempt_number=attempt)))
