"""A breaker for each system that a service asks: while the system is down, it is asked once a minute, by one worker.

    closed ──8 failures──> open: nobody asks until `probe_at`; then one worker takes the probe and puts it off
      ^                      │   by a minute, so that all others wait
      └────a call succeeds───┘

What all workers share is one small versioned row for each system in the service's own table. It is read only by a
worker whose last call failed, or that has made none yet: as long as all is well it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Protocol

from functions.kit import clock
from functions.kit.errors import BreakerOpen, Kind, TooLittleTime, Unavailable, VersionConflict
from functions.kit.faults import kind_of
from functions.kit.telemetry import count, described, logger

OPENS_AT = 8
"""Failures. A worker counts one only if its own last call failed too: single failures shall not add up."""

PROBE_SECONDS = 60.0
"""Between two probes of a system that is down. Everything waits so long at most after the system has come back."""

PRECEDENCE_SECONDS = 5.0
"""By so much calls that were tried before have precedence for a probe. Else each probe would try one more workflow,
which then could not end before the system is back, and would be begun with then, only to be undone."""

LONGEST_PROBE_SECONDS = 900.0
"""The same for a system that says itself when it may be asked again."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """What is known of a system, as it was read: failures in a row, and when it may be asked (seconds since 1970)."""

    system: str
    version: int = 0
    failures: int = 0
    probe_at: float = 0.0

    @property
    def is_open(self) -> bool:
        return self.failures >= OPENS_AT


class Circuits(Protocol):
    """Where circuits are kept."""

    def read_circuit(self, system: str) -> Circuit: ...

    def write_circuit(self, circuit: Circuit) -> Circuit:
        """Write a circuit that was read and changed; return it as it is now. Raises VersionConflict when another
        worker was faster."""
        ...


class OwnCircuits:
    """Circuits in a worker's own memory: for the table, which cannot keep its own."""

    def __init__(self) -> None:
        self._circuits: dict[str, Circuit] = {}

    def read_circuit(self, system: str) -> Circuit:
        return self._circuits.get(system, Circuit(system))

    def write_circuit(self, circuit: Circuit) -> Circuit:
        """Keep the circuit; nobody else can be faster."""
        self._circuits[circuit.system] = circuit
        return circuit


class Breakers:
    """The breakers of a worker, over the circuits that it may share.

    `has_time`: whether the invocation under way has time for one more call that fails.
    """

    def __init__(self, circuits: Circuits) -> None:
        self._circuits = circuits
        self.has_time: Callable[[], bool] = lambda: True
        self._answering: set[str] = set()
        self._failing: set[str] = set()
        self._closed_until: dict[str, float] = {}
        self._read: dict[str, Circuit] = {}
        self._probing_until: dict[str, float] = {}

    def ask(self, system: str, *, is_first: bool = False) -> None:
        """Say that the system is about to be called. Raises BreakerOpen when it must not be.

        `is_first`: nothing of what the call is for was ever tried, so that it can still be undone without the system.
        Such a call lets those go first that were tried before, and probes only when there are none.
        """
        if system in self._answering:
            return
        now, precedence = clock.now(), PRECEDENCE_SECONDS if is_first else 0.0
        if now < self._probing_until.get(system, 0.0):
            return  # it took the probe before, and something else kept it from the call
        if now < self._closed_until.get(system, 0.0):
            raise _open(system, self._closed_until[system] + precedence - now)
        circuit = self._circuits.read_circuit(system)
        if circuit.is_open:
            circuit = self._take_the_probe(circuit, now, precedence)
        self._read[system] = circuit

    def _take_the_probe(self, circuit: Circuit, now: float, precedence: float) -> Circuit:
        """Put the next probe off and return the circuit, so that this worker alone probes. Raises BreakerOpen."""
        if now >= circuit.probe_at + precedence:
            circuit = replace(circuit, probe_at=now + PROBE_SECONDS)
            try:
                circuit = self._circuits.write_circuit(circuit)
            except VersionConflict:
                pass  # another worker has it
            else:
                self._probing_until[circuit.system] = circuit.probe_at
                return circuit
        self._closed_until[circuit.system] = circuit.probe_at
        raise _open(circuit.system, circuit.probe_at + precedence - now)

    def calling(self, system: str) -> AbstractContextManager[None]:
        """Learn from what becomes of a call: a fault other than an outage is an answer too.

        Raises TooLittleTime instead, when a call that fails would outlast the invocation.
        """
        if not self.has_time():
            raise TooLittleTime(f"the invocation had too little time left to ask {system}")
        self._probing_until.pop(system, None)
        return _Call(self, system)

    def answered(self, system: str, fault: BaseException | None) -> None:
        """Learn from what became of a call."""
        if fault is None:
            self._succeeded(system)
        elif isinstance(fault, Exception):
            if kind_of(fault) is Kind.OUTAGE:
                self._failed(system, fault)
            else:
                self._succeeded(system)

    def _succeeded(self, system: str) -> None:
        self._failing.discard(system)
        self._closed_until.pop(system, None)
        self._answering.add(system)
        circuit = self._read.pop(system, None)
        if circuit is None or not circuit.failures:
            return
        if self._write(replace(circuit, failures=0, probe_at=0.0)) and circuit.is_open:
            count("BreakerClosed")
            logger.info("BreakerClosed", extra={"system": system})

    def _failed(self, system: str, fault: Exception) -> None:
        self._answering.discard(system)
        self._read.pop(system, None)
        if system not in self._failing:
            self._failing.add(system)
            return
        for _ in range(OPENS_AT):  # of those who count at once one does each time: after so many it is open
            try:
                self._count(self._circuits.read_circuit(system), fault)
            except VersionConflict:
                continue
            except Exception:  # the table is down as well: the failure is not counted
                return
            return

    def _count(self, circuit: Circuit, fault: Exception) -> None:
        """Count a failure, and open the breaker. Raises VersionConflict, and what the table raised."""
        counted = _counted(circuit, fault)
        if counted == circuit:
            return
        self._circuits.write_circuit(counted)
        if counted.is_open and not circuit.is_open:
            count("BreakerOpened")
            logger.error("BreakerOpened", extra={"system": circuit.system, "reason": described(fault)})

    def _write(self, circuit: Circuit) -> bool:
        """Write what is known. If that fails, the next call finds out anew."""
        try:
            self._circuits.write_circuit(circuit)
        except Exception:
            return False
        return True


class _Call:
    """A call of a system under way. A generator would do, and cost each call three times as much."""

    __slots__ = ("_breakers", "_system")

    def __init__(self, breakers: Breakers, system: str) -> None:
        self._breakers, self._system = breakers, system

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self._breakers.answered(self._system, fault)


def _counted(circuit: Circuit, fault: Exception) -> Circuit:
    """Return the circuit after one more failure, which may say itself when to ask again."""
    counted = replace(circuit, failures=min(circuit.failures + 1, OPENS_AT))
    wanted = fault.retry_after or 0.0 if isinstance(fault, Unavailable) else 0.0
    if counted.is_open and (wanted > PROBE_SECONDS or not circuit.is_open):
        pause = min(max(PROBE_SECONDS, wanted), LONGEST_PROBE_SECONDS)
        return replace(counted, probe_at=clock.now() + pause)
    return counted


def _open(system: str, seconds: float) -> BreakerOpen:
    return BreakerOpen(f"{system} does not answer, and is asked again later", retry_after=max(0.0, seconds))
