"""FIFO queues: order within a group of messages, and nothing twice within five minutes."""

from __future__ import annotations

import hashlib
from collections import deque
from dataclasses import asdict, dataclass, field
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.messages import Message, MessageAttributes
from ensemble.laptop.queues import Queue

DEDUPLICATION_SECONDS = 300
FIRST_SEQUENCE_NUMBER = 10_000_000_000_000_000_000


@dataclass(eq=False)
class FifoQueue(Queue):
    """A FIFO queue: while a message of a group is received and not deleted, no later one of that group is received.

    `_ahead`: how many messages of a group the receive under way has received. `_seen`: what was sent within five
    minutes, by deduplication id. Source: Amazon SQS Developer Guide, "FIFO queue delivery logic" and "Exactly-once
    processing in Amazon SQS".
    """

    _groups: dict[str, deque[Message]] = field(default_factory=dict)
    _ahead: dict[str, int] = field(default_factory=dict)
    _seen: dict[str, Message] = field(default_factory=dict)
    _next_number: int = FIRST_SEQUENCE_NUMBER

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
        """Put a message in the queue, unless one with its deduplication id was sent within five minutes: that is it.

        Raises AwsError.
        """
        if delay:
            reason = f"Value {delay:g} for parameter DelaySeconds is invalid. Reason: The request include parameter "
            raise AwsError("InvalidParameterValue", f"{reason}that is not valid for this queue type.")
        if not group_id:
            raise AwsError("MissingParameter", "The request must contain the parameter MessageGroupId.")
        id = deduplication_id or self._id_of(body)
        key = f"{group_id}/{id}" if self.settings.deduplicates_in_groups else id
        self._forget()
        if key not in self._seen:
            self._seen[key] = self._made(body, attributes, trace_header, group_id, id)
        return self._seen[key]

    @property
    def waiting(self) -> int:
        """How many messages only this has: none, as they are all among those of the queue."""
        return 0

    def state(self) -> dict[str, Any]:
        """Return what was sent of late, and the next number."""
        self._forget()
        seen = {key: asdict(message) for key, message in self._seen.items()}
        return {"seen": seen, "next_number": self._next_number}

    def resume(self, state: dict[str, Any]) -> None:
        """Go on with the numbers, and send nothing again that another queue of this name took of late."""
        self._next_number = state["next_number"]
        self._seen = {key: Message(**message) for key, message in state["seen"].items()}

    def _made(
        self, body: str, attributes: MessageAttributes | None, trace_header: str | None, group_id: str, id: str
    ) -> Message:
        now = self.clock.now()
        visible_at, number = now + self.settings.delay, str(self._next_number)
        self._next_number += 1
        message = Message(
            self.identifiers.uuid(),
            body,
            attributes or {},
            sent_at=now,
            visible_at=visible_at,
            trace_header=trace_header,
            group_id=group_id,
            deduplication_id=id,
            sequence_number=number,
        )
        self._put(message)
        return message

    def _id_of(self, body: str) -> str:
        if not self.settings.deduplicates_by_content:
            reason = "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided"
            raise AwsError("InvalidParameterValue", f"{reason} explicitly")
        return hashlib.sha256(body.encode()).hexdigest()

    def _forget(self) -> None:
        """Forget what was sent more than five minutes ago; what was sent first comes first."""
        oldest = self.clock.now() - DEDUPLICATION_SECONDS
        while self._seen and (first := next(iter(self._seen.items())))[1].sent_at <= oldest:
            del self._seen[first[0]]

    def _add(self, message: Message) -> None:
        super()._add(message)
        self._groups.setdefault(message.group_id or "", deque()).append(message)

    def _remove(self, message: Message) -> None:
        super()._remove(message)
        group = self._groups[message.group_id or ""]
        group.remove(message)
        if not group:
            del self._groups[message.group_id or ""]
        else:
            self._show_at(group[0], group[0].visible_at)
            self._tell(group[0].visible_at)

    def _is_next(self, message: Message) -> bool:
        group = self._groups[message.group_id or ""]
        ahead = self._ahead.get(message.group_id or "", 0)
        return ahead < len(group) and group[ahead] is message

    def _go_on_after(self, message: Message) -> None:
        group, id = self._groups[message.group_id or ""], message.group_id or ""
        self._ahead[id] = self._ahead.get(id, 0) + 1
        if self._ahead[id] < len(group):
            self._show_at(group[self._ahead[id]], group[self._ahead[id]].visible_at)

    def _end_receive(self) -> None:
        self._ahead.clear()
