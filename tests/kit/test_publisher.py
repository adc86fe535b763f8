"""What is on the bus after a call, what is told of the rest, and that no outbox holds up another."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.kit import clock
from functions.kit.breaker import PROBE_SECONDS, Breakers, OwnCircuits
from functions.kit.envelope import encoded
from functions.kit.errors import BreakerOpen, EventRefused, Kind, PublicationRefused, PublishingFailed
from functions.kit.faults import kind_of
from functions.kit.publisher import MAXIMUM_BYTES, MAXIMUM_ENTRIES, TRANSIENT, Publisher, entry_bytes
from functions.kit.reactor import Outbox
from tests.kit.conftest import NOON

REFUSING = (
    *("AccessDenied", "InvalidAccountIdException", "InvalidArgument", "MalformedDetail", "RedactionFailure"),
    *("NotAuthorizedForSourceException", "NotAuthorizedForDetailTypeException", "NobodyKnowsIt"),
)
"""Codes that are not retryable (Amazon EventBridge API Reference, PutEventsResultEntry), and one of no book."""


class Bus:
    """A bus that answers by what an event holds: `code` of its detail, or a fault of the call."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.fault: Exception | None = None
        self.poison: str | None = None

    def put_events(self, **request: Any) -> dict[str, Any]:
        entries = request["Entries"]
        assert 1 <= len(entries) <= MAXIMUM_ENTRIES
        self.calls.append(entries)
        if self.fault is not None:
            raise self.fault
        if any(json.loads(entry["Detail"])["event_id"] == self.poison for entry in entries):
            raise of_call("ValidationException", 400)
        codes = [json.loads(entry["Detail"]).get("code") for entry in entries]
        return {"Entries": [{"EventId": "1"} if code is None else {"ErrorCode": code} for code in codes]}

    @property
    def ids(self) -> list[str]:
        """What the bus took, in its order."""
        details = [json.loads(entry["Detail"]) for entries in self.calls for entry in entries]
        return [detail["event_id"] for detail in details if "code" not in detail]


def of_call(code: str, status: int) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "PutEvents")


def event(event_id: str, **fields: Any) -> dict[str, Any]:
    return {"event_id": event_id, "type": "ParcelStored", **fields}


def outbox(*events: dict[str, Any], trace_header: str = "") -> Outbox:
    return Outbox(encoded({"trace_header": trace_header, "events": list(events)}), "e-1", "c-1")


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    return Bus()


def publisher(bus: Bus) -> Publisher:
    return Publisher(bus, "the-bus", "locker", Breakers(OwnCircuits()))  # type: ignore[arg-type]


def publish(bus: Bus, *outboxes: Outbox) -> Sequence[Exception | None]:
    return publisher(bus).publish(outboxes)


def test_an_entry_says_bus_source_type_and_trace_and_holds_the_event(bus: Bus) -> None:
    assert publish(bus, outbox(event("a"), trace_header="Root=1-5")) == [None]

    ((entry,),) = bus.calls
    assert json.loads(entry.pop("Detail")) == {"causation_id": "e-1", "correlation_id": "c-1", **event("a")}
    assert entry == {
        "EventBusName": "the-bus",
        "Source": "locker",
        "DetailType": "ParcelStored",
        "TraceHeader": "Root=1-5",
    }


def test_events_have_the_trace_of_their_outbox_and_each_time_that_they_go_out_the_same(bus: Bus) -> None:
    header = "Root=1-58406520-a006649127e371903a2de979;Parent=53995c3f42cd8ad8;Sampled=1"

    for _ in range(2):
        assert publish(bus, outbox(event("a"), trace_header=header)) == [None]

    first, second = (json.loads(call[0]["Detail"]) for call in bus.calls)
    assert first == second
    assert first["traceparent"] == "00-58406520a006649127e371903a2de979-53995c3f42cd8ad8-01"


def test_an_outbox_without_a_trace_has_no_trace_header(bus: Bus) -> None:
    publish(bus, outbox(event("a")))

    assert "TraceHeader" not in bus.calls[0][0]


def test_nothing_to_publish_is_no_call(bus: Bus) -> None:
    assert publish(bus) == []
    assert publish(bus, outbox(), outbox()) == [None, None]
    assert bus.calls == []


# Limits


def test_ten_events_go_in_a_call_whatever_outbox_they_are_of_and_in_their_order(bus: Bus) -> None:
    faults = publish(bus, *(outbox(event(f"{number}a"), event(f"{number}b")) for number in range(11)))

    assert faults == [None] * 11
    assert [len(entries) for entries in bus.calls] == [10, 10, 2]
    assert bus.ids == [f"{number}{letter}" for number in range(11) for letter in "ab"]


@pytest.mark.parametrize("character", ["a", "ä", "€", "𝄞"])
def test_a_call_holds_no_more_bytes_than_a_call_may_in_any_script(bus: Bus, character: str) -> None:
    text = character * (300_000 // len(character.encode()))

    assert publish(bus, *(outbox(event(str(number), text=text)) for number in range(7))) == [None] * 7

    assert [len(entries) for entries in bus.calls] == [3, 3, 1]
    assert all(sum(entry_bytes(entry) for entry in entries) <= MAXIMUM_BYTES for entries in bus.calls)


def test_a_call_is_filled_to_the_last_byte(bus: Bus) -> None:
    of_the_row = {"causation_id": "e-1", "correlation_id": "c-1"}
    empty = len(encoded(of_the_row | event("1", text="")).encode()) + len("locker") + len("ParcelStored")
    half = "a" * (MAXIMUM_BYTES // 2 - empty)

    publish(bus, outbox(event("1", text=half), event("2", text=half)))
    publish(bus, outbox(event("3", text=half), event("4", text=half + "a")))

    assert [len(entries) for entries in bus.calls] == [2, 1, 1]


def test_an_event_that_is_larger_than_a_call_goes_alone_and_is_refused_alone(bus: Bus) -> None:
    bus.poison = "large"

    faults = publish(bus, outbox(event("a")), outbox(event("large", text="x" * 1_100_000)), outbox(event("b")))

    assert [fault is None for fault in faults] == [True, False, True]
    assert bus.ids[0] == "a"
    assert bus.ids[-1] == "b"


# What is refused


@pytest.mark.parametrize("code", REFUSING)
def test_a_refused_event_is_told_with_its_type_id_and_code_and_all_others_go_out(bus: Bus, code: str) -> None:
    refused, other = publish(bus, outbox(event("a"), event("b", code=code), event("c")), outbox(event("d")))

    assert isinstance(refused, EventRefused)
    assert kind_of(refused) is Kind.NEVER
    assert str(refused) == f"the bus refused ParcelStored b by {code}"
    assert other is None
    assert bus.ids == ["a", "c", "d"]


@pytest.mark.parametrize("code", TRANSIENT)
def test_an_event_that_was_not_taken_this_time_is_an_outage_of_its_outbox_alone(bus: Bus, code: str) -> None:
    failed, other = publish(bus, outbox(event("a"), event("b", code=code)), outbox(event("c")))

    assert isinstance(failed, PublishingFailed)
    assert kind_of(failed) is Kind.OUTAGE
    assert str(failed) == f"the bus did not take all of 2 events: {code}"
    assert other is None


def test_an_outbox_of_which_one_is_refused_and_one_not_taken_waits_first(bus: Bus) -> None:
    (fault,) = publish(bus, outbox(event("a", code="MalformedDetail"), event("b", code="ThrottlingException")))

    assert isinstance(fault, PublishingFailed)


def test_an_outbox_over_two_calls_of_which_one_is_refused_and_a_later_one_not_taken_waits_first(bus: Bus) -> None:
    events = [event("a", code="MalformedDetail"), *(event(str(number)) for number in range(9))]

    (fault,) = publish(bus, outbox(*events, event("z", code="ThrottlingException"), event("y")))

    assert isinstance(fault, PublishingFailed)


@pytest.mark.parametrize(("code", "kind"), [("MalformedDetail", Kind.NEVER), ("ThrottlingException", Kind.OUTAGE)])
@pytest.mark.parametrize("place", [0, 10])
def test_an_outbox_over_two_calls_is_out_when_both_took_all_of_it(bus: Bus, place: int, code: str, kind: Kind) -> None:
    events = [event(str(number)) for number in range(12)]
    events[place]["code"] = code

    (fault,) = publish(bus, outbox(*events))

    assert fault is not None
    assert kind_of(fault) is kind
    assert len(bus.ids) == 11


def test_an_outbox_over_two_calls_of_which_the_first_is_not_taken_and_the_other_refused_waits_first(bus: Bus) -> None:
    bus.poison = "bad"
    events = [event("a", code="ThrottlingException"), *(event(str(number)) for number in range(9))]

    (fault,) = publish(bus, outbox(*events, event("bad")))

    assert isinstance(fault, PublishingFailed)


def test_a_call_that_is_refused_as_such_is_made_for_each_outbox_so_that_one_suffers_alone(bus: Bus) -> None:
    bus.poison = "bad"

    first, bad, last = publish(bus, outbox(event("a")), outbox(event("bad")), outbox(event("c"), event("d")))

    assert (first, last) == (None, None)
    assert isinstance(bad, ClientError)
    assert kind_of(bad) is Kind.NEVER


@pytest.mark.parametrize(
    "fault",
    [
        of_call("ThrottlingException", 400),
        of_call("InternalException", 500),
        of_call("AccessDeniedException", 400),
        of_call("ResourceNotFoundException", 400),
        ReadTimeoutError(endpoint_url="https://x"),
    ],
    ids=lambda fault: str(fault),
)
def test_a_call_that_meets_an_outage_is_not_made_again_for_each_outbox(bus: Bus, fault: Exception) -> None:
    bus.fault = fault

    assert publish(bus, outbox(event("a")), outbox(event("b"))) == [fault, fault]

    assert len(bus.calls) == 1
    assert kind_of(fault) is Kind.OUTAGE


# What cannot be read

UNREADABLE = {
    "no JSON": "{",
    "empty": "",
    "another format": '["a"]',
    "an event without a type": '{"trace_header": "", "events": [{"event_id": "x"}]}',
    "no list": '{"trace_header": "", "events": 7}',
    "an event that is none": '{"trace_header": "", "events": ["x"]}',
    "half a surrogate pair": r'{"trace_header": "", "events": [{"event_id": "x", "type": "T", "text": "\ud800"}]}',
    "deeper than a reader goes": '{"trace_header": "", "events": ' + "[" * 100_000,
    "a trace that is no text": '{"trace_header": {"a": 1}, "events": [{"event_id": "x", "type": 7}]}',
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_outbox_that_cannot_be_read_holds_up_no_other_and_says_so(bus: Bus, what: str) -> None:
    before, unreadable, after = publish(bus, outbox(event("a")), Outbox(UNREADABLE[what]), outbox(event("b")))

    assert (before, after) == (None, None)
    assert isinstance(unreadable, PublicationRefused)
    assert kind_of(unreadable) is Kind.NEVER
    assert bus.ids == ["a", "b"]


def test_an_integer_beyond_64_bits_goes_out_as_it_is(bus: Bus) -> None:
    assert publish(bus, outbox(event("a", number=2**80))) == [None]

    assert json.loads(bus.calls[0][0]["Detail"])["number"] == 2**80


# The breaker


def test_a_bus_that_takes_nothing_is_asked_less_and_less_and_then_once_a_minute(
    bus: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = publisher(bus)
    for second in range(600):
        monkeypatch.setattr(clock, "now", lambda second=second: NOON + second)
        worker.publish([outbox(event("a", code="ThrottlingException"))])

    assert len(bus.calls) <= 9 + 600 / PROBE_SECONDS


def test_while_the_breaker_is_open_every_outbox_is_told_when_the_bus_is_asked_again(bus: Bus) -> None:
    worker = publisher(bus)
    bus.fault = of_call("InternalException", 500)
    for _ in range(9):
        worker.publish([outbox(event("a"))])
    calls = len(bus.calls)

    faults = worker.publish([outbox(event("a")), outbox(event("b"))])

    assert len(bus.calls) == calls
    assert [(type(fault), getattr(fault, "retry_after", 0)) for fault in faults] == [(BreakerOpen, PROBE_SECONDS)] * 2


def test_a_bus_that_takes_some_or_refuses_for_good_is_not_down(bus: Bus) -> None:
    worker = publisher(bus)
    for _ in range(30):
        worker.publish([outbox(event("a"), event("b", code="ThrottlingException"))])
        worker.publish([outbox(event("c", code="MalformedDetail"))])

    assert len(bus.calls) == 60
