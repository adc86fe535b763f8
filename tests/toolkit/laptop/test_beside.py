"""The whole laptop starts with ordinary CDK resources beside the services: each is run, or listed with one sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run import running
from ensemble.laptop import Laptop, RealClock
from tests.conftest import NAMES

STACK = NAMES.stack("beside")

TARGETS = "only queues, functions, topics, buses and API destinations are run as targets"

NOT_RUN = {
    "a function with inline code": ("Plain", "its code is inline, and only an asset directory of the assembly is run"),
    "a mapping of a queue to what is left out": ("PlainSqsEventSource", "which is not run here"),
    "a mapping of a stream to what is left out": ("PlainDynamoDBEventSource", "which is not run here"),
    "the second target, a log group": ("ToTwo", TARGETS),
    "a Step Functions target": ("ToMachine", "only a deployment knows it"),
    "a state machine": ("Machine", "Step Functions are not run"),
    "a Kinesis stream": ("Stream", "Kinesis is not run"),
    "a Kinesis target": ("ToStream", "only a deployment knows it"),
    "a function target that is left out": ("OnOwnBus", "it is left out itself"),
    "a bus of another app": ("ToPartner", "only a deployment knows it"),
    "a bus of another account": ("ToElsewhere", "it is in another account or region"),
    "an endpoint of another machine": ("Api", "nothing is sent to https://partner.example/hooks: this machine alone"),
    "a pattern with an import": ("ForeignPattern", "which only a deployment knows"),
    "a name by an import": ("ForeignName", f"its QueueName has <Fn::ImportValue a-name of {STACK}>, which only"),
    "an intrinsic that nobody knows": ("UnheardIntrinsic", f"its QueueName has <Fn::Unheard of of {STACK}>, which"),
    "a condition on a parameter": ("Maybe", "it is there under the condition IsAsked, which only a deployment knows"),
}

EVENT = {"Source": "anybody", "DetailType": "Happened", "Detail": "{}", "EventBusName": NAMES.bus}


@pytest.fixture(scope="module")
def laptop(assembly_beside: Path) -> Iterator[Laptop]:
    with Laptop(assembly_beside) as laptop:
        yield laptop


@pytest.mark.parametrize("what", NOT_RUN)
def test_what_is_not_run_beside_the_services_is_listed_with_one_sentence(what: str, laptop: Laptop) -> None:
    logical_id, why = NOT_RUN[what]

    listed = [one.why for one in laptop.not_run if one.what.rpartition("/")[2].startswith(logical_id)]

    assert len(listed) >= 1
    assert any(why in one for one in listed), listed


def test_a_custom_resource_is_listed_by_its_type_and_its_function_not_at_all(laptop: Laptop) -> None:
    custom = {one.what: one.why for one in laptop.not_run if one.what.startswith("Custom::")}
    of_one = [one.what.partition("/")[2] for one in laptop.not_run if one.is_one_resource]

    assert {"Custom::S3AutoDeleteObjects", "Custom::S3BucketNotifications"} <= custom.keys()
    assert set(custom.values()) == {"it and its function act only while stacks are deployed and deleted"}
    assert [name for name in of_one if name.startswith(("AWS", "Custom", "BucketNotifications"))] == []


def test_nothing_of_the_services_is_left_out(laptop: Laptop) -> None:
    stacks = {one.what.partition(" ")[2].partition("/")[0] for one in laptop.not_run if one.is_one_resource}

    assert stacks == {STACK}


def test_buckets_queues_tables_archives_and_functions_from_assets_beside_the_services_are_run(laptop: Laptop) -> None:
    def those(names: Iterable[str]) -> list[str]:
        found = (re.fullmatch(rf"{STACK}-(\w+?)[0-9A-F]{{8}}(\.fifo)?", name) for name in names)
        return [match[1] for match in found if match]

    queues = ["Inbox", "InboxDeadLetters", "Work", "Changed", "Fifo", "Piped", "Due"]

    assert sorted(those(laptop.queues)) == sorted(queues)
    assert sorted(those(laptop.functions)) == ["Broken", "Working"]


def of_the_stack(names: Iterable[str], beginning: str) -> str:
    """Return the one name that a resource of the stack has."""
    (found,) = [name for name in names if re.match(f"{STACK}-{beginning}[0-9A-F]{{8}}", name)]
    return found


def bodies(laptop: Laptop, queue: str) -> list[Any]:
    return [json.loads(message.body) for message in laptop.queue(of_the_stack(laptop.queues, queue)).messages]


def test_each_target_that_is_run_gets_an_event_of_anybody_as_its_rule_says(laptop: Laptop) -> None:
    laptop.put_events([EVENT | {"Resources": ["arn:one"]}])
    laptop.run_for(5)

    (published,) = laptop.topic_messages(of_the_stack(laptop.topics, "Topic"))
    transformed, indexed = sorted(bodies(laptop, "Changed"), key=str, reverse=True)
    assert [one["detail-type"] for one in (*bodies(laptop, "Inbox"), *bodies(laptop, "Fifo"))] == ["Happened"] * 2
    assert (transformed.keys(), indexed) == ({"id"}, "arn:one")
    assert json.loads(published.message)["id"] == transformed["id"]
    assert not laptop.losses


def test_a_pipe_brings_what_is_in_its_queue_to_the_bus(laptop: Laptop) -> None:
    details: list[Any] = []
    laptop.on_event(lambda bus, event: details.append((bus, event["detail-type"], event["detail"])))

    laptop.queue(of_the_stack(laptop.queues, "Piped")).send('{"n": 7}')
    laptop.run_for(5)

    assert (NAMES.bus, "Piped", {"n": 7}) in details


def test_a_schedule_is_due_each_minute(laptop: Laptop) -> None:
    before = len(bodies(laptop, "Due"))
    laptop.run_for(60)

    assert bodies(laptop, "Due")[before:] == [{"sweep": True}]


def test_the_variables_of_a_function_are_what_each_intrinsic_makes(laptop: Laptop) -> None:
    working = next(name for name in laptop.functions if "Working" in name)

    variables = laptop.invoke(working, {})

    assert variables["BASE64"] == "aGVsbG8="
    assert variables["EXPORTED"].startswith(f"arn:aws:sqs:eu-west-1:000000000000:{NAMES.stack('shared')}-Exported")
    assert variables["JSON"] == '{"here":"eu-west-1"}'
    assert variables["ZONE"] == "eu-west-1a"
    assert variables["FOREIGN"] == f"<Fn::ImportValue another-app of {STACK}>"
    assert variables["LENGTH"] == f"<Fn::Length [1] of {STACK}>"
    assert variables["PARAMETER"] == f"<Ref Asked of {STACK}>"


def test_a_function_beside_the_services_that_does_not_load_is_listed(assembly_beside: Path, tmp_path: Path) -> None:
    with running._deployed(assembly_beside, RealClock(), tmp_path, {}, is_concurrent=False, is_traced=False) as laptop:
        (why,) = [one.why for one in laptop.not_run if "Broken" in one.what]

    assert why == "it does not load: ModuleNotFoundError: No module named 'a_library_that_is_not_here'"
