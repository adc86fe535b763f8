"""What X-Ray is told of an event: one connected trace, and nothing where nothing is recorded."""

from __future__ import annotations

import io
import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from functions.kit.segments import MOST_STEPS, Segment, Segments
from functions.kit.telemetry import segments, tracer
from functions.kit.traces import Trace
from tests.kit.conftest import Kit, record
from tests.kit.daemon import Daemon
from tests.kit.test_bad_day import raising, service
from tests.kit.test_store import Store, create_table
from tests.kit.test_traces import HEADER, ID, PARENT, TRACEPARENT

WANTED = {"locker_id": "l-1"}
PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small"}]}
INVOCATION = "Root=1-00000001-000000000000000000000001;Parent=00000000000000aa;Sampled=1"


@pytest.fixture
def daemon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Daemon]:
    """X-Ray's daemon, as beside a function of a stage that is traced."""
    listening = Daemon()
    monkeypatch.setattr(segments, "_daemon", listening.address)
    monkeypatch.setattr(segments, "_service", "locker")
    yield listening
    listening.close()


def traced(type: str, fields: dict[str, Any], **envelope: Any) -> dict[str, Any]:
    return record(type, {**fields, "traceparent": TRACEPARENT}, **envelope)


def said_of(document: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = document["annotations"]
    return said


def test_what_is_done_with_an_event_is_a_segment_after_that_of_its_cause(kit: Kit, daemon: Daemon) -> None:
    kit.stock(small=1)

    assert kit.handle(traced("ParcelArrived", PARCEL)) == []

    (document,) = daemon.documents()
    assert document["name"] == "locker"
    assert (document["trace_id"], document["parent_id"]) == ("1-58406520-a006649127e371903a2de979", PARENT)
    assert said_of(document) == {
        "outcome": "EventHandled",
        "type": "ParcelArrived",
        "event_id": "e-1",
        "correlation_id": "c-1",
        "row_key": "locker_id#l-1",
        "attempt": 1,
    }
    assert [step["name"] for step in document["subsegments"]] == ["## ParcelArrived"]
    assert "fault" not in document


def test_what_is_published_comes_after_it_by_its_header_and_its_traceparent(kit: Kit, daemon: Daemon) -> None:
    kit.stock(small=1)

    kit.handle(traced("ParcelArrived", PARCEL))

    (document,) = daemon.documents()
    (entry,) = kit.bus.entries
    after = Trace(ID, document["id"])
    assert entry["TraceHeader"] == after.header
    assert json.loads(entry["Detail"])["traceparent"] == after.traceparent


def test_a_redelivery_that_publishes_what_was_decided_before_is_the_segment_that_it_comes_after(
    kit: Kit, daemon: Daemon
) -> None:
    kit.stock(small=1)
    kit.bus.fault = TimeoutError()
    kit.handle(traced("ParcelArrived", PARCEL))
    kit.bus.fault = None

    kit.handle(traced("ParcelArrived", PARCEL, receives=2))

    (postponed, document), (entry,) = daemon.documents(), kit.bus.entries
    assert said_of(postponed)["outcome"] == "EventPostponed"
    assert postponed["id"] != document["id"]
    assert postponed["parent_id"] == document["parent_id"] == PARENT
    assert f"Parent={document['id']}" in entry["TraceHeader"]
    assert said_of(document)["outcome"] == "EventDuplicate"


def test_a_fault_is_described_and_nothing_of_what_it_says_is_sent(kit: Kit, daemon: Daemon) -> None:
    kit.consumer = kit.another_worker(service=service(raising(ValueError("tok_secret"))))

    kit.handle(traced("CourierWanted", WANTED))
    kit.handle(record("CourierWanted", {"traceparent": TRACEPARENT}, event_id="e-2", message_id="m-2"))

    perhaps, never = daemon.documents()
    assert perhaps["fault"] is True
    assert [one["type"] for one in perhaps["cause"]["exceptions"]] == ["ValueError"]
    assert perhaps["subsegments"][0]["fault"] is True
    assert said_of(never)["outcome"] == "EventDeadLettered"
    assert never["cause"]["exceptions"][0]["type"] == "ContractViolation"
    assert "tok_secret" not in json.dumps([perhaps, never])


def test_an_event_that_cannot_be_opened_is_told_in_its_messages_trace(kit: Kit, daemon: Daemon) -> None:
    broken = record("ParcelArrived", PARCEL) | {"body": "no event"}
    broken["attributes"] = broken["attributes"] | {"AWSTraceHeader": HEADER}

    kit.handle(broken)

    (document,) = daemon.documents()
    assert document["parent_id"] == PARENT
    assert said_of(document) == {"outcome": "EventDeadLettered", "attempt": 1}


def test_nothing_is_sent_and_nothing_stored_of_what_is_not_recorded(
    kit: Kit, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", INVOCATION)
    kit.stock(small=2)

    kit.handle(record("ParcelArrived", PARCEL, hops=1))
    kit.handle(
        record("ParcelArrived", {**PARCEL, "locker_id": "l-2", "traceparent": f"{TRACEPARENT[:-2]}00"}, event_id="e-2")
    )

    assert daemon.documents() == []
    assert all("TraceHeader" not in entry for entry in kit.bus.entries)
    assert all("traceparent" not in json.loads(entry["Detail"]) for entry in kit.bus.entries)


def test_what_nothing_has_caused_begins_a_trace_where_its_invocation_is_recorded(
    kit: Kit, daemon: Daemon, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", INVOCATION)
    kit.stock(small=1)

    kit.handle(record("ParcelArrived", PARCEL))

    (document,) = daemon.documents()
    assert "parent_id" not in document
    assert kit.bus.entries[0]["TraceHeader"] == f"Root={document['trace_id']};Parent={document['id']};Sampled=1"


def test_a_stage_that_passes_traces_through_sends_nothing_and_hands_them_on(kit: Kit) -> None:
    kit.stock(small=1)

    kit.handle(traced("ParcelArrived", PARCEL))

    (entry,) = kit.bus.entries
    assert (entry["TraceHeader"], json.loads(entry["Detail"])["traceparent"]) == (HEADER, TRACEPARENT)


def test_what_an_event_store_stores_is_in_the_trace_and_a_strangers_workflow_only_if_it_is_a_plain_name(
    kit: Kit, daemon: Daemon
) -> None:
    create_table(kit.dynamodb)
    store = Store(kit, kit.dynamodb)

    store.handle(record("ParcelArrived", {**PARCEL, "traceparent": TRACEPARENT}))
    store.handle(
        record("ParcelArrived", {**PARCEL, "traceparent": TRACEPARENT}, event_id="e-2", correlation_id="a person")
    )

    first, second = daemon.documents()
    assert (first["parent_id"], said_of(first)["correlation_id"]) == (PARENT, "c-1")
    assert "correlation_id" not in said_of(second)


def test_an_event_that_is_put_again_in_another_trace_contradicts_nothing(kit: Kit, log: io.StringIO) -> None:
    create_table(kit.dynamodb)
    store = Store(kit, kit.dynamodb)

    for number in (1, 2):
        store.handle(record("ParcelArrived", {**PARCEL, "traceparent": f"00-{number:032x}-{PARENT}-01"}))

    assert len(store.items("c-1")) == 1
    assert "EventContradicted" not in log.getvalue()


def test_steps_are_inside_the_segment_and_what_functions_return_is_not(kit: Kit, daemon: Daemon) -> None:
    step: Any = tracer.capture_method(lambda: "tok_secret")
    segment = segments.begin(Trace(ID, PARENT), "e-1")

    with segments.within(segment):
        for _ in range(MOST_STEPS + 1):
            step()
    segments.end(segment)

    (document,) = daemon.documents()
    assert len(document["subsegments"]) == MOST_STEPS == len({one["id"] for one in document["subsegments"]})
    assert "tok_secret" not in json.dumps(document)


def test_a_step_of_no_event_is_in_the_trace_of_its_invocation(daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    step: Any = tracer.capture_method(lambda: None)
    step()
    monkeypatch.setenv("_X_AMZN_TRACE_ID", INVOCATION)
    step()

    (document,) = daemon.documents()
    assert document["type"] == "subsegment"
    assert (document["trace_id"], document["parent_id"]) == ("1-00000001-000000000000000000000001", "00000000000000aa")


def test_a_document_is_within_the_limit_whatever_is_said(daemon: Daemon) -> None:
    segment = Segment("a|name" * 100, PARENT, Trace(ID), began=1.0)
    segment.put_annotation("a key-with.more", "\U0001f600" * 5_000)
    with segments.within(segment):
        for number in range(MOST_STEPS):
            with segments.in_subsegment(str(number)) as step:
                step.put_annotation("text", "\U0001f600" * 5_000)

    segments.end(segment)

    (document,) = daemon.documents()
    assert "subsegments" not in document
    assert said_of(document).keys() == {"a_key_with_more"}


def test_a_daemon_that_is_not_there_costs_no_event(kit: Kit, daemon: Daemon, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> Any:
        raise BlockingIOError

    monkeypatch.setattr(socket, "socket", full)
    kit.stock(small=1)

    assert kit.handle(traced("ParcelArrived", PARCEL)) == []


@pytest.mark.parametrize(
    ("variables", "is_recording"),
    [
        ({"AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000"}, True),
        ({"AWS_XRAY_DAEMON_ADDRESS": "169.254.79.129:2000", "POWERTOOLS_TRACE_DISABLED": "true"}, False),
        ({}, False),
    ],
)
def test_a_function_records_where_there_is_a_daemon_and_its_stage_is_traced(
    variables: dict[str, str], is_recording: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", INVOCATION)

    assert Segments(variables).begins is is_recording
