"""What is measured: values of metrics, minute by minute, and the statistics of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.clock import Clock

MINUTE = 60
"""Seconds of which values are kept together: the standard resolution (Amazon CloudWatch User Guide, "Metrics
concepts")."""

KEPT_SECONDS = 24 * 60 * 60
"""How long values are kept: as far back as an alarm on minutes may look (Amazon CloudWatch API Reference,
PutMetricAlarm, Period). AWS keeps them for 15 days."""

STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")

Series = dict[int, float]
"""One value for each period that has any, by the instant at which the period began."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric: its namespace, its name and its dimensions, of which another value is another metric."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        """Return the metric with these dimensions, in whatever order they come."""
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    def __str__(self) -> str:
        values = ", ".join(f"{name} {value}" for name, value in self.dimensions)
        return f"{self.namespace} {self.name}" + (f" ({values})" if values else "")


@dataclass(slots=True)
class Values:
    """What was measured in one minute, as the statistics need it."""

    count: float = 0.0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, count: float, total: float, least: float, most: float) -> None:
        """Add what was measured besides."""
        self.count, self.total = self.count + count, self.total + total
        self.least, self.most = min(self.least, least), max(self.most, most)

    def statistic(self, name: str) -> float:
        """Return one of STATISTICS."""
        match name:
            case "Average":
                return self.total / self.count
            case "Maximum":
                return self.most
            case "Minimum":
                return self.least
            case "SampleCount":
                return self.count
        return self.total


class Metrics:
    """All that was measured within the last day."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._minutes: dict[Metric, dict[int, Values]] = {}

    def record(self, metric: Metric, value: float, at: float | None = None) -> None:
        """Note a value, of now unless another instant is given (seconds since 1970)."""
        self._of_minute(metric, self._clock.now() if at is None else at).add(1, value, value, value)

    def series(self, metric: Metric, statistic: str, period: int, start: int, end: int) -> Series:
        """Return a statistic for each period of so many seconds that has values: the first begins at `start`, a whole
        minute, the last before `end`."""
        last = start + -(-(end - start) // period) * period
        kept, together = self._minutes.get(metric, {}), dict[int, Values]()
        few = range(start, last, MINUTE)
        for minute in few if len(few) < len(kept) else kept:  # an alarm asks for a few of many, again and again
            if start <= minute < last and minute in kept:
                one, begin = kept[minute], minute - (minute - start) % period
                together.setdefault(begin, Values()).add(one.count, one.total, one.least, one.most)
        return {begin: values.statistic(statistic) for begin, values in sorted(together.items())}

    def state(self, metrics: Iterable[Metric], since: float) -> list[Any]:
        """Return as JSON what was measured of these metrics since an instant."""
        return [
            [
                metric.namespace,
                metric.name,
                metric.dimensions,
                minute,
                value.count,
                value.total,
                value.least,
                value.most,
            ]
            for metric in metrics
            for minute, value in self._minutes.get(metric, {}).items()
            if minute >= since
        ]

    def restore(self, state: Iterable[Any]) -> None:
        """Add what `state` returned."""
        for namespace, name, dimensions, minute, *values in state:
            self._of_minute(Metric.of(namespace, name, dict(dimensions)), minute).add(*values)

    def _of_minute(self, metric: Metric, instant: float) -> Values:
        minute = int(instant // MINUTE) * MINUTE
        minutes = self._minutes.setdefault(metric, {})
        if minute not in minutes:
            for old in [one for one in minutes if one < minute - KEPT_SECONDS]:
                del minutes[old]
            minutes[minute] = Values()
        return minutes[minute]
