"""SQS: standard queues with delays, visibility timeouts, receive counts, retention and redrive."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from ensemble.aws.errors import AwsError, DeliveryRefused
from ensemble.aws.joints import lets_send
from ensemble.aws.message_contents import stored_body
from ensemble.aws.policies import Statement
from ensemble.aws.queues import QueueSettings
from ensemble.laptop.clock import Clock
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.messages import Message, MessageAttributes


@dataclass(eq=False)
class Queue:
    """A queue. `policy` holds the statements of its queue policies, given by `set_policy`; `listeners` hear when a
    message will be visible.

    `allow_policy`: whose dead letters it takes; empty for anybody's.

    A queue that is `out_of_service` refuses messages with an error that passes: a fault to inject.
    """

    name: str
    arn: str
    url: str
    settings: QueueSettings
    clock: Clock
    identifiers: Identifiers
    dead_letter_queue: Queue | None = None
    policy: Sequence[Statement] = ()
    allow_policy: Mapping[str, Any] = field(default_factory=dict)
    listeners: list[Callable[[float], None]] = field(default_factory=list)
    out_of_service: bool = False
    refuse_unencrypted: Callable[[], None] = lambda: None
    """Raises DeliveryRefused when the key of the queue does not let EventBridge in."""
    expired: int = 0
    _lets_in: dict[str, bool] = field(default_factory=dict)
    _messages: dict[str, Message] = field(default_factory=dict)
    _by_visibility: list[tuple[float, int, Message]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)

    def send(
        self,
        body: str,
        attributes: MessageAttributes | None = None,
        *,
        delay: float | None = None,
        trace_header: str | None = None,
        group_id: str | None = None,
        deduplication_id: str | None = None,
    ) -> Message:
        """Put a message in the queue, visible after the delay (seconds; the queue's own by default).

        The group of a message makes the queue fair on AWS, and does nothing more here. Raises AwsError for what the
        kind of queue does not take.
        """
        if deduplication_id is not None:
            reason = f"The request include parameter that is not valid for this queue type: {self.name}"
            raise AwsError("InvalidParameterValue", reason)
        now = self.clock.now()
        message = Message(
            self.identifiers.uuid(),
            body,
            attributes or {},
            sent_at=now,
            visible_at=now + (self.settings.delay if delay is None else delay),
            trace_header=trace_header,
            group_id=group_id,
        )
        self._put(message)
        return message

    def hold(self, body: str) -> Message:
        """Put a message in the queue that is received already: no poll gets it before it is visible again."""
        now = self.clock.now()
        message = Message(self.identifiers.uuid(), body, {}, sent_at=now, visible_at=math.inf)
        self._add(message)
        self._hand_out(message, now)
        self._show_at(message, now + self.settings.visibility_timeout)
        return message

    def set_policy(self, statements: Sequence[Statement]) -> None:
        """Let these statements say from now on who may send here."""
        self.policy = statements
        self._lets_in.clear()

    def accept_from_events(
        self, body: str, attributes: MessageAttributes, rule_arn: str, trace: str | None, group_id: str | None = None
    ) -> None:
        """Take a rule's delivery. Raises DeliveryRefused when the policy does not let the rule send here."""
        if rule_arn not in self._lets_in:
            self._lets_in[rule_arn] = lets_send(self.policy, self.arn, rule_arn)
        if not self._lets_in[rule_arn]:
            raise DeliveryRefused("NO_PERMISSIONS", f"the policy of {self.arn} does not let {rule_arn} send to it")
        self.refuse_unencrypted()
        if self.out_of_service:
            raise DeliveryRefused("ERROR_FROM_TARGET", f"{self.arn} is out of service", retriable=True)
        try:
            self.send(stored_body(body), attributes, trace_header=trace, group_id=group_id)
        except AwsError as refusal:
            raise DeliveryRefused("INVALID_PARAMETER", refusal.message) from refusal

    def receive(self, maximum: int, visibility_timeout: float | None = None) -> list[Message]:
        """Receive up to `maximum` visible messages, the longest visible first, redriving those that were too often."""
        timeout = self.settings.visibility_timeout if visibility_timeout is None else visibility_timeout
        received: list[Message] = []
        now = self.clock.now()
        while len(received) < maximum and self._next_visible() <= now:
            message = heapq.heappop(self._by_visibility)[2]
            if self._is_redriven(message):
                continue
            message.visible_at = math.inf
            self._hand_out(message, now)
            received.append(message)
            self._go_on_after(message)
        self._end_receive()
        for message in received:
            self._show_at(message, now + timeout)
        return received

    def _hand_out(self, message: Message, now: float) -> None:
        """Count that a message is received, and give it a receipt handle."""
        message.receive_count += 1
        message.first_received_at = message.first_received_at or now
        message.receipt_handle = f"{message.message_id}/{message.receive_count}/{self.identifiers.uuid()}"

    def delete(self, receipt_handle: str) -> None:
        """Delete the message that the handle was given for; an older handle deletes nothing."""
        message = self._messages.get(self._message_id(receipt_handle))
        if message is not None and message.receipt_handle == receipt_handle:
            self._remove(message)

    def change_visibility(self, receipt_handle: str, timeout: float) -> None:
        """Hide a received message for `timeout` seconds from now. Raises AwsError when it is not in flight."""
        message = self._messages.get(self._message_id(receipt_handle))
        if message is None or message.receipt_handle != receipt_handle:
            raise AwsError(
                "InvalidParameterValue", f"no message in {self.name} has the receipt handle {receipt_handle}"
            )
        if message.visible_at <= self.clock.now():
            raise AwsError("MessageNotInflight", f"message {message.message_id} is not in flight")
        self._show_at(message, self.clock.now() + timeout)
        self._tell(message.visible_at)

    def purge(self) -> None:
        """Delete all messages."""
        for message in list(self._messages.values()):
            self._remove(message)

    def restore(self, message: Message) -> None:
        """Put in a message that another queue of this name held, as it was there."""
        self._put(message)

    def take(self, message: Message) -> None:
        """Take a message out of the queue, to be put in another."""
        self._remove(message)

    @property
    def messages(self) -> list[Message]:
        """All messages, in the order they were sent."""
        self._expire()
        return list(self._messages.values())

    @property
    def visible(self) -> list[Message]:
        """The messages that can be received now."""
        return [message for message in self.messages if message.visible_at <= self.clock.now()]

    @property
    def in_flight(self) -> list[Message]:
        """The messages received and neither deleted nor visible again."""
        now = self.clock.now()
        return [message for message in self.messages if message.receive_count and message.visible_at > now]

    def next_visible_at(self) -> float:
        """Return when the next message is visible (which may have passed), or infinity."""
        return self._next_visible()

    def _add(self, message: Message) -> None:
        self._messages[message.message_id] = message

    def _put(self, message: Message) -> None:
        self._add(message)
        self._show_at(message, message.visible_at)
        self._tell(message.visible_at)

    def _show_at(self, message: Message, instant: float) -> None:
        message.visible_at = instant
        heapq.heappush(self._by_visibility, (instant, next(self._order), message))

    def _tell(self, instant: float) -> None:
        for listener in self.listeners:
            listener(instant)

    def _remove(self, message: Message) -> None:
        del self._messages[message.message_id]
        message.in_queue = False

    def _next_visible(self) -> float:
        """Drop what the heap remembers of messages gone, moved in time or expired; return the first instant."""
        oldest = self.clock.now() - self.settings.retention
        while self._by_visibility:
            instant, _, message = self._by_visibility[0]
            if message.in_queue and self._messages.get(message.message_id) is message and self._is_next(message):
                if message.sent_at < oldest:
                    self._expire()
                    continue
                if message.visible_at == instant:
                    return instant
            heapq.heappop(self._by_visibility)
        return math.inf

    def _is_next(self, message: Message) -> bool:
        """Whether no other message has to be received before this one."""
        return True

    def _go_on_after(self, message: Message) -> None:
        """Let what had to wait for a message be received after it in the same batch."""

    def _end_receive(self) -> None:
        """Let nothing more be received that has to wait for what was received."""

    def _expire(self) -> None:
        """Forget messages past the retention period; SQS deletes them without a word, so they are counted."""
        oldest = self.clock.now() - self.settings.retention
        for message in [message for message in self._messages.values() if message.sent_at < oldest]:
            self._remove(message)
            self.expired += 1

    def _is_redriven(self, message: Message) -> bool:
        """Move a message that was received too often to the dead-letter queue; it keeps its id and its age.

        Source: SQS Developer Guide, "Using dead-letter queues".
        """
        limit = self.settings.maximum_receives
        if limit is None or message.receive_count < limit or self.dead_letter_queue is None:
            return False
        self._remove(message)
        message.in_queue, message.source_arn, message.receipt_handle = True, self.arn, None
        message.visible_at = self.clock.now()
        self.dead_letter_queue._put(message)
        return True

    @staticmethod
    def _message_id(receipt_handle: str) -> str:
        return receipt_handle.split("/", 1)[0]


def queue_named(queues: Mapping[str, Queue], name: str) -> Queue:
    """Return the queue of that name. Raises AwsError."""
    if name not in queues:
        raise AwsError("QueueDoesNotExist", f"The specified queue does not exist: {name}")
    return queues[name]
