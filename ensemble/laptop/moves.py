"""Moves the messages of dead-letter queues to where they came from, or to one queue: SQS's message move tasks.

A task with a rate takes its time, and can be cancelled meanwhile; another one has moved all at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.engine import Engine
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.messages import Message
from ensemble.laptop.queues import Queue, queue_named

MAXIMUM_MOVES = 100
Operation = Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(eq=False)
class Move:
    """A task. `rate`: messages a second; None: as fast as can be. `to_move`: how many there were at its start."""

    handle: str
    source: Queue
    destination: Queue | None
    rate: int | None
    started_at: float
    to_move: int
    moved: int = 0
    status: str = "RUNNING"

    def movable(self) -> list[Message]:
        """Return the messages that can be moved: those that SQS itself moved here, or all to one destination."""
        return [message for message in self.source.messages if self.destination or message.source_arn]

    def description(self) -> dict[str, Any]:
        """Return what ListMessageMoveTasks answers: of an ended task without its handle."""
        shown: dict[str, Any] = {
            "SourceArn": self.source.arn,
            "Status": self.status,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "StartedTimestamp": int(self.started_at * 1_000),
        }
        if self.status == "RUNNING":
            shown["TaskHandle"] = self.handle
        if self.status == "FAILED":
            shown["FailureReason"] = "CouldNotDetermineMessageSource"
        if self.destination is not None:
            shown["DestinationArn"] = self.destination.arn
        if self.rate is not None:
            shown["MaxNumberOfMessagesPerSecond"] = self.rate
        return shown


class Moves:
    """The tasks of all queues, and the operations that begin, list and cancel them."""

    def __init__(self, queues: Mapping[str, Queue], engine: Engine, identifiers: Identifiers) -> None:
        self._queues, self._engine, self._identifiers = queues, engine, identifiers
        self._moves: deque[Move] = deque(maxlen=MAXIMUM_MOVES)
        self.operations: dict[str, Operation] = {
            "CancelMessageMoveTask": self._cancel,
            "ListMessageMoveTasks": self._list,
            "StartMessageMoveTask": self._start,
        }

    def _start(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin to move all messages of a dead-letter queue. The moved messages are new ones.

        Those that SQS did not itself move to the queue say not where they came from: without a destination they stay,
        and the task fails (Amazon SQS API Reference, ListMessageMoveTasks).
        """
        source = self._by_arn(request["SourceArn"])
        destination = self._by_arn(request["DestinationArn"]) if "DestinationArn" in request else None
        if not any(queue.dead_letter_queue is source for queue in self._queues.values()):
            raise AwsError("InvalidParameterValue", f"{source.arn} is not the dead-letter queue of a queue.")
        if any(move.source is source and move.status == "RUNNING" for move in self._moves):
            raise AwsError("InvalidParameterValue", f"A message move task is running for {source.arn} already.")
        rate, now = request.get("MaxNumberOfMessagesPerSecond"), self._engine.clock.now()
        move = Move(self._identifiers.uuid(), source, destination, rate, now, len(source.messages))
        self._moves.appendleft(move)
        self._go_on(move)
        return {"TaskHandle": move.handle}

    def _go_on(self, move: Move) -> None:
        """Move what may be moved in this second, and go on in the next one."""
        if move.status != "RUNNING":
            return
        for message in move.movable()[: move.rate]:
            move.source.take(message)
            target = move.destination or self._by_arn(message.source_arn or "")
            target.send(message.body, message.attributes, delay=0, trace_header=message.trace_header)
            move.moved += 1
        if move.movable():
            self._engine.after(1, lambda: self._go_on(move))
        else:
            move.status = "FAILED" if move.source.messages else "COMPLETED"

    def _list(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer the latest tasks first; one by default, as SQS does."""
        of_queue = [move.description() for move in self._moves if move.source.arn == request["SourceArn"]]
        return {"Results": of_queue[: request.get("MaxResults", 1)]}

    def _cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        """Cancel a task: what it has moved stays moved (Amazon SQS API Reference, CancelMessageMoveTask)."""
        handle = request["TaskHandle"]
        move = next((move for move in self._moves if move.handle == handle and move.status == "RUNNING"), None)
        if move is None:
            raise AwsError("ResourceNotFoundException", f"No message move task that runs has the handle {handle}.", 404)
        move.status = "CANCELLED"
        return {"ApproximateNumberOfMessagesMoved": move.moved}

    def _by_arn(self, arn: str) -> Queue:
        return queue_named(self._queues, arn.rsplit(":", 1)[-1])
