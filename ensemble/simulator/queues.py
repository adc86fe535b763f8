"""SQS and the event source mappings that read it: standard queues, at least once, in no order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from typing import Any

from ensemble.simulator.answers import Refused
from ensemble.simulator.dead_letters import POISON, unjustified
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.steps import Routine
from ensemble.simulator.topology import MappingSpec, QueueSpec, Topology
from ensemble.simulator.world import World
from functions.kit.redelivery import receives

GATHERING = 0.02
"""Seconds between the moment a message is visible and the moment the mapping asks for it."""

DAYS = 86_400.0


class Message:
    """A message `about` an event: `lease` changes with each of its `receives`, `timer` with each hiding.

    `is_struck`: whether a fault met the message itself, and so may have used up a receive.
    """

    __slots__ = (
        "about",
        "body",
        "first_received_at",
        "is_struck",
        "key",
        "lease",
        "reason",
        "receives",
        "sent_at",
        "state",
        "timer",
    )

    def __init__(self, about: str, key: str, body: str, sent_at: float, reason: str) -> None:
        self.about, self.key, self.body, self.sent_at, self.reason = about, key, body, sent_at, reason
        self.receives = self.lease = self.timer = 0
        self.state, self.is_struck, self.first_received_at = "hidden", False, sent_at


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
    """The queues of the stage; `all` has those that were ever used."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.all = _Used(world.topology)
        self._window = 5.0 if world.chance.draw("gathering") < 0.3 else GATHERING
        self.deliver: Callable[[str, Message], None] = self._add
        self.sent: dict[tuple[str, str], int] = {}

    def send(self, name: str, about: str, body: str, *, reason: str = "") -> None:
        """Put a message in a queue. `about` says which event it is; a second one of it gets a number."""
        number = self.sent[about, name] = self.sent.get((about, name), 0) + 1
        key = f"{about} in {name}" if number == 1 else f"{about} in {name} #{number}"
        queue = self.all[name]
        self.deliver(name, Message(about, key, body, self._world.now, reason))
        if queue.mapping is not None and self._world.strikes(Fault.QUEUED_TWICE, key):
            self._world.hit(f"{self._service(queue)} queue", Fault.QUEUED_TWICE, key)
            self.deliver(name, Message(about, f"{key} (copy)", body, self._world.now, reason))

    def _add(self, name: str, message: Message) -> None:
        queue = self.all[name]
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
        batch, queue.visible = queue.visible[: mapping.batch_size], queue.visible[mapping.batch_size :]
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
            if not (message.is_struck or self._world.lane.is_naive):
                self._world.violate(f"{message.key} is dead-lettered by its queue: its consumer gave no reason")
            assert spec.dead_letter_queue is not None
            self.send(spec.dead_letter_queue, message.about, message.body, reason="received too often")
            return False
        if not message.receives:
            message.first_received_at = self._world.now
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
            world.hit(f"{function.service} consumer", Fault.OUTAGE, ", ".join(one.about for one in batch))
            for message in batch:
                message.is_struck = True
                self._hide(queue, message, queue.spec.visibility_timeout)
            return
        if world.trace is not None:
            world.note(f"{function.name} receives {', '.join(map(_received, batch))}", Routine())

        def done(invocation: Invocation) -> None:
            failed = _failed(invocation, mapping, leases)
            for key, (message, lease, timer) in leases.items():
                message.is_struck |= invocation.crashed or invocation.struck > 0
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
            message.is_struck = True
            if message.lease == lease:
                self._hide(queue, message, 0.5)

    def _acknowledge(self, queue: Queue, message: Message) -> None:
        """Delete a message that was handled."""
        self._delete(queue, message)
        key = f"{message.key} deleted after {message.receives} receives"
        if self._world.strikes(Fault.BACK_AFTER_DELETE, key):
            self._world.hit(f"{self._service(queue)} queue", Fault.BACK_AFTER_DELETE, key)
            after = self._world.chance.spread(f"back {key}", 0.01, DAYS)
            message.sent_at, message.is_struck = self._world.now, True
            queue.messages[message.key] = message
            self._world.at(self._world.now + after, lambda: self._show(queue, message))

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

        def show() -> None:
            if message.timer == timer and message.state == "in flight":
                self._show(queue, message)

        self._world.at(self._world.now + seconds, show)

    def take(self, name: str) -> list[Message]:
        """Take out of a dead-letter queue all that may be handled some day: poison stays."""
        if name not in self.all:
            return []
        queue = self.all[name]
        taken = [message for message in queue.messages.values() if not message.about.startswith(POISON)]
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

    def send_message(self, active: Invocation, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer SendMessage: only dead letters are sent so. Raises Refused."""
        queue = self._reached(active, "sqs:SendMessage", request)
        reason = request["MessageAttributes"]["reason"]["StringValue"]
        body = request["MessageBody"]
        # A batch may hold several deliveries of one event: given up is the one that was received most often.
        record = max((one for one in active.event["Records"] if one["body"] == body), key=receives)
        about = record["messageId"].partition(" in ")[0]
        for wrong in unjustified(about, reason, self._world.unanswered, self._waited(record)):
            self._world.violate(wrong)
        self.send(queue.spec.name, about, body, reason=reason)
        self._world.note(f"  dead-letters {about}: {reason}")
        return {"MessageId": about, "MD5OfMessageBody": md5(body.encode()).hexdigest()}

    def _waited(self, record: Mapping[str, Any]) -> float | None:
        """Return for how long a record was received; None when it is gone, or a fault used up receives of it."""
        message = self.all[record["eventSourceARN"].rpartition(":")[2]].messages.get(record["messageId"])
        return None if message is None or message.is_struck else self._world.now - message.first_received_at

    def _reached(self, active: Invocation, action: str, request: Mapping[str, Any]) -> Queue:
        name = request["QueueUrl"].rsplit("/", 1)[-1]
        if name not in self._world.topology.queues:
            raise Refused("AWS.SimpleQueueService.NonExistentQueue")
        queue = self.all[name]
        self._world.permit(active, action, queue.spec.arn)
        return queue


def _failed(invocation: Invocation, mapping: MappingSpec, leases: Mapping[str, Any]) -> set[str]:
    """Return the ids of the messages that the queue keeps (Lambda Developer Guide, "Handling errors for SQS")."""
    if invocation.crashed:
        return set(leases)
    if not mapping.reports_failures:
        return set()
    return {failure["itemIdentifier"] for failure in invocation.result["batchItemFailures"]}


def record(queue: QueueSpec, message: Message) -> dict[str, Any]:
    """Return a message as Lambda hands it to a function (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    return {
        "messageId": message.key,
        "receiptHandle": f"{message.key}/{message.lease}",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": str(message.receives)},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": queue.arn,
    }


def _received(message: Message) -> str:
    return message.key + (f" (receive {message.receives})" if message.receives > 1 else "")
