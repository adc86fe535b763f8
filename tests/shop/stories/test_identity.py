"""Ids that clients reuse cost no order, and no order its place in the audit."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.look import names_of
from ensemble.laptop import Laptop
from functions.kit.store import unpacked
from tests.shop.stories.conftest import dead_letters_of, example, laptop_on, play, playing

WHOLE = ["InventoryReserved", "OrderCompleted", "OrderPlaced", "PaymentCharged", "PlaceOrder", "ShipmentCreated"]


def put(laptop: Laptop, type: str, **fields: Any) -> None:
    detail = json.dumps(fields)
    entry = {"EventBusName": names_of(laptop).bus, "Source": "storefront", "DetailType": type, "Detail": detail}
    assert laptop.put_events([entry])["FailedEntryCount"] == 0
    laptop.run_until_idle()


def order(order_id: str, **envelope: Any) -> dict[str, Any]:
    return example("PlaceOrder") | {"order_id": order_id} | envelope


def audited(laptop: Laptop) -> dict[str, list[str]]:
    """Return the types of what audit has of each order."""
    found: dict[str, list[str]] = {}
    for item in laptop.table_items(names_of(laptop).store("audit")):
        event = json.loads(unpacked(item["event"] if isinstance(item["event"], str) else bytes(item["event"])))
        found.setdefault(event["detail"].get("order_id", ""), []).append(event["detail-type"])
    return {order_id: sorted(types) for order_id, types in found.items()}


@pytest.mark.parametrize("envelope", [{"event_id": "session-77"}, {"event_id": "session-77", "hops": 29}])
def test_two_orders_with_one_id_are_shipped_and_whole_in_the_audit(assembly: Path, envelope: dict[str, Any]) -> None:
    with laptop_on(assembly) as laptop:
        play(laptop, playing())
        for order_id in ("o-1", "o-2"):
            put(laptop, "PlaceOrder", **order(order_id, **envelope))

        found = audited(laptop)
        assert [found["o-1"], found["o-2"]] == [WHOLE, WHOLE]
        assert laptop.dead_letters() == {} or not any(laptop.dead_letters().values())


def test_a_cancellation_and_an_order_with_one_id_are_both_handled(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        put(laptop, "CancelOrder", order_id="o-1", event_id="session-77")
        put(laptop, "PlaceOrder", **order("o-1", event_id="session-77"))

        (row,) = laptop.table_items(names_of(laptop).table("order"))
        assert (json.loads(row["state"])["status"], len(row["inbox"])) == ("cancelled", 2)


def test_an_order_sent_again_with_other_items_under_its_id_is_refused_and_the_first_one_goes_on(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        play(laptop, playing())
        put(laptop, "PlaceOrder", **order("o-1", event_id="e-1"))
        put(laptop, "PlaceOrder", **order("o-1", event_id="e-1", customer_id="another"))

        (dead,) = laptop.dead_letters()[dead_letters_of(laptop, "order", "PlaceOrder")]
        assert "an event with the same id was handled" in str(dead.attributes)
        assert Counter(audited(laptop)["o-1"])["OrderCompleted"] == 1


def test_an_address_as_a_correlation_id_is_refused_at_the_door_and_stands_in_no_log(assembly: Path) -> None:
    with laptop_on(assembly) as laptop:
        put(laptop, "PlaceOrder", **order("o-1", correlation_id="ada@example.com"))

        assert len(laptop.dead_letters()[dead_letters_of(laptop, "order", "PlaceOrder")]) == 1
        assert not any("ada@" in line for function in laptop.functions.values() for line in function.output)
        assert audited(laptop)["o-1"] == ["PlaceOrder"]
