"""EventBridge: buses with rules, an archive, and targets that get each event at least once, in no order."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ensemble.aws.entries import check_request
from ensemble.aws.errors import AwsError
from ensemble.simulator.answers import Refused
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.queues import DAYS, Queues
from ensemble.simulator.steps import Taken
from ensemble.simulator.topology import RuleSpec
from ensemble.simulator.world import Action, World, instant
from functions.kit.envelope import completed
from functions.kit.inbox import place_of
from functions.kit.model import Doors

SLOWEST = 2.0
"""Seconds that a delivery takes at most when nothing is wrong."""

EVENTBRIDGE = "EventBridge"
"""What all functions call that publish."""

RETRYABLE = ("InternalFailure", "ThrottlingException")
FOR_GOOD = (
    "AccessDeniedException",
    "InvalidArgument",
    "MalformedDetail",
    "NotAuthorizedForSourceException",
    "NotAuthorizedForDetailTypeException",
)
"""Codes of entries: those that pass, and those that do not (EventBridge API reference, PutEventsResultEntry)."""

ERROR_CODE = "ERROR_CODE"
"""The message attribute in which EventBridge says why it dead-letters (its User Guide, "Dead-letter queues")."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An event that a bus took: `id` is the envelope's, made unique; `detail` is what was published.

    `whole`: the detail as services open it, with the identity that they give it. `place`: under what inboxes have it.
    """

    id: str
    bus: str
    source: str
    type: str
    time: str
    detail: dict[str, Any]
    detail_text: str
    whole: dict[str, Any]
    place: str
    replay: str | None = None

    @property
    def about(self) -> str:
        """The event in words that no other has."""
        return f"{self.type} {self.id}"

    def known_by(self, doors: Doors) -> dict[str, Any]:
        """Return the detail as a service opens it that has these doors."""
        return opened(self.id, self.source, self.type, self.time, self.detail, doors)

    @property
    def is_from_outside(self) -> bool:
        """Whether no service published it."""
        return bool(self.whole["causation_id"] == self.whole["event_id"])

    def body(self) -> str:
        """Return the event as a target gets it (EventBridge User Guide, "AWS service event metadata")."""
        replay = "" if self.replay is None else f'"replay-name":{json.dumps(self.replay)},'
        return (
            f'{{"version":"0","id":"{self.id}",{replay}"detail-type":"{self.type}","source":"{self.source}",'
            f'"account":"000000000000","time":"{self.time}","region":"eu-west-1","resources":[],'
            f'"detail":{self.detail_text}}}'
        )


def opened(id: str, source: str, type: str, time: str, detail: dict[str, Any], doors: Doors) -> dict[str, Any]:
    """Return the detail of an event on a bus with its whole envelope, as a service opens it that has these doors."""
    return completed({"id": id, "source": source, "detail-type": type, "time": time, "detail": detail}, "1.0", doors)


def event_id(event: Accepted) -> str:
    """Return the id that services know an event by."""
    return str(event.whole["event_id"])


class Buses:
    """All buses. `accepted` holds every event that one of them took, replays apart.

    `replayed`: which queues were given replayed events, with the events' types. `awaited`: what is to be done as soon
    as an event of a type is first accepted.
    """

    def __init__(self, world: World, queues: Queues) -> None:
        self._world, self._queues = world, queues
        self._rules = world.topology.rules
        self._matching = world.topology.matching
        self._absent = frozenset(
            queue
            for queue, mapping in world.topology.mappings.items()
            if world.topology.functions[mapping.function].service in world.absent
        )
        self.puts: dict[str, int] = {}
        self.accepted: list[Accepted] = []
        self.archive: list[tuple[float, Accepted]] = []
        self.replayed: set[tuple[str, str]] = set()
        self.awaited: dict[str, tuple[Action, ...]] = {}

    def put_events(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer PutEvents of a function. Raises Refused."""
        world, results, entries = self._world, [], request["Entries"]
        plan = active.plan
        if plan is not None and plan.fault is Fault.ENTRIES_FAILED and plan.after and active.struck:
            world.striker.cut_off(active, "between two tries to publish")
        _fit(entries)
        outage = self._outage(active)
        for position, entry in enumerate(entries):
            context = {"events:source": entry["Source"], "events:detail-type": entry["DetailType"]}
            world.permit(active, "events:PutEvents", world.topology.buses.get(entry["EventBusName"], ""), context)
            code = outage or self._refuses(active, position) or self._refuses_for_good(active, entry)
            results.append({"ErrorCode": code, "ErrorMessage": "no"} if code else {"EventId": self.put(entry)})
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def _outage(self, active: Invocation) -> str:
        """Return the code that every entry fails with while EventBridge is down. Raises Refused: of the whole call."""
        world = self._world
        if not world.in_window(Fault.BUS_DOWN, EVENTBRIDGE):
            return ""
        world.hit(f"{active.function.service} {'relay ' if active.function.is_relay else ''}publish", Fault.BUS_DOWN)
        world.called_in_vain(Fault.BUS_DOWN, EVENTBRIDGE, active)
        how, code, _, _ = world.chance.draws(f"outage {active.key} {active.calls}")
        if how < 0.5:
            raise Refused("InternalException" if code < 0.5 else "ThrottlingException")
        return RETRYABLE[int(code * 2)]

    def _refuses(self, active: Invocation, position: int) -> str:
        """Return the code that an entry fails with this once, if it does."""
        return RETRYABLE[0] if self._world.striker.fails(active, Fault.ENTRIES_FAILED, position, "publish") else ""

    def _refuses_for_good(self, active: Invocation, entry: Mapping[str, Any]) -> str:
        """Return the code by which an event is refused until somebody mends the cause, if it is."""
        world = self._world
        if active.function.is_relay or world.profile.rates.get(Fault.ENTRY_REFUSED) is None:
            return ""
        detail = json.loads(entry["Detail"])
        id = str(detail["event_id"])
        if not world.afflicts(Fault.ENTRY_REFUSED, id):
            return ""
        world.refused_of[active.function.service, detail["causation_id"]] += 1
        world.hit(f"{active.function.service} publish", Fault.ENTRY_REFUSED)
        return world.chance.one_of(f"code of {id}", FOR_GOOD)

    def put(self, entry: Mapping[str, Any]) -> str:
        """Take an event on its bus; return its id."""
        world = self._world
        detail = json.loads(entry["Detail"])
        base = detail.get("event_id") or entry["key"]
        number = self.puts[base] = self.puts.get(base, 0) + 1
        id = base if number == 1 else f"{base}#{number}"
        source, type, time = entry["Source"], entry["DetailType"], instant(world.now)
        whole = opened(id, source, type, time, detail, world.topology.doors)
        place = place_of(whole["event_id"])
        event = Accepted(id, entry["EventBusName"], source, type, time, detail, entry["Detail"], whole, place)
        if world.trace is not None:
            world.note(f"the bus takes {event.type} of {event.source} ({subject(detail)})", Taken(event))
        self.accepted.append(event)
        if event.bus in world.topology.archived:
            self.archive.append((world.now, event))
        self._send(event)
        if self.awaited:
            for action in self.awaited.pop(event.type, ()):
                world.at(world.now, action)
        return id

    def replay(self, name: str, start: float, end: float) -> None:
        """Send the archived events of a span of time again, to the rules that take replayed ones."""
        events = [event for time, event in self.archive if start <= time < end]
        self._world.note(f"the archive is replayed: {len(events)} events, as {name}")
        for event in events:
            self._send(replace(event, id=f"{event.id}~{name}", replay=name))

    def _send(self, event: Accepted) -> None:
        rules = self._rules_for(event)
        if rules:
            body = event.body()
            for rule in rules:
                if rule.target_name not in self._absent:
                    self._deliver_to(rule, event, body)

    def _rules_for(self, event: Accepted) -> list[RuleSpec]:
        """Return the rules that take the event; asked once for all events of the same source and type."""
        head = (event.bus, event.source, event.type, event.replay is not None)
        if head not in self._matching:
            account = self._world.topology.buses[event.bus].split(":")[4]
            sample = {"account": account, "source": event.source, "detail-type": event.type, "detail": event.detail}
            if event.replay is not None:
                sample["replay-name"] = event.replay
            rules = self._rules.get(event.bus, [])
            self._matching[head] = [
                one for one in rules if one.pattern is not None and one.pattern.takes(sample, sample)
            ]
        return self._matching[head]

    def _deliver_to(self, rule: RuleSpec, event: Accepted, body: str) -> None:
        world, key = self._world, f"{event.about} to {rule.name}"
        delay = 0.05
        if world.profile.rates:
            much, late, _, how_late = world.chance.draws(f"delivery {key}")
            delay += much * much * SLOWEST
            rate = world.profile.rates.get(Fault.DELIVERED_LATE)
            if rate is not None and late < rate and world.strikes(Fault.DELIVERED_LATE, key):
                world.hit("bus", Fault.DELIVERED_LATE, key)
                delay = 1.0 * (DAYS / 2) ** how_late
                world.trouble_until(world.now + delay)
        world.at(world.now + delay, lambda: self._hand_over(rule, event, body))
        if world.strikes(Fault.DELIVERED_TWICE, key):
            world.hit("bus", Fault.DELIVERED_TWICE, key)
            again = world.chance.spread(f"again {key}", 0.01, DAYS / 4)
            world.at(world.now + again, lambda: self._hand_over(rule, event, body))

    def _hand_over(self, rule: RuleSpec, event: Accepted, body: str) -> None:
        """Give an event to a rule's target, or to its dead-letter queue when the target never takes it."""
        world = self._world
        for fault in (Fault.TARGET_FORBIDDEN, Fault.TARGET_MISSING):
            if world.in_window(fault, rule.name):
                world.hit("bus", fault, event.about)
                self._dead_letter(rule, event, body, str(fault))
                return
        if rule.refusal is not None:
            self._dead_letter(rule, event, body, rule.refusal)
            return
        kind, _, name = rule.target.split(":", 5)[5].rpartition("/")
        if kind == "event-bus":
            self._send(replace(event, bus=name))
        else:
            if event.replay is not None:
                self.replayed.add((name, event.type))
            self._queues.send(name, event.about, body)

    def _dead_letter(self, rule: RuleSpec, event: Accepted, body: str, reason: str) -> None:
        if rule.dead_letter_queue is None or rule.last_refusal is not None:
            why = rule.last_refusal or "it has no dead-letter queue"
            self._world.violate(f"{event.about} is lost: the target of {rule.name} refused it, and {why}")
            return
        attributes = {ERROR_CODE: {"DataType": "String", "StringValue": reason}}
        self._queues.send(rule.dead_letter_queue, event.about, body, reason=reason, attributes=attributes)
        self._world.note(f"{event.about} is undelivered to {rule.name}: {reason}")


def _fit(entries: Sequence[Mapping[str, Any]]) -> None:
    """Raise Refused when AWS refuses the whole request."""
    try:
        check_request(entries)
    except AwsError as refusal:
        raise Refused(refusal.code, refusal.message) from None


def subject(detail: Mapping[str, Any]) -> str:
    """Return what an event is about: its first own field that is an id."""
    return str(next((detail[name] for name in detail if name.endswith("_id") and name not in _ENVELOPE), "?"))


_ENVELOPE = {"event_id", "correlation_id", "causation_id"}
