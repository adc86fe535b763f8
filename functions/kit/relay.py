"""The relay function of a service: puts on the bus what is in the outbox of its rows. Nothing else calls PutEvents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.kit.envelope import encoded
from functions.kit.errors import PublishingFailed
from functions.kit.settings import RelaySettings
from functions.kit.telemetry import count, described, logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAXIMUM_ENTRIES = 10
MAXIMUM_BYTES = 1_000_000
"""Limits of one PutEvents call: 10 entries and 1 MB in all (EventBridge User Guide, "Event size")."""

ATTEMPTS = 3
Entry = dict[str, Any]


class Relay:
    """Publishes stream records in order, in as few calls as the limits allow, given an EventBridge client."""

    def __init__(self, client: EventBridgeClient, settings: RelaySettings) -> None:
        self._client = client
        self._settings = settings

    def handle(self, stream_event: dict[str, Any]) -> dict[str, Any]:
        """Publish the outbox of each record; report the first record that has something unpublished.

        The stream delivers again from that record on (Lambda Developer Guide, "Configuring partial batch
        response with DynamoDB"), so what comes after it is not published now.
        """
        outbox = list(self._entries(stream_event["Records"]))
        for chunk in chunks(outbox):
            try:
                self._publish([entry for _, entry in chunk])
            except PublishingFailed as failure:
                first = chunk[failure.position][0]
                logger.error("PublishingFailed", extra={"reason": str(failure), "sequence_number": first})
                count("PublishingFailed")
                return {"batchItemFailures": [{"itemIdentifier": first}]}
        count("EventPublished", len(outbox))
        return {"batchItemFailures": []}

    def _entries(self, records: list[dict[str, Any]]) -> Iterator[tuple[str, Entry]]:
        """Yield each entry with the sequence number of the record whose outbox it is in."""
        for record in records:
            stream = record["dynamodb"]
            outbox = json.loads(stream["NewImage"]["outbox"]["S"])
            for detail in outbox["events"]:
                yield stream["SequenceNumber"], self._entry(detail, outbox["trace_header"])

    def _entry(self, detail: dict[str, Any], trace_header: str) -> Entry:
        entry = {
            "EventBusName": self._settings.event_bus_name,
            "Source": self._settings.service,
            "DetailType": detail["type"],
            "Detail": encoded(detail),
        }
        return entry | {"TraceHeader": trace_header} if trace_header else entry

    def _publish(self, entries: list[Entry]) -> None:
        """Put entries, and again those alone that failed. Raises PublishingFailed when some fail at every attempt."""
        pending = list(range(len(entries)))
        for _ in range(ATTEMPTS):
            results = self._put([entries[position] for position in pending], pending[0])
            pending, codes = _failed(pending, results)
            if not pending:
                return
        raise PublishingFailed(pending[0], f"{len(pending)} of {len(entries)} entries failed: {', '.join(codes)}")

    def _put(self, entries: list[Entry], position: int) -> list[dict[str, Any]]:
        """Call PutEvents, which answers 200 with failed entries inside (EventBridge API reference, PutEvents)."""
        try:
            return self._client.put_events(Entries=entries)["Entries"]  # type: ignore[arg-type, return-value]
        except (ClientError, BotoCoreError) as error:
            raise PublishingFailed(position, described(error)) from error


def _failed(positions: list[int], results: list[dict[str, Any]]) -> tuple[list[int], list[str]]:
    """Return the positions of the entries that failed, and the error codes they failed with."""
    failed = [(at, result["ErrorCode"]) for at, result in zip(positions, results, strict=True) if "ErrorCode" in result]
    return [position for position, _ in failed], sorted({code for _, code in failed})


def chunks(outbox: list[tuple[str, Entry]]) -> Iterator[list[tuple[str, Entry]]]:
    """Cut entries into runs that one PutEvents call takes, keeping their order."""
    chunk: list[tuple[str, Entry]] = []
    size = 0
    for number, entry in outbox:
        bytes_of_entry = entry_bytes(entry)
        if chunk and (len(chunk) == MAXIMUM_ENTRIES or size + bytes_of_entry > MAXIMUM_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append((number, entry))
        size += bytes_of_entry
    if chunk:
        yield chunk


def entry_bytes(entry: Entry) -> int:
    """Return what an entry counts towards the size limit, in bytes (EventBridge User Guide, "Calculating size")."""
    return sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
