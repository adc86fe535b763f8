"""The whole laptop starts with ordinary CDK resources beside the services: each is run, or listed with one sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.command_line.run import running
from ensemble.laptop import Laptop, RealClock
from tests.conftest import NAMES

STACK = NAMES.stack("beside")

NOT_RUN = {
    "a FIFO queue": ("Fifo", "it has FifoQueue, which is not run"),
    "a target that is a FIFO queue": ("ToFifo", "it has SqsParameters, which is not run"),
    "a function with inline code": ("Plain", "its code is inline, and only an asset directory of the assembly is run"),
    "a mapping of a queue to what is left out": ("PlainSqsEventSource", "which is not run here"),
    "a mapping of a stream to what is left out": ("PlainDynamoDBEventSource", "which is not run here"),
    "the second target, a log group": ("ToTwo", "only queues, functions and buses are run as targets"),
    "an SNS target": ("ToTopic", "only queues, functions and buses are run as targets"),
    "a Step Functions target": ("ToMachine", "only a deployment knows it"),
    "an input transformer": ("Transformed", "it has InputTransformer, which is not run"),
    "an InputPath with an index": ("Indexed", "of an InputPath only names and dots are run, not $.resources[0]"),
    "a function target that is left out": ("OnOwnBus", "it is left out itself"),
    "a bus of another app": ("ToPartner", "only a deployment knows it"),
    "a pattern with an import": ("ForeignPattern", "which only a deployment knows"),
    "a name by an import": ("ForeignName", f"its QueueName has <Fn::ImportValue a-name of {STACK}>, which only"),
    "an intrinsic that nobody knows": ("UnheardIntrinsic", f"its QueueName has <Fn::Unheard of of {STACK}>, which"),
    "a condition on a parameter": ("Maybe", "it is there under the condition IsAsked, which only a deployment knows"),
}


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
    def those(names: object) -> list[str]:
        assert hasattr(names, "__iter__")
        return [str(name).removeprefix(STACK + "-").rstrip("0123456789ABCDEF") for name in names if "beside" in name]

    queues = ["Inbox", "InboxDeadLetters", "Work", "Changed"]

    assert sorted(those(laptop.queues)) == sorted(queues)
    assert sorted(those(laptop.functions)) == ["Broken", "Working"]


def test_the_target_that_is_run_of_a_rule_with_two_gets_every_event(laptop: Laptop) -> None:
    name = next(name for name in laptop.queues if "Inbox" in name and "Dead" not in name)
    entry = {"Source": "anybody", "DetailType": "Happened", "Detail": "{}", "EventBusName": NAMES.bus}

    laptop.put_events([entry])
    laptop.run_for(5)

    assert [json.loads(message.body)["detail-type"] for message in laptop.queue(name).messages] == ["Happened"]
    assert not laptop.losses


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
