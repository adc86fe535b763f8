"""Adds up what was recorded, by function, and says how much of it is an invocation's and how much a record's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from ensemble.meter.recording import Recorded
from ensemble.meter.units import Amounts, Units


@dataclass(slots=True)
class Sums:
    """What one function did: by source the invocations, records and deliveries of rules; what it was billed."""

    invocations: Amounts[str | None] = field(default_factory=Amounts)
    records: Amounts[str | None] = field(default_factory=Amounts)
    delivered: Amounts[str | None] = field(default_factory=Amounts)
    units: Units = field(default_factory=Units)
    milliseconds: float = 0.0
    log_lines: float = 0.0
    log_bytes: float = 0.0


def sums(recorded: Recorded, workflows: float = 1) -> dict[str, Sums]:
    """Return the sums of each function, for one of so many workflows."""
    found: dict[str, Sums] = defaultdict(Sums)
    share = 1 / workflows
    for one in recorded.invocations:
        of = found[one.function]
        of.invocations[one.source] += share
        of.records[one.source] += one.records * share
        of.delivered[one.source] += one.delivered * share
        for call in one.calls:
            of.units.add(call.units, share)
            of.milliseconds += call.milliseconds * share
    for name, lines in recorded.lines.items():
        found[name].log_lines += len(lines) * share
        found[name].log_bytes += sum(len(line.encode()) for line in lines) * share
    return dict(found)


@dataclass(frozen=True, slots=True)
class Line:
    """What something comes to: so much for each invocation, and so much for each record."""

    fixed: float
    each: float

    def at(self, invocations: float, records: float) -> float:
        """Return what so many come to."""
        return self.fixed * invocations + self.each * records


def line(alone: tuple[float, float, float], together: tuple[float, float, float]) -> Line:
    """Return the line through two measurements, each with invocations, records, and what they came to.

    Where batches were as large in both, all is taken to be the records'. Nothing costs less than nothing.
    """
    (invocations, records, amount), (fewer, as_many, other) = alone, together
    determinant = invocations * as_many - fewer * records
    if abs(determinant) < 1e-9:
        return Line(0.0, amount / records if records else 0.0)
    fixed = (amount * as_many - other * records) / determinant
    each = (invocations * other - fewer * amount) / determinant
    if fixed < 0:
        return Line(0.0, amount / records)
    if each < 0:
        return Line(amount / invocations, 0.0)
    return Line(fixed, each)
