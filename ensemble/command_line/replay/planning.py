"""What a replay would be: how many events each consumer gets, how long it takes, what it costs, why it is refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import StoreReading, Window
from ensemble.command_line.stage.stored_events import StoredEvent
from ensemble.meter.prices import usd
from ensemble.meter.units import Unit, Units, chunks
from functions.kit.model import Service, rfc3339


@dataclass(slots=True)
class Plan:
    """`events`: to be put. `by_consumer`: how many of which type each is given. `oldest`: when the first of them was.

    `units`: what reading and putting them is billed. `each_usd`: what a service is billed for one event, measured;
    nothing of a service that no story of the scenario reaches. `refusals`: why it must not run.
    """

    stage: str
    window: Window
    rate: float
    events: int = 0
    by_consumer: dict[str, Counter[str]] = field(default_factory=dict)
    oldest: dict[str, str] = field(default_factory=dict)
    units: Units = field(default_factory=Units)
    each_usd: Mapping[str, float] = field(default_factory=dict)
    unreadable: int = 0
    refusals: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """How long it takes at the rate."""
        return self.events / self.rate

    @property
    def usd(self) -> float:
        """What it costs, in US dollars."""
        handled = sum(types.total() * self.each_usd.get(name, 0.0) for name, types in self.by_consumer.items())
        return usd(self.units) + handled

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        return {
            "stage": self.stage,
            **self.window.as_json(),
            "ok": not self.refusals,
            "events": self.events,
            "rate": self.rate,
            "seconds": round(self.seconds, 1),
            "usd": round(self.usd, 4),
            "consumers": [
                {
                    "service": name,
                    "events": types.total(),
                    "types": dict(sorted(types.items())),
                    "oldest": self.oldest.get(name),
                    "usd_each": self.each_usd.get(name),
                }
                for name, types in sorted(self.by_consumer.items())
            ],
            "unreadable": self.unreadable,
            "refusals": self.refusals,
        }


def plan_of(stage: str, reading: StoreReading, selection: Selection, window: Window, rate: float) -> Plan:
    """Count what is stored, by one reading of the store."""
    plan = Plan(stage, window, rate)
    plan.by_consumer = {name: Counter() for names in selection.heard.values() for name in names}
    for event in filter(selection.takes, reading.events()):
        _count(plan, event, selection.consumers(event))
    plan.units[Unit.READ] = 2 * reading.read_units  # once to plan, once to run
    plan.unreadable = reading.unreadable
    return plan


def _count(plan: Plan, event: StoredEvent, consumers: Iterable[str]) -> None:
    plan.events += 1
    plan.units[Unit.EVENT] += chunks(len(str(event.body)))
    instant = event.positions[0].partition("#")[0]
    for name in consumers:
        plan.by_consumer[name][event.type] += 1
        plan.oldest[name] = min(instant, plan.oldest.get(name, instant))


def refuse_what_is_forgotten(
    plan: Plan, services: Iterable[Service], memory: Mapping[str, float], now: datetime
) -> None:
    """Note the services whose rows may not know any more that they have handled what is so old.

    `memory`: how many seconds a service remembers the id of an event, or a row that may go, as the stacks say.
    """
    for service in services:
        oldest, seconds = plan.oldest.get(service.name), memory.get(service.name)
        if oldest is None or seconds is None:
            continue
        known_since = now - timedelta(seconds=seconds)
        if datetime.fromisoformat(oldest) < known_since:
            plan.refusals.append(
                f"{service.name} remembers what it has handled for {seconds / 86_400:.0f} days, and the oldest event "
                f"is of {oldest}: it might count it a second time. Fix: --from {rfc3339(known_since)}, or "
                f"`ensemble replay rebuild {service.name}`, which begins from nothing"
            )
