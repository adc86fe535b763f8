"""An outage is nobody's fault: nothing is given up, what is down is hardly asked, and all goes on when it is back."""

from __future__ import annotations

import pytest

from ensemble.simulator.topology import Topology
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import MINUTE
from tests.conftest import ROOT
from tests.shop.outage.cases import CASES, Case
from tests.shop.outage.table import BEFORE

DOCUMENT = ROOT / "docs" / "reliability.md"

FEW = 20
"""So many calls there may be to what is down, plus one a minute."""


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_after_an_outage_every_order_ends_and_none_needs_a_person(case: Case, shop: Shop, stage: Topology) -> None:
    figures, violations = case.play(shop, stage)

    assert violations == []
    assert figures.dead_letters == {}
    assert figures.calls < FEW + (case.span.ends - case.span.begins) / MINUTE
    assert figures.without_end == 0
    assert figures.in_time == figures.due_later
    assert figures.quiet_after <= case.quiet_after


def test_the_full_lane_has_the_same_bad_day(shop: Shop, stage: Topology) -> None:
    case = CASES[0]

    assert case.play(shop, stage, "full") == case.play(shop, stage)


def test_an_outage_catches_no_more_orders_than_opened_the_breaker_and_refunds_no_others(
    shop: Shop, stage: Topology
) -> None:
    day = CASES[1].day(shop, stage)

    refunded = [entry for entry in day.course.provider.ledger if entry.kind == "refund"]
    assert 0 < len(refunded) < FEW


def test_the_document_has_a_row_of_each_bad_day() -> None:
    rows = [line.split(" | ")[0].removeprefix("| ") for line in DOCUMENT.read_text().splitlines() if line[:2] == "| "]

    assert [name for name in rows if name in BEFORE] == [case.name for case in CASES]
