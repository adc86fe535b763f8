"""EventBridge: buses that take events, keep them in archives and send them to the targets of the rules that match."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.entries import Entry, EntryRefused, Event, check_request, envelope, instant, parsed_detail, rfc3339
from ensemble.aws.errors import AwsError, DeliveryRefused
from ensemble.aws.keys import KmsKeys
from ensemble.aws.policies import Statement, allows
from ensemble.aws.rules import MOST_REMEMBERED, Rule, head_of
from ensemble.laptop.archives import Archive, Replay, check_replay
from ensemble.laptop.delivery import Courier, Delivery
from ensemble.laptop.engine import HOP_SECONDS, Appointment, Engine
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.roles import Roles

MAXIMUM_UNHEARD = 1_000

EVENTBRIDGE = "events.amazonaws.com"
CONTEXT = "kms:encryptioncontext:aws:events:event-bus:arn"
"""The condition key of what EventBridge encrypts (Amazon EventBridge User Guide, "Event bus encryption context")."""

Listener = Callable[[str, Event], None]


@dataclass(eq=False)
class Bus:
    """An event bus with its rules, its archives and its policy's statements.

    `key`: the ARN of the key that encrypts it. `dead_letter_arn`: the queue for what that key cannot encrypt.
    """

    name: str
    arn: str
    rules: list[Rule] = field(default_factory=list)
    archives: list[Archive] = field(default_factory=list)
    policy: list[Statement] = field(default_factory=list)
    key: str = ""
    dead_letter_arn: str | None = None
    _by_kind: dict[tuple[str, str, int], list[Rule]] = field(default_factory=dict)

    def rules_of(self, event: Event) -> list[Rule]:
        """Return the rules whose patterns may match an event, by its source and its type. Rules come, and none goes."""
        kind = event["source"], event["detail-type"], len(self.rules)
        if kind not in self._by_kind:
            if len(self._by_kind) >= MOST_REMEMBERED:
                self._by_kind.clear()
            patterns = [(rule, rule.pattern) for rule in self.rules]
            self._by_kind[kind] = [rule for rule, pattern in patterns if pattern and pattern.may_take(*kind[:2])]
        return self._by_kind[kind]


class Buses:
    """All buses of an account; `default` is always there. `accepted` is called with each event that a bus takes."""

    def __init__(
        self, account: Account, engine: Engine, identifiers: Identifiers, courier: Courier, roles: Roles, keys: KmsKeys
    ) -> None:
        self._account = account
        self._engine = engine
        self._identifiers = identifiers
        self._courier = courier
        self._roles, self._keys = roles, keys
        self._buses: dict[str, Bus] = {}
        self._ticks: dict[str, Appointment] = {}
        self.replays: dict[str, Replay] = {}
        self.accepted: Listener = lambda _bus, _event: None
        self.unheard: deque[tuple[str, Event]] = deque(maxlen=MAXIMUM_UNHEARD)
        self.add("default")

    def add(self, name: str) -> Bus:
        """Make a bus."""
        bus = Bus(name, self._account.arn("events", f"event-bus/{name}"))
        self._buses[name] = bus
        return bus

    def find(self, name_or_arn: str) -> Bus | None:
        """Return a bus by its name or its ARN."""
        by_arn = (bus for bus in self._buses.values() if bus.arn == name_or_arn)
        return self._buses.get(name_or_arn) or next(by_arn, None)

    @property
    def all(self) -> list[Bus]:
        """All buses."""
        return list(self._buses.values())

    def put_events(self, entries: Any) -> dict[str, Any]:
        """Answer PutEvents. Raises AwsError when the whole request is refused.

        One difference from AWS: an entry for a bus that does not exist fails. AWS answers that it succeeded
        and the event is gone.
        """
        check_request(entries)
        checked = [self._checked(entry) for entry in entries]
        results = [
            {"ErrorCode": found.code, "ErrorMessage": found.message}
            if isinstance(found, EntryRefused)
            else self._put(*found, entry)
            for entry, found in zip(entries, checked, strict=True)
        ]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    def _checked(self, entry: Entry) -> tuple[Bus, dict[str, Any]] | EntryRefused:
        """Return an entry's bus and detail, or why it is refused; nothing is accepted before all are checked."""
        name = entry.get("EventBusName") or "default"
        bus = self.find(name)
        try:
            if bus is None:
                reason = f"Event bus {name} does not exist."
                raise EntryRefused("InvalidArgument", f"Parameter EventBusName is not valid. Reason: {reason}")
            return bus, parsed_detail(entry)
        except EntryRefused as refusal:
            return refusal

    def _put(self, bus: Bus, detail: dict[str, Any], entry: Entry) -> dict[str, str]:
        event_id = self._identifiers.uuid()
        now = self._engine.clock.now()
        event = envelope(event_id, entry, detail, self._account.account_id, self._account.region, now)
        self._accept(bus, event, entry.get("TraceHeader"))
        return {"EventId": event_id}

    def _accept(self, bus: Bus, event: Event, trace_header: str | None, only: Collection[str] | None = None) -> None:
        """Take an event on a bus: archive it and send it to the matching rules (of `only` these ARNs, if given)."""
        try:
            self._keys.refuse(bus.key, EVENTBRIDGE, bus.arn, {CONTEXT: [bus.arn]})
        except DeliveryRefused as refusal:
            self._courier.keep(bus.dead_letter_arn, bus.arn, event, refusal)
            return
        head = head_of(event)
        now = self._engine.clock.now()
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        for archive in bus.archives:
            archive.offer(event, head, body, now)
        is_heard = "replay-name" in event
        for rule in bus.rules_of(event):
            if (only is None or rule.arn in only) and rule.takes(event, head):
                is_heard = is_heard or rule.names_types
                for target in rule.targets:
                    self._courier.send(rule, target, event, rule.payload(target, event, body, now), trace_header)
        if not is_heard:
            self.unheard.append((bus.name, event))
        self.accepted(bus.name, event)

    def accept_from_bus(self, bus: Bus, delivery: Delivery) -> None:
        """Take on a bus what a rule of another bus sends, if the target's role or the bus's policy lets it."""
        self._refuse_unpermitted(bus, delivery)
        self._accept(bus, delivery.event, delivery.trace_header)

    def _refuse_unpermitted(self, bus: Bus, delivery: Delivery) -> None:
        """Raise DeliveryRefused for what neither the target's role nor, where it has none, the bus's policy permits."""
        role, event = delivery.target.role_arn, delivery.event
        keys = {"events:source": [event["source"]], "events:detail-type": [event["detail-type"]]}
        if role is not None:
            if not self._roles.permit(role, "events:PutEvents", bus.arn, keys):
                raise DeliveryRefused("NO_PERMISSIONS", f"{role} does not let {delivery.rule.arn} put on {bus.arn}")
        elif not allows(
            bus.policy,
            service=EVENTBRIDGE,
            action="events:PutEvents",
            resource=bus.arn,
            source_arn=delivery.rule.arn,
            account_id=self._account.account_id,
            keys=keys,
        ):
            reason = f"the target has no role, and the policy of {bus.arn} does not let {delivery.rule.arn} in"
            raise DeliveryRefused("NO_PERMISSIONS", reason)

    def start_schedule(self, rule: Rule) -> None:
        """Run a rule whenever its schedule is due from now on, in the background."""
        self._run_after(self._engine.clock.now(), rule)

    def _run_after(self, instant: float, rule: Rule) -> None:
        due = None if rule.schedule is None else rule.schedule.after(instant)
        if due is not None:
            self._run_at(due, rule)

    def _run_at(self, instant: float, rule: Rule) -> None:
        def run() -> None:
            self._run_after(self._engine.clock.now(), rule)
            if not rule.is_enabled:
                return
            event, now = self._scheduled_event(rule), self._engine.clock.now()
            body = json.dumps(event, separators=(",", ":"))
            for target in rule.targets:
                self._courier.send(rule, target, event, rule.payload(target, event, body, now), None)

        self._ticks[rule.arn] = self._engine.at(instant, run, in_background=True)

    @property
    def schedules(self) -> dict[str, float]:
        """When each rule with a schedule runs next, by its ARN."""
        return {arn: tick.due for arn, tick in self._ticks.items()}

    def hasten_schedules(self, instants: Mapping[str, float]) -> None:
        """Let rules with a schedule run at these instants, by ARN, where they would run later."""
        for rule in (rule for bus in self.all for rule in bus.rules):
            tick, instant = self._ticks.get(rule.arn), instants.get(rule.arn)
            if tick is not None and instant is not None and instant < tick.due:
                self._engine.cancel(tick)
                self._run_at(instant, rule)

    def _scheduled_event(self, rule: Rule) -> Event:
        return {
            "version": "0",
            "id": self._identifiers.uuid(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account.account_id,
            "time": rfc3339(self._engine.clock.now()),
            "region": self._account.region,
            "resources": [rule.arn],
            "detail": {},
        }

    def start_replay(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer StartReplay: the archived events of a span of time come again to their bus, with `replay-name`.

        Each gets a new `id`, as nothing says that AWS keeps it. Raises AwsError.
        """
        name, archive_arn, destination = request["ReplayName"], request["EventSourceArn"], request["Destination"]
        _, archive = self._archive(archive_arn)
        start, end = instant(request["EventStartTime"]), instant(request["EventEndTime"])
        check_replay(archive, destination, start, end)
        if name in self.replays:
            raise AwsError("ResourceAlreadyExistsException", f"Replay {name} already exists.")
        now = self._engine.clock.now()
        replay = Replay(name, self._account.arn("events", f"replay/{name}"), archive.arn, destination, start, end, now)
        self.resume_replay(replay)
        return {"ReplayArn": replay.arn, "State": replay.state, "ReplayStartTime": now}

    def resume_replay(self, replay: Replay) -> None:
        """Begin a replay, unless it was made already. Raises AwsError when its archive is not there."""
        self.replays[replay.name] = replay
        if replay.ended_at is None:
            bus, archive = self._archive(replay.archive_arn)
            self._engine.after(HOP_SECONDS, lambda: self._replay(bus, archive, replay))

    def replay(self, name: str) -> Replay:
        """Return a replay. Raises AwsError."""
        if name not in self.replays:
            raise AwsError("ResourceNotFoundException", f"Replay {name} does not exist.")
        return self.replays[name]

    def cancel_replay(self, name: str) -> dict[str, Any]:
        """Answer CancelReplay: a replay that has not begun will not. Raises AwsError."""
        replay = self.replay(name)
        if replay.ended_at is not None:
            reason = f"Replay {name} is not in a valid state for this operation."
            raise AwsError("IllegalStatusException", reason)
        replay.state, replay.ended_at = "CANCELLED", self._engine.clock.now()
        return {"ReplayArn": replay.arn, "State": replay.state}

    def _archive(self, arn: str) -> tuple[Bus, Archive]:
        for bus in self._buses.values():
            for archive in bus.archives:
                if archive.arn == arn:
                    return bus, archive
        raise AwsError("ResourceNotFoundException", f"Archive {arn} does not exist.")

    def _replay(self, bus: Bus, archive: Archive, replay: Replay) -> None:
        if replay.ended_at is not None:  # it was cancelled
            return
        only = replay.destination.get("FilterArns") or None
        for event in archive.between(replay.start, replay.end, self._engine.clock.now()):
            again = {"version": event["version"], "id": self._identifiers.uuid(), "replay-name": replay.name}
            self._accept(bus, again | {name: event[name] for name in event if name not in again}, None, only)
            replay.last_replayed = instant(event["time"])
        replay.state, replay.ended_at = "COMPLETED", self._engine.clock.now()
