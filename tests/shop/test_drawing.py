"""The picture of the shop in the console: the way to a completed order is its straight line."""

from __future__ import annotations

from pathlib import Path

from ensemble.choreography.drawing import drawing_of
from ensemble.choreography.graph import read_graph
from ensemble.contracts.loading import load_schemas
from infrastructure.services import discover
from tests.conftest import ROOT


def test_the_spine_is_the_way_to_a_completed_order(assembly: Path) -> None:
    graph = read_graph(assembly / "assembly-dev", discover(ROOT), load_schemas(ROOT / "schemas"))

    drawing = drawing_of(graph)

    assert drawing["spine"] == [
        *("PlaceOrder", "OrderPlaced", "InventoryReserved", "PaymentCharged", "ShipmentCreated", "OrderCompleted")
    ]
    assert {"OrderCompleted", "OrderCancelled", "OrderCommandRefused"} <= set(drawing["ends"])
