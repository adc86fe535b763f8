"""The envelope that every event carries in its detail: completed where it enters, written where it leaves."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1
from math import isfinite
from typing import Any
from uuid import UUID

from functions.kit import clock
from functions.kit.errors import ContractViolation
from functions.kit.model import ENVELOPE, EXTERNAL_ID, TRACEPARENT, Doors, Publication, rfc3339

NAMESPACE = UUID("6f1a4f1c-5d0a-5e0b-9f0e-2b7c7d1f4e55")
"""Names every id we derive; changing it would make all events in flight look new."""

WHOLE_ENVELOPE = frozenset(ENVELOPE)

CLOCK_SKEW_SECONDS = 3600
"""How far ahead of our clock an event may be dated."""

DEEPEST = 64
"""Lists and objects in each other, at most. What is nested deeper ends in a RecursionError somewhere."""

SURELY_FINITE = 300
"""Characters of a whole number that a double surely reaches: it ends at 1.8e308."""

IDENTITY = ("type", "event_id", "correlation_id", EXTERNAL_ID)
"""What of an event stands in every log line about it, as far as it has it."""

CAUSATION_ID = "causation_id"

LONGEST_NAME = 128
"""Characters of an id, of a correlation id, and of what a row is found by."""

PLAIN_NAME = f"1 to {LONGEST_NAME} letters, digits and ._:-"
_PLAIN_NAME = re.compile(rf"[A-Za-z0-9._:-]{{1,{LONGEST_NAME}}}")

VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(?:0|[1-9][0-9]{0,5})")
"""Versions as the names of schemas have them: ASCII digits, no leading zero."""

_TRACEPARENT = re.compile(r"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})")

Detail = dict[str, Any]


def is_plain(value: Any) -> bool:
    """Whether it can name an event, a workflow or a row: 1 to 128 letters, digits and `._:-`."""
    return isinstance(value, str) and _PLAIN_NAME.fullmatch(value) is not None


def is_version(value: Any) -> bool:
    """Whether it is `<major>.<minor>`."""
    return isinstance(value, str) and VERSION.fullmatch(value) is not None


def traceparent_parts(value: Any) -> tuple[str, str, str] | None:
    """Return trace id, parent id and flags of a `traceparent`; None for what is none (W3C Trace Context, level 1)."""
    found = _TRACEPARENT.fullmatch(value) if isinstance(value, str) else None
    return None if found is None else (found[1], found[2], found[3])


def completed(bridge_event: Mapping[str, Any], newest_version: str, doors: Doors) -> Detail:
    """Return the detail of an EventBridge event with its whole envelope.

    What comes from outside is given its identity here. What else lacks something of its envelope has it filled in: its
    id follows from EventBridge's own (the same at every redelivery), it begins a workflow and is its own cause. A
    `traceparent` that is none is left out. Raises ContractViolation when EventBridge's time, which then is the
    event's, is none, and when an id that the sender wrote is no plain name.
    """
    key = doors.get((bridge_event["source"], bridge_event["detail-type"]))
    detail = dict(bridge_event["detail"])
    if None in detail.values():  # serializers write it for what they do not have
        detail = {name: value for name, value in detail.items() if value is not None or name not in WHOLE_ENVELOPE}
    if TRACEPARENT in detail and traceparent_parts(detail[TRACEPARENT]) is None:
        del detail[TRACEPARENT]
    hops = detail.get("hops")
    if isinstance(hops, float) and hops.is_integer():  # 1.0 is 1
        detail["hops"] = int(hops)
    if key is None and detail.keys() >= WHOLE_ENVELOPE:
        return detail
    if key is not None:
        detail.pop(EXTERNAL_ID, None)
        detail |= identified(bridge_event, key)
    if "event_id" not in detail:
        detail["event_id"] = derived_id(bridge_event["id"])
    detail.setdefault("type", bridge_event["detail-type"])
    detail.setdefault("version", newest_version)
    if "timestamp" not in detail:
        detail["timestamp"] = _instant(bridge_event["time"])
    detail.setdefault("correlation_id", detail["event_id"])
    detail.setdefault("causation_id", detail["event_id"])
    detail.setdefault("hops", 0)
    return detail


def identified(bridge_event: Mapping[str, Any], key: str) -> Detail:
    """Return the identity of an event from outside, whose row the field `key` finds, as we make it.

    What its sender wrote as its id only goes into the derivation: so no sender can write the id of an event of ours,
    nor have events of two rows, or of two types, taken for one. The workflow is the one that the sender names, or else
    that of the row: all commands about one thing belong together. Raises ContractViolation.
    """
    detail, source, type = bridge_event["detail"], bridge_event["source"], bridge_event["detail-type"]
    for name in ("event_id", "correlation_id"):
        if detail.get(name) is not None and not is_plain(detail[name]):
            raise ContractViolation(f"the sender's {name} is no plain name: {PLAIN_NAME}")
    row_key = f"{key}#{detail[key]}" if key != "event_id" and is_plain(detail.get(key)) else ""
    sent = detail.get("event_id")
    event_id = derived_id("outside", source, type, row_key, sent or bridge_event["id"])
    workflow = detail.get("correlation_id") or derived_id("workflow", row_key or event_id)
    made = {"event_id": event_id, "correlation_id": workflow, "causation_id": event_id, "hops": 0}
    return made if sent is None else made | {EXTERNAL_ID: sent}


def _instant(time: Any) -> str:
    try:
        return rfc3339(datetime.fromisoformat(time))
    except (ValueError, TypeError):
        raise ContractViolation("the record's time is no instant") from None


def bridge_event_of(body: str) -> dict[str, Any]:
    """Return the EventBridge event that a queue's record holds.

    Raises ContractViolation when it holds none, or one that is nested too deep, or what is no text.
    """
    try:
        event = _decoded(body)
        kind = type(event["id"])
        are_texts = kind is type(event["source"]) is type(event["detail-type"]) is type(event["time"]) is str
        complete = are_texts and isinstance(event["detail"], dict)
    except (ValueError, TypeError, KeyError, RecursionError):
        complete = False
    if not complete:
        raise ContractViolation("the record is not an EventBridge event")
    if body.count("{") + body.count("[") > DEEPEST and _is_deeper(event, DEEPEST):
        raise ContractViolation(f"the record is nested over {DEEPEST} deep")
    if "\\u" in body and "\\ud" in body.lower() and not _is_unicode(event):
        raise ContractViolation("the record holds a half of a surrogate pair, which is no character")
    return dict(event)


def identity(detail: Mapping[str, Any], *keys: str) -> dict[str, str]:
    """Return by which type, ids and fields named by `keys` an event is found in the log.

    One that is no plain name is left out.

    The event may be one that was refused: what stands in the place of its id may then be anything, a person's too.
    """
    return {name: detail[name] for name in (*IDENTITY, *keys) if is_plain(detail.get(name))}


def detail_in(body: str, doors: Doors) -> Detail:
    """Return the detail of the event that a queue's record holds, unchecked; nothing when it holds none."""
    try:
        bridge_event = bridge_event_of(body)
    except ContractViolation:
        return {}
    return unchecked(bridge_event, doors)


def unchecked(bridge_event: Mapping[str, Any], doors: Doors) -> Detail:
    """Return the detail of an EventBridge event as it came, with what there is of an envelope.

    One from outside that cannot be given an identity has none but what its sender wrote.
    """
    try:
        return completed(bridge_event, "", doors)
    except ContractViolation:
        sent = bridge_event["detail"]
        return {**sent, "type": bridge_event["detail-type"], EXTERNAL_ID: sent.get("event_id"), "event_id": None}


def identity_in(body: str, doors: Doors) -> dict[str, str]:
    """Return by which type and ids the event of a queue's record is found in the log."""
    return identity(detail_in(body, doors))


def _finite(text: str) -> float:
    """Read a number. Raises ValueError for what JSON cannot write again: infinity, and what is too large."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _whole(text: str) -> int:
    """Read a whole number. Raises ValueError for one that no double reaches, as it does for 1e400."""
    if len(text) > SURELY_FINITE:
        _finite(text)
    return int(text)


# Made once: `json.loads` with any option makes a decoder at each call.
_decoded = json.JSONDecoder(parse_float=_finite, parse_int=_whole, parse_constant=_finite).decode


def _is_deeper(value: Any, most: int) -> bool:
    """Whether more lists and objects than so many lie in each other."""
    level = [value]
    for _ in range(most):
        holders = [one.values() if isinstance(one, dict) else one for one in level if isinstance(one, dict | list)]
        level = [inner for holder in holders for inner in holder]
    return any(isinstance(one, dict | list) for one in level)


def _is_unicode(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def check(bridge_event: Mapping[str, Any], detail: Mapping[str, Any], hop_limit: int) -> None:
    """Raise ContractViolation when the envelope cannot be relied on, or the event made too many hops.

    The type must be the bus's, on which the publisher's permission and the subscription were decided.
    """
    if detail["type"] != bridge_event["detail-type"]:
        raise ContractViolation("the envelope's type is not the detail-type that the bus saw")
    for name in ("event_id", "correlation_id", "causation_id"):
        if not is_plain(detail[name]):
            raise ContractViolation(f"the envelope's {name} is no plain name: {PLAIN_NAME}")
    for name in ("version", "timestamp"):
        if not isinstance(detail[name], str) or not detail[name]:
            raise ContractViolation(f"the envelope's {name} is not a text")
    if not _is_instant(detail["timestamp"]):
        raise ContractViolation("the envelope's timestamp is not an instant of the past, with an offset")
    if type(detail["hops"]) is not int or detail["hops"] < 0:
        raise ContractViolation("the envelope's hops are no whole number from 0 on")
    if detail["hops"] > hop_limit:
        raise ContractViolation(f"{detail['type']} has over {hop_limit} hops: the events go in a circle")


def _is_instant(text: str) -> bool:
    try:
        instant = datetime.fromisoformat(text)
        return instant.tzinfo is not None and instant.timestamp() < clock.now() + CLOCK_SKEW_SECONDS
    except (ValueError, OverflowError):
        return False


def derived_id(*parts: str) -> str:
    """Return the id that always follows from these parts, so that a retry makes the same one.

    None but the last may hold a "/". The first says what it is the id of, so that no two kinds meet. It is a UUID of
    version 5 (RFC 9562, 5.5), written here without the objects of `uuid`, since each event takes several.
    """
    name = "/".join(parts).encode()
    digits = sha1(NAMESPACE.bytes + name, usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"


def caused(
    cause: Mapping[str, Any],
    publication: Publication,
    *,
    service: str,
    row_key: str,
    version: str,
    correlation_id: str,
    timestamp: str,
    ordinal: int,
) -> Detail:
    """Return the detail of an event published because of `cause`.

    `ordinal` counts the events of the same type in one decision, from 0.
    """
    return {
        "event_id": derived_id("caused", cause["event_id"], service, row_key, publication.type, str(ordinal)),
        "type": publication.type,
        "version": version,
        "timestamp": timestamp,
        "correlation_id": correlation_id,
        "causation_id": cause["event_id"],
        "hops": cause["hops"] + 1,
        **publication.fields,
    }


def _plain(value: Any) -> dict[str, Any]:
    """Return a dataclass inside a state as a dictionary. Raises TypeError for anything else."""
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"a {type(value).__name__} cannot be stored")
    return dataclasses.asdict(value)


# Made once: `json.dumps` with any option makes an encoder at each call. To look for what holds itself costs a third.
_encoded = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain, check_circular=False
).encode


def encoded(value: Any) -> str:
    """Return a value as JSON: compact and in Unicode. Raises ValueError for an infinite number and for what holds
    itself, TypeError for what JSON does not know."""
    try:
        return _encoded(value)
    except RecursionError:
        raise ValueError("it holds itself, or is nested too deep") from None
