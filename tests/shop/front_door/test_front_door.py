"""Commands come in by the front door, and whoever sent them reads how they stand."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
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


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_documented_lines_send_a_command_and_read_its_status(laptop: ShopLaptop, address: str) -> None:
    sending, asking = console_lines(ROOT / "docs" / "front-door.md", "curl")

    accepted = run(sending, address)
    laptop.run_for(30)
    told = run(asking, address)

    assert accepted["status"] == "../status/order/o-1"
    assert told["status"] == "cancelled"


def console_lines(document: Path, program: str) -> list[str]:
    """Return the lines of a document that call a program."""
    return re.findall(rf"^\$ ({program} .*)$", document.read_text(), re.MULTILINE)


def run(line: str, address: str) -> dict[str, Any]:
    """Run a documented line against a laptop that is served at another port, and return the JSON that it prints."""
    arguments = shlex.split(re.sub(r"http://127\.0\.0\.1:\d+/_aws/execute-api/[^/]+/[^/]+/", address, line))
    printed = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True).stdout
    return dict(json.loads(printed))
