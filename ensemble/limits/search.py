"""Finds how many workflows a second a service keeps up with: by trials at rates that double, and then close in."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ensemble.limits.load import Load, Service, Trial

MOST, LEAST = 1_000.0, 0.5
"""Workflows a second between which is looked."""

BUSY, TOGETHER, WITHOUT_UNITS = 0.75, 0.3, 0.02
"""From which share of busy workers, conflicts a message and throttled writes a message on one of them is the reason."""


@dataclass(frozen=True, slots=True)
class Found:
    """The highest rate that a service was seen to keep up with, and the trial above it; None: nothing was too much."""

    rate: float
    below: Trial | None
    above: Trial | None


def find(service: Service, guess: float, seconds: float, precision: float) -> Found:
    """Find the rate. `seconds`: of each trial. `precision`: how much higher the first rate is that is too much."""
    rate = min(MOST, max(LEAST, guess / 2))
    low: Trial | None = None
    high: Trial | None = None
    while (high is None or low is None) and LEAST <= rate <= MOST:
        trial = attempt(service, rate, seconds)
        if trial.keeps_up:
            low, rate = trial, rate if rate == MOST else min(MOST, rate * 2)
            if trial.rate == MOST:
                break
        else:
            high, rate = trial, rate / 2
    while low is not None and high is not None and high.rate / low.rate > 1 + precision:
        trial = attempt(service, sqrt(low.rate * high.rate), seconds)
        if trial.keeps_up:
            low = trial
        else:
            high = trial
    return Found(low.rate if low is not None else 0.0, low, high)


def attempt(service: Service, rate: float, seconds: float) -> Trial:
    """Offer workflows at a rate; longer where batches are gathered in a window, after which it shows what grows."""
    long = seconds + 2 * service.window
    return Load(service, int(rate * long) + 1).offer(rate, long)


def reason(found: Found) -> str:
    """Say what bites above the rate that was found."""
    trial = found.above
    if trial is None:
        return "nothing does, as far as was tried"
    if trial.throttled > WITHOUT_UNITS:
        return f"no units left: {trial.hottest}"
    if trial.conflicts > TOGETHER:
        return f"transactions meet: {trial.hottest}"
    if trial.busy > BUSY:
        return "all its workers are busy"
    return "messages wait too long"
