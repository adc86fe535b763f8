"""What is made to watch a bus sees a run's events once, and is gone afterwards whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.stage.watch import Watch
from ensemble.command_line.synthesis import names_in
from tests.toolkit.command_line.stage.fake_aws import FakeAccount


def watch(account: FakeAccount, bus: str) -> Watch:
    return Watch(account, bus, name="watch-1", beginning="run-1-")  # type: ignore[arg-type]


@pytest.fixture
def bus(lending: Path) -> str:
    return names_in(lending / "cdk.out" / "assembly-dev").bus


def put(account: FakeAccount, bus: str, correlation: str) -> None:
    detail = f'{{"correlation_id": "{correlation}", "receipt_id": "r-{correlation}", "title": "t", "copies": 1}}'
    entry = {"EventBusName": bus, "Source": "bindery", "DetailType": "AddCopies", "Detail": detail}
    assert "EventId" in account.laptop.put_events([entry])["Entries"][0]


def test_it_sees_what_is_of_the_run_and_nothing_else(account: FakeAccount, bus: str) -> None:
    with watch(account, bus) as watching:
        for correlation in ("run-1-0", "run-10-0", "another"):
            put(account, bus, correlation)
        seen = watching.receive(1)

    assert [event["detail"]["correlation_id"] for event in seen] == ["run-1-0"]


def test_what_the_queue_gets_twice_is_seen_once(account: FakeAccount, bus: str) -> None:
    account.copies = 2

    with watch(account, bus) as watching:
        put(account, bus, "run-1-0")
        seen = [*watching.receive(1), *watching.receive(1)]

    assert [event["detail-type"] for event in seen].count("AddCopies") == 1


def test_the_queue_takes_events_from_its_rule_alone(account: FakeAccount, bus: str) -> None:
    with watch(account, bus):
        (statement,) = account.policies["watch-1"]["Statement"]

    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f"rule/{bus}/watch-1")


def test_rule_and_queue_are_gone_afterwards(account: FakeAccount, bus: str) -> None:
    with watch(account, bus):
        assert (list(account.rules), list(account.queues)) == (["watch-1"], ["watch-1"])

    assert (account.rules, account.queues) == ({}, {})


@pytest.mark.parametrize("operation", ["put_rule", "put_targets", "receive_message"])
def test_they_are_gone_when_it_fails_on_the_way(account: FakeAccount, bus: str, operation: str) -> None:
    account.broken = operation

    with pytest.raises(RuntimeError, match=operation), watch(account, bus) as watching:
        watching.receive(1)

    assert (account.rules, account.queues) == ({}, {})


def test_they_are_gone_after_a_ctrl_c(account: FakeAccount, bus: str) -> None:
    with pytest.raises(KeyboardInterrupt), watch(account, bus):
        raise KeyboardInterrupt

    assert (account.rules, account.queues) == ({}, {})
