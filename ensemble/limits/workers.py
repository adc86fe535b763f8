"""SQS under load: each queue has as many workers as its mapping lets it, and says when a message was handled."""

from __future__ import annotations

from collections import Counter

from ensemble.limits.quotas import MOST_POLLERS
from ensemble.limits.world import LoadedWorld
from ensemble.simulator.queues import GATHERING, Message, Queue, Queues
from ensemble.simulator.topology import MappingSpec
from ensemble.simulator.world import World


class Workers(Queues):
    """The queues of one service.

    `open`: the messages that are not handled yet, with when each was sent; one that is sent again, with its history, is
    the same one. `waits`: of those that were handled, when each was sent, and how long it took. `given_up`: how many
    went to a dead-letter queue. `last_sent_at`: when a message was last put in a queue. `busy`: workers that are under
    way, by queue.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        assert isinstance(world, LoadedWorld)
        self._window = GATHERING
        self.busy: Counter[str] = Counter()
        self._copies: Counter[str] = Counter()
        self.open: dict[str, float] = {}
        self.waits: list[tuple[float, float]] = []
        self.given_up = 0
        self.last_sent_at = world.now
        world.freed = self._freed

    def _deliver_later(self, name: str, message: Message, delay: float) -> None:
        if self.all[name].mapping is None:
            self.given_up += 1
        else:
            self._copies[message.about] += 1
            self.open.setdefault(message.about, self._world.now)
            self.last_sent_at = self._world.now
        super()._deliver_later(name, message, delay)

    def _delete(self, queue: Queue, message: Message) -> None:
        if queue.mapping is not None and message.state != "deleted":
            self._copies[message.about] -= 1
            if not self._copies[message.about]:
                del self._copies[message.about]
                sent_at = self.open.pop(message.about)
                self.waits.append((sent_at, self._world.now - sent_at))
        super()._delete(queue, message)

    def _show(self, queue: Queue, message: Message) -> None:
        message.state = "visible"
        queue.visible.append(message)
        if queue.mapping is None:
            return
        mapping = queue.mapping
        if not queue.is_polled:
            queue.is_polled = True
            self._world.at(self._world.now + max(GATHERING, mapping.reading.window), lambda: self._poll(queue, mapping))
        elif mapping.reading.window and len(queue.visible) == mapping.reading.batch_size:
            self._world.at(self._world.now, lambda: self._poll(queue, mapping))

    def _poll(self, queue: Queue, mapping: MappingSpec) -> None:
        """Hand out batches for as long as there are messages and workers."""
        queue.is_polled = False
        while queue.visible and self.busy[mapping.source] < workers_of(mapping):
            size = mapping.reading.batch_size
            batch, queue.visible = queue.visible[:size], queue.visible[size:]
            received = [message for message in batch if self._is_received(queue, message)]
            if received:
                self.busy[mapping.source] += 1
                self._invoke(queue, mapping, received)

    def _freed(self, source: str) -> None:
        mapping = self._world.topology.mappings.get(source)
        if mapping is not None and self.busy[source]:
            self.busy[source] -= 1
            self._poll(self.all[source], mapping)


def workers_of(mapping: MappingSpec) -> int:
    """Return how many invocations a queue's mapping may have under way."""
    return int(min(mapping.reading.maximum_concurrency, MOST_POLLERS))
