"""The envelope that every event carries in its detail: completed where it enters, written where it leaves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from functions.shared.errors import ContractViolation
from functions.shared.model import Publication

NAMESPACE = UUID("6f1a4f1c-5d0a-5e0b-9f0e-2b7c7d1f4e55")
"""Names every id we derive; changing it would make all events in flight look new."""

Detail = dict[str, Any]


def completed(bridge_event: Mapping[str, Any], newest_version: str) -> Detail:
    """Return the detail of an EventBridge event with its whole envelope.

    What a person who puts a command by hand leaves out is filled in: the id follows from EventBridge's
    own (the same at every redelivery), and the command begins a workflow and is its own cause.
    """
    detail = dict(bridge_event["detail"])
    detail.setdefault("event_id", str(uuid5(NAMESPACE, bridge_event["id"])))
    detail.setdefault("type", bridge_event["detail-type"])
    detail.setdefault("version", newest_version)
    detail.setdefault("timestamp", bridge_event["time"])
    detail.setdefault("correlation_id", detail["event_id"])
    detail.setdefault("causation_id", detail["event_id"])
    detail.setdefault("hops", 0)
    return detail


def bridge_event_of(body: str) -> dict[str, Any]:
    """Return the EventBridge event that a queue's record holds. Raises ContractViolation when it holds none."""
    try:
        event = json.loads(body)
        complete = {"id", "source", "detail-type", "time"} <= event.keys() and isinstance(event["detail"], dict)
    except (ValueError, AttributeError, KeyError):
        complete = False
    if not complete:
        raise ContractViolation("the record is not an EventBridge event")
    return dict(event)


def check(detail: Mapping[str, Any], hop_limit: int) -> None:
    """Raise ContractViolation when the envelope cannot be relied on, or the event made too many hops."""
    for name in ("event_id", "type", "version", "timestamp", "correlation_id", "causation_id"):
        if not isinstance(detail[name], str) or not detail[name]:
            raise ContractViolation(f"the envelope's {name} is not a text")
    if not _is_instant(detail["timestamp"]):
        raise ContractViolation("the envelope's timestamp is not an instant with an offset")
    if type(detail["hops"]) is not int or detail["hops"] > hop_limit:
        raise ContractViolation(f"{detail['type']} has over {hop_limit} hops: the events go in a circle")


def _is_instant(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


def derived_id(*parts: str) -> str:
    """Return the id that always follows from these parts, so that a retry makes the same one."""
    return str(uuid5(NAMESPACE, "/".join(parts)))


def caused(
    cause: Mapping[str, Any],
    publication: Publication,
    *,
    service: str,
    version: str,
    correlation_id: str,
    timestamp: str,
    ordinal: int,
) -> Detail:
    """Return the detail of an event published because of `cause`.

    `ordinal` counts the events of the same type in one decision, from 0.
    """
    return {
        "event_id": derived_id(cause["event_id"], service, publication.type, str(ordinal)),
        "type": publication.type,
        "version": version,
        "timestamp": timestamp,
        "correlation_id": correlation_id,
        "causation_id": cause["event_id"],
        "hops": cause["hops"] + 1,
        **publication.fields,
    }
