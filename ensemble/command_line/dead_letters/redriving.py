"""Redrives dead letters in waves: one, ten, then more, and none after one that failed again.

Each goes to the queue of the consumer that failed, and is deleted only after it was sent: where this is interrupted, it
is there twice, and the inbox knows the second. A wave is over when all of it are known as handled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.command_line.dead_letters.forecast import Ahead
from ensemble.command_line.dead_letters.reading import DeadLetterQueues, redrives_of
from ensemble.command_line.dead_letters.taking import Taking
from ensemble.command_line.stage.deadletters import messages_in
from ensemble.command_line.trace.reading import reason_of
from functions.kit.waiting import (
    DEAD_LETTER_SUFFIX,
    LARGEST_MESSAGE,
    REDRIVES,
    ROOM_FOR_ATTRIBUTES,
)

Json = dict[str, Any]

FIRST, SECOND = 1, 10
"""The first two waves. Each later one is a tenth of what went through before, and ten at least: of a group, some of
which fail again, no more than ten do before it stops, or a tenth of those that went through."""

LOOKS = (1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 60.0)
"""Pauses, in seconds, before each look whether a wave is handled: together longer than the five tries (100 s) of what
raises an error that nobody declared."""

SOONEST_LOOK = 2
"""At which look DLQ and queue are looked at too: usually a wave is handled before, and each look at a DLQ costs."""


@dataclass(slots=True)
class Redriven:
    """What came of it so far. `failed`: the reason of each that failed again. `why`: why it stopped before its end."""

    sent: int = 0
    handled: int = 0
    failed: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    why: str = ""


class Redriving:
    """Redrives messages of the DLQ of one queue.

    `wanted`: the ids of the messages, as SQS has them. `rate`: of messages in a second at most. `pause` waits for
    seconds. `bodies`: what is sent instead of the body of a message, by its id.
    """

    def __init__(
        self,
        queues: DeadLetterQueues,
        queue: str,
        wanted: set[str],
        *,
        rate: float,
        pause: Callable[[float], None],
        bodies: Mapping[str, str],
    ) -> None:
        self._queues, self._queue = queues, queue
        self._sqs = queues.sqs
        self._source, self._target = (queues.url(name) for name in (queue + DEAD_LETTER_SUFFIX, queue))
        self._rate, self._pause, self._bodies = rate, pause, bodies
        self._taking = Taking(self._sqs, self._source, wanted)
        self.done = Redriven()

    def run(self) -> Iterator[Redriven]:
        """Redrive wave by wave, and yield what came of it after each. What is interrupted leaves nothing in between."""
        try:
            while self._taking.wanted and not self.done.why:
                began = self._queues.now()
                wave = list(self._sent(self._size(), began))
                if not wave:
                    self.done.why = "the others are not in the queue any more"
                    break
                self._await(wave, began)
                yield self.done
        finally:
            self._taking.show_others()

    def _size(self) -> int:
        if self.done.sent < FIRST:
            return FIRST
        return max(SECOND, self.done.handled // 10)

    def _sent(self, most: int, began: float) -> Iterator[Json]:
        """Send so many on, and yield each as it was sent."""
        for message in self._taking.some(most):
            yield self._send(message, began)
            self._pause(1 / self._rate)

    def _send(self, message: Json, at: float) -> Json:
        body = self._bodies.get(message["MessageId"], message["Body"])
        trace = message.get("Attributes", {}).get("AWSTraceHeader")
        self._sqs.send_message(
            QueueUrl=self._target,
            MessageBody=body,
            MessageAttributes=_attributes(message, body, at),
            MessageSystemAttributes={"AWSTraceHeader": _text(trace)} if trace else {},
        )
        self._sqs.delete_message(QueueUrl=self._source, ReceiptHandle=message["ReceiptHandle"])
        self.done.sent += 1
        self.done.events.append(self._queues.letter(self._queue, message).event_id)
        return {"MessageId": message["MessageId"], "Body": body}

    def _await(self, wave: list[Json], began: float) -> None:
        """Wait until all of a wave are handled, or one failed again."""
        bodies = {message["Body"] for message in wave}
        left = wave
        for number, seconds in enumerate(LOOKS):
            self._pause(seconds)
            left = self._unhandled(wave)
            if left and number >= SOONEST_LOOK:
                is_empty = self._is_empty()
                self.done.failed += self._failed(bodies, began)
                if self.done.failed:
                    self.done.why = "one failed again"
                    break
                left = [] if is_empty else left  # an event that changes nothing a crowded row does not remember
            if not left:
                break
        else:
            self.done.why = f"{len(left)} are not handled after {sum(LOOKS):.0f} s: they wait, or nobody takes them"
        self.done.handled += len(wave) - len(left)

    def _unhandled(self, wave: list[Json]) -> list[Json]:
        """Return those that the row, or the store, does not know as handled."""
        outlooks = self._queues.forecast(self._queues.declared.fed[self._queue]).of(self._queue, wave)
        return [one for one, outlook in zip(wave, outlooks, strict=True) if outlook.ahead is not Ahead.DUPLICATE]

    def _failed(self, bodies: set[str], began: float) -> list[str]:
        """Return the reasons of those that are dead letters once more."""
        found = messages_in(self._sqs, self._source)
        return [reason_of(one) for one in found if one["Body"] in bodies and redrives_of(one).last == began]

    def _is_empty(self) -> bool:
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        told = self._sqs.get_queue_attributes(QueueUrl=self._target, AttributeNames=names)["Attributes"]
        return not any(int(told[name]) for name in names)


def _attributes(message: Mapping[str, Any], body: str, at: float) -> Json:
    """Return what the event carries on: its redrives, this one included. All else begins anew."""
    if len(body.encode("utf-8", "surrogatepass")) > LARGEST_MESSAGE - ROOM_FOR_ATTRIBUTES:
        return {}
    return {REDRIVES: _text(redrives_of(message).once_more(at, reason_of(message)).text)}


def _text(text: str) -> Json:
    return {"DataType": "String", "StringValue": text}
