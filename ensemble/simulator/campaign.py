"""Runs the schedules of many seeds on all cores, and adds up what became of them."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context

from ensemble.simulator.faults import Fault
from ensemble.simulator.schedule import Outcome

CHUNK = 100
"""Seeds that a process runs between two reports, at most."""

SHARES = 4
"""A process is given a fourth of its part of what is left at a time: so all of them end at about the same time."""

Make = Callable[[str], Callable[[int], Outcome]]


@dataclass
class Tally:
    """What became of the schedules so far. `seconds` is processor time, of all cores together.

    `left_out`: in how many of them each service took no part. `fingerprints`: the sum of the schedules' own, so that
    those of two campaigns add up to that of both, in whichever order and by however many processes they ran.
    """

    schedules: int = 0
    seconds: float = 0.0
    events: int = 0
    invocations: int = 0
    failures: list[tuple[int, str]] = field(default_factory=list)
    faults: Counter[tuple[str, Fault]] = field(default_factory=Counter)
    reached: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    fingerprints: int = 0

    @property
    def hash(self) -> str:
        """16 hexadecimal digits: equal where the same seeds were run, and the same became of each."""
        return f"{self.fingerprints % 2**64:016x}"

    def add(self, outcome: Outcome) -> None:
        """Count one schedule."""
        self.schedules += 1
        self.events += outcome.events
        self.invocations += outcome.invocations
        self.faults.update(outcome.faults)
        self.reached.update(outcome.reached)
        self.left_out.update(outcome.absent)
        self.fingerprints += outcome.fingerprint
        if outcome.violations:
            self.failures.append((outcome.seed, outcome.violations[0]))

    def merge(self, other: Tally) -> None:
        """Count all that another tally has."""
        self.schedules += other.schedules
        self.seconds += other.seconds
        self.events += other.events
        self.invocations += other.invocations
        self.failures.extend(other.failures)
        self.faults.update(other.faults)
        self.reached.update(other.reached)
        self.left_out.update(other.left_out)
        self.fingerprints += other.fingerprints


_run: Callable[[int], Outcome]


def campaign(make: Make, lane: str, first: int, seeds: int, jobs: int | None = None) -> Generator[Tally, None, None]:
    """Run the schedules of so many seeds from the first one on; yield the tally so far, again and again.

    `make` returns, in each process, what runs a seed's schedule in the lane. `jobs`: all cores unless given.
    Whoever stops early waits for the schedules under way only.
    """
    total = Tally()
    context = get_context("spawn")
    workers = jobs or os.cpu_count() or 1
    pool = ProcessPoolExecutor(workers, context, initializer=_begin, initargs=(make, lane))
    try:
        for done in as_completed([pool.submit(_run_chunk, chunk) for chunk in chunks(first, seeds, workers)]):
            total.merge(done.result())
            yield total
    finally:  # not by `with`: its own shutdown would take the cancellation back
        pool.shutdown(cancel_futures=True)


def chunks(first: int, seeds: int, workers: int) -> Iterator[range]:
    """Yield the seeds in runs that become shorter towards the end, so that no process waits long for another."""
    end = first + seeds
    while first < end:
        size = min(CHUNK, max(1, (end - first) // (SHARES * workers)))
        yield range(first, first + size)
        first += size


def _begin(make: Make, lane: str) -> None:
    """Load everything, and keep it out of the garbage collector's way; a Ctrl-C is for the parent to heed."""
    global _run
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _run = make(lane)
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)


def _run_chunk(seeds: range) -> Tally:
    tally = Tally()
    began = time.process_time()
    for seed in seeds:
        tally.add(_run(seed))
    tally.seconds = time.process_time() - began
    return tally
