"""Puts the events of an outbox on the bus. Nothing else calls PutEvents."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from functions.kit.breaker import Breakers
from functions.kit.envelope import Detail, encoded
from functions.kit.errors import EventRefused, PublishingFailed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAXIMUM_ENTRIES = 10
MAXIMUM_BYTES = 1_000_000
"""Limits of one PutEvents call: 10 entries and 1 MB in all (EventBridge User Guide, "Event size")."""

TRANSIENT = ("InternalFailure", "ThrottlingException", "InternalException")
"""The codes of entries that may be taken another time. With any other EventBridge refuses an entry for good (Amazon
EventBridge API Reference, PutEventsResultEntry; the third is of the service's common errors)."""

BUS = "EventBridge"
Entry = dict[str, Any]


class Publisher:
    """Publishes as one service on one bus. Its client is made at the first event: not every invocation needs one."""

    def __init__(self, bus: Callable[[], EventBridgeClient], bus_name: str, service: str, breakers: Breakers) -> None:
        self._bus = bus
        self._bus_name = bus_name
        self._service = service
        self._breakers = breakers

    def publish(self, outbox: str) -> None:
        """Put all events of an outbox on the bus, some of them perhaps once more.

        Raises PublishingFailed when some were not taken this time, EventRefused when one never will be, with their
        types, ids and codes, and BreakerOpen. The others of the outbox are published all the same.
        """
        stored = json.loads(outbox)
        refused: list[str] = []
        for chunk in chunks([(event, self._entry(event, stored["trace_header"])) for event in stored["events"]]):
            refused += self._put(chunk)
        if refused:
            raise EventRefused(f"the bus {self._bus_name} refused {', '.join(refused)}")

    def _put(self, chunk: list[tuple[Detail, Entry]]) -> list[str]:
        """Call PutEvents, which answers 200 with failed entries inside (Amazon EventBridge API Reference, PutEvents).

        Returns what it refused. Raises PublishingFailed when there is something that it may take another time: for
        the breaker the bus is down when it took nothing at all.
        """
        self._breakers.ask(BUS)
        with self._breakers.calling(BUS):
            answer = self._client.put_events(Entries=[entry for _, entry in chunk])  # type: ignore[misc]
            codes = [result.get("ErrorCode") for result in answer["Entries"]]
            if all(code in TRANSIENT for code in codes):
                raise _failed(codes)
        if any(code in TRANSIENT for code in codes):
            raise _failed(codes)
        return [
            f"{event['type']} {event['event_id']} by {code}"
            for (event, _), code in zip(chunk, codes, strict=True)
            if code is not None
        ]

    def _entry(self, detail: Detail, trace_header: str) -> Entry:
        entry = {
            "EventBusName": self._bus_name,
            "Source": self._service,
            "DetailType": detail["type"],
            "Detail": encoded(detail),
        }
        return entry | {"TraceHeader": trace_header} if trace_header else entry

    @cached_property
    def _client(self) -> EventBridgeClient:
        return self._bus()


def _failed(codes: list[str | None]) -> PublishingFailed:
    failed = sorted(code for code in codes if code is not None)
    return PublishingFailed(f"{len(failed)} of {len(codes)} events were not taken: {', '.join(dict.fromkeys(failed))}")


def chunks(events: list[tuple[Detail, Entry]]) -> Iterator[list[tuple[Detail, Entry]]]:
    """Cut events with their entries into runs that one PutEvents call takes, keeping their order."""
    chunk: list[tuple[Detail, Entry]] = []
    size = 0
    for event, entry in events:
        bytes_of_entry = entry_bytes(entry)
        if chunk and (len(chunk) == MAXIMUM_ENTRIES or size + bytes_of_entry > MAXIMUM_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((event, entry))
        size += bytes_of_entry
    if chunk:
        yield chunk


def entry_bytes(entry: Entry) -> int:
    """Return what an entry counts towards the size limit, in bytes (EventBridge User Guide, "Calculating size")."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
