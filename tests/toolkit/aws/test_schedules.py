"""When schedules are due: rates, cron expressions in time zones, single instants, start and end."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ensemble.aws.schedules import Schedule, Within, schedule_of, schedule_of_rule

START = datetime(2026, 1, 1, tzinfo=UTC).timestamp()


def instants(schedule: Schedule, number: int = 3, after: str = "2026-01-01T00:00:00") -> list[str]:
    """Return the first instants that a schedule is due at, in UTC."""
    found: list[str] = []
    instant = datetime.fromisoformat(after).replace(tzinfo=UTC).timestamp()
    while len(found) < number and (due := schedule.after(instant)) is not None:
        found.append(datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M"))
        instant = due
    return found


def cron(fields: str, zone: str = "UTC") -> Schedule:
    return schedule_of(f"cron({fields})", zone, START)


@pytest.mark.parametrize(
    ("fields", "due"),
    [
        ("0 10 * * ? *", ["2026-01-01T10:00", "2026-01-02T10:00", "2026-01-03T10:00"]),
        ("15 12 * * ? *", ["2026-01-01T12:15", "2026-01-02T12:15", "2026-01-03T12:15"]),
        ("0 18 ? * MON-FRI *", ["2026-01-01T18:00", "2026-01-02T18:00", "2026-01-05T18:00"]),
        ("0 8 1 * ? *", ["2026-01-01T08:00", "2026-02-01T08:00", "2026-03-01T08:00"]),
        ("0/15 * * * ? *", ["2026-01-01T00:15", "2026-01-01T00:30", "2026-01-01T00:45"]),
        ("0/20 8-9 ? * 2,6 *", ["2026-01-02T08:00", "2026-01-02T08:20", "2026-01-02T08:40"]),
        ("0 0 L * ? *", ["2026-01-31T00:00", "2026-02-28T00:00", "2026-03-31T00:00"]),
        ("0 0 ? * 6L *", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-27T00:00"]),
        ("0 0 ? * 3#2 *", ["2026-01-13T00:00", "2026-02-10T00:00", "2026-03-10T00:00"]),
        ("0 0 ? * L *", ["2026-01-03T00:00", "2026-01-10T00:00", "2026-01-17T00:00"]),
        ("0 0 15W * ? *", ["2026-01-15T00:00", "2026-02-16T00:00", "2026-03-16T00:00"]),
        ("0 0 1W * ? *", ["2026-02-02T00:00", "2026-03-02T00:00", "2026-04-01T00:00"]),
        ("0 0 LW * ? *", ["2026-01-30T00:00", "2026-02-27T00:00", "2026-03-31T00:00"]),
        ("0 0 29 FEB ? *", ["2028-02-29T00:00", "2032-02-29T00:00", "2036-02-29T00:00"]),
        ("0 0 1 1 ? 2027-2028", ["2027-01-01T00:00", "2028-01-01T00:00"]),
        ("0 0 30 2 ? *", []),
        ("0 0 1 1 ? 2025", []),
    ],
)
def test_a_cron_expression_is_due_as_the_guide_says(fields: str, due: list[str]) -> None:
    assert instants(cron(fields)) == due


@pytest.mark.parametrize(
    ("fields", "after", "due"),
    [
        ("0 9 * * ? *", "2026-03-27T12:00:00", ["2026-03-28T08:00", "2026-03-29T07:00", "2026-03-30T07:00"]),
        ("30 2 * * ? *", "2026-03-28T12:00:00", ["2026-03-30T00:30", "2026-03-31T00:30", "2026-04-01T00:30"]),
        ("30 2 * * ? *", "2026-10-24T12:00:00", ["2026-10-25T00:30", "2026-10-26T01:30", "2026-10-27T01:30"]),
    ],
)
def test_a_time_zone_moves_with_its_clocks_and_what_they_skip_is_skipped(
    fields: str, after: str, due: list[str]
) -> None:
    assert instants(cron(fields, "Europe/Berlin"), after=after) == due


@pytest.mark.parametrize(
    "fields",
    [
        "0 10 * * ?",
        "0 10 * * * *",
        "0 10 ? * ? *",
        "60 10 * * ? *",
        "0 24 * * ? *",
        "0 10 32 * ? *",
        "0 10 ? * 8 *",
        "0 10 ? * MON#6 *",
        "0 10 * 13 ? *",
        "0/0 10 * * ? *",
        "5-1 10 * * ? *",
        "x 10 * * ? *",
        "0 10 * * ? 1900",
    ],
)
def test_a_cron_expression_that_is_not_valid_is_refused(fields: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several reasons
        cron(fields)


def test_a_rate_runs_first_where_it_begins() -> None:
    rate = schedule_of("rate(5 minutes)", "UTC", START)

    assert instants(rate, 2, "2025-12-31T23:59:59") == ["2026-01-01T00:00", "2026-01-01T00:05"]
    assert instants(rate, 1, "2026-01-01T00:12:00") == ["2026-01-01T00:15"]


def test_a_rule_runs_its_rate_from_each_instant_on() -> None:
    assert instants(schedule_of_rule("rate(2 hours)"), 2) == ["2026-01-01T02:00", "2026-01-01T04:00"]


def test_an_instant_is_due_once_in_its_time_zone() -> None:
    once = schedule_of("at(2026-07-01T10:00:00)", "America/New_York", START)

    assert instants(once) == ["2026-07-01T14:00"]
    assert once.after(START + 400 * 86_400) is None


def test_nothing_is_due_before_the_start_or_after_the_end() -> None:
    within = Within(cron("0 10 * * ? *"), START + 86_400, START + 3 * 86_400)

    assert instants(within) == ["2026-01-02T10:00", "2026-01-03T10:00"]


@pytest.mark.parametrize(
    ("expression", "zone"),
    [("rate(0 minutes)", "UTC"), ("rate(5 weeks)", "UTC"), ("at(2026-07-01)", "UTC"), ("rate(1 day)", "Nowhere/At")],
)
def test_what_is_no_schedule_is_refused(expression: str, zone: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - several reasons
        schedule_of(expression, zone, START)
