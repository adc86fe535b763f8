"""When schedules are due: rates, cron expressions and single instants."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ensemble.aws.cron import Cron

SECONDS = {"minute": 60, "hour": 3_600, "day": 86_400}
_RATE_OF_RULE = re.compile(r"rate\((?:(?P<one>1) (?P<unit>minute|hour|day)|(?P<more>[2-9]|[1-9]\d+) (?P<units>\w+)s)\)")
_RATE = re.compile(r"rate\(\s*(?P<number>[1-9]\d*)\s+(?P<unit>minute|hour|day)s?\s*\)")
_CRON = re.compile(r"cron\((?P<fields>[^()]*)\)")
_AT = re.compile(r"at\((?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")


class Schedule(Protocol):
    """When something is due."""

    def after(self, instant: float) -> float | None:
        """Return the first instant after this one at which it is due (seconds since 1970), None when none is."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, counted from where it begins; without that from each instant that is asked for."""

    seconds: float
    begins: float | None = None

    def after(self, instant: float) -> float | None:
        """Return the next instant."""
        if self.begins is None:
            return instant + self.seconds
        return self.begins + max(0, math.floor((instant - self.begins) / self.seconds) + 1) * self.seconds


@dataclass(frozen=True, slots=True)
class At:
    """Once."""

    instant: float

    def after(self, instant: float) -> float | None:
        """Return the instant, if it is still to come."""
        return self.instant if self.instant > instant else None


@dataclass(frozen=True, slots=True)
class Within:
    """What a schedule says, from a start and up to an end."""

    schedule: Schedule
    start: float = -math.inf
    end: float = math.inf

    def after(self, instant: float) -> float | None:
        """Return the next instant that is within."""
        before_start = math.nextafter(self.start, -math.inf)
        due = self.schedule.after(max(instant, before_start))
        return due if due is not None and due <= self.end else None


def schedule_of_rule(expression: str) -> Schedule:
    """Return the schedule of a rule, in UTC (Amazon EventBridge User Guide, "Setting a schedule pattern for scheduled
    rules"). Raises ValueError."""
    rate = _RATE_OF_RULE.fullmatch(expression)
    if rate is not None and (rate["unit"] or rate["units"]) in SECONDS:
        return Rate(int(rate["one"] or rate["more"]) * SECONDS[rate["unit"] or rate["units"]])
    cron = _CRON.fullmatch(expression)
    if cron is None:
        raise ValueError("it is no rate and no cron expression")
    return Cron(tuple(cron["fields"].split()), ZoneInfo("UTC"))


def schedule_of(expression: str, zone_name: str, begins: float) -> Schedule:
    """Return a schedule of EventBridge Scheduler in a time zone; a rate runs first where it begins.

    Source: Amazon EventBridge Scheduler User Guide, "Schedule types". Raises ValueError.
    """
    try:
        zone = ZoneInfo(zone_name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"the time zone {zone_name} is not known") from error
    if rate := _RATE.fullmatch(expression):
        return Rate(int(rate["number"]) * SECONDS[rate["unit"]], begins)
    if cron := _CRON.fullmatch(expression):
        return Cron(tuple(cron["fields"].split()), zone)
    if once := _AT.fullmatch(expression):
        return At(datetime.fromisoformat(once["time"]).replace(tzinfo=zone).timestamp())
    raise ValueError("it is no rate, no cron expression and no instant")
