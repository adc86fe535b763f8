"""What must hold of a workflow at rest, as far as its events and rows tell: the simulator's invariants, by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.verify.workflow import AtRest
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.buses import Accepted
from ensemble.simulator.invariants import events_by_id, hops, left_in_rows, unanswered_by, unheard
from ensemble.simulator.row_items import handled
from ensemble.trace.known import Drop
from functions.kit.envelope import derived_id
from functions.kit.inbox import place_of
from functions.kit.model import TIMER, Reaction, Workflow

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
    """A workflow, with what it is judged by. `drops`: what was dropped of it."""

    at_rest: AtRest
    account: AwsAccount
    application: Application
    declared: Declared
    drops: Sequence[Drop] = ()

    def asked_of(self, service: str) -> dict[str, tuple[Accepted, Mapping[str, Any]]]:
        """Return the events that a service has to handle, if it hears them, by their ids: not what was dropped."""
        gone = {drop.event_id for drop in self.drops if drop.service == service}
        return {id: one for id, one in events_by_id(self.account).items() if id not in gone}


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


def ends_in_time(one: Judged) -> Iterator[str]:
    """A workflow that a service promises the end of ends in time."""
    for reaction, name, key, promise in _promised(one):
        ended, began = _ended(one, name, key, promise), set(reaction.publishes) - set(reaction.refusals)
        ours = (event for event in one.at_rest.events if event.source == name)
        causes = {str(event.whole["causation_id"]) for event in ours if event.type in began}
        for event in one.at_rest.events:
            if event.type != reaction.event or event.id not in causes:
                continue
            value, until = str(event.detail.get(key)), datetime.fromisoformat(event.whole["timestamp"]) + promise.within
            if not ended[value] and until.timestamp() < one.account.world.now:
                yield f"{value} was to end within {promise.within}, and has not ended"


def ends_once(one: Judged) -> Iterator[str]:
    """It ends once."""
    for _, name, key, promise in _promised(one):
        for value, times in _ended(one, name, key, promise).items():
            if times > 1:
                yield f"{value} has ended {times} times: {', '.join(_types(one, name, key, value, promise.ends))}"


def _promised(one: Judged) -> Iterator[tuple[Reaction, str, str, Workflow]]:
    """Yield the reaction that each promised workflow begins with, its service, what finds the row, and the promise."""
    for starts, (name, promise) in one.declared.promises.items():
        service = one.application.services[name]
        (reaction,) = [reaction for reaction in service.reactions if reaction.event == starts]
        yield reaction, name, service.key_of(reaction), promise


def _ended(one: Judged, service: str, key: str, promise: Workflow) -> Counter[str]:
    events = (event for event in one.at_rest.events if event.source == service and event.type in promise.ends)
    return Counter(str(event.detail.get(key)) for event in events)


def _types(one: Judged, service: str, key: str, value: str, ends: tuple[str, ...]) -> Iterator[str]:
    for event in one.at_rest.events:
        if event.source == service and event.type in ends and event.detail.get(key) == value:
            yield event.type


def alike(one: Judged) -> Iterator[str]:
    """No two events have one id."""
    for id in one.at_rest.beside:
        yield f"two events have the id {id}, and say different things"


def heard(one: Judged) -> Iterator[str]:
    """Every event is handled by everyone who hears it, but for what was dropped."""
    for service in one.application.services.values():
        if not service.stores_events:
            yield from unheard(one.account, service, one.asked_of(service.name))


def answered(one: Judged) -> Iterator[str]:
    """Every command is answered, but for what was dropped."""
    for service in one.application.services.values():
        yield from unanswered_by(service, one.account, one.application, one.asked_of(service.name))


def dropped(one: Judged) -> Iterator[str]:
    """Say of each drop that it was not handled: what was sent again all the same is no matter."""
    events = events_by_id(one.account)
    for drop in one.drops:
        service = one.application.services.get(drop.service)
        event = events.get(drop.event_id)
        if service and event and list(unheard(one.account, service, {drop.event_id: event})):
            yield f"{event[0].about} was dropped for {drop.service} by {drop.who}: {drop.why}"


INVARIANTS: Mapping[str, Callable[[Judged], Iterator[str]]] = {
    "every event is handled by everyone who hears it": heard,
    "every command is answered": answered,
    "nothing is left in a row": lambda one: left_in_rows(one.account),
    "no event makes too many hops": lambda one: hops(one.account, events_by_id(one.account)),
    "every event follows from what its service has handled": follows,
    "the cause of every event is stored": caused,
    "what a row has handled is stored": stored,
    "an id is of one event": alike,
    "a workflow ends once": ends_once,
    "a workflow ends in time": ends_in_time,
}
"""By name; the application's own promises come after them."""

IN_THE_END = ("nothing is left in a row", "a workflow ends in time")
"""What a workflow cannot keep of which a message was dropped, beside the application's promises."""

DROPPED = "a message was dropped"
"""What is no violation: a person has decided it."""


def judged(one: Judged) -> Iterator[tuple[str, str]]:
    """Yield what does not hold of a workflow, each after the name of what must hold; and what was dropped of it, with
    what follows from that, after `DROPPED`. Raises what a judgement raises at events that are not as they should be."""
    drops = list(dropped(one))
    yield from ((DROPPED, text) for text in drops)
    found = [(name, text) for name, judge in INVARIANTS.items() for text in judge(one)]
    found += one.application.judge_stage(one.account)
    for name, text in found:
        follows_from_it = drops and (name in IN_THE_END or name not in INVARIANTS)
        yield (DROPPED, f"so that {text}") if follows_from_it else (name, text)
