"""The limits of a stage: what of them follows from a quota, and how fast timers that are due are handled."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ensemble.limits import quotas, times
from ensemble.limits.figures import Figures
from ensemble.limits.limits import UNKNOWN_REGION, Effort, Limit, Measured, limits_of
from ensemble.limits.load import Service, Trial
from ensemble.limits.measuring import Stage
from ensemble.limits.search import Found
from ensemble.limits.sweeping import sweep

KEPT_UP = Trial(30.0, True, (0.1, 0.2), 0.5, 0.0, 0.0, batch=5.0, publications=4.0)
FOUND = Found(30.0, KEPT_UP, None)


def limits_with(stage: Stage, name: str, region: str = "eu-west-1", **given: Any) -> dict[str, Limit]:
    """Return the limits, by what they are of, of one service with these figures."""
    none = Figures({}, {}, 0.0, 0.001, {})
    measured = Measured(name, replace(none, **given), FOUND, "", None, None)
    return {one.what: one for one in limits_of(stage.services, [measured], region)}


@pytest.mark.parametrize(
    ("given", "what", "a_second"),
    [
        ({"shared": {("table", "counter#one"): 2.0}}, "write units of one item", 500.0),
        ({"listed": {("table", "index due#1"): 0.25}}, "write units of one partition of the index", 4_000.0),
        ({"written": 20.0}, "write units of a new table", 200.0),
        ({}, "PutEvents in eu-west-1", 2_500.0),
        ({"worker_seconds": 0.5}, "invocations at once", 2_000.0),
    ],
)
def test_a_quota_is_shared_by_what_one_workflow_takes_of_it(
    stage: Stage, given: dict[str, Any], what: str, a_second: float
) -> None:
    assert limits_with(stage, "shelf", **given)[what].a_second == pytest.approx(a_second)


def test_a_region_that_is_left_open_has_the_quota_of_most_regions(stage: Stage) -> None:
    limits = limits_with(stage, "shelf", UNKNOWN_REGION)

    assert quotas.put_events("eu-north-1") == 600
    assert limits["PutEvents in a region that app.py leaves open"].a_second == 600 / KEPT_UP.publications


def test_workers_beyond_the_first_five_come_with_time(stage: Stage) -> None:
    name = stage.services["shelf"].queues[0]
    few = limits_with(stage, "shelf", by_queue={name: 0.02})

    mappings = stage.services["shelf"].topology.mappings
    topology = replace(
        stage.services["shelf"].topology,
        mappings=mappings
        | {name: replace(mappings[name], reading=replace(mappings[name].reading, maximum_concurrency=30))},
    )
    shelf = replace(stage.services["shelf"], topology=topology)
    one = Measured("shelf", Figures({}, {}, 0.0, 0.001, {name: 0.02}), FOUND, "", None, None)
    many = {limit.what: limit.a_second for limit in limits_of({"shelf": shelf}, [one], "eu-west-1")}

    assert not [what for what in few if what.startswith("the first")]
    assert many["the first 5 workers of a queue, for 5 s"] == pytest.approx(250.0)


def test_what_asks_a_system_outside_can_wait_an_hour_with_so_many_workflows(stage: Stage) -> None:
    (what,) = [one for one in limits_with(stage, "courier") if "in flight" in one]

    assert limits_with(stage, "courier")[what].a_second == pytest.approx(quotas.IN_FLIGHT / 3_600)
    assert not [one for one in limits_with(stage, "shelf") if "in flight" in one]


def test_the_lowest_limit_comes_first_and_what_was_not_reached_last(stage: Stage) -> None:
    limits = limits_with(stage, "shelf", shared={("table", "counter#one"): 2.0})
    rates = [one.a_second for one in limits.values()]

    assert rates == [*sorted(rate for rate in rates if rate is not None), None]


def test_workflows_about_things_of_their_own_are_measured_too_where_sharing_makes_a_difference(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Loans of one title meet on its copies; those of titles of their own, which the scenario names, do not."""
    monkeypatch.setattr("ensemble.limits.limits.find", lambda *_: FOUND)
    effort = Effort(rows=1)

    assert stage.measure("shelf", effort).apart is not None
    assert stage.measure("courier", effort).apart is None


def test_all_timers_that_are_due_in_one_minute_are_handled_each_once(stage: Stage) -> None:
    swept = sweep(stage.services["loan"], 200)

    assert swept is not None
    assert (swept.rows, swept.left) == (200, 0)
    assert swept.handled_seconds > 0.0
    assert swept.handled_a_second == pytest.approx(200 / swept.handled_seconds)


def test_a_service_without_timers_has_none_that_are_due(shelf: Service) -> None:
    assert sweep(shelf, 10) is None


def test_what_is_handled_twice_as_fast_is_due_for_half_as_long(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = sweep(stage.services["loan"], 300)
    monkeypatch.setattr(times, "REQUESTS", {name: seconds / 2 for name, seconds in times.REQUESTS.items()})
    fast = sweep(stage.services["loan"], 300)

    assert slow is not None
    assert fast is not None
    assert slow.left == fast.left == 0
    assert fast.handled_seconds < slow.handled_seconds
