"""Compares what is said of a schedule that was cut off with what the simulator itself knows."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from ensemble.command_line.trace.declared import Declared
from ensemble.simulator.application import Application
from ensemble.simulator.dead_letters import SAME_ID
from ensemble.simulator.queues import Message
from ensemble.simulator.topology import Topology
from ensemble.trace.standing import Cause, Standing, Why, standing_of
from ensemble.trace.waterfall import Segment, waterfall_of
from functions.kit.envelope import bridge_event_of, completed
from functions.kit.errors import ContractViolation
from functions.kit.inbox import place_of
from functions.kit.model import TIMER
from infrastructure.naming import DEAD_LETTER_SUFFIX
from tests.toolkit.trace.simulated import Stopped, is_of, reading_at, stopped_at

PROBED_WITHIN = 15.0
"""Seconds after a system is asked again within which all that waits for it is tried, as a rule."""


@dataclass(frozen=True)
class Waiting:
    """A message about an event, or a timer, that its service has not handled."""

    service: str
    event_id: str
    queue: str
    message: Message
    is_timer: bool

    @property
    def is_dead(self) -> bool:
        return self.queue.endswith(DEAD_LETTER_SUFFIX)


def moment(seed: int) -> float:
    """Return after how many seconds a seed is cut off: within seconds, minutes, hours or a day."""
    random = Random(seed)
    return random.uniform(0, random.choice([20, 600, 7_200, 86_400]))


def waiting(stopped: Stopped, declared: Declared, field: str, key: str) -> Iterator[Waiting]:
    """Yield what the simulator knows to be unhandled of a key, but for what is to be stored."""
    stores = {one.name for one in declared.event_stores}
    for queue, service in declared.fed.items():
        for name in (queue, queue + DEAD_LETTER_SUFFIX) if service not in stores else ():
            for message in stopped.queues.living(name):
                yield from _unhandled(stopped, declared, field, key, service, name, message)


def _unhandled(
    stopped: Stopped, declared: Declared, field: str, key: str, service: str, queue: str, message: Message
) -> Iterator[Waiting]:
    try:
        event = bridge_event_of(message.body)
    except ContractViolation:  # poison, which is of no workflow
        return
    if event["detail"].get(field) != key:
        return
    is_timer = event["detail-type"] == TIMER
    detail = event["detail"] if is_timer else completed(event, "1.0", declared.doors)
    item = stopped.account.dynamodb.tables[declared.tables[service]].items.get(f"{field}#{key}", {})
    if is_timer:
        is_done = item.get("index_position", {"S": "9"})["S"] > detail["due_at"]
    else:
        place, outboxes = place_of(detail["event_id"]), item.get("unpublished", {}).get("M", {})
        is_done = place in item.get("inbox", {}).get("M", {}) and detail["event_id"] not in outboxes
    if not is_done or SAME_ID in message.reason:
        yield Waiting(service, detail["event_id"], queue, message, is_timer)


def wrong_of(stopped: Stopped, declared: Declared, field: str, key: str, counts: Counter[str]) -> Iterator[str]:
    """Yield what is said wrongly of a key, or not said; count what is said rightly."""
    found: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    for one in waiting(stopped, declared, field, key):
        found[one.service, TIMER if one.is_timer else one.event_id].append(one)
    reading = reading_at(stopped, declared)
    known = reading.known(key)
    if known is None:
        unsaid = {one.queue for ones in found.values() for one in ones} - reading.at_the_doors().keys()
        counts["its queue, of what nothing else knows"] += bool(found)
        if unsaid:
            yield f"{key} is not known, and a message is in {unsaid}"
        return
    standing = standing_of(known)
    for (service, id), ones in found.items():
        yield from _wrong_of_one(stopped, standing, service, id, ones, counts)
    for why in standing.why:
        yield from _wrongly_said(stopped, why, found, counts)
    yield from _wrong_parts(waterfall_of(standing.steps, known), counts)


def _wrong_parts(segments: Iterable[Segment], counts: Counter[str]) -> Iterator[str]:
    """Yield each part of a hop that does not begin where the one before it ended."""
    ends: dict[tuple[str, str, str], float] = {}
    for one in segments:
        hop = one.event.name, one.service, one.row
        counts["the parts of a hop"] += 1
        if one.end <= one.begin or one.begin != ends.get(hop, one.begin):
            yield f"the parts of a hop do not follow each other: {one}"
        ends[hop] = one.end


def _wrong_of_one(
    stopped: Stopped, standing: Standing, service: str, id: str, ones: list[Waiting], counts: Counter[str]
) -> Iterator[str]:
    whys = [
        why
        for why in standing.why
        if why.service == service and (why.event.event_id if why.event is not None else TIMER) == id
    ]
    where = {one.queue for one in ones}
    if not whys and any(why.cause is Cause.STORE for why in standing.why):
        counts["that something is missing, as no store has it"] += 1
    elif not whys and id not in standing.steps.events and not _is_caused(ones[0]):
        counts["(nothing can be: a command that no store has yet)"] += 1
    elif not any(why.queue in where for why in whys):
        yield f"{service} has not handled {ones[0].message.about}, which is in {where}: {[why.text for why in whys]}"
    else:
        why = next(why for why in whys if why.queue in where)
        counts[f"the place: {why.cause}"] += 1
        if why.cause in (Cause.MESSAGE, Cause.OUTBOX):
            yield from _wrong_next(stopped, why, [one for one in ones if one.queue == why.queue], counts)


def _wrong_next(stopped: Stopped, why: Why, ones: list[Waiting], counts: Counter[str]) -> Iterator[str]:
    """Yield when it is tried before the time that is said is over, and is not."""
    now = stopped.account.world.now
    latest = now + (why.next_within or 0.0)
    probed = latest if why.next_at is None else why.next_at + PROBED_WITHIN
    until = max(latest, probed)
    next_try = min(stopped.queues.visible_at[one.message.key] for one in ones)
    if why.next_at is not None:
        counts["within seconds of the probe"] += next_try <= probed
    counts["the next try"] += next_try <= until + 0.001
    if next_try > until + 0.001:
        yield f"it is tried in {next_try - now:.0f} s, and said: {why.text}"


def _wrongly_said(
    stopped: Stopped, why: Why, found: dict[tuple[str, str], list[Waiting]], counts: Counter[str]
) -> Iterator[str]:
    """Yield a message or a dead letter that is named and is not there, though EventBridge has delivered it."""
    if why.cause not in (Cause.MESSAGE, Cause.DEAD_LETTER) or why.event is None:
        return
    event, doors = why.event, stopped.account.world.topology.doors
    is_there = any(is_of(one.body, event, doors) for one in stopped.queues.living(why.queue))
    is_delivered = any(queue == why.queue and is_of(body, event, doors) for queue, body in stopped.queues.ever)
    counts["(a message in a queue that EventBridge has not brought there yet)"] += not is_there and not is_delivered
    if is_delivered and not is_there and (why.service, why.event.event_id) not in found:
        yield f"it is not there: {why.text}"


def _is_caused(one: Waiting) -> bool:
    """Whether a service has published it."""
    detail = bridge_event_of(one.message.body)["detail"]
    return "causation_id" in detail and detail["causation_id"] != detail.get("event_id")


def wrong_in(
    seeds: Iterable[int], application: Application, topology: Topology, declared: Declared, field: str
) -> tuple[list[str], Counter[str]]:
    """Return what is said wrongly of these seeds, each cut off at its moment, and what is said rightly, how often.

    `field`: what finds the rows.
    """
    counts, wrong = Counter[str](), list[str]()
    for seed in seeds:
        stopped = stopped_at(moment(seed), seed, application, topology, field)
        for key in stopped.keys:
            wrong += [f"seed {seed}: {one}" for one in wrong_of(stopped, declared, field, key, counts)]
    return wrong, counts
