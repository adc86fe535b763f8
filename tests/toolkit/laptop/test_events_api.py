"""EventBridge's rules, archives and replays, asked by boto3: of the laptop, and of moto as far as it has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import get, queue, queue_policy, resource, rule
from tests.toolkit.laptop.clients import client
from tests.toolkit.laptop.small import entry, laptop_with

PATTERN = {"detail-type": ["LoanRequested"]}
INBOX = "arn:aws:sqs:eu-west-1:{account}:inbox"


def lending(directory: Path) -> Laptop:
    return laptop_with(
        directory,
        Inbox=queue(QueueName="inbox"),
        Rule=rule(PATTERN, {"Arn": get("Inbox"), "RetryPolicy": {"MaximumRetryAttempts": 3}}, Name="placed"),
        Ticks=resource(
            "AWS::Events::Rule",
            Name="ticks",
            ScheduleExpression="rate(1 minute)",
            Targets=[{"Id": "0", "Arn": get("Inbox")}],
        ),
        Policy=queue_policy(["Inbox"], "Rule"),
        TickPolicy=queue_policy(["Inbox"], "Ticks"),
        Archive=resource(
            "AWS::Events::Archive", ArchiveName="kept", SourceArn=get("Bus"), RetentionDays=7, EventPattern=PATTERN
        ),
    )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with lending(tmp_path) as laptop:
        yield laptop


@pytest.fixture
def ours(laptop: Laptop) -> Any:
    return client(laptop.serve(), "events")


@pytest.fixture(params=["laptop", "moto"])
def events(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "laptop":
        yield request.getfixturevalue("ours")
        return
    named = {"region_name": "eu-west-1", "aws_access_key_id": "any", "aws_secret_access_key": "any"}
    with mock_aws():
        events: Any = boto3.client("events", **named)  # type: ignore[call-overload]
        arn = events.create_event_bus(Name="lending")["EventBusArn"]
        events.put_rule(Name="placed", EventBusName="lending", EventPattern=json.dumps(PATTERN))
        target = {"Id": "0", "Arn": INBOX.format(account="123456789012"), "RetryPolicy": {"MaximumRetryAttempts": 3}}
        events.put_targets(Rule="placed", EventBusName="lending", Targets=[target])
        events.create_archive(ArchiveName="kept", EventSourceArn=arn, RetentionDays=7, EventPattern=json.dumps(PATTERN))
        yield events


def test_a_rule_is_described_with_its_pattern(events: Any) -> None:
    described = events.describe_rule(Name="placed", EventBusName="lending")

    assert json.loads(described["EventPattern"]) == PATTERN
    assert (described["State"], described["EventBusName"]) == ("ENABLED", "lending")
    assert described["Arn"].endswith(":rule/lending/placed")


def test_a_rules_targets_are_listed(events: Any) -> None:
    (target,) = events.list_targets_by_rule(Rule="placed", EventBusName="lending")["Targets"]

    assert (target["Id"], target["Arn"].rpartition(":")[2]) == ("0", "inbox")
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3}


def test_a_rule_that_is_disabled_says_so_until_it_is_enabled(events: Any) -> None:
    events.disable_rule(Name="placed", EventBusName="lending")
    off = events.describe_rule(Name="placed", EventBusName="lending")["State"]
    events.enable_rule(Name="placed", EventBusName="lending")
    on = events.describe_rule(Name="placed", EventBusName="lending")["State"]

    assert (off, on) == ("DISABLED", "ENABLED")


def other(arn: str, id: str = "1") -> dict[str, Any]:
    return {"Id": id, "Arn": arn}


def targets(events: Any, rule: str = "placed") -> list[str]:
    listed = events.list_targets_by_rule(Rule=rule, EventBusName="lending")["Targets"]
    return [f"{one['Id']} {one['Arn'].rpartition(':')[2]}" for one in listed]


def test_a_target_that_is_removed_is_listed_no_more_until_it_is_put_again(events: Any) -> None:
    (target,) = events.list_targets_by_rule(Rule="placed", EventBusName="lending")["Targets"]
    removed = events.remove_targets(Rule="placed", EventBusName="lending", Ids=["0", "no such"])
    left = targets(events)
    put = events.put_targets(Rule="placed", EventBusName="lending", Targets=[target])

    assert left == []
    assert [(one["FailedEntryCount"], one["FailedEntries"]) for one in (removed, put)] == [(0, []), (0, [])]
    assert targets(events) == ["0 inbox"]


def test_a_target_with_an_id_that_the_rule_has_takes_its_place(events: Any) -> None:
    (target,) = events.list_targets_by_rule(Rule="placed", EventBusName="lending")["Targets"]
    elsewhere = target["Arn"].replace("inbox", "other")
    events.put_targets(Rule="placed", EventBusName="lending", Targets=[other(elsewhere, "0"), other(elsewhere)])

    assert targets(events) == ["0 other", "1 other"]


def test_a_target_that_is_no_arn_is_refused(events: Any) -> None:
    with pytest.raises(
        ClientError, match=r"Parameter inbox is not valid\. Reason: Provided Arn is not in correct format"
    ):
        events.put_targets(Rule="placed", EventBusName="lending", Targets=[other("inbox")])


def test_an_archive_is_listed_and_described(events: Any) -> None:
    (listed,) = events.list_archives(NamePrefix="ke")["Archives"]
    described = events.describe_archive(ArchiveName="kept")

    assert (listed["ArchiveName"], listed["State"], listed["RetentionDays"]) == ("kept", "ENABLED", 7)
    assert listed["EventSourceArn"].endswith(":event-bus/lending")
    assert described["ArchiveArn"].endswith(":archive/kept")
    assert json.loads(described["EventPattern"])["detail-type"] == ["LoanRequested"]


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("describe_rule", {"Name": "gone", "EventBusName": "lending"}),
        ("disable_rule", {"Name": "gone", "EventBusName": "lending"}),
        ("list_targets_by_rule", {"Rule": "gone", "EventBusName": "lending"}),
        ("put_targets", {"Rule": "gone", "EventBusName": "lending", "Targets": [other(INBOX.format(account="1"))]}),
        ("remove_targets", {"Rule": "gone", "EventBusName": "lending", "Ids": ["0"]}),
        ("describe_archive", {"ArchiveName": "gone"}),
        ("describe_replay", {"ReplayName": "gone"}),
        ("cancel_replay", {"ReplayName": "gone"}),
    ],
)
def test_what_is_not_there_is_the_error_that_boto3_knows(events: Any, operation: str, arguments: Any) -> None:
    with pytest.raises(events.exceptions.ResourceNotFoundException):
        getattr(events, operation)(**arguments)


def test_a_rule_that_is_disabled_takes_nothing_until_it_is_enabled(laptop: Laptop, ours: Any) -> None:
    ours.disable_rule(Name="placed", EventBusName="lending")
    ours.put_events(Entries=[entry()])
    laptop.run_until_idle()
    none = len(laptop.queue("inbox").messages)

    ours.enable_rule(Name="placed", EventBusName="lending")
    ours.put_events(Entries=[entry()])
    laptop.run_until_idle()

    assert (none, len(laptop.queue("inbox").messages)) == (0, 1)


def test_a_rule_has_five_targets_and_a_request_ten_entries_at_most(ours: Any) -> None:
    arn = ours.list_targets_by_rule(Rule="placed", EventBusName="lending")["Targets"][0]["Arn"]
    more = [other(arn, str(number)) for number in range(11)]
    here = {"Rule": "placed", "EventBusName": "lending"}

    ours.put_targets(**here, Targets=more[:5])
    with pytest.raises(ours.exceptions.LimitExceededException):
        ours.put_targets(**here, Targets=more[5:6])
    with pytest.raises(ClientError, match="at most 10 entries"):
        ours.put_targets(**here, Targets=more)

    assert len(targets(ours)) == 5


def test_a_target_that_is_not_run_here_is_refused_and_says_why(ours: Any) -> None:
    stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/news"

    with pytest.raises(
        ClientError, match="only queues, functions, topics, buses and API destinations are run as targets"
    ):
        ours.put_targets(Rule="placed", EventBusName="lending", Targets=[other(stream)])


def test_a_rule_without_its_target_sends_nothing_until_the_target_is_put_again(laptop: Laptop, ours: Any) -> None:
    listed = ours.list_targets_by_rule(Rule="placed", EventBusName="lending")["Targets"]
    ours.remove_targets(Rule="placed", EventBusName="lending", Ids=["0"])
    ours.put_events(Entries=[entry()])
    laptop.run_until_idle()
    none = len(laptop.queue("inbox").messages)

    ours.put_targets(Rule="placed", EventBusName="lending", Targets=listed)
    ours.put_events(Entries=[entry()])
    laptop.run_until_idle()

    assert (none, len(laptop.queue("inbox").messages)) == (0, 1)


def test_a_target_that_is_removed_stays_so_in_the_laptop_that_goes_on(
    laptop: Laptop, ours: Any, tmp_path: Path
) -> None:
    ours.remove_targets(Rule="placed", EventBusName="lending", Ids=["0"])

    with lending(tmp_path / "again") as after:
        after.restore(laptop.state())
        rules = client(after.serve(), "events")
        rules.put_events(Entries=[entry()])
        after.run_until_idle()

        assert targets(rules) == []
        assert len(after.queue("inbox").messages) == 0


def test_a_schedule_that_is_disabled_does_not_run_until_it_is_enabled(laptop: Laptop, ours: Any) -> None:
    described = ours.describe_rule(Name="ticks")
    ours.disable_rule(Name="ticks")
    laptop.run_for(600)
    none = len(laptop.queue("inbox").messages)

    ours.enable_rule(Name="ticks")
    laptop.run_for(121)

    assert (described["ScheduleExpression"], described.get("EventPattern")) == ("rate(1 minute)", None)
    assert (none, len(laptop.queue("inbox").messages)) == (0, 2)


def test_a_rule_that_is_disabled_stays_so_in_the_laptop_that_goes_on(laptop: Laptop, ours: Any, tmp_path: Path) -> None:
    ours.disable_rule(Name="placed", EventBusName="lending")

    with lending(tmp_path / "again") as after:
        after.restore(laptop.state())

        rules = client(after.serve(), "events")
        assert rules.describe_rule(Name="placed", EventBusName="lending")["State"] == "DISABLED"
        assert rules.describe_rule(Name="ticks")["State"] == "ENABLED"


def test_an_archive_counts_what_it_keeps(laptop: Laptop, ours: Any) -> None:
    ours.put_events(Entries=[entry(), entry(), entry("BookReturned")])

    described = ours.describe_archive(ArchiveName="kept")
    assert described["EventCount"] == 2
    assert described["SizeBytes"] > 200


def replay(laptop: Laptop, ours: Any, name: str) -> None:
    ours.start_replay(
        ReplayName=name,
        EventSourceArn=ours.describe_archive(ArchiveName="kept")["ArchiveArn"],
        EventStartTime=laptop.now() - 60,
        EventEndTime=laptop.now() + 1,
        Destination={"Arn": ours.describe_event_bus(Name="lending")["Arn"]},
    )


def test_replays_are_listed_by_their_state(laptop: Laptop, ours: Any) -> None:
    replay(laptop, ours, "first")
    laptop.run_until_idle()
    replay(laptop, ours, "second")

    completed = ours.list_replays(State="COMPLETED")["Replays"]
    assert [one["ReplayName"] for one in completed] == ["first"]
    assert [one["ReplayName"] for one in ours.list_replays(NamePrefix="sec")["Replays"]] == ["second"]


def test_a_replay_that_is_cancelled_replays_nothing(laptop: Laptop, ours: Any) -> None:
    ours.put_events(Entries=[entry()])
    laptop.run_until_idle()
    replay(laptop, ours, "again")

    assert ours.cancel_replay(ReplayName="again")["State"] == "CANCELLED"
    laptop.run_until_idle()

    assert ours.describe_replay(ReplayName="again")["State"] == "CANCELLED"
    assert len(laptop.queue("inbox").messages) == 1
    with pytest.raises(ours.exceptions.IllegalStatusException):
        ours.cancel_replay(ReplayName="again")


def test_what_is_listed_comes_page_by_page(laptop: Laptop, ours: Any) -> None:
    first = ours.list_event_buses(Limit=1)
    second = ours.list_event_buses(Limit=1, NextToken=first["NextToken"])

    assert [one["Name"] for one in (*first["EventBuses"], *second["EventBuses"])] == ["default", "lending"]
    assert "NextToken" not in second
    with pytest.raises(ClientError, match="'x' is no token of the laptop AWS"):
        ours.list_event_buses(NextToken="x")
