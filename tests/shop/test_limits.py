"""What docs/limits.md says of the shop holds: a service keeps up with a little less, and not with much more."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import application
from ensemble.limits.figures import figures
from ensemble.limits.limits import SPREAD, WORKERS, Limit, Measured, limits_of
from ensemble.limits.load import Service, Trial
from ensemble.limits.measuring import Stage, region_of
from ensemble.limits.search import MOST, Found, attempt
from ensemble.limits.sweeping import sweep
from ensemble.simulator.topology import read_topology
from tests.conftest import ROOT
from tests.docs.documented_map import table_rows

SECONDS = 3.0
"""Of a trial, where two windows in which a batch is gathered are not longer by themselves."""

LESS, MORE = 0.8, 1.35
"""Of what is documented: with which share a service must keep up, and with which it must not."""

UNDER_LOAD = 0.3
"""How far a figure may be off that depends on how full batches are."""

ROWS = 2_000
TO_WRITE = "docs/limits.md is not as measured. Fix: write what `make limits` says"

CELLS = dict[tuple[str, str], str]


def documented(heading: str) -> CELLS:
    """Return the last cell of each row of a table, by the two before."""
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return {(row[0], row[1]): row[-1] for row in table_rows(text)}


def number(cell: str) -> float:
    return float(cell.replace(",", "").removeprefix("over "))


@pytest.fixture(scope="module")
def environment(assembly: Path) -> Path:
    return assembly / "assembly-prod"


@pytest.fixture(scope="module")
def stage(environment: Path) -> Stage:
    return Stage(application(), read_topology(environment), None)


def tried(service: Service, rate: float) -> Trial:
    return attempt(service, rate, SECONDS if 2 * service.window < SECONDS else 0.0)


@pytest.fixture(scope="module")
def kept_up(stage: Stage) -> dict[str, Trial]:
    """What comes of each service's share of what is documented, where all orders are about the same things."""
    return {where: tried(stage.services[where], LESS * rate) for where, rate in _of(WORKERS).items()}


def test_what_is_documented_of_each_quota_follows_from_what_an_order_takes(
    stage: Stage, environment: Path, kept_up: dict[str, Trial]
) -> None:
    measured = [
        Measured(name, figures(stage.services[name]), Found(trial.rate, trial, None), "", None, None)
        for name, trial in kept_up.items()
    ]
    limits = limits_of(stage.services, measured, region_of(environment))

    assert kept_up.keys() == stage.services.keys()
    of_quotas = {(one.where, one.what): one for one in limits if one.what != WORKERS}
    said = {key: cell for key, cell in documented("The shop on prod").items() if key[1] not in (WORKERS, SPREAD)}
    assert said.keys() == of_quotas.keys()
    for key, cell in said.items():
        off = UNDER_LOAD if key[1].startswith("PutEvents") else 0.05
        assert number(cell) == pytest.approx(_rate(of_quotas[key]), rel=off), key


def _rate(limit: Limit) -> float:
    assert limit.a_second is not None
    return limit.a_second


def test_each_service_keeps_up_with_a_little_less_than_is_documented(stage: Stage, kept_up: dict[str, Trial]) -> None:
    apart = {name: tried(stage.apart[name], LESS * rate) for name, rate in _of(SPREAD).items()}

    assert [name for name, trial in (*kept_up.items(), *apart.items()) if not trial.keeps_up] == [], TO_WRITE


@pytest.mark.parametrize("what", [WORKERS, SPREAD])
def test_no_service_keeps_up_with_clearly_more_than_is_documented(stage: Stage, what: str) -> None:
    services = stage.services if what == WORKERS else stage.apart
    reached = [name for name, rate in _of(what).items() if rate < MOST and tried(services[name], MORE * rate).keeps_up]

    assert reached == [], TO_WRITE


def _of(what: str) -> dict[str, float]:
    """Return what is documented of a limit, by service."""
    return {where: number(cell) for (where, limit), cell in documented("The shop on prod").items() if limit == what}


def test_timers_that_are_due_in_one_minute_are_handled_as_fast_as_documented(stage: Stage) -> None:
    said = {(where, int(number(rows))): number(cell) for (where, rows), cell in documented("Timers").items()}
    swept = sweep(stage.services["order"], ROWS)

    assert swept is not None
    assert swept.left == 0
    assert swept.handled_seconds == pytest.approx(said["order", ROWS], rel=0.3)
