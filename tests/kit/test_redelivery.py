"""How long a record waits before it comes back."""

from __future__ import annotations

from functions.kit.redelivery import LONGEST_DELAY_SECONDS, delay_seconds


def test_the_delay_doubles_with_each_receive_up_to_a_bound() -> None:
    delays = [delay_seconds(received, "m-1") for received in range(1, 40)]

    assert 1 <= delays[0] <= 3
    assert 12 <= delays[3] <= 20
    assert all(delay <= LONGEST_DELAY_SECONDS * 1.25 for delay in delays)
    assert delays[-1] >= LONGEST_DELAY_SECONDS * 0.75


def test_fifteen_receives_last_over_an_hour() -> None:
    for message in ("a", "b", "c", "d"):
        assert sum(delay_seconds(received, message) for received in range(1, 15)) > 3600


def test_two_messages_that_failed_together_do_not_come_back_together() -> None:
    assert len({delay_seconds(8, f"m-{number}") for number in range(50)}) > 20


def test_the_same_receive_of_the_same_message_has_the_same_delay() -> None:
    assert delay_seconds(5, "m-1") == delay_seconds(5, "m-1")
