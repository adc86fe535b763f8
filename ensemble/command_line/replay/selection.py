"""What of the stored events is replayed, and to whom: what the declarations say of who opted in."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage.stored_events import StoredEvent
from ensemble.contracts.doors import all_doors
from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Doors, Service


@dataclass(frozen=True, slots=True)
class Selection:
    """`heard`: the services that are given an event, by source and type. `doors`: what comes from outside."""

    heard: dict[tuple[str, str], tuple[str, ...]]
    doors: Doors

    @classmethod
    def of(
        cls, services: Sequence[Service], schemas: Schemas, wanted: Collection[str] = (), types: Collection[str] = ()
    ) -> Selection:
        """Return what of it these services and types are about; none: all. Raises UsageRefused for a service that did
        not opt in, and for an event that nobody who did hears."""
        opted = {one.name for one in services if any(reaction.replay for reaction in one.reactions)}
        for name in wanted:
            if name not in {one.name for one in services}:
                raise UsageRefused(f"there is no service {name!r}")
            if name not in opted:
                raise UsageRefused(
                    f"{name} did not opt in to replays, so its rules refuse them. Who did: {_listed(opted)}. Fix: "
                    "replay=True at the reactions that may hear an event again, and deploy"
                )
        heard = _heard(services, schemas)
        chosen = {
            key: names
            for key, names in heard.items()
            if (not types or key[1] in types) and (not wanted or {*names} & {*wanted})
        }
        for type in types:
            if type not in {key[1] for key in chosen}:
                raise UsageRefused(f"no reaction to {type} opted in to replays. Who hears what: {_told(heard)}")
        if not chosen:
            raise UsageRefused("no reaction opted in to replays. Fix: replay=True at those that may hear events again")
        return cls(chosen, all_doors(services, schemas))

    def takes(self, event: StoredEvent) -> bool:
        """Whether an event is replayed."""
        return (event.body.get("source"), event.type) in self.heard and isinstance(event.body.get("detail"), dict)

    def consumers(self, event: StoredEvent) -> tuple[str, ...]:
        """Return who is given it."""
        return self.heard[event.body["source"], event.type]

    def entry(self, event: StoredEvent, bus: str) -> dict[str, Any]:
        """Return what is put on the replay bus: the event, with the id by which those who handled it know it."""
        body, detail = event.body, dict(event.body["detail"])
        if detail.get("event_id") is None:  # EventBridge gives it another id of its own, and ours followed from that
            is_outside = (body["source"], event.type) in self.doors
            detail["event_id"] = body["id"] if is_outside else event.event_id
        return {
            "EventBusName": bus,
            "Source": body["source"],
            "DetailType": event.type,
            "Time": datetime.fromisoformat(event.time),
            "Resources": body.get("resources", []),
            "Detail": json.dumps(detail, ensure_ascii=False, separators=(",", ":")),
        }


def _heard(services: Sequence[Service], schemas: Schemas) -> dict[tuple[str, str], tuple[str, ...]]:
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for service in services:
        for reaction in service.subscriptions:
            if reaction.replay and reaction.event != EVERY_EVENT:
                key = schemas.publishers[reaction.event], reaction.event
                found[key] = (*found.get(key, ()), service.name)
    return found


def _told(heard: dict[tuple[str, str], tuple[str, ...]]) -> str:
    return "; ".join(f"{type}: {', '.join(names)}" for (_, type), names in sorted(heard.items())) or "nobody, nothing"


def _listed(names: Collection[str]) -> str:
    return ", ".join(sorted(names)) or "none"
