"""The shop's workflow as synthesized: every check passes, and no compensation is there for nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ensemble.choreography.flow import undone_finding, unfinished_compensations
from ensemble.choreography.gate import refuse_what_breaks
from ensemble.choreography.graph import read_graph
from ensemble.command_line.check.graph import is_drawn
from ensemble.contracts.loading import load_schemas
from infrastructure.services import discover
from tests.conftest import ROOT
from tests.toolkit.choreography.conftest import without_reaction

SCHEMAS = load_schemas(ROOT / "schemas")
SERVICES = discover(ROOT)


def test_the_shop_passes_every_check(assembly: Path) -> None:
    refuse_what_breaks(assembly, SERVICES, SCHEMAS, date.today())


@pytest.mark.parametrize(
    ("service", "event", "way"),
    [
        ("inventory", "PaymentFailed", "InventoryReserved -> PaymentFailed leaves InventoryReserved of inventory"),
        ("inventory", "PaymentRefunded", "PaymentRefunded leaves InventoryReserved of inventory"),
        ("payment", "ShipmentFailed", "PaymentCharged -> ShipmentFailed leaves PaymentCharged of payment"),
        ("order", "InventoryRejected", "OrderPlaced -> InventoryRejected leaves OrderPlaced of order"),
        ("order", "InventoryReleased", "InventoryReleased leaves OrderPlaced of order"),
    ],
)
def test_every_compensation_of_the_shop_is_needed(service: str, event: str, way: str, assembly: Path) -> None:
    graph = read_graph(assembly / "assembly-dev", without_reaction(service, event, SERVICES), SCHEMAS)

    (finding,) = map(undone_finding, unfinished_compensations(graph))

    assert way in str(finding)


def test_the_readme_has_the_picture_of_the_workflow(assembly: Path) -> None:
    assert is_drawn(read_graph(assembly / "assembly-dev", SERVICES, SCHEMAS), ROOT)
