"""Commands come in by the front door, and whoever sent them reads how they stand."""

from __future__ import annotations

from tests.shop.front_door.conftest import Calling
from tests.shop.stories.conftest import ShopLaptop, example


def test_an_order_is_placed_by_the_door_and_its_status_is_read_there(laptop: ShopLaptop, calling: Calling) -> None:
    storefront, warehouse = calling(), calling("warehouse")
    order = {**example("PlaceOrder"), "order_id": "o-1"}
    for number, line in enumerate(order["items"]):
        receipt = {"receipt_id": f"r-{number}", "sku": line["sku"], "quantity": 100}
        assert warehouse.post("ReceiveStock", receipt, id=f"r-{number}").status == 202
    laptop.run_for(30)
    assert storefront.get("status/order/o-1").status == 404

    accepted = storefront.post("PlaceOrder", order, id="click-1")
    laptop.run_for(30)

    assert accepted.status == 202
    assert accepted.content["order_id"] == "o-1"
    assert accepted.content["command_id"] == "click-1"
    assert accepted.content["status"] == "../status/order/o-1"
    told = storefront.get("status/order/o-1")
    assert told.status == 200
    assert told.content.keys() == {"order_id", "workflow", "status", "deadline"}
    assert told.content["status"] == "completed"
