"""The relay: every event on the bus, in order, in as few calls as the limits allow, and failures reported."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.kit.relay import MAXIMUM_BYTES, Relay
from functions.kit.settings import RelaySettings

RELAY = RelaySettings(service="locker", event_bus_name="dev-bus")


class Bus:
    """An EventBridge client that keeps what it takes; `faults` are the answers to the first calls."""

    def __init__(self, *faults: Any) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.faults = list(faults)

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - the AWS parameter
        self.calls.append(Entries)
        fault = self.faults.pop(0) if self.faults else set()
        if isinstance(fault, Exception):
            raise fault
        failed = {"ErrorCode": "ThrottlingException", "ErrorMessage": "slow down"}
        results = [failed if json.loads(entry["Detail"])["n"] in fault else {"EventId": "x"} for entry in Entries]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    def numbers(self) -> list[list[int]]:
        return [[json.loads(entry["Detail"])["n"] for entry in call] for call in self.calls]


def stream_event(*rows: list[dict[str, Any]], trace: str = "") -> dict[str, Any]:
    """Make the stream's batch of rows that each say some events; sequence numbers are 100, 101, ..."""
    records = []
    for number, events in enumerate(rows):
        said = json.dumps({"trace_header": trace, "events": events})
        image = {"pk": {"S": f"locker_id#{number}"}, "outbox": {"S": said}}
        records.append({"dynamodb": {"SequenceNumber": str(100 + number), "NewImage": image}})
    return {"Records": records}


def event(n: int, **fields: Any) -> dict[str, Any]:
    return {"type": "ParcelStored", "n": n, **fields}


def relayed(bus: Bus, *rows: list[dict[str, Any]], trace: str = "") -> list[str]:
    answer = Relay(bus, RELAY).handle(stream_event(*rows, trace=trace))  # type: ignore[arg-type]
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_an_entry_names_bus_source_type_and_the_trace_it_belongs_to() -> None:
    bus = Bus()

    failed = relayed(bus, [event(1)], trace="Root=1-5")

    assert failed == []
    assert bus.calls == [
        [
            {
                "EventBusName": "dev-bus",
                "Source": "locker",
                "DetailType": "ParcelStored",
                "Detail": '{"type":"ParcelStored","n":1}',
                "TraceHeader": "Root=1-5",
            }
        ]
    ]


@pytest.mark.parametrize(("events", "calls"), [(1, 1), (10, 1), (11, 2), (25, 3)])
def test_n_events_are_put_in_as_few_calls_as_ten_entries_allow(events: int, calls: int) -> None:
    bus = Bus()

    relayed(bus, *([event(n)] for n in range(events)))

    assert len(bus.calls) == calls
    assert [n for call in bus.numbers() for n in call] == list(range(events))


def test_a_call_stays_under_the_size_limit() -> None:
    bus = Bus()
    large = "ü" * (MAXIMUM_BYTES // 6)

    relayed(bus, [event(1, text=large)], [event(2, text=large)], [event(3, text=large)])

    assert bus.numbers() == [[1, 2], [3]]
    assert all(sum(len(entry["Detail"].encode()) for entry in call) <= MAXIMUM_BYTES for call in bus.calls)


def test_a_failed_entry_alone_is_sent_again() -> None:
    bus = Bus({2})

    failed = relayed(bus, [event(1)], [event(2)], [event(3)])

    assert failed == []
    assert bus.numbers() == [[1, 2, 3], [2]]


def test_an_entry_that_stays_failed_is_reported_by_its_record_and_nothing_later_is_published() -> None:
    bus = Bus({5}, {5}, {5})

    failed = relayed(bus, *([event(n)] for n in range(12)))

    assert failed == ["105"]
    assert bus.numbers() == [list(range(10)), [5], [5]]


def test_a_call_that_fails_is_reported_by_the_first_record_it_had() -> None:
    bus = Bus(set(), ClientError({"Error": {"Code": "InternalException"}}, "PutEvents"))

    failed = relayed(bus, *([event(n)] for n in range(12)))

    assert failed == ["110"]


def test_a_row_that_says_several_events_is_published_whole_and_in_order() -> None:
    bus = Bus()

    relayed(bus, [event(1), event(2)], [event(3)])

    assert bus.numbers() == [[1, 2, 3]]
