"""CPU and AWS calls of an event, both sides handling the same batches of ten, over clients answered in process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.bench.handlers import Child, Handler, Handlers
from tests.bench.report import Figure, Spread, milliseconds, ratios
from tests.bench.workload import BATCH, request_loan_batch, stream_batch

SECTION = "per-event"
ROUNDS = 11
BATCHES_PER_ROUND = 20
CPU_AT_MOST = 0.65
CALLS_AT_MOST = 0.5

Round = dict[str, tuple[float, float]]
"""CPU seconds and AWS calls for one event, by side."""


def measure(handlers: Handlers, usual: Handler) -> Iterator[Figure]:
    """Compare with the usual handler: the consumer alone, and the consumer with its relay's part."""
    starting = usual.start(), handlers.consumers["loan"].start(), handlers.relay.start()
    with starting[0] as theirs, starting[1] as consumer, starting[2] as relay:
        rounds = [_round(theirs, consumer, relay) for _ in range(ROUNDS + 1)][1:]  # the first one fills caches
    yield _cpu("CPU", rounds, ("consumer",))
    yield _cpu("CPU with the relay's", rounds, ("consumer", "relay"))
    yield _calls("AWS calls", rounds[0], ("consumer",), CALLS_AT_MOST)
    yield _calls("calls with the relay's", rounds[0], ("consumer", "relay"), None)


def _round(usual: Child, consumer: Child, relay: Child) -> Round:
    """Let the sides take turns batch by batch, so that a slow moment of the machine hits all of them."""
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for _ in range(BATCHES_PER_ROUND):
        batch = request_loan_batch()
        costs = {"usual": usual.invoke([batch]), "consumer": consumer.invoke([batch])}
        costs["relay"] = relay.invoke([stream_batch(costs["consumer"]["items"])])
        for side, cost in costs.items():
            seconds[side] += cost["seconds"]
            calls[side] += sum(cost["calls"].values())
    events = BATCHES_PER_ROUND * BATCH
    return {side: (seconds[side] / events, calls[side] / events) for side in calls}


def _cpu(name: str, rounds: list[Round], sides: tuple[str, ...]) -> Figure:
    usual = [costs["usual"][0] for costs in rounds]
    ours = [sum(costs[side][0] for side in sides) for costs in rounds]
    return Figure(SECTION, name, ratios(ours, usual), milliseconds(usual), milliseconds(ours), CPU_AT_MOST)


def _calls(name: str, costs: Round, sides: tuple[str, ...], at_most: float | None) -> Figure:
    usual, ours = costs["usual"][1], sum(costs[side][1] for side in sides)
    return Figure(SECTION, name, Spread.of([ours / usual]), f"{usual:g}", f"{ours:g}", at_most)
