"""What the front door refuses, each with the answer that its sender gets, and nothing of it on the bus."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infrastructure.door_templates import LARGEST_BODY
from tests.shop.front_door.conftest import Calling
from tests.shop.stories.conftest import ShopLaptop, example
from tests.toolkit.front_door.calling import REGION, Caller

CANCEL = {"order_id": "o-1"}
STOREFRONT = "shop-dev-storefront-caller"
FORBIDDEN = {"message": "Forbidden"}


@pytest.fixture(autouse=True)
def nothing_is_put(laptop: ShopLaptop) -> Iterator[list[str]]:
    """What came on the bus: nothing at the end of a test that leaves this alone."""
    put: list[str] = []
    laptop.on_event(lambda _bus, event: put.append(event["detail-type"]))
    yield put
    assert put == []


def order(**changes: Any) -> dict[str, Any]:
    return {**example("PlaceOrder"), "order_id": "o-1"} | changes


def test_a_request_without_a_signature_is_forbidden(address: str) -> None:
    said = Caller(address, None, STOREFRONT).post("CancelOrder", CANCEL)

    assert said == (403, {"message": "Missing Authentication Token"})


def test_a_signature_for_another_service_is_forbidden(address: str) -> None:
    caller = Caller(address, f"{STOREFRONT}-{REGION}", STOREFRONT, "events")

    said = caller.post("CancelOrder", CANCEL)

    assert said.status == 403
    assert "execute-api" in said.content["message"]


@pytest.mark.parametrize("key", [None, "somebody-elses"])
def test_a_request_without_a_known_api_key_is_forbidden(address: str, key: str | None) -> None:
    caller = Caller(address, f"{STOREFRONT}-{REGION}", key)

    assert caller.post("CancelOrder", CANCEL) == (403, FORBIDDEN)


def test_a_publisher_may_send_no_command_of_another_one(calling: Calling) -> None:
    said = calling("warehouse").post("CancelOrder", CANCEL)

    assert said.status == 403
    assert said.content["message"].endswith("/live/POST/commands/CancelOrder")
    assert "is not authorized to perform: execute-api:Invoke" in said.content["message"]


def test_a_publisher_reads_no_row_of_a_service_that_hears_nothing_of_it(calling: Calling) -> None:
    assert calling("warehouse").get("status/order/o-1").status == 403


@pytest.mark.parametrize("command", ["OrderPlaced", "Refund", ""])
def test_what_is_no_command_from_outside_has_no_address(calling: Calling, command: str) -> None:
    assert calling().post(command, CANCEL).status == 403


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, '[/order_id: object has missing required properties (["order_id"])]'),
        (
            {"order_id": 1},
            '[/order_id: instance type (integer) does not match any allowed primitive type (allowed: ["string"])]',
        ),
        ({"order_id": ""}, "[/order_id: string is too short (length: 0, required minimum: 1)]"),
        ({"order_id": "o" * 65}, "[/order_id: string is too long (length: 65, maximum allowed: 64)]"),
        ({"order_id": "o 1"}, '[/order_id: ECMA 262 regex "^[A-Za-z0-9._:-]{1,128}$" does not match input string]'),
        (
            {"order_id": "o-1", "hops": 0},
            '[/hops: object instance has properties which are not allowed by the schema: ["hops"]]',
        ),
        (
            {"order_id": "o-1", "version": "9.0"},
            '[/version: instance value ("9.0") not found in enum (possible values: ["1.0"])]',
        ),
        ([], '[/: instance type (array) does not match any allowed primitive type (allowed: ["object"])]'),
    ],
)  # fmt: skip
def test_a_body_that_breaks_the_schema_is_refused_with_its_place(calling: Calling, body: Any, said: str) -> None:
    assert calling().post("CancelOrder", body) == (400, {"message": "Invalid request body", "errors": said})


def test_the_place_says_which_line_of_an_order_is_wrong(calling: Calling) -> None:
    lines = [{"sku": "sku-1", "quantity": 1, "unit_price": 1}, {"sku": "sku-1", "quantity": 0, "unit_price": 1}]

    said = calling().post("PlaceOrder", order(items=lines))

    words = "numeric instance is lower than the required minimum (minimum: 1, found: 0)"
    assert said == (400, {"message": "Invalid request body", "errors": f"[/items/1/quantity: {words}]"})


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b'{"order_id": "o-1"', b"[" * 100_000])
def test_a_body_that_is_no_json_is_refused(calling: Calling, body: bytes) -> None:
    assert calling().post("CancelOrder", body).status == 400


def test_another_media_type_is_refused(calling: Calling) -> None:
    said = calling().post("CancelOrder", CANCEL, headers={"Content-Type": "text/plain"})

    assert said == (415, {"message": "Unsupported Media Type"})


def test_a_command_needs_an_idempotency_key(calling: Calling) -> None:
    said = calling().post("CancelOrder", CANCEL, id=None)

    assert said == (400, {"message": "Missing required request parameters: [Idempotency-Key]"})


@pytest.mark.parametrize("id", ["a b", 'a","hops":"9', "$context.apiId", "#end", "x" * 129, "ü"])
def test_an_idempotency_key_that_is_no_plain_name_is_refused(calling: Calling, id: str) -> None:
    said = calling().post("CancelOrder", CANCEL, id=id)

    assert said == (400, {"message": "Idempotency-Key is no plain name: 1 to 128 letters, digits and ._:-"})


def test_a_body_that_is_too_large_for_the_bus_is_refused(calling: Calling) -> None:
    said = calling().post("CancelOrder", b'{"order_id": "o-1"' + b" " * LARGEST_BODY + b"}")

    assert said.status == 413


def test_a_body_that_is_too_large_for_the_gateway_is_refused(calling: Calling) -> None:
    said = calling().post("CancelOrder", b" " * (10 * 1024 * 1024 + 1))

    assert said == (413, {"message": "Request Too Long"})


def test_no_other_item_of_the_table_is_read_as_a_row(calling: Calling) -> None:
    for row in ("kit%23breaker%23DynamoDB", "o-1%22%7D", "%20o-1", "x" * 129):
        assert calling().get(f"status/order/{row}").status == 404


def test_who_sends_too_fast_is_told_to_wait_and_others_are_not(
    laptop: ShopLaptop, calling: Calling, nothing_is_put: list[str]
) -> None:
    storefront, warehouse = calling(), calling("warehouse")

    flood = [storefront.get("status/order/o-1").status for _ in range(45)]
    other = warehouse.post("ReceiveStock", {"receipt_id": "r-1", "sku": "sku-1", "quantity": 1})
    laptop.run_for(1)

    assert flood == [404] * 40 + [429] * 5
    assert other.status == 202
    assert storefront.get("status/order/o-1").status == 404
    assert nothing_is_put.pop(0) == "ReceiveStock"
    nothing_is_put.clear()
