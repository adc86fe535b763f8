"""What must hold of a workflow at rest, as far as its events and rows tell: the simulator's invariants, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.verify.walk import Dropped
from ensemble.command_line.verify.workflow import AtRest
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.buses import Accepted
from ensemble.simulator.invariants import events_by_id, hops, left_in_rows, unanswered_by, unheard
from ensemble.simulator.row_items import handled
from functions.kit.envelope import derived_id
from functions.kit.inbox import place_of
from functions.kit.model import TIMER

MOST_OF_A_TYPE = 20
"""So many events of one type that one decision may publish are looked for."""

NOT_JUDGED: Mapping[str, str] = {
    "what every single write changes": "a row is seen as it is now, and not each write to it",
    "what systems outside have done": "the stage does not tell what a provider was asked",
    "what waits in queues": "to receive a message would be a delivery",
    "who hears replayed events": "no table notes that an event was replayed",
    "how often what is down is called": "no table counts calls",
    "that each event of the bus is stored": "the bus keeps no list; what a row has handled and no store has is told",
}
"""What the simulator judges and a deployed stage does not tell, each with why."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A workflow, with what it is judged by. `dropped`: what no service has to handle any more."""

    at_rest: AtRest
    account: AwsAccount
    application: Application
    declared: Declared
    dropped: Dropped

    def asked_of(self, service: str) -> dict[str, tuple[Accepted, Mapping[str, Any]]]:
        """Return the events that a service has to handle, if it hears them, by their ids."""
        return {id: one for id, one in events_by_id(self.account).items() if (service, id) not in self.dropped}


def follows(one: Judged) -> Iterator[str]:
    """What a service publishes is caused by an event that it has handled, and has the id that follows from that."""
    services = one.application.services
    for event in one.at_rest.events:
        rows = one.at_rest.rows.get(event.source, {})
        if event.source not in services or event.is_from_outside:
            continue
        cause = str(event.whole["causation_id"])
        if not any(place_of(cause) in handled(row) for row in rows.values()):
            yield f"{event.about} is published by {event.source}, which has not handled its cause {cause}"
        elif not any(_follows(event.id, cause, event.source, key, event.type) for key in rows):
            yield f"{event.about} does not have the id that {event.source} gives to what {cause} causes"


def _follows(id: str, cause: str, service: str, key: str, type: str) -> bool:
    ordinals = map(str, range(MOST_OF_A_TYPE))
    return id in (derived_id("caused", cause, service, key, type, ordinal) for ordinal in ordinals)


def stored(one: Judged) -> Iterator[str]:
    """What a row of this workflow alone has handled is stored. Of rows that have timers it is not known: a timer is no
    event of the bus."""
    places = {event.place for event in one.at_rest.events}
    for name, rows in one.at_rest.rows.items():
        if any(reaction.event == TIMER for reaction in one.application.services[name].reactions):
            continue
        for key, row in rows.items():
            is_own = row.get("correlation_id", {}).get("S") == one.at_rest.workflow
            if is_own and (unknown := handled(row) - places):
                yield f"{key} of {name} has handled {len(unknown)} events that no store has"


def caused(one: Judged) -> Iterator[str]:
    """The cause of an event is stored, unless a timer may have been it."""
    ids = {event.id for event in one.at_rest.events}
    for event in one.at_rest.events:
        service = one.application.services.get(event.source)
        if service is None or event.is_from_outside or event.whole["causation_id"] in ids:
            continue
        by_timer = {type for reaction in service.reactions if reaction.event == TIMER for type in reaction.publishes}
        if event.type not in by_timer:
            yield f"{event.about} is caused by {event.whole['causation_id']}, which no store has"


def ends(one: Judged) -> Iterator[str]:
    """A workflow that a service promises the end of ends once, and in time."""
    for starts, (name, promise) in one.declared.promises.items():
        service = one.application.services[name]
        (reaction,) = [reaction for reaction in service.reactions if reaction.event == starts]
        key, began = service.key_of(reaction), set(reaction.publishes) - set(reaction.refusals)
        events = [event for event in one.at_rest.events if event.source == name]
        ended = Counter(str(event.detail.get(key)) for event in events if event.type in promise.ends)
        causes = {str(event.whole["causation_id"]) for event in events if event.type in began}
        for event in one.at_rest.events:
            value = str(event.detail.get(key))
            until = datetime.fromisoformat(event.whole["timestamp"]) + promise.within if event.type == starts else None
            if until and event.id in causes and not ended[value] and until.timestamp() < one.account.world.now:
                yield f"{value} was to end within {promise.within}, and has not ended"
        for value, times in ended.items():
            if times > 1:
                yield f"{value} has ended {times} times: {', '.join(_types(one, name, key, value, promise.ends))}"


def _types(one: Judged, service: str, key: str, value: str, ends: tuple[str, ...]) -> Iterator[str]:
    for event in one.at_rest.events:
        if event.source == service and event.type in ends and event.detail.get(key) == value:
            yield event.type


def alike(one: Judged) -> Iterator[str]:
    """No two events have one id."""
    for id in one.at_rest.beside:
        yield f"two events have the id {id}, and say different things"


def heard(one: Judged) -> Iterator[str]:
    """Every event is handled by everyone who hears it."""
    for service in one.application.services.values():
        if not service.stores_events:
            yield from unheard(one.account, service, one.asked_of(service.name))


def answered(one: Judged) -> Iterator[str]:
    """Every command is answered."""
    for service in one.application.services.values():
        yield from unanswered_by(service, one.account, one.application, one.asked_of(service.name))


INVARIANTS: Mapping[str, Callable[[Judged], Iterator[str]]] = {
    "every event is handled by everyone who hears it": heard,
    "every command is answered": answered,
    "nothing is left in a row": lambda one: left_in_rows(one.account),
    "no event makes too many hops": lambda one: hops(one.account, events_by_id(one.account)),
    "every event follows from what its service has handled": follows,
    "the cause of every event is stored": caused,
    "what a row has handled is stored": stored,
    "an id is of one event": alike,
    "a workflow ends once, and in time": ends,
}
"""By name; the application's own promises come after them."""


def judged(one: Judged) -> Iterator[tuple[str, str]]:
    """Yield what does not hold of a workflow, each after the name of what must hold. Raises what a judgement raises at
    events that are not as they should be."""
    for name, judge in INVARIANTS.items():
        for text in judge(one):
            yield name, text
    yield from one.application.judge_stage(one.account)
