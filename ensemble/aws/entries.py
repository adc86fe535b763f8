"""PutEvents' entries: which are refused and with which words, and the event that an accepted one becomes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ensemble.aws.errors import AwsError

MAXIMUM_ENTRIES = 10
MAXIMUM_BYTES = 1_048_576
MAXIMUM_DETAIL_TYPE = 128
TIME_BYTES = 14
MOST_DIGITS = 4_300
TEXTS = ("Source", "DetailType", "Detail", "EventBusName", "TraceHeader")

Entry = Mapping[str, Any]
Event = dict[str, Any]


class EntryRefused(Exception):
    """Raised for an entry that fails alone: its ErrorCode and ErrorMessage (EventBridge API, PutEventsResultEntry)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code, self.message = code, message


def check_request(entries: Any) -> None:
    """Raise AwsError when PutEvents refuses the whole request (EventBridge API, PutEvents): the size is that of all."""
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAXIMUM_ENTRIES:
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MAXIMUM_ENTRIES} and greater than or equal to 1",
        )
    for entry in entries:
        _check_members(entry)
    if sum(map(entry_bytes, entries)) > MAXIMUM_BYTES:
        raise AwsError("ValidationException", "Total size of the entries in the request is over the limit.")


def _check_members(entry: Any) -> None:
    """Raise AwsError for an entry whose members are not of their types: AWS refuses the request they are in."""
    if not isinstance(entry, Mapping):
        raise AwsError("SerializationException", f"An entry is not a structure: {entry!r}")
    texts = {name: entry[name] for name in TEXTS if entry.get(name) is not None}
    for name, value in [*texts.items(), *(("Resources", resource) for resource in entry.get("Resources") or [])]:
        if not isinstance(value, str) or (name != "Detail" and not is_unicode(value)):
            raise AwsError("SerializationException", f"{name} is not text: {value!r}")
    if entry.get("Time") is not None:
        instant(entry["Time"])


def entry_bytes(entry: Entry) -> int:
    """Return what an entry counts towards the limit (EventBridge user guide, "Calculating PutEvents entry size")."""
    texts = [entry.get(name) or "" for name in ("Source", "DetailType", "Detail")] + (entry.get("Resources") or [])
    time = TIME_BYTES if entry.get("Time") is not None else 0
    return sum(len(text.encode(errors="surrogatepass")) for text in texts) + time


def parsed_detail(entry: Entry) -> dict[str, Any]:
    """Return the entry's detail. Raises EntryRefused when the entry is not one that EventBridge accepts."""
    for name in ("Source", "DetailType", "Detail"):
        if not str(entry.get(name) or "").strip():
            raise EntryRefused(
                "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
            )
    if len(entry["DetailType"]) > MAXIMUM_DETAIL_TYPE:
        reason = f"DetailType must not be longer than {MAXIMUM_DETAIL_TYPE} characters."
        raise EntryRefused("InvalidArgument", f"Parameter DetailType is not valid. Reason: {reason}")
    if entry["Source"].startswith("aws."):
        raise EntryRefused("NotAuthorizedForSourceException", "Not authorized for the source.")
    try:
        detail = json.loads(entry["Detail"], parse_constant=refuse_constant, parse_float=exact)
        is_writable = is_unicode(json.dumps(detail, ensure_ascii=False))
    except (ValueError, RecursionError):  # not JSON, or nested too deep to be read or written
        is_writable = False
    if not is_writable or not isinstance(detail, dict):
        raise EntryRefused("MalformedDetail", "Detail is malformed.")
    return detail


def envelope(event_id: str, entry: Entry, detail: dict[str, Any], account: str, region: str, now: float) -> Event:
    """Return the event as targets get it (EventBridge user guide, "Events structure reference")."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": account,
        "time": rfc3339(now if entry.get("Time") is None else instant(entry["Time"])),
        "region": region,
        "resources": list(entry.get("Resources") or []),
        "detail": detail,
    }


def instant(time: Any) -> float:
    """Return a request's time in seconds since 1970: a number on the wire; here also a datetime or RFC 3339.

    Raises AwsError for what is no time, or one that RFC 3339 cannot write, such as milliseconds.
    """
    try:
        if isinstance(time, str):
            time = datetime.fromisoformat(time)
        if isinstance(time, datetime):
            return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()
        rfc3339(float(time))
    except (TypeError, ValueError, OverflowError, OSError) as error:
        raise AwsError("SerializationException", f"{time!r} is not a time in seconds: {error}") from error
    return float(time)


def is_unicode(text: str) -> bool:
    """Return whether the text can be written: it holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def refuse_constant(name: str) -> None:
    """Raise ValueError for NaN and Infinity, which Python would read."""
    raise ValueError(f"{name} is not JSON")


def exact(text: str) -> float | int:
    """Return a number of a JSON text; one that no double holds as the whole number that it is, since Python would write
    Infinity, which is no JSON. Raises ValueError for one of more digits than Python reads."""
    number = float(text)
    if math.isfinite(number):
        return number
    large = Decimal(text)
    if large.adjusted() >= MOST_DIGITS:
        raise ValueError(f"{text} is too large a number")
    return int(large)


def rfc3339(instant: float) -> str:
    """Write an instant as EventBridge writes an event's time: UTC, to the second."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
