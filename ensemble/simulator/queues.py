"""SQS and the event source mappings that read it: standard queues, at least once, in no order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from types import MappingProxyType
from typing import Any

from ensemble.aws.mappings import failed_ids
from ensemble.simulator.answers import Refused
from ensemble.simulator.dead_letters import REASON, Facts, Past, is_unhandleable, unjustified, unjustified_earlier
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.steps import Routine
from ensemble.simulator.topology import MappingSpec, QueueSpec, Topology
from ensemble.simulator.world import World
from functions.kit.envelope import bridge_event_of, completed
from functions.kit.errors import ContractViolation
from functions.kit.model import Doors

GATHERING = 0.02
"""Seconds between the moment a message is visible and the moment the mapping asks for it."""

DAYS = 86_400.0

LONGEST_DELAY, LONGEST_HIDING = 900, 43_200
"""Seconds for which a message may be delayed, and hidden once it was received (SQS API reference)."""

OF_COPIES = 0.1
"""How many of the faults that double a message meet one that is a copy already."""

MOST_DEATHS, MOST_COPIES, MOST_REFUSALS = 220, 60, 200
"""How often a message may end its function before it is given up, be sent again while its reaction is mistaken, and
what it caused be refused by the bus while it is sent again.

One that waited for long before it began to do so is noticed only when its next copy is due: up to 200 receives later.
"""

LONGEST_WAIT = 600.0
"""Seconds after the last fault within which everything that waited is handled."""

TOO_OFTEN = "received too often"
"""Why a queue gives a message up; it says so in no attribute."""

MAXIMUM_BATCH, MAXIMUM_BYTES = 10, 1_048_576
"""What one call may send: so many messages, so many bytes in all (SQS Developer Guide, "Message quotas")."""

Attributes = Mapping[str, Mapping[str, str]]
NO_ATTRIBUTES: Attributes = MappingProxyType({})


class Message:
    """A message `about` an event: `lease` changes with each of its `receives`, `timer` with each hiding.

    `attributes`: the message's own, as they were sent. `reason`: why it is in a dead-letter queue. `past`: what came
    of it, and of what it is a copy of, and of all other copies of that. `copies`: how often it and what it is a copy
    of was sent again, in one line of descent. `deaths`: how often it has ended its function since that last came back.
    """

    __slots__ = (
        "about",
        "attributes",
        "body",
        "copies",
        "deaths",
        "first_received_at",
        "key",
        "lease",
        "past",
        "reason",
        "receives",
        "sent_at",
        "state",
        "timer",
    )

    def __init__(
        self,
        about: str,
        key: str,
        body: str,
        sent_at: float,
        reason: str = "",
        attributes: Attributes = NO_ATTRIBUTES,
        copied: Message | None = None,
    ) -> None:
        self.about, self.key, self.body, self.sent_at, self.reason = about, key, body, sent_at, reason
        self.receives = self.lease = self.timer = 0
        self.first_received_at = sent_at
        self.state, self.attributes = "hidden", attributes
        self.past: Past = Past(sent_at) if copied is None else copied.past
        self.copies: int = 0 if copied is None else copied.copies + 1
        self.deaths: int = 0 if copied is None else copied.deaths


@dataclass(eq=False)
class Queue:
    """A queue, with the mapping that reads it (none: it only keeps) and the messages that are visible."""

    spec: QueueSpec
    mapping: MappingSpec | None
    visible: list[Message] = field(default_factory=list)
    messages: dict[str, Message] = field(default_factory=dict)
    is_polled: bool = False


class _Used(dict[str, Queue]):
    """The queues by name, each made when it is first asked for: a schedule uses few of them."""

    def __init__(self, topology: Topology) -> None:
        super().__init__()
        self._topology = topology

    def __missing__(self, name: str) -> Queue:
        self[name] = queue = Queue(self._topology.queues[name], self._topology.mappings.get(name))
        return queue


class Queues:
    """The queues of the stage; `all` has those that were ever used.

    `delayed`: the messages that are not there yet, each with its queue.
    `unanswered`: how often a function of a service was to have a message, or a copy of it, and never said what became
    of it, by service and body.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self.all = _Used(world.topology)
        self._window = 5.0 if world.chance.draw("gathering") < 0.3 else GATHERING
        self.deliver: Callable[[str, Message], None] = self._add
        self.sent: Counter[tuple[str, str]] = Counter()
        self.unanswered: Counter[tuple[str, str]] = Counter()
        self.delayed: dict[str, tuple[str, Message]] = {}
        self.received: dict[str, Message] = {}
        self.dead_lettered: Callable[[], None] = lambda: None

    def send(
        self,
        name: str,
        about: str,
        body: str,
        *,
        reason: str = "",
        attributes: Attributes = NO_ATTRIBUTES,
        delay: float = 0.0,
        copied: Message | None = None,
    ) -> str:
        """Put a message in a queue; return its key. `about` says which event it is; a second one gets a number.

        `copied`: the message that it is a copy of.
        """
        number = self.sent[about, name] = self.sent.get((about, name), 0) + 1
        key = f"{about} in {name}" if number == 1 else f"{about} in {name} #{number}"
        queue, now = self.all[name], self._world.now
        if queue.mapping is None and not is_unhandleable(about, reason):
            self.dead_lettered()
        self._deliver_later(name, Message(about, key, body, now, reason, attributes, copied), delay)
        past = None if copied is None else copied.past
        if queue.mapping is not None and self._doubles(Fault.QUEUED_TWICE, key, past):
            self._world.hit(f"{self._service(queue)} queue", Fault.QUEUED_TWICE, key)
            self._deliver_later(name, Message(about, f"{key} (copy)", body, now, reason, attributes, copied), delay)
        return key

    def _doubles(self, fault: Fault, key: str, past: Past | None) -> bool:
        """Whether a message is doubled. A copy seldom is: it is copied itself, and their number must not explode."""
        is_copy = past is not None and past.copies > 0
        return not (is_copy and self._world.chance.draw(f"copy {key}") >= OF_COPIES) and self._world.strikes(fault, key)

    def living(self, name: str) -> Iterator[Message]:
        """Yield the messages of a queue that are not deleted, delayed ones too."""
        if name in self.all:
            yield from (message for message in self.all[name].messages.values() if message.state != "deleted")
        yield from (message for of, message in self.delayed.values() if of == name)

    def dead(self, service: str = "") -> list[Message]:
        """Return what lies in dead-letter queues, poison apart; `service`: in those of its own queues."""
        topology = self._world.topology
        owners = {name: topology.mappings.get(of) for name, of in topology.dead_letters.items()}
        return [
            message
            for name, queue in self.all.items()
            if queue.mapping is None and self._is_of(service, owners.get(name))
            for message in queue.messages.values()
            if not is_unhandleable(message.about, message.reason)
        ]

    def holds_back(self, service: str) -> bool:
        """Whether a message of the service waits: in one of its queues, for its delay, or for a person."""
        topology = self._world.topology
        own = [
            self.all[name] for name, one in topology.mappings.items() if name in self.all and self._is_of(service, one)
        ]
        return any(queue.messages for queue in own) or bool(self.delayed) or bool(self.dead(service))

    def _is_of(self, service: str, mapping: MappingSpec | None) -> bool:
        if not service:
            return True
        return mapping is not None and self._world.topology.functions[mapping.function].service == service

    def _deliver_later(self, name: str, message: Message, delay: float) -> None:
        if delay:
            self._world.at(self._world.now + delay, lambda: self.deliver(name, message))
            self.delayed[message.key] = name, message
        else:
            self.deliver(name, message)

    def _add(self, name: str, message: Message) -> None:
        queue = self.all[name]
        self.delayed.pop(message.key, None)
        queue.messages[message.key] = message
        self._show(queue, message)

    def _show(self, queue: Queue, message: Message) -> None:
        """Make a message visible."""
        message.state = "visible"
        queue.visible.append(message)
        if queue.mapping is not None and not queue.is_polled:
            queue.is_polled = True
            self._world.at(self._world.now + self._window, lambda: self._poll(queue, queue.mapping))  # type: ignore[arg-type]

    def _poll(self, queue: Queue, mapping: MappingSpec) -> None:
        """Receive a batch and invoke the function with it; whatever is left is received next."""
        world = self._world
        queue.is_polled = False
        batch, queue.visible = queue.visible[: mapping.reading.batch_size], queue.visible[mapping.reading.batch_size :]
        if queue.visible:
            queue.is_polled = True
            world.at(world.now + GATHERING, lambda: self._poll(queue, mapping))
        received = [message for message in batch if self._is_received(queue, message)]
        if received:
            self._invoke(queue, mapping, received)

    def _is_received(self, queue: Queue, message: Message) -> bool:
        """Receive a message, unless it was received too often or kept too long."""
        if message.state != "visible":
            return False
        spec = queue.spec
        if self._world.now - message.sent_at > spec.retention:
            self._world.violate(f"{message.key} is lost: kept for longer than its queue keeps messages")
            return False
        if spec.maximum_receives is not None and message.receives >= spec.maximum_receives:
            self._delete(queue, message)
            self._world.note(f"{message.key} was received {message.receives} times: to the dead-letter queue")
            if not (message.past.is_struck or self._world.lane.is_naive):
                self._world.violate(f"{message.key} is dead-lettered by its queue: its consumer gave no reason")
            assert spec.dead_letter_queue is not None
            dead = spec.dead_letter_queue
            self.send(dead, message.about, message.body, reason=TOO_OFTEN, attributes=message.attributes)
            return False
        if not message.receives:
            message.first_received_at = self._world.now
        message.past.received_at(self._world.now)
        self.received[message.key] = message
        message.receives += 1
        message.lease += 1
        message.state = "in flight"
        return True

    def _invoke(self, queue: Queue, mapping: MappingSpec, batch: list[Message]) -> None:
        world = self._world
        function = world.topology.functions[mapping.function]
        leases = {message.key: (message, message.lease, message.timer) for message in batch}
        received_at = world.now
        if world.in_window(Fault.OUTAGE, function.service):
            about = "" if world.trace is None else ", ".join(one.about for one in batch)
            world.hit(f"{function.service} consumer", Fault.OUTAGE, about)
            for message in batch:
                self.unanswered[function.service, message.body] += 1
                message.past.is_struck = True
                self._hide(queue, message, queue.spec.visibility_timeout)
            return
        if world.trace is not None:
            world.note(f"{function.name} receives {', '.join(map(_received, batch))}", Routine())

        def done(invocation: Invocation) -> None:
            failed = _failed(invocation, mapping, leases)
            for key, (message, lease, timer) in leases.items():
                if invocation.crashed:
                    self._judge_death(function.service, message)
                else:
                    message.deaths = 0
                message.past.is_struck |= invocation.crashed or invocation.struck > 0
                if message.lease != lease or message.state == "deleted":
                    continue  # another worker has received it meanwhile, or has deleted it
                if key not in failed:
                    self._acknowledge(queue, message)
                elif message.timer == timer:
                    waited = world.now - received_at
                    self._hide(queue, message, max(0.0, queue.spec.visibility_timeout - waited))

        key = f"{batch[0].key} received {batch[0].receives} times" + (
            f" and {len(batch) - 1} more" if batch[1:] else ""
        )
        event = {"Records": [record(queue.spec, message) for message in batch]}
        world.invoke(function, event, key, len(batch), done, lambda: self._expire(queue, leases))

    def _expire(self, queue: Queue, leases: Mapping[str, tuple[Message, int, int]]) -> None:
        """Let the batch of a function that is still at work be visible again."""
        for message, lease, _ in leases.values():
            message.past.is_struck = True
            self.unanswered[self._service(queue), message.body] += 1  # received again before anybody gave an answer
            if message.lease == lease:
                self._hide(queue, message, 0.5)

    def _acknowledge(self, queue: Queue, message: Message) -> None:
        """Delete a message that was handled."""
        self._judge_wait(message)
        self._delete(queue, message)
        key = f"{message.key} deleted after {message.receives} receives"
        if self._doubles(Fault.BACK_AFTER_DELETE, key, message.past):
            self._world.hit(f"{self._service(queue)} queue", Fault.BACK_AFTER_DELETE, key)
            after = self._world.chance.spread(f"back {key}", 0.01, DAYS)
            queue.messages[message.key] = message
            self._world.at(self._world.now + after, lambda: self._show_again(queue, message))

    def _show_again(self, queue: Queue, message: Message) -> None:
        """Make a message visible that was deleted. Another worker may have copied it since: its past is its own."""
        self.unanswered[self._service(queue), message.body] += 1  # for whoever counts receives, it had no answer
        message.sent_at, message.past = self._world.now, Past(self._world.now, is_struck=True)
        message.deaths = 0
        self._show(queue, message)

    def _judge_death(self, service: str, message: Message) -> None:
        """What ends its function each time is given up after a few deaths; what waits in between is no such thing."""
        self.unanswered[service, message.body] += 1
        message.deaths += 1
        is_deadly = message.deaths > MOST_DEATHS and self._afflicts(Fault.CRASH_LOOP, service, message)
        if is_deadly and not self._world.lane.is_naive:
            self._world.violate(f"{message.key} ends its function each time, and is not given up")

    def _judge_copy(self, active: Invocation, message: Message) -> None:
        """What meets a mistake each time, or causes what the bus refuses for good, is given up after a few tries."""
        copies, service = message.copies + 1, active.function.service
        if copies <= MOST_COPIES:
            return
        if self._afflicts(Fault.MISTAKE, service, message):
            self._world.violate(f"{message.about} is sent again {copies} times, and its reaction fails each time")
        refused = self._world.refused_of[service, _event_id(message.body, self._world.topology.doors)]
        if refused > MOST_REFUSALS:
            self._world.violate(f"{message.about} is sent again, and the bus refused {refused} times what it caused")

    def _afflicts(self, fault: Fault, service: str, message: Message) -> bool:
        return self._world.has_afflicted(fault, f"{service} {_event_id(message.body, self._world.topology.doors)}")

    def _judge_wait(self, message: Message) -> None:
        """Nothing waits for long once all is well, unless a person has to do something first.

        Version 0.2.0 of the kit lets what failed wait for up to a quarter of an hour, and others for what it publishes.
        """
        world = self._world
        waited = world.now - max(world.troubled_until, message.past.first_received_at or world.now)
        if waited <= LONGEST_WAIT or world.topology.earlier:
            return
        is_over = world.faults and not (world.lane.is_naive or world.has_windows)
        if is_over and not self.dead():
            world.violate(f"{message.key} waits for {waited:.0f} s, and nothing is wrong any more")

    def _delete(self, queue: Queue, message: Message) -> None:
        message.state = "deleted"
        queue.messages.pop(message.key, None)

    def _hide(self, queue: Queue, message: Message, seconds: float) -> None:
        """Make a message that was received visible again after some seconds, unless it is deleted meanwhile."""
        message.timer += 1
        timer = message.timer
        key = f"{message.key} received {message.receives} times"
        if self._world.strikes(Fault.BACK_LATE, key):
            self._world.hit(f"{self._service(queue)} queue", Fault.BACK_LATE, key)
            seconds = self._world.chance.spread(f"late {key}", DAYS / 8, 3 * DAYS)
            seconds = min(seconds, message.sent_at + queue.spec.retention - DAYS / 2 - self._world.now)
            self._world.trouble_until(self._world.now + seconds)

        def show() -> None:
            if message.timer == timer and message.state == "in flight":
                self._show(queue, message)

        self._world.at(self._world.now + seconds, show)

    def take(self, name: str) -> list[Message]:
        """Take out of a dead-letter queue all that may be handled some day: poison stays."""
        if name not in self.all:
            return []
        queue = self.all[name]
        taken = [message for message in queue.messages.values() if not is_unhandleable(message.about, message.reason)]
        for message in taken:
            self._delete(queue, message)
        return taken

    def _service(self, queue: Queue) -> str:
        assert queue.mapping is not None
        return self._world.topology.functions[queue.mapping.function].service

    # What a consumer asks

    def change_visibility(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer ChangeMessageVisibility. Raises Refused."""
        queue = self._reached(active, "sqs:ChangeMessageVisibility", request)
        key, _, lease = request["ReceiptHandle"].rpartition("/")
        message = queue.messages.get(key)
        if message is None or message.lease != int(lease) or message.state != "in flight":
            raise Refused("InvalidParameterValue", "the message is not there, or not in flight")
        self._hide(queue, message, request["VisibilityTimeout"])
        return {}

    def delete_message(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer DeleteMessage; with the handle of an earlier receive nothing is deleted, and nothing said."""
        queue = self._reached(active, "sqs:DeleteMessage", request)
        key, _, lease = request["ReceiptHandle"].rpartition("/")
        message = queue.messages.get(key)
        if message is not None and message.lease == int(lease) and message.state == "in flight":
            self._acknowledge(queue, message)
        return {}

    def send_message(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer SendMessage: of a dead letter, a copy or a timer. Raises Refused."""
        queue = self._reached(active, "sqs:SendMessage", request)
        return self._sent(active, queue, request)

    def send_message_batch(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer SendMessageBatch, in which single messages can fail. Raises Refused."""
        queue, entries = self._reached(active, "sqs:SendMessage", request), request["Entries"]
        if not 0 < len(entries) <= MAXIMUM_BATCH:
            raise Refused("AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        if sum(map(_bytes, entries)) > MAXIMUM_BYTES:
            raise Refused("AWS.SimpleQueueService.BatchRequestTooLong")
        sent, failed = [], []
        for position, entry in enumerate(entries):
            if self._world.striker.fails(active, Fault.SENDS_FAILED, position, "send"):
                failed.append({"Id": entry["Id"], "SenderFault": False, "Code": "InternalError"})
            else:
                sent.append({"Id": entry["Id"], **self._sent(active, queue, entry)})
        return {"Successful": sent} | ({"Failed": failed} if failed else {})

    def _sent(self, active: Invocation, queue: Queue, request: Mapping[str, Any]) -> dict[str, Any]:
        delay, attributes, body = request.get("DelaySeconds", 0), request.get("MessageAttributes", {}), _body(request)
        if not 0 <= delay <= LONGEST_DELAY:
            raise Refused("InvalidParameterValue", f"DelaySeconds is {delay}")
        if _bytes(request) > MAXIMUM_BYTES:
            raise Refused("InvalidParameterValue", f"One or more parameters are invalid: over {MAXIMUM_BYTES} bytes")
        original = self._original(active, body)
        about = original.about if original is not None else _about(body)
        copied = None
        if queue.mapping is None:
            self._judge(active, queue, original, about, attributes)
        elif original is not None:
            copied = original
            original.past.copies += 1
            self._judge_copy(active, original)
            if self._world.trace is not None:
                self._world.note(f"  sends {about} again, in {delay} s: {_history(attributes)}")
        else:
            self._world.note(f"  sends {about}")
        reason = _said(attributes)
        key = self.send(queue.spec.name, about, body, reason=reason, attributes=attributes, delay=delay, copied=copied)
        return {"MessageId": key, "MD5OfMessageBody": md5(body.encode()).hexdigest()}

    def _original(self, active: Invocation, body: str) -> Message | None:
        """Return the message of the batch that has this body. Of several deliveries of one event, that is the one
        that was received most often: it is the first to be given up."""
        messages = [
            self.received.get(one["messageId"]) for one in active.event.get("Records", ()) if one["body"] == body
        ]
        return max((one for one in messages if one is not None), key=lambda one: one.receives, default=None)

    def _judge(
        self, active: Invocation, queue: Queue, original: Message | None, about: str, attributes: Attributes
    ) -> None:
        """Judge what a function gives up."""
        reason = _said(attributes)
        self._world.note(f"  dead-letters {about}: {reason}")
        if original is None:
            self._world.violate(f"{about} is dead-lettered by {active.function.name}, which was not given it")
            return
        if self._world.lane.is_naive:
            return
        judge = unjustified_earlier if active.function.is_earlier else unjustified
        for wrong in judge(about, reason, original.past, self._world.now, self._facts(active, original.body)):
            self._world.violate(wrong)

    def _facts(self, active: Invocation, body: str) -> Facts:
        """Return what really happened to what a message of the function under way is about."""
        world, service, id = self._world, active.function.service, _event_id(body, self._world.topology.doors)
        return Facts(
            unanswered=world.unanswered,
            is_refused=world.refused_of[service, id] > 0,
            is_mistaken=world.has_afflicted(Fault.MISTAKE, f"{service} {id}"),
            is_deadly=world.has_afflicted(Fault.CRASH_LOOP, f"{service} {id}"),
            deaths=self.unanswered[service, body],
        )

    def _reached(self, active: Invocation, action: str, request: Mapping[str, Any]) -> Queue:
        name = request["QueueUrl"].rsplit("/", 1)[-1]
        if name not in self._world.topology.queues:
            raise Refused("AWS.SimpleQueueService.NonExistentQueue")
        queue = self.all[name]
        self._world.permit(active, action, queue.spec.arn)
        return queue


def _said(attributes: Attributes) -> str:
    """Return the reason that a function gives for a dead letter."""
    return attributes.get(REASON, {}).get("StringValue", "")


def _body(request: Mapping[str, Any]) -> str:
    return str(request["MessageBody"])


def _bytes(request: Mapping[str, Any]) -> int:
    """Return what a message counts: its body, and the names, types and values of its attributes."""
    attributes = request.get("MessageAttributes", {})
    parts = [_body(request), *attributes, *(part for one in attributes.values() for part in one.values())]
    return sum(len(part.encode()) for part in parts)


def _event_id(body: str, doors: Doors) -> str:
    """Return the id that services know the event of a message by; none, if it is poison."""
    try:
        return str(completed(bridge_event_of(body), "1.0", doors)["event_id"])
    except ContractViolation:
        return ""


def _about(body: str) -> str:
    """Return what a message is about that no received one has the body of: a timer, say."""
    event = json.loads(body)
    return f"{event['detail-type']} {event['id']}"


def _history(attributes: Attributes) -> str:
    return ", ".join(f"{name} {value['StringValue']}" for name, value in sorted(attributes.items()))


def _failed(invocation: Invocation, mapping: MappingSpec, leases: Mapping[str, Any]) -> set[str]:
    """Return the ids of the messages that the queue keeps (Lambda Developer Guide, "Handling errors for SQS")."""
    if invocation.crashed:
        return set(leases)
    if not mapping.reading.reports_failures:
        return set()
    return failed_ids(invocation.result, leases)


def record(queue: QueueSpec, message: Message) -> dict[str, Any]:
    """Return a message as Lambda hands it to a function (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    return {
        "messageId": message.key,
        "receiptHandle": f"{message.key}/{message.lease}",
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "ApproximateFirstReceiveTimestamp": str(int(message.first_received_at * 1_000)),
            "SentTimestamp": str(int(message.sent_at * 1_000)),
        },
        "messageAttributes": {name: _handed(value) for name, value in message.attributes.items()},
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
    }


def _handed(value: Mapping[str, str]) -> dict[str, Any]:
    return {
        "stringValue": value["StringValue"],
        "dataType": value["DataType"],
        "stringListValues": [],
        "binaryListValues": [],
    }


def _received(message: Message) -> str:
    return message.key + (f" (receive {message.receives})" if message.receives > 1 else "")
