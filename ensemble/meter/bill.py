"""The bill of a workflow at a rate: measured units, spread over the batches that form at that rate."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from ensemble.meter.assumed import RECEIVE_SECONDS, TRACED_SHARE, TRACES_A_SECOND, code_milliseconds
from ensemble.meter.batches import Arrivals, batch, deletes, empty_receives, is_overloaded, receives, traced
from ensemble.meter.latency import Course
from ensemble.meter.measure import Line, Sums, line
from ensemble.meter.platform_log import bytes_of_an_invocation
from ensemble.meter.recording import Recorded
from ensemble.meter.stage import Function, Mapping, Stage
from ensemble.meter.units import GIGABYTE, MONTH_HOURS, Amounts, Unit, Units, chunks

MEGABYTES = 1024


@dataclass(frozen=True, slots=True)
class Bill:
    """What one workflow is billed, by service; also its invocations and its empty receives."""

    units: dict[str, Units]
    invocations: Amounts[str]
    empty_receives: float

    @property
    def total(self) -> Units:
        """All services together."""
        total = Units()
        for units in self.units.values():
            total.add(units)
        return total


class Meter:
    """What was measured of a stage: one workflow by itself, and several at once.

    `alone`, `together`: the sums of each function for one workflow. `recorded`: the one by itself.
    """

    def __init__(self, stage: Stage, alone: dict[str, Sums], together: dict[str, Sums], recorded: Recorded) -> None:
        self.stage, self.alone = stage, alone
        self._together = together
        self._events = recorded.events
        self.course = Course(recorded, stage)

    def bill(self, rate: float) -> Bill:
        """Return the bill of one workflow, where so many begin a second."""
        units: dict[str, Units] = {}
        invocations = Amounts[str]()
        empty = 0.0
        for service, some in self._of_events():
            units.setdefault(service, Units()).add(some)
        for name, function in self.stage.functions.items():
            found = self._function(function, rate) if name in self.alone else None
            if found is not None:
                units.setdefault(function.service, Units()).add(found[0])
                invocations[function.service] += found[1]
        for mapping in self.stage.mappings:
            arriving = rate * self._records(mapping)
            empty += empty_receives(mapping, arriving) / rate
        return Bill(units, invocations, empty)

    def _records(self, mapping: Mapping) -> float:
        of = self.alone.get(mapping.function)
        return of.records[mapping.source] if of else 0.0

    def _of_events(self) -> Iterator[tuple[str, Units]]:
        """Yield what outside publishers put, and what the archive takes; events of functions are in their requests."""
        services = {function.service for function in self.stage.functions.values()}
        for event in self._events:
            size = len(json.dumps(event))
            if self.stage.has_archive:
                yield event["source"], Units({Unit.ARCHIVED: size / GIGABYTE})
            if event["source"] not in services:
                yield event["source"], Units({Unit.EVENT: chunks(size)})

    def _line(self, function: str, amount: float, other: float) -> Line:
        alone, together = self.alone[function], self._together.get(function, self.alone[function])
        return line(
            (alone.invocations.total, alone.records.total, amount),
            (together.invocations.total, together.records.total, other),
        )

    def batches(self, rate: float) -> Iterator[tuple[Mapping, Arrivals, float]]:
        """Yield each mapping that has records, what arrives, and the mean size of its batches."""
        for mapping in self.stage.mappings:
            records = self._records(mapping)
            if not records:
                continue
            seconds = self._milliseconds(self.stage.functions[mapping.function])
            arrivals = Arrivals(
                rate=rate * records,
                together=self.course.together(mapping),
                fixed=seconds.fixed / 1000 + (0 if mapping.is_stream else 2 * RECEIVE_SECONDS),
                each=seconds.each / 1000,
            )
            yield mapping, arrivals, batch(mapping, arrivals)

    def overloaded(self, rate: float) -> list[str]:
        """Return the sources of which more comes than their mappings can hand over, in full batches."""
        return [mapping.source for mapping, arrivals, _ in self.batches(rate) if is_overloaded(mapping, arrivals)]

    def _milliseconds(self, function: Function) -> Line:
        alone = self.alone[function.name]
        together = self._together.get(function.name, alone)
        calls = self._line(function.name, alone.milliseconds, together.milliseconds)
        return Line(calls.fixed, calls.each + code_milliseconds(function.memory))

    def _function(self, function: Function, rate: float) -> tuple[Units, float] | None:
        alone = self.alone[function.name]
        together = self._together.get(function.name, alone)
        invocations = records = 0.0
        units = Units()
        for mapping, arrivals, size in self.batches(rate):
            if mapping.function != function.name:
                continue
            number = alone.records[mapping.source] / size
            invocations, records = invocations + number, records + alone.records[mapping.source]
            units[Unit.QUEUE] += number * (receives(mapping, arrivals, size) + deletes(mapping, size))
            units[Unit.QUEUE] += 0 if mapping.is_stream else alone.delivered[mapping.source]
        if not records:
            return None
        for unit in alone.units.keys() | together.units.keys():
            units[unit] += self._line(function.name, alone.units[unit], together.units[unit]).at(invocations, records)
        seconds = self._milliseconds(function).at(invocations, records) / 1000
        log = self._line(function.name, alone.log_bytes, together.log_bytes).at(invocations, records)
        units.add(of_invocations(function, invocations, seconds, log))
        if function.is_traced:
            sampled = traced(rate * invocations, at_least=TRACES_A_SECOND, share=TRACED_SHARE)
            units[Unit.TRACE] += sampled / rate
        return units, invocations


def of_invocations(function: Function, number: float, seconds: float, log_bytes: float) -> Units:
    """Return what invocations of a function are billed for themselves, with the log of the function and of Lambda."""
    duration = Unit.DURATION if function.is_arm else Unit.DURATION_X86
    return Units(
        {
            Unit.REQUEST: number,
            duration: seconds * function.memory / MEGABYTES,
            Unit.LOG: (log_bytes + number * bytes_of_an_invocation(function)) / GIGABYTE,
        }
    )


def idle(stage: Stage, schedules: dict[str, Sums], minutes: float) -> Units:
    """Return what a stage is billed in a month in which nothing happens.

    `schedules`: what the functions did in so many idle minutes.
    """
    seconds = MONTH_HOURS * 3600
    units = Units({Unit.ALARM: stage.alarm_metrics})
    units[Unit.QUEUE] = sum(empty_receives(mapping, 0) for mapping in stage.mappings) * seconds
    for name, of in schedules.items():
        function, often = stage.functions[name], seconds / (60 * minutes)
        number = of.invocations.total
        if not number:
            continue
        units.add(of.units, often)
        busy = (of.milliseconds + number * code_milliseconds(function.memory)) / 1000
        units.add(of_invocations(function, number, busy, of.log_bytes), often)
        if function.is_traced:
            units[Unit.TRACE] += traced(number / (60 * minutes), at_least=TRACES_A_SECOND, share=TRACED_SHARE) * seconds
    return units
