"""A small service to try the kit on: lockers take parcels, and a courier is called by an effect."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from functions.kit.contracts import Contracts
from functions.kit.errors import NotYet, SchemaViolation
from functions.kit.model import Decision, Event, Service, on, on_timer, publish, unchanged


@dataclass(frozen=True)
class Locker:
    status: str
    deadline: str | None = None
    reference: str | None = None


@dataclass(frozen=True)
class CallCourier:
    key: str


def store(locker: Locker | None, event: Event) -> Decision:
    if locker is not None:
        return unchanged(locker)
    sizes: dict[str, int] = {}
    for parcel in event["parcels"]:
        sizes[f"space#{parcel['size']}"] = sizes.get(f"space#{parcel['size']}", 0) + 1
    stored = Locker("stored", deadline=event.later(timedelta(hours=1)))
    refused = Decision(Locker("refused"), publish("ParcelRefused", locker_id=event["locker_id"]))
    return Decision(stored, publish("ParcelStored", locker_id=event["locker_id"]), takes=sizes, otherwise=refused)


def call(locker: Locker | None, event: Event) -> Decision:
    if locker is None:
        raise NotYet("nothing is stored yet")
    if locker.status in ("stored", "calling"):
        return Decision(replace(locker, status="calling"), effect=CallCourier(event["locker_id"]), then=called)
    return unchanged(locker)


def called(locker: Locker, event: Event, outcome: str) -> Decision:
    done = replace(locker, status="called", reference=outcome)
    return Decision(done, publish("CourierCalled", locker_id=event["locker_id"], reference=outcome))


def add_space(receipt: Locker | None, event: Event) -> Decision:
    return Decision(Locker("added"), gives={f"space#{event['size']}": event["amount"]})


def remind(locker: Locker | None, event: Event) -> Decision:
    if locker is None or locker.status != "stored":
        return unchanged(locker)
    key = event.get("locker_id") or event["receipt_id"]
    return Decision(replace(locker, status="overdue"), publish("ParcelRefused", locker_id=key))


def break_rules(locker: Locker | None, event: Event) -> Decision:
    if event.get("number"):
        return Decision(locker, publish(event["emit"], locker_id=event["number"] * 10))
    return Decision(locker, publish(event["emit"], locker_id=event["locker_id"], extra=1))


def split(locker: Locker | None, event: Event) -> Decision:
    stored = publish("ParcelStored", locker_id=event["locker_id"])
    return Decision(Locker("split"), stored, stored)


def deadline_of(locker: Locker) -> str | None:
    return locker.deadline if locker.status == "stored" else None


LOCKER = Service(
    name="locker",
    key="locker_id",
    state=Locker,
    timer=deadline_of,
    reactions=(
        on("ParcelArrived", store, reads=("locker_id", "parcels[].size"), emits=("ParcelStored", "ParcelRefused")),
        on("CourierWanted", call, reads=("locker_id",), emits=("CourierCalled",), effects={CallCourier: str}),
        on("SpaceAdded", add_space, reads=("size", "amount"), key="receipt_id"),
        on("RuleBroken", break_rules, reads=("locker_id", "emit", "number"), emits=("ParcelStored",)),
        on("ParcelSplit", split, reads=("locker_id",), emits=("ParcelStored",)),
        on_timer(remind, emits=("ParcelRefused",)),
    ),
)


def accepts(*required: str) -> Any:
    """Return a validator that only asks for fields to be there."""

    def validate(detail: dict[str, Any]) -> None:
        for name in required:
            if name not in detail:
                raise SchemaViolation(f"data must contain {name}", detail, "data", {}, "required")

    return validate


def closed(*allowed: str) -> Any:
    """Return a validator that refuses a field that is neither of the envelope nor allowed."""
    envelope = ("event_id", "type", "version", "timestamp", "correlation_id", "causation_id", "hops")

    def validate(detail: dict[str, Any]) -> None:
        for name in detail.keys() - {*envelope, *allowed}:
            raise SchemaViolation(f"data must not contain {name}", detail, "data", {}, "additionalProperties")

    return validate


def parcels_of_one(fields: dict[str, Any]) -> dict[str, Any]:
    """Upcast an arrival of version 0.x, which could tell of one parcel only, or of a parcel of unknown size."""
    if "size" not in fields:
        return {"locker_id": fields["locker_id"]}
    return {"locker_id": fields["locker_id"], "parcels": [{"size": fields["size"]}]}


CONTRACTS = Contracts(
    sources={
        "ParcelArrived": "street",
        "CourierWanted": "street",
        "SpaceAdded": "street",
        "RuleBroken": "street",
        "ParcelSplit": "street",
    },
    newest={
        "ParcelArrived": "1.10",
        "CourierWanted": "1.0",
        "SpaceAdded": "1.0",
        "RuleBroken": "1.0",
        "ParcelSplit": "1.0",
    },
    readers={
        ("ParcelArrived", 0): accepts("locker_id"),
        ("ParcelArrived", 1): accepts("locker_id", "parcels"),
        ("CourierWanted", 1): accepts("locker_id"),
        ("SpaceAdded", 1): accepts("size", "amount"),
        ("ParcelSplit", 1): accepts("locker_id"),
        ("RuleBroken", 1): accepts("locker_id"),
    },
    upcasters={("ParcelArrived", 0): (1, parcels_of_one)},
    writers={
        "ParcelStored": ("1.0", closed("locker_id")),
        "ParcelRefused": ("1.0", closed("locker_id")),
        "CourierCalled": ("2.1", closed("locker_id", "reference")),
    },
)
