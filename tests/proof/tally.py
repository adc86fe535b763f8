"""A service whose rows tell what the protocol did: its state lists each event as often as it took effect.

It is loaded beside a kit without a guard, and so imports nothing but the kit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from functions.kit.contracts import Contracts
from functions.kit.model import Decision, Event, Service, on, publish


@dataclass(frozen=True)
class Tally:
    """The events that a tally is about: those that took effect, and those for which something was asked for."""

    counted: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Ask:
    """An effect: nobody outside takes notice."""

    key: str


def count(tally: Tally | None, event: Event) -> Decision:
    before = tally or Tally()
    counted = (publish("Counted", tally_id=event["tally_id"], number=number) for number in range(2))
    return Decision(replace(before, counted=[*before.counted, event.event_id]), *counted)


def ask(tally: Tally | None, event: Event) -> Decision:
    before = tally or Tally()
    asked = before.asked if event.event_id in before.asked else [*before.asked, event.event_id]
    return Decision(replace(before, asked=asked), effect=Ask(event.event_id), then=asked_and_counted)


def asked_and_counted(tally: Tally, event: Event, outcome: str) -> Decision:
    return count(tally, event)


COUNT, BEGIN, ASK = "CountOne", "BeginWithOne", "AskAndCountOne"

PLAIN = (
    on(COUNT, count, reads=("tally_id",), emits=("Counted",)),
    on(BEGIN, count, reads=("tally_id",), emits=("Counted",), begins=True),
)
ASKING = on(ASK, ask, reads=("tally_id",), emits=("Counted",), effects={Ask: str})

TALLY = Service(name="tally", key="tally_id", state=Tally, reactions=PLAIN)
"""Handles a batch together."""

ASKING_TALLY = Service(name="tally", key="tally_id", state=Tally, reactions=(*PLAIN, ASKING))
"""Handles events one by one, since one of them has an effect."""


def anything(detail: dict[str, Any]) -> None:
    """Accept it."""


EVENTS = (COUNT, BEGIN, ASK)
CONTRACTS = Contracts(
    sources=dict.fromkeys(EVENTS, "outside"),
    newest=dict.fromkeys(EVENTS, "1.0"),
    readers={(event, 1): anything for event in EVENTS},
    upcasters={},
    writers={"Counted": ("1.0", anything)},
)
