"""What an alarm says of the last datapoints (Amazon CloudWatch User Guide, "Configuring how CloudWatch alarms treat
missing data")."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

MORE_PERIODS = 2
"""How many periods an alarm looks at beyond those it needs, for where data is missing. CloudWatch says of its examples
alone that it looks at five for three; that its number depends on the period, and no more."""


class State(StrEnum):
    """The states of an alarm."""

    OK = "OK"
    ALARM = "ALARM"
    UNKNOWN = "INSUFFICIENT_DATA"


TREATMENTS = ("breaching", "ignore", "missing", "notBreaching")
"""What may be said of missing data."""


def verdict(points: Sequence[bool | None], needed: int, periods: int, missing: str) -> State | None:
    """Return the state that follows from datapoints; None: the state that there was.

    `points`: whether each breaches, the newest last; None where data is missing. They are as many as the `periods`
    that are evaluated and MORE_PERIODS. `needed`: how many of them must breach. `missing`: one of TREATMENTS.

    Missing data is asked about only where there are fewer datapoints than periods. Of data that comes now and then, an
    only datapoint that breaches is not enough while it is younger than `needed` periods ("Avoiding premature
    transitions to alarm state").
    """
    real = [point for point in points if point is not None][-periods:]
    breaching, filled = sum(real), periods - len(real)
    if filled and missing == "breaching":
        breaching += filled
    if breaching >= needed:
        return State.ALARM
    if not filled or missing in ("breaching", "notBreaching") or not all(real):
        return State.OK
    if not real:
        return State.UNKNOWN if missing == "missing" else None
    age = len(points) - points.index(True)
    return State.ALARM if missing == "missing" and age >= needed else None
