"""What docs/limits.md says of the shop holds: a service keeps up with a little less, and not with much more."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.command_line.simulate.simulating import application
from ensemble.limits.figures import figures
from ensemble.limits.limits import SPREAD, WORKERS, Limit, Measured, limits_of
from ensemble.limits.load import Load, Service, Trial
from ensemble.limits.measuring import Stage, region_of
from ensemble.limits.search import MOST, Found
from ensemble.limits.sweeping import sweep
from ensemble.simulator.topology import read_topology
from tests.conftest import ROOT
from tests.docs.documented_map import table_rows

SECONDS = 6.0
LESS, MORE = 0.8, 1.35
"""Of what is documented: with which share a service must keep up, and with which it must not."""

ROWS = 2_000
OF_THE_TIMERS = 0.3
"""How far the rate of so few timers may be from that of the many that are documented."""

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


def found(kept_up: Trial) -> Found:
    return Found(kept_up.rate, kept_up, None)


def test_what_is_documented_of_each_quota_follows_from_what_an_order_takes(stage: Stage, environment: Path) -> None:
    rates = {where: number(cell) for (where, what), cell in documented("The shop on prod").items() if what == WORKERS}
    measured = [
        Measured(name, figures(one), found(Load(one, 1).offer(1.0, 1.0)), "", None, None)
        for name, one in stage.services.items()
    ]
    limits = limits_of(stage.services, measured, region_of(environment))

    assert rates.keys() == stage.services.keys()
    of_quotas = {(one.where, one.what): one for one in limits if one.what != WORKERS}
    said = {key: cell for key, cell in documented("The shop on prod").items() if key[1] not in (WORKERS, SPREAD)}
    assert said.keys() == of_quotas.keys()
    for key, cell in said.items():
        assert number(cell) == pytest.approx(_rate(of_quotas[key]), rel=0.05), key


def _rate(limit: Limit) -> float:
    assert limit.a_second is not None
    return limit.a_second


@pytest.mark.parametrize("what", [WORKERS, SPREAD])
def test_each_service_keeps_up_with_what_is_documented_and_with_little_more(stage: Stage, what: str) -> None:
    services = stage.services if what == WORKERS else stage.apart
    wrong = [
        f"{where} with {cell}"
        for (where, limit), cell in documented("The shop on prod").items()
        if limit == what and not _is_so(services[where], cell)
    ]

    assert wrong == [], "docs/limits.md is not as measured. Fix: write what `make limits` says"


def _is_so(service: Service, cell: str) -> bool:
    rate = number(cell)
    keeps_up = _offered(service, min(MOST, LESS * rate)).keeps_up
    return keeps_up and (cell.startswith("over ") or not _offered(service, MORE * rate).keeps_up)


def _offered(service: Service, rate: float) -> Trial:
    return Load(service, int(rate * SECONDS) + 1).offer(rate, SECONDS)


def test_timers_that_are_due_in_one_minute_are_handled_as_fast_as_documented(stage: Stage) -> None:
    for (name, _), cell in documented("Timers").items():
        swept = sweep(stage.services[name], ROWS)

        assert swept is not None
        assert swept.left == 0
        assert swept.handled_a_second == pytest.approx(number(cell), rel=OF_THE_TIMERS)
