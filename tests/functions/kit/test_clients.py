"""The clients of the functions."""

from __future__ import annotations

from functions.shared import clients
from infrastructure.subscription import CONSUMER_TIMEOUT_SECONDS


def test_a_call_that_hangs_at_every_attempt_ends_before_its_function_does() -> None:
    config = clients.dynamodb().meta.config

    attempts = config.retries["total_max_attempts"]  # type: ignore[attr-defined]
    waited = attempts * (config.connect_timeout + config.read_timeout)  # type: ignore[attr-defined]
    assert waited < CONSUMER_TIMEOUT_SECONDS
