"""The world under load: one service, whose requests take time and whose workers run at once, each a greenlet."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping
from typing import Any

from greenlet import getcurrent, greenlet

from ensemble.limits import times
from ensemble.limits.contention import CONFLICT, Contention
from ensemble.limits.items import writes_of
from ensemble.limits.times import Jitter
from ensemble.simulator.answers import RETRIED, THROTTLED, Crash, Refused
from ensemble.simulator.chance import Chance
from ensemble.simulator.dynamodb import DynamoDb
from ensemble.simulator.faults import CALM
from ensemble.simulator.invocation import Invocation, Lane
from ensemble.simulator.topology import FunctionSpec, Topology
from ensemble.simulator.world import Action, World

LONGEST_PAUSE = 20.0
"""Seconds that a client waits at most before it asks again (botocore documentation, "Retries", standard mode)."""


class LoadedWorld(World):
    """Virtual time in which a service works under load, all others being absent.

    `is_timed`: whether requests take time; without it they are answered at once, which fills tables fast.
    `dynamodb`: whose items the requests are about; the account sets it. `freed`: is called when a worker that had
    messages of this queue is free again. `worked`: seconds that workers were under way, and `batches`: how many
    invocations there were, by the queue that they had messages of ("": of none). `asked`: requests by operation.
    """

    dynamodb: DynamoDb

    def __init__(self, topology: Topology, service: str, lane: Lane, seed: int) -> None:
        others = {one.service for one in topology.functions.values()} - {service}
        super().__init__(topology, Chance(seed), CALM, lane, absent=others)
        self.is_timed = True
        self.jitter = Jitter(seed)
        self.contention = Contention()
        self.freed: Callable[[str], None] = lambda _: None
        self.worked: dict[str, float] = defaultdict(float)
        self.batches: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self._refused: Counter[int] = Counter()

    def run_until(self, instant: float, enough: Callable[[], bool] = lambda: False) -> None:
        """Do all that is due until an instant, or until it is enough. Raises the mistake of a watcher."""
        due = self._due
        while due and due[0][0] <= instant and not enough():
            self.now, _, action = heapq.heappop(due)
            action()
            if self.mistake is not None:
                raise self.mistake
        if not enough():
            self.now = max(self.now, instant)

    def wait(self, seconds: float) -> None:
        """Let the function under way wait while others go on. Raises Crash when its time is over."""
        active, worker = self.active, getcurrent()
        self.at(min(self.now + seconds, active.until), worker.switch)
        assert worker.parent is not None
        worker.parent.switch()
        self.active = active
        if self.now >= active.until:
            raise Crash

    def pause(self, longest: float) -> None:
        """Let the function under way pause, for at most so many seconds."""
        if self.is_timed:
            self.wait(self.jitter.up_to(longest))

    def invoke(
        self,
        function: FunctionSpec,
        event: dict[str, Any],
        key: str,
        records: int,
        done: Callable[[Invocation], None],
        expire: Action = lambda: None,
    ) -> None:
        """Invoke a function in a worker of its own; `done` is called when it has returned or crashed."""
        self.invocations += 1
        invocation = Invocation(function, event, key, None, 0.0, self.now + function.timeout, self._read)
        pool = self._pools.setdefault((function.name, False), deque())
        handler = pool.popleft() if pool else self.lane.environment(function, older=False)
        began = self.now

        def handle(event: dict[str, Any], invocation: Invocation) -> dict[str, Any]:
            if self.is_timed:
                self.wait(self.jitter.of(times.INVOCATION + records * times.RECORD))
            return handler(event, invocation)

        def run() -> None:
            if self._survives(handle, invocation, event):
                pool.append(handler)
            self._refused.pop(id(invocation), None)
            source = _queue_of(event)
            self.worked[source] += self.now - began
            self.batches[source] += 1
            done(invocation)
            self.at(self.now, lambda: self.freed(source))

        greenlet(run).switch()

    def request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request after the time that it takes. Raises Refused, and Crash when the function's is over."""
        active = self.active
        active.calls += 1
        self.asked[operation] += 1
        if not self.is_timed:
            return self.requests[operation](active, parameters)
        self._pause(active)
        try:
            answer = self._answer(operation, parameters)
        except Refused as refusal:
            if refusal.code in RETRIED:
                self._refused[id(active)] += 1
            raise
        self._refused.pop(id(active), None)
        return answer

    def _pause(self, active: Invocation) -> None:
        """Wait as botocore does before it asks again."""
        refusals = self._refused.get(id(active), 0)
        if refusals:
            self.wait(self.jitter.up_to(min(2.0 ** (refusals - 1), LONGEST_PAUSE)))

    def _answer(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        duration = self.jitter.of(times.REQUESTS[operation])
        if operation == "TransactWriteItems":
            return self._transaction(parameters, duration)
        self.wait(duration)
        writes = writes_of(self.dynamodb, operation, parameters)
        reasons = self.contention.reasons(writes, self.now)
        if reasons is not None:
            raise Refused("TransactionConflictException" if CONFLICT in reasons else THROTTLED, "not now")
        answer = self.requests[operation](self.active, parameters)
        if operation == "Query":
            self.wait(times.OF_LISTED_ITEM * answer["Count"])
        return answer

    def _transaction(self, parameters: Mapping[str, Any], duration: float) -> dict[str, Any]:
        """Hold the items of a transaction for its time; one that finds an item held is cancelled."""
        writes = writes_of(self.dynamodb, "TransactWriteItems", parameters)
        reasons = self.contention.reasons(writes, self.now)
        if reasons is not None:
            self.wait(duration / 2)
            codes = [{"Code": reason} for reason in reasons]
            raise Refused("TransactionCanceledException", "Transaction cancelled", codes)
        self.contention.hold(writes)
        try:
            self.wait(duration)
            return self.requests["TransactWriteItems"](self.active, parameters)
        finally:
            self.contention.let_go(writes)


def _queue_of(event: Mapping[str, Any]) -> str:
    """Return the name of the queue whose messages an invocation was handed; "" for a sweep's tick, or a stream."""
    records = event.get("Records") or [{}]
    return str(records[0].get("eventSourceARN", "")).rpartition(":")[2]
