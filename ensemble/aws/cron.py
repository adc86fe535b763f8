"""Cron expressions as EventBridge and its Scheduler read them: six fields, in a time zone."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (1, 7), (1970, 2199))
MINUTE, HOUR, DAY, MONTH, WEEKDAY, YEAR = range(6)
MOST_DAYS = 366 * 40
"""A day that does not come within forty years, which has each date on each weekday, does not come."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression. Raises ValueError when it is not valid.

    Source: Amazon EventBridge Scheduler User Guide, "Schedule types", "Syntax", and for what the clocks skip or repeat
    "Daylight savings time": a time that does not exist is skipped, and one that is there twice runs once.
    """

    fields: tuple[str, ...]
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if len(self.fields) != len(RANGES):
            raise ValueError(f"it has {len(self.fields)} fields, and not {len(RANGES)}")
        if [self.fields[DAY], self.fields[WEEKDAY]].count("?") != 1:
            raise ValueError("of the day of the month and the day of the week one is ?")
        for number in (MINUTE, HOUR, MONTH, YEAR):
            _numbers(self.fields[number], number)
        self._is_on(date(2000, 1, 1))

    def after(self, instant: float) -> float | None:
        """Return the first instant after this one at which it is due (seconds since 1970), None when none is."""
        start = datetime.fromtimestamp(instant, self.zone)
        months, years = _numbers(self.fields[MONTH], MONTH), _numbers(self.fields[YEAR], YEAR)
        minutes, hours = _numbers(self.fields[MINUTE], MINUTE), _numbers(self.fields[HOUR], HOUR)
        for day in _days(start.date()):
            if day.year not in years or day.month not in months or not self._is_on(day):
                continue
            moments = (time(hour, minute) for hour in sorted(hours) for minute in sorted(minutes))
            due = (self._instant(datetime.combine(day, moment, self.zone)) for moment in moments)
            found = next((one for one in due if one is not None and one > instant), None)
            if found is not None:
                return found
        return None

    def _instant(self, moment: datetime) -> float | None:
        back = moment.astimezone(UTC).astimezone(self.zone)
        return moment.timestamp() if back.replace(tzinfo=None) == moment.replace(tzinfo=None) else None

    def _is_on(self, day: date) -> bool:
        if self.fields[WEEKDAY] == "?":
            return any(_is_day(part, day) for part in self.fields[DAY].split(","))
        return any(_is_weekday(part, day) for part in self.fields[WEEKDAY].split(","))


def _days(first: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range(MOST_DAYS))


def _is_day(part: str, day: date) -> bool:
    """Whether a day of the month is meant: a number, `L` for the last, `15W` for the weekday next to the 15th."""
    last = calendar.monthrange(day.year, day.month)[1]
    if part == "L":
        return day.day == last
    if part.endswith("W"):
        meant = last if part == "LW" else int(part[:-1])
        return meant <= last and day.day == _nearest_weekday(day.replace(day=meant), last)
    return day.day in _numbers(part, DAY)


def _nearest_weekday(day: date, last: int) -> int:
    """Return the working day next to a day, in the same month."""
    if day.weekday() == calendar.SATURDAY:
        return day.day - 1 if day.day > 1 else day.day + 2
    if day.weekday() == calendar.SUNDAY:
        return day.day + 1 if day.day < last else day.day - 2
    return day.day


def _is_weekday(part: str, day: date) -> bool:
    """Whether a day of the week is meant: a name or 1 (Sunday) to 7, `6L` the last Friday, `3#2` the second Tuesday."""
    weekday = (day.weekday() + 1) % 7 + 1
    if part == "L":
        return weekday == 7
    if part.endswith("L"):
        is_last = day.day + 7 > calendar.monthrange(day.year, day.month)[1]
        return is_last and weekday in _numbers(part[:-1], WEEKDAY)
    name, _, number = part.partition("#")
    if number and not 1 <= int(number) <= 5:
        raise ValueError(f"{part} is no day of the week")
    return weekday in _numbers(name, WEEKDAY) and (not number or (day.day - 1) // 7 + 1 == int(number))


def _numbers(text: str, field: int) -> frozenset[int]:
    """Return what a field of numbers means: `*`, `5`, `1-5`, `*/15`, `0/5`, names, and lists of these."""
    found: set[int] = set()
    for part in text.split(","):
        whole, slash, step = part.partition("/")
        first, dash, last = whole.partition("-")
        low, high = RANGES[field]
        start = low if whole == "*" else _number(first, field)
        end = high if whole == "*" or (slash and not dash) else _number(last, field) if dash else start
        if not low <= start <= end <= high or (slash and int(step) < 1):
            raise ValueError(f"{part} is not between {low} and {high}")
        found.update(range(start, end + 1, int(step) if slash else 1))
    return frozenset(found)


def _number(text: str, field: int) -> int:
    names = MONTHS if field == MONTH else WEEKDAYS if field == WEEKDAY else ()
    return names.index(text.upper()) + 1 if text.upper() in names else int(text)
