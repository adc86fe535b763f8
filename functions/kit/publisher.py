"""Puts the events of outboxes on the bus, in as few calls as the limits allow. Nothing else calls PutEvents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from functions.kit.breaker import Breakers
from functions.kit.envelope import Detail, encoded
from functions.kit.errors import EventRefused, Kind, PublicationRefused, PublishingFailed
from functions.kit.faults import kind_of
from functions.kit.model import TRACEPARENT
from functions.kit.reactor import Outbox
from functions.kit.traces import trace_of_header

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAXIMUM_ENTRIES = 10
MAXIMUM_BYTES = 1_000_000
"""Limits of one PutEvents call: 10 entries and 1 MB in all (EventBridge User Guide, "Event size")."""

TRANSIENT = ("InternalFailure", "ThrottlingException", "InternalException")
"""The codes of entries that may be taken another time. With any other EventBridge refuses an entry for good (Amazon
EventBridge API Reference, PutEventsResultEntry; the third is of the service's common errors)."""

PASSING = (Kind.OUTAGE, Kind.NOT_YET)
"""The kinds of faults after which another time may do."""

BUS = "EventBridge"
Entry = dict[str, Any]


class Publisher:
    """Publishes as one service on one bus, given an EventBridge client."""

    def __init__(self, client: EventBridgeClient, bus_name: str, service: str, breakers: Breakers) -> None:
        self._client = client
        self._bus_name = bus_name
        self._service = service
        self._breakers = breakers

    def publish(self, outboxes: Sequence[Outbox]) -> list[Exception | None]:
        """Put all events of these outboxes on the bus, some of them perhaps once more; return what each outbox met.

        PublishingFailed: the bus may take the rest another time. EventRefused: it never will, with types, ids and
        codes. PublicationRefused: the outbox cannot be read. BreakerOpen, and what the client raised. None: all of it
        is on the bus. What one outbox meets holds up no other.
        """
        faults: list[Exception | None] = [None] * len(outboxes)
        entries: list[tuple[int, Detail, Entry]] = []
        for number, outbox in enumerate(outboxes):
            try:
                entries += [(number, *one) for one in self._entries(outbox)]
            except Exception as error:  # whatever is in it, the others go out
                faults[number] = PublicationRefused(f"an outbox cannot be read: {type(error).__name__}")
        for chunk in chunks(entries):
            self._put(chunk, faults)
        return faults

    def _put(self, chunk: list[tuple[int, Detail, Entry]], faults: list[Exception | None]) -> None:
        """Put a chunk; note in `faults` what its outboxes met. If the call as such is refused, they go one by one."""
        numbers = sorted({number for number, _, _ in chunk})
        try:
            codes = self._call([entry for _, _, entry in chunk])
        except Exception as fault:
            if len(numbers) > 1 and kind_of(fault) not in PASSING:
                for alone in numbers:
                    self._put([one for one in chunk if one[0] == alone], faults)
                return
            for number in numbers:
                faults[number] = _of_both(faults[number], fault)
            return
        for number in numbers:
            of_one = [(event, code) for (at, event, _), code in zip(chunk, codes, strict=True) if at == number]
            faults[number] = _of_both(faults[number], _fault(of_one))

    def _call(self, entries: list[Entry]) -> list[str | None]:
        """Call PutEvents, which answers 200 with failed entries inside (Amazon EventBridge API Reference, PutEvents).

        Returns the entries' codes. Raises PublishingFailed when it took nothing: then the bus is down for the breaker.
        """
        self._breakers.ask(BUS)
        with self._breakers.calling(BUS):
            answer = self._client.put_events(Entries=entries)  # type: ignore[arg-type]
            codes = [result.get("ErrorCode") for result in answer["Entries"]]
            if all(code in TRANSIENT for code in codes):
                raise PublishingFailed(f"the bus took none of {len(codes)} events: {', '.join(_distinct(codes))}")
        return codes

    def _entries(self, outbox: Outbox) -> list[tuple[Detail, Entry]]:
        stored = outbox.stored
        of_the_row = {"causation_id": outbox.cause, "correlation_id": outbox.correlation_id}
        header = stored["trace_header"]
        if header and (trace := trace_of_header(header)) and trace.parent:
            of_the_row[TRACEPARENT] = trace.traceparent
        events = [of_the_row | event for event in stored["events"]]
        entries = [(event, self._entry(event, header)) for event in events]
        for _, entry in entries:
            entry_bytes(entry)  # raises for half a surrogate pair, which would fail the whole call
        return entries

    def _entry(self, detail: Detail, trace_header: str) -> Entry:
        entry = {
            "EventBusName": self._bus_name,
            "Source": self._service,
            "DetailType": detail["type"],
            "Detail": encoded(detail),
        }
        return entry | {"TraceHeader": trace_header} if trace_header else entry


def _of_both(before: Exception | None, fault: Exception | None) -> Exception | None:
    """Return what an outbox met that took two calls: what may go out later is not parked with what never does."""
    if before is None or (fault is not None and kind_of(fault) in PASSING):
        return fault
    return before


def _fault(of_one: list[tuple[Detail, str | None]]) -> Exception | None:
    """Return what an outbox met, by the codes of its events."""
    codes = [code for _, code in of_one]
    if any(code in TRANSIENT for code in codes):
        failed = ", ".join(_distinct(code for code in codes if code in TRANSIENT))
        return PublishingFailed(f"the bus did not take all of {len(codes)} events: {failed}")
    refused = [f"{event['type']} {event['event_id']} by {code}" for event, code in of_one if code is not None]
    return EventRefused(f"the bus refused {', '.join(refused)}") if refused else None


def _distinct(codes: Iterable[str | None]) -> list[str]:
    return sorted({str(code) for code in codes})


def chunks(events: Iterable[tuple[int, Detail, Entry]]) -> Iterator[list[tuple[int, Detail, Entry]]]:
    """Cut the events of outboxes into runs that one PutEvents call takes, keeping their order."""
    chunk: list[tuple[int, Detail, Entry]] = []
    size = 0
    for one in events:
        bytes_of_entry = entry_bytes(one[2])
        if chunk and (len(chunk) == MAXIMUM_ENTRIES or size + bytes_of_entry > MAXIMUM_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(one)
        size += bytes_of_entry
    if chunk:
        yield chunk


def entry_bytes(entry: Entry) -> int:
    """Return what an entry counts towards the size limit, in bytes (EventBridge User Guide, "Calculating size")."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
