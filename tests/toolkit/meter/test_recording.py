"""What is recorded of a laptop: requests with their units, who has sent a message, and the metrics in the lines."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.laptop.answers import Answer
from ensemble.meter.recording import Recorded, Recorder
from ensemble.meter.units import Unit
from tests.toolkit.meter.staged import staged

EVENT = {"id": "b-1", "detail": {"event_id": "e-1"}}
PUT_EVENTS = {"x-amz-target": "AWSEvents.PutEvents"}
ENTRY = {"Source": "loan", "DetailType": "LoanRequested", "Detail": json.dumps({"event_id": "e-2"})}


class Printed:
    """A function that has printed lines."""

    def __init__(self) -> None:
        self.output: list[str] = []


class Overheard(Recorder):
    """A recorder that stands where it listens to a laptop."""

    def __init__(self) -> None:
        self.functions = {"loan": Printed()}
        super().__init__(self, staged())  # type: ignore[arg-type]

    def around_requests(self, around: Any) -> None:
        self.request = around

    def before_invoke(self, hook: Any) -> None:
        self.invoke = hook

    def on_event(self, listener: Any) -> None:
        self.put = listener

    def table_image(self, name: str, key: Mapping[str, Any]) -> None:
        return None


def record(message: str, body: Any = EVENT) -> dict[str, Any]:
    source = "arn:aws:sqs:eu-west-1:1:loan-events"
    return {"eventSourceARN": source, "messageId": message, "body": json.dumps(body)}


def test_a_request_belongs_to_the_invocation_under_way() -> None:
    laptop = Overheard()

    laptop.invoke("loan", {"Records": [record("m-1"), record("m-2")]})
    laptop.request(PUT_EVENTS, json.dumps({"Entries": [ENTRY]}).encode(), lambda: Answer(200, {}, b"{}"))

    (invocation,) = laptop.take().invocations
    assert (invocation.source, invocation.records, invocation.events) == ("loan-events", 2, frozenset({"e-1"}))
    assert [(call.operation, call.published, call.units[Unit.EVENT]) for call in invocation.calls] == [
        ("PutEvents", ("e-2",), 1)
    ]


def test_a_message_that_a_function_has_sent_itself_is_no_delivery_of_a_rule() -> None:
    laptop, sent = Overheard(), json.dumps({"MessageId": "m-2"}).encode()

    laptop.invoke("loan", {"Records": [record("m-1")]})
    laptop.request({"x-amz-target": "AmazonSQS.SendMessage"}, b"{}", lambda: Answer(200, {}, sent))
    laptop.invoke("loan", {"Records": [record("m-2"), record("m-3")]})

    assert [one.delivered for one in laptop.take().invocations] == [1, 1]


def test_a_tick_of_a_schedule_has_no_source() -> None:
    laptop = Overheard()

    laptop.invoke("loan", {"detail-type": "Scheduled Event"})

    (invocation,) = laptop.take().invocations
    assert (invocation.source, invocation.records) == (None, 0)


def test_lines_are_taken_once() -> None:
    laptop = Overheard()

    laptop.functions["loan"].output.append("one")
    assert laptop.take().lines == {"loan": ["one"]}
    laptop.functions["loan"].output.append("two")
    assert laptop.take().lines == {"loan": ["two"]}


def test_a_custom_metric_is_one_for_each_name_and_dimensions() -> None:
    declared = [{"Namespace": "app-dev", "Dimensions": [["service"]], "Metrics": [{"Name": "EventPostponed"}]}]
    lines = [json.dumps({"_aws": {"CloudWatchMetrics": declared}, "service": one}) for one in ("loan", "shelf", "loan")]

    assert Recorded(lines={"loan": [*lines, "no JSON", "[]"]}).metrics == {
        "app-dev EventPostponed service=loan",
        "app-dev EventPostponed service=shelf",
    }
