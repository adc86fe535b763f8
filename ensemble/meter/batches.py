"""How large batches are at a rate: by the window, the arrivals, and how many batches there may be at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ensemble.meter.assumed import (
    FEWEST_POLLERS,
    LONG_POLL_SECONDS,
    MOST_WORKERS,
    POLLERS,
    RECEIVE_SECONDS,
    STREAM_POLL_SECONDS,
)
from ensemble.meter.stage import Mapping

MOST_RECEIVED = 10
"""Messages of one ReceiveMessage, or of one DeleteMessageBatch (Amazon SQS API Reference)."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What comes to a mapping: how much a second, and how much of one workflow within a window.

    `fixed`, `each`: seconds of an invocation, and of each record in it.
    """

    rate: float
    together: float
    fixed: float
    each: float


def pollers(mapping: Mapping) -> int:
    """Return how many requests wait for messages of a queue at low traffic."""
    if mapping.is_stream:
        return 0
    return FEWEST_POLLERS if mapping.workers is None else min(POLLERS, mapping.workers)


def batch(mapping: Mapping, arrivals: Arrivals) -> float:
    """Return the mean size of a batch; that of the mapping where more comes than can be handled.

    With a window each poller collects for itself: what comes meanwhile is spread over them. Without one a poller hands
    over what it finds, which is a single message until all that may work are at work. A stream is one shard, which is
    read four times a second, or as soon as the batch before is handled.
    """
    if mapping.is_stream:
        wait = max(mapping.window, STREAM_POLL_SECONDS)
        size = max(arrivals.rate * wait, _waiting(arrivals, 1))
    elif mapping.window:
        several = pollers(mapping)
        alone = _of_one_workflow(arrivals.together, several)
        size = max(alone + arrivals.rate * mapping.window / several, _waiting(arrivals, _workers(mapping)))
    else:
        size = _waiting(arrivals, _workers(mapping))
    return min(float(mapping.batch_size), max(1.0, size))


def is_overloaded(mapping: Mapping, arrivals: Arrivals) -> bool:
    """Return whether more comes than all workers hand over in full batches."""
    seconds = arrivals.fixed + mapping.batch_size * arrivals.each
    return arrivals.rate * seconds / mapping.batch_size > (1 if mapping.is_stream else _workers(mapping))


def receives(mapping: Mapping, arrivals: Arrivals, size: float) -> float:
    """Return how many ReceiveMessage a batch takes.

    In a window a request returns with the first message that comes, and so brings more only where several come
    in the time that it takes.
    """
    if mapping.is_stream:
        return 0
    if not mapping.window:
        return math.ceil(size / MOST_RECEIVED)
    at_once = arrivals.rate * RECEIVE_SECONDS / pollers(mapping)
    return size / min(MOST_RECEIVED, max(1.0, at_once))


def deletes(mapping: Mapping, size: float) -> float:
    """Return how many DeleteMessageBatch a batch takes."""
    return 0 if mapping.is_stream else max(1.0, size / MOST_RECEIVED)


def empty_receives(mapping: Mapping, rate: float) -> float:
    """Return how many requests a second find no message, where so many messages come a second: at random."""
    several = pollers(mapping)
    if not rate:
        return several / LONG_POLL_SECONDS
    if not several:
        return 0.0
    expected = min(LONG_POLL_SECONDS * rate / several, 500.0)
    return rate / math.expm1(expected)


def traced(rate: float, *, at_least: float, share: float) -> float:
    """Return how many of so many invocations a second Lambda traces."""
    return min(rate, at_least) + share * max(0.0, rate - at_least)


def _workers(mapping: Mapping) -> int:
    return MOST_WORKERS if mapping.workers is None else mapping.workers


def _waiting(arrivals: Arrivals, workers: int) -> float:
    """Return the size at which so many workers keep up: what comes while one is at work, shared by them."""
    spare = workers - arrivals.rate * arrivals.each
    return math.inf if spare <= 0 else arrivals.rate * arrivals.fixed / spare


def _of_one_workflow(number: float, several: int) -> float:
    """Return the mean batch of so many messages that come within a window, each to any of several pollers."""
    missed: float = (1 - 1 / several) ** number
    return number / (several * (1 - missed))
