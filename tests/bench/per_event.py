"""CPU and AWS calls of an event, all sides handling the same batches of ten, over clients answered in process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from tests.bench.handlers import Child, Handler
from tests.bench.report import Figure, Spread, milliseconds, ratios
from tests.bench.workload import BATCH, request_loan_batch

SECTION = "per-event"
ROUNDS = 11
BATCHES_PER_ROUND = 20
CPU_AT_MOST = 0.35
CALLS_AT_MOST = 0.55
TELEMETRY_AT_MOST = 1.2

SILENT = {"POWERTOOLS_LOG_LEVEL": "CRITICAL", "POWERTOOLS_TRACE_DISABLED": "true"}
"""What makes Powertools write no line and no trace."""

Round = dict[str, tuple[float, float]]
"""CPU seconds and AWS calls for one event, by side."""


def measure(consumers: Mapping[str, Handler], usual: Handler) -> Iterator[Figure]:
    """Compare a consumer, which decides, commits and publishes, with the usual handler that does the same, and with
    itself without telemetry."""
    loan = consumers["loan"]
    with usual.start() as theirs, loan.start() as consumer, loan.start(**SILENT) as silent:
        sides = {"usual": theirs, "consumer": consumer, "silent": silent}
        rounds = [_round(sides) for _ in range(ROUNDS + 1)][1:]  # the first one fills caches
    yield _cpu(rounds)
    yield _calls(rounds[0])
    yield _telemetry(rounds)


def _round(sides: Mapping[str, Child]) -> Round:
    """Let the sides take turns batch by batch, so that a slow moment of the machine hits all of them."""
    seconds: Counter[str] = Counter()
    calls: Counter[str] = Counter()
    for _ in range(BATCHES_PER_ROUND):
        batch = request_loan_batch()
        for side, child in sides.items():
            cost = child.invoke([batch])
            seconds[side] += cost["seconds"]
            calls[side] += sum(cost["calls"].values())
    events = BATCHES_PER_ROUND * BATCH
    return {side: (seconds[side] / events, calls[side] / events) for side in calls}


def _cpu(rounds: list[Round]) -> Figure:
    usual, ours = ([costs[side][0] for costs in rounds] for side in ("usual", "consumer"))
    return Figure(SECTION, "CPU", ratios(ours, usual), milliseconds(usual), milliseconds(ours), CPU_AT_MOST)


def _calls(costs: Round) -> Figure:
    usual, ours = costs["usual"][1], costs["consumer"][1]
    return Figure(SECTION, "AWS calls", Spread.of([ours / usual]), f"{usual:g}", f"{ours:g}", CALLS_AT_MOST)


def _telemetry(rounds: list[Round]) -> Figure:
    silent, ours = ([costs[side][0] for costs in rounds] for side in ("silent", "consumer"))
    shares = ratios(ours, silent)
    return Figure(SECTION, "CPU with telemetry", shares, milliseconds(silent), milliseconds(ours), TELEMETRY_AT_MOST)
