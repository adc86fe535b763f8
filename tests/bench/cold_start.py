"""CPU of a cold start: importing a handler, its clients made, in a fresh process each time."""

from __future__ import annotations

from collections.abc import Iterator

from tests.bench.handlers import Handler, Handlers
from tests.bench.report import Figure, milliseconds, ratios
from tests.bench.workload import request_loan_batch

SECTION = "cold-start"
ROUNDS = 11
AT_MOST = 0.65


def measure(handlers: Handlers, usual: Handler) -> Iterator[Figure]:
    """Compare with the usual handler: a consumer, the consumer that has a client more, and a relay."""
    ours = {
        "consumer": handlers.consumers["loan"],
        "with an SNS client": handlers.consumers["mail"],
        "relay": handlers.relay,
    }
    rounds = [_round(usual, ours) for _ in range(ROUNDS + 1)][1:]  # the first one warms the disk's cache
    yield _figure("consumer", rounds)
    yield _figure("with its first event", rounds, "consumer and first event", "usual and first event")
    yield _figure("with an SNS client", rounds)
    yield _figure("relay", rounds)


def _figure(name: str, rounds: list[dict[str, float]], ours: str = "", usual: str = "usual") -> Figure:
    above = [costs[ours or name] for costs in rounds]
    below = [costs[usual] for costs in rounds]
    return Figure(SECTION, name, ratios(above, below), milliseconds(below), milliseconds(above), AT_MOST)


def _round(usual: Handler, ours: dict[str, Handler]) -> dict[str, float]:
    """Return the CPU seconds of each once. Raises RuntimeError when a client that an event needs is not made yet."""
    costs = {}
    for name, handler in {"usual": usual, **ours}.items():
        with handler.start() as child:
            costs[name] = child.seconds
            needed = "events" if name == "relay" else "dynamodb"
            if needed not in child.clients:
                raise RuntimeError(f"{handler.module} made no {needed} client at its import: {child.clients}")
            if name in ("usual", "consumer"):
                first_event = child.invoke([request_loan_batch(records=1)])["seconds"]
                costs[f"{name} and first event"] = child.seconds + first_event
    return costs
