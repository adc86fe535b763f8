"""Archives and replays."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import AwsError, Laptop
from tests.toolkit.laptop.assemblies import Template, get, queue, queue_policy, resource, rule
from tests.toolkit.laptop.small import entry, laptop_with

EVERYTHING = {"source": [{"prefix": ""}]}
BUS_ARN = "arn:aws:events:eu-west-1:000000000000:event-bus/lending"
ARCHIVE_ARN = "arn:aws:events:eu-west-1:000000000000:archive/kept"


def archived(directory: Path, **archive: Any) -> Laptop:
    """Deploy an archive of the bus, a queue that gets live events, and two that get what is replayed."""
    live, replayed = {"replay-name": [{"exists": False}]}, {"replay-name": [{"exists": True}]}
    return laptop_with(
        directory,
        Archive=resource("AWS::Events::Archive", ArchiveName="kept", SourceArn=get("Bus"), **archive),
        Live=queue(QueueName="live"),
        Again=queue(QueueName="again"),
        Other=queue(QueueName="other"),
        LiveRule=rule(EVERYTHING | live, {"Arn": get("Live")}, Name="live"),
        AgainRule=rule(EVERYTHING | replayed, {"Arn": get("Again")}, Name="again"),
        OtherRule=rule(EVERYTHING | replayed, {"Arn": get("Other")}, Name="other"),
        LivePolicy=queue_policy(["Live"], "LiveRule"),
        AgainPolicy=queue_policy(["Again"], "AgainRule"),
        OtherPolicy=queue_policy(["Other"], "OtherRule"),
    )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with archived(tmp_path) as laptop:
        yield laptop


def replay(laptop: Laptop, name: str = "again", **changes: Any) -> dict[str, Any]:
    request = {
        "ReplayName": name,
        "EventSourceArn": ARCHIVE_ARN,
        "EventStartTime": laptop.now() - 86_400,
        "EventEndTime": laptop.now() + 1,
        "Destination": {"Arn": BUS_ARN},
    }
    return call(laptop, "StartReplay", request | changes)


def call(laptop: Laptop, operation: str, request: Template) -> dict[str, Any]:
    answer = laptop.answer({"x-amz-target": f"AWSEvents.{operation}"}, json.dumps(request).encode())
    content: dict[str, Any] = json.loads(answer.body)
    if answer.status != 200:
        raise AwsError(content["__type"], content["message"])
    return content


def events(laptop: Laptop, queue_name: str) -> list[dict[str, Any]]:
    laptop.run_until_idle()
    return [json.loads(message.body) for message in laptop.queue(queue_name).messages]


def test_a_replay_brings_archived_events_again_marked_and_with_a_new_id(laptop: Laptop) -> None:
    laptop.put_events([entry(detail={"n": 1})])
    laptop.run_until_idle()
    replay(laptop, "fix")

    (live,) = events(laptop, "live")
    (again,) = events(laptop, "again")
    assert again["replay-name"] == "fix"
    assert again["id"] != live["id"]
    assert {**again, "id": live["id"]} == live | {"replay-name": "fix"}


def test_replayed_events_are_not_archived_again(laptop: Laptop) -> None:
    laptop.put_events([entry()])
    for name in ("one", "two"):
        laptop.run_until_idle()
        replay(laptop, name)

    assert [event["replay-name"] for event in events(laptop, "again")] == ["one", "two"]


def test_a_replay_takes_the_span_of_time_it_is_asked_for_in_order_of_time(laptop: Laptop) -> None:
    now = laptop.now()
    laptop.put_events([entry(detail={"n": n}, Time=now + n * 60) for n in (3, 1, 2, 4)])
    replay(laptop, EventStartTime=now + 60, EventEndTime=now + 180)

    assert [event["detail"]["n"] for event in events(laptop, "again")] == [1, 2, 3]


def test_a_replay_may_be_for_some_rules_only(laptop: Laptop) -> None:
    laptop.put_events([entry()])
    rule_arn = "arn:aws:events:eu-west-1:000000000000:rule/lending/other"
    replay(laptop, Destination={"Arn": BUS_ARN, "FilterArns": [rule_arn]})

    assert (len(events(laptop, "again")), len(events(laptop, "other"))) == (0, 1)


def test_a_replay_can_be_described_while_and_after_it_runs(laptop: Laptop) -> None:
    laptop.put_events([entry()])
    started = replay(laptop, "fix")
    before = call(laptop, "DescribeReplay", {"ReplayName": "fix"})
    laptop.run_until_idle()
    after = call(laptop, "DescribeReplay", {"ReplayName": "fix"})

    assert (started["State"], before["State"], after["State"]) == ("STARTING", "STARTING", "COMPLETED")
    assert started["ReplayArn"] == after["ReplayArn"] == "arn:aws:events:eu-west-1:000000000000:replay/fix"
    assert after["EventLastReplayedTime"] == 1_767_225_600
    assert after["ReplayEndTime"] == pytest.approx(1_767_225_600, abs=1)


def test_an_archive_with_a_pattern_keeps_only_what_it_matches(tmp_path: Path) -> None:
    with archived(tmp_path, EventPattern={"detail-type": ["LoanRequested"]}) as laptop:
        laptop.put_events([entry("LoanRequested"), entry("LoanRefused")])
        replay(laptop)

        assert [event["detail-type"] for event in events(laptop, "again")] == ["LoanRequested"]


def test_an_archive_forgets_after_its_retention(tmp_path: Path) -> None:
    with archived(tmp_path, RetentionDays=2) as laptop:
        laptop.put_events([entry(detail={"n": 1})])
        laptop.advance(1.5 * 86_400)
        laptop.put_events([entry(detail={"n": 2})])
        laptop.advance(86_400)
        replay(laptop, EventStartTime=0)

        assert [event["detail"]["n"] for event in events(laptop, "again")] == [2]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"EventSourceArn": "arn:aws:events:eu-west-1:000000000000:archive/gone"}, "ResourceNotFoundException"),
        ({"Destination": {"Arn": BUS_ARN.replace("lending", "default")}}, "ValidationException"),
        ({"EventStartTime": 2_000_000_000, "EventEndTime": 1_000_000_000}, "ValidationException"),
    ],
)
def test_a_replay_that_cannot_be_is_refused(laptop: Laptop, changes: Template, code: str) -> None:
    with pytest.raises(AwsError) as refused:
        replay(laptop, **changes)

    assert refused.value.code == code


def test_a_replays_name_can_be_used_once(laptop: Laptop) -> None:
    replay(laptop, "fix")

    with pytest.raises(AwsError) as refused:
        replay(laptop, "fix")
    assert refused.value.code == "ResourceAlreadyExistsException"


def test_a_replay_that_was_never_started_cannot_be_described(laptop: Laptop) -> None:
    with pytest.raises(AwsError) as refused:
        call(laptop, "DescribeReplay", {"ReplayName": "none"})

    assert refused.value.code == "ResourceNotFoundException"


def test_what_is_past_its_retention_is_no_longer_held(tmp_path: Path) -> None:
    with archived(tmp_path, RetentionDays=2) as laptop:
        for _ in range(4):
            laptop.put_events([entry()])
            laptop.advance(86_400)

        assert [len(archive.events) for bus in laptop._cloud.buses.all for archive in bus.archives] == [3]


def test_an_event_dated_ahead_is_held_no_longer_than_others_and_holds_none_of_them(tmp_path: Path) -> None:
    with archived(tmp_path, RetentionDays=2) as laptop:
        laptop.put_events([entry(Time="2030-01-01T00:00:00Z"), entry()])
        laptop.advance(3 * 86_400)
        laptop.put_events([entry(detail={"n": 3})])
        replay(laptop, EventStartTime=0, EventEndTime=2_000_000_000)

        assert [event["detail"] for event in events(laptop, "again")] == [{"n": 3}]
        assert [len(archive.events) for bus in laptop._cloud.buses.all for archive in bus.archives] == [1]


def test_an_archived_event_takes_little_more_memory_than_its_json(tmp_path: Path) -> None:
    with archived(tmp_path) as laptop:
        laptop.put_events([entry(detail={"titles": ["Ö"] * 100})])

        (archive,) = (archive for bus in laptop._cloud.buses.all for archive in bus.archives)
        ((_, kept),) = archive.events
        assert isinstance(kept, str)
        assert archive.description()["SizeBytes"] == len(kept.encode())
        assert json.loads(kept)["detail"] == {"titles": ["Ö"] * 100}
