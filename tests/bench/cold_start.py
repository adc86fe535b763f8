"""CPU of a cold start: importing a handler, its clients made, in a fresh process each time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.bench.handlers import Handler
from tests.bench.report import Figure, milliseconds, ratios
from tests.bench.workload import request_loan_batch

SECTION = "cold-start"
ROUNDS = 11
AT_MOST = 0.3


def measure(consumers: Mapping[str, Handler], usual: Handler) -> Iterator[Figure]:
    """Compare with the usual handler: a consumer that publishes, and one that has an SNS client instead."""
    ours = {"consumer": consumers["loan"], "with an SNS client": consumers["mail"]}
    rounds = [_round(usual, ours) for _ in range(ROUNDS + 1)][1:]  # the first one warms the disk's cache
    yield _figure("consumer", rounds)
    yield _figure("with its first event", rounds, "consumer and first event", "usual and first event")
    yield _figure("with an SNS client", rounds)


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
            needed = {"dynamodb", "sns"} if name == "with an SNS client" else {"dynamodb", "events"}
            if not needed.issubset(child.clients):
                raise RuntimeError(f"{handler.module} made {child.clients} at its import, and not all of {needed}")
            if name in ("usual", "consumer"):
                first_event = child.invoke([request_loan_batch(records=1)])["seconds"]
                costs[f"{name} and first event"] = child.seconds + first_event
    return costs
