"""What must hold of any application at rest: nothing lost, nothing without its cause, nothing left over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ensemble.contracts.kinds import commands_of
from ensemble.simulator.account import MINUTE, AwsAccount, is_of_timers
from ensemble.simulator.application import Application
from ensemble.simulator.buses import Accepted
from ensemble.simulator.coverage import NOTHING
from ensemble.simulator.dead_letters import is_unhandleable
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.faults import Fault
from ensemble.simulator.row_items import handled, is_row, outboxes, said
from ensemble.simulator.stored import Place, place_in_store, stored, stored_by_version_0_2
from ensemble.simulator.topology import FunctionSpec
from functions.kit.aws.retries import ATTEMPTS
from functions.kit.inbox import place_of
from functions.kit.model import EVERY_EVENT, TIMER, Reaction, Service
from functions.kit.saga import Saga

CALLS_AT_FIRST = 32
"""How often a service may call what is down before it is known to be: twice by each of 12 workers, and now and then one
of them dies with what it knew. A client asks `ATTEMPTS` times a call."""


def broken(account: AwsAccount, application: Application) -> Iterator[str]:
    """Yield what does not hold."""
    events = events_by_id(account)
    yield from _left_over(account)
    yield from _said(account, events)
    yield from left_in_rows(account)
    for service in application.services.values():
        if service.name in account.world.absent:
            continue
        yield from (_unstored if service.stores_events else unheard)(account, service, events)
    yield from unanswered(account, application, events)
    yield from hops(account, events)
    yield from _replayed(account, application)
    yield from _called_in_vain(account)


def events_by_id(account: AwsAccount) -> dict[str, tuple[Accepted, Mapping[str, Any]]]:
    """Return each event on the bus with its whole envelope, by the id that services know it by."""
    return {event.whole["event_id"]: (event, event.whole) for event in account.buses.accepted}


def _left_over(account: AwsAccount) -> Iterator[str]:
    for queue in account.queues.all.values():
        for message in queue.messages.values():
            if queue.mapping is not None:
                yield f"{message.key} is still in its queue"
            elif not message.reason:
                yield f"{message.key} is dead-lettered without a reason"
            elif not is_unhandleable(message.about, message.reason):
                yield f"{message.key} cannot be handled: {message.reason}"
    for record in account.streams.waiting:
        yield f"{record.about} is still in its stream"
    for table, record in account.streams.unpublished:
        yield f"{record.about} of {table} is not published"


def _said(account: AwsAccount, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]) -> Iterator[str]:
    """What a commit says is on the bus, and is caused by the event that this very commit handled."""
    types = {event.place: event.type for event, _ in events.values()}
    for table, before, after in account.commits:
        if not is_row(after):
            continue
        service, said_now = table.rpartition("-")[2], said(before, after)
        handled_now = sorted(handled(after) - handled(before))
        for place in handled_now:
            cause = types.get(place, TIMER)
            for published in [event["type"] for event in said_now] or [NOTHING]:
                account.reached[service, cause, published] += 1
        for event in said_now:
            if event["event_id"] not in events:
                yield f"{event['type']} was said by {after['pk']['S']} of {table} and never published"
            elif place_of(event["causation_id"]) not in handled_now:
                yield f"{event['type']} of {after['pk']['S']} has a cause that its commit did not handle"


def left_in_rows(account: AwsAccount) -> Iterator[str]:
    """No row wants to be woken any more; and as long as nothing goes wrong none keeps what it has published."""
    for name, table in account.dynamodb.tables.items():
        for key, item in table.items.items():
            if _is_due(item, account.world.now):
                yield f"{key} of {name} is still due since {item['index_position']['S']}"
            if outboxes(item) and not account.world.faults:
                yield f"{key} of {name} still has what it has published"


def _is_due(item: Item, now: float) -> bool:
    if not is_of_timers(item.get("index_partition", {}).get("S", "")):
        return False
    return datetime.fromisoformat(item["index_position"]["S"]).timestamp() < now


def unheard(
    account: AwsAccount, service: Service, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]
) -> Iterator[str]:
    """Every event is among those that the row of each service hearing it has handled, if it may not be forgotten."""
    for event, _ in never_handled(account, service, events):
        yield f"{event.about} was never handled by {service.name}"


def never_handled(
    account: AwsAccount, service: Service, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]
) -> Iterator[tuple[Accepted, str]]:
    """Yield each event that a service hears and its row has not handled, with the key of that row."""
    reactions = _reactions(service)
    items = account.table_of(service.name).items
    remembered = account.world.now - _memory(account, service.name)
    for event, detail in events.values():
        reaction = reactions.get(event.type)
        if reaction is None or datetime.fromisoformat(event.time).timestamp() < remembered:
            continue
        key = f"{service.key_of(reaction)}#{detail[service.key_of(reaction)]}"
        if event.place not in handled(items.get(key)):
            yield event, key


def unanswered(
    account: AwsAccount, application: Application, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]
) -> Iterator[str]:
    """Every command that the bus took is answered by an event of its service."""
    for service in application.services.values():
        yield from unanswered_by(service, account, application, events)


def unanswered_by(
    service: Service,
    account: AwsAccount,
    application: Application,
    events: Mapping[str, tuple[Accepted, Mapping[str, Any]]],
) -> Iterator[str]:
    """A service answers every command to it, unless nobody can handle that. Sent again with the same id it has the
    answer that it got at first. A step of a saga and its undo may have one answer between them. Version 0.2.0 left
    commands without one."""
    world = account.world
    if service.name in world.topology.earlier or service.name in world.absent:
        return
    given_up = {
        message.about
        for queue in account.queues.all.values()
        for message in queue.messages.values()
        if queue.mapping is None
    }
    answered = {(event.source, event.whole["causation_id"]) for event, _ in events.values()}
    commands = commands_of(service, application.services.values(), application.schemas)
    for event, detail in events.values():
        is_asked = event.type in commands and event.about not in given_up
        if is_asked and (service.name, detail["event_id"]) not in answered:
            asking = application.services.get(event.source)
            if not (isinstance(asking, Saga) and _is_answered_otherwise(asking, detail, events)):
                yield f"{event.about} is never answered by {service.name}"


def _is_answered_otherwise(
    saga: Saga, command: Mapping[str, Any], events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]
) -> bool:
    """Whether a command of a saga was overtaken by its undo, or an undo by a refusal: one answer serves both."""
    key = saga.table.key
    said = {event.type for event, detail in events.values() if detail.get(key) == command[key]}
    for step in saga.table.steps:
        if command["type"] in (step.command, step.undo):
            return not said.isdisjoint((step.undone,) if command["type"] == step.command else step.refused)
    return False


def _memory(account: AwsAccount, service: str) -> float:
    """Return for how many seconds a service remembers which events it handled."""
    return float(_function_of(account, service).variables.get("ID_MEMORY_SECONDS", "inf"))


def _function_of(account: AwsAccount, service: str) -> FunctionSpec:
    """Return the function of a service."""
    functions = account.world.topology.functions.values()
    (function,) = [one for one in functions if one.service == service and not one.is_relay]
    return function


def _unstored(
    account: AwsAccount, service: Service, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]
) -> Iterator[str]:
    """All that the bus took is stored as it was there, under its workflow and by its time, as the service knows it, and
    each content once."""
    items, function = account.table_of(service.name).items, _function_of(account, service.name)
    if function.is_earlier:
        yield from _unstored_by_version_0_2(account, items, function)
        return
    found, sent = stored(items.values()), defaultdict[Place, list[Any]](list)
    for event in account.buses.accepted:
        place = place_in_store(event.known_by(function.doors))
        if event.detail not in sent[place]:
            sent[place].append(event.detail)
        if place not in found:
            yield f"{event.about} is not stored under its workflow, by its time"
        elif event.detail not in found[place]:
            yield f"{event.about} is not stored as it was on the bus"
    for place in found:
        if len(found[place]) > len(sent[place]):
            yield f"{len(found[place])} events are stored at {place[1]} as {place[2]}, of {len(sent[place])} on the bus"


def _unstored_by_version_0_2(account: AwsAccount, items: Mapping[str, Item], function: FunctionSpec) -> Iterator[str]:
    """It stored an event with its whole envelope, by its id, and the last of those that share one."""
    sent = defaultdict[str, list[Any]](list)
    for event in account.buses.accepted:
        detail = event.known_by(function.doors)
        sent[detail["event_id"]].append(detail)
    for event_id, details in sent.items():
        if stored_by_version_0_2(items, event_id) not in details:
            yield f"{details[0]['type']} {event_id} is not stored as it was on the bus"


def _reactions(service: Service) -> dict[str, Reaction]:
    return {reaction.event: reaction for reaction in service.subscriptions}


def hops(account: AwsAccount, events: Mapping[str, tuple[Accepted, Mapping[str, Any]]]) -> Iterator[str]:
    functions = account.world.topology.functions.values()
    limit = min(int(one.variables["HOP_LIMIT"]) for one in functions if not one.is_relay)
    for event, detail in events.values():
        if detail["hops"] > limit:
            yield f"{event.about} made {detail['hops']} hops"


def _replayed(account: AwsAccount, application: Application) -> Iterator[str]:
    """Only who opted in hears replayed events."""
    topology = account.world.topology
    for queue, type in sorted(account.buses.replayed):
        service = application.services[topology.functions[topology.mappings[queue].function].service]
        reactions = _reactions(service)
        if not reactions[EVERY_EVENT if service.stores_events else type].replay:
            yield f"{service.name} is given a replayed {type}, and did not opt in"


def _called_in_vain(account: AwsAccount) -> Iterator[str]:
    """What is down is called a few times, and then once a minute by each service. Version 0.2.0 had no breaker."""
    world = account.world
    earlier = world.topology.earlier
    for (fault, system, service), instants in world.vain.items():
        if service in earlier:
            continue
        for start, end in world.windows(fault, system):
            calls = sum(start <= instant < end for instant in instants)
            allowed = CALLS_AT_FIRST + (end - start) / MINUTE
            if fault is Fault.BUS_DOWN:
                allowed *= ATTEMPTS
            if calls > allowed:
                yield f"{service} calls the {system} {calls} times while it is down for {end - start:.0f} s"
