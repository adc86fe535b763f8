"""PutEvents: what a bus accepts, what it refuses and how, and the event that targets get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import AwsError, Laptop
from tests.toolkit.laptop.assemblies import get, queue, queue_policy, rule
from tests.toolkit.laptop.small import entry, laptop_with


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    everything = rule({"source": [{"prefix": ""}]}, {"Arn": get("Inbox")})
    with laptop_with(
        tmp_path, Inbox=queue(QueueName="inbox"), Rule=everything, Policy=queue_policy(["Inbox"], "Rule")
    ) as laptop:
        yield laptop


def delivered(laptop: Laptop) -> list[dict[str, Any]]:
    laptop.run_until_idle()
    return [json.loads(message.body) for message in laptop.queue("inbox").messages]


def test_a_target_gets_the_event_in_eventbridges_envelope(laptop: Laptop) -> None:
    answer = laptop.put_events([entry("LoanRequested", detail={"total": 4.5}, Resources=["arn:x"])])

    (event,) = delivered(laptop)

    assert event == {
        "version": "0",
        "id": answer["Entries"][0]["EventId"],
        "detail-type": "LoanRequested",
        "source": "lending",
        "account": "000000000000",
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-west-1",
        "resources": ["arn:x"],
        "detail": {"total": 4.5},
    }


@pytest.mark.parametrize("time", [1_750_000_000, datetime(2025, 6, 15, 15, 6, 40, tzinfo=UTC), "2025-06-15T15:06:40Z"])
def test_an_entry_may_say_when_its_event_happened(laptop: Laptop, time: object) -> None:
    laptop.put_events([entry(Time=time)])

    (event,) = delivered(laptop)

    assert event["time"] == "2025-06-15T15:06:40Z"


def test_ids_are_the_same_in_each_run(tmp_path: Path) -> None:
    ids = []
    for run in ("one", "other"):
        with laptop_with(tmp_path / run) as laptop:
            ids.append(laptop.put_events([entry(), entry()])["Entries"])

    assert ids[0] == ids[1]
    assert ids[0][0] != ids[0][1]


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"Source": ""}, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ({"Source": None}, "InvalidArgument", "Parameter Source is not valid. Reason: Source is a required argument."),
        ({"DetailType": " "}, "InvalidArgument", "Parameter DetailType is not valid. Reason: DetailType is a required"),
        (
            {"DetailType": "x" * 129},
            "InvalidArgument",
            "Parameter DetailType is not valid. Reason: DetailType must not",
        ),
        ({"Detail": ""}, "InvalidArgument", "Parameter Detail is not valid. Reason: Detail is a required argument."),
        ({"Detail": "{"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": "[1]"}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a": NaN}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a": "\\ud800"}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a": "\ud800"}'}, "MalformedDetail", "Detail is malformed."),
        ({"Detail": '{"a":' * 100_000 + "1" + "}" * 100_000}, "MalformedDetail", "Detail is malformed."),
        ({"EventBusName": "what/ever/lending"}, "InvalidArgument", "Parameter EventBusName is not valid."),
        (
            {"EventBusName": "arn:aws:events:us-east-1:999999999999:event-bus/lending"},
            "InvalidArgument",
            "Parameter EventBusName is not valid.",
        ),
        ({"Source": "aws.ec2"}, "NotAuthorizedForSourceException", "Not authorized for the source."),
        (
            {"EventBusName": "gone"},
            "InvalidArgument",
            "Parameter EventBusName is not valid. Reason: Event bus gone does",
        ),
    ],
)
def test_a_bad_entry_fails_alone(laptop: Laptop, change: dict[str, Any], code: str, message: str) -> None:
    answer = laptop.put_events([entry(**change), entry()])

    assert answer["FailedEntryCount"] == 1
    assert answer["Entries"][0]["ErrorCode"] == code
    assert answer["Entries"][0]["ErrorMessage"].startswith(message)
    assert len(delivered(laptop)) == 1


def test_a_bus_may_be_named_by_its_arn(laptop: Laptop) -> None:
    laptop.put_events([entry(EventBusName="arn:aws:events:eu-west-1:000000000000:event-bus/lending")])

    assert len(delivered(laptop)) == 1


def test_an_entry_without_a_bus_is_for_the_default_bus(laptop: Laptop) -> None:
    heard: list[str] = []
    laptop.on_event(lambda bus, _event: heard.append(bus))

    laptop.put_events([{"Source": "lending", "DetailType": "LoanRequested", "Detail": "{}"}])

    assert heard == ["default"]
    assert delivered(laptop) == []


@pytest.mark.parametrize("number", [0, 11])
def test_a_request_has_one_to_ten_entries(laptop: Laptop, number: int) -> None:
    with pytest.raises(AwsError, match="ValidationException") as refused:
        laptop.put_events([entry()] * number)

    assert refused.value.code == "ValidationException"
    assert delivered(laptop) == []


def test_a_request_of_exactly_one_megabyte_is_accepted_and_one_byte_more_is_refused_whole(laptop: Laptop) -> None:
    overhead = len("lending") + len("LoanRequested") + len('{"x": ""}')
    fitting = entry(detail={"x": "y" * (1_048_576 - overhead)})
    too_large = entry(detail={"x": "y" * (1_048_577 - overhead)})

    assert laptop.put_events([fitting])["FailedEntryCount"] == 0
    with pytest.raises(AwsError, match=r"Total size of the entries in the request is over the limit\."):
        laptop.put_events([too_large])


def test_the_size_counts_all_entries_their_resources_and_times(laptop: Laptop) -> None:
    half = entry(detail={"x": "y" * 524_000})

    with pytest.raises(AwsError, match="over the limit"):
        laptop.put_events([half, half, entry(Resources=["r" * 600])])
    assert laptop.put_events([half, half])["FailedEntryCount"] == 0


def test_a_trace_header_is_passed_on_to_the_queue(laptop: Laptop) -> None:
    laptop.put_events([entry(TraceHeader="Root=1-0-1")])
    laptop.run_until_idle()

    (message,) = laptop.queue("inbox").messages
    assert message.trace_header == "Root=1-0-1"


@pytest.mark.parametrize(
    "change",
    [
        {"Time": 1_763_900_000_000},
        {"Time": "2026-13-01"},
        {"Time": {}},
        {"Source": 5},
        {"Source": "\ud800"},
        {"TraceHeader": "\ud800"},
        {"Resources": [5]},
    ],
)
def test_a_member_that_is_not_of_its_type_refuses_the_request_before_any_entry_is_accepted(
    laptop: Laptop, change: dict[str, Any]
) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        laptop.put_events([entry(), entry(**change)])

    assert delivered(laptop) == []


@pytest.mark.parametrize("depth", range(100, 1_100, 50))
def test_a_nested_detail_is_delivered_or_refused_whole(laptop: Laptop, depth: int) -> None:
    answer = laptop.put_events([entry(Detail='{"a":' * depth + "1" + "}" * depth)])

    assert len(delivered(laptop)) + answer["FailedEntryCount"] == 1
