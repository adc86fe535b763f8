"""What may come over the bus from whoever may put events on it: each is refused with its reason, and others are served.

Every attack is made on one shop that runs. After it an order of a bystander is placed, and must be completed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.look import names_of
from functions.kit.envelope import PLAIN_NAME, derived_id
from tests.shop.stories.conftest import ShopLaptop, dead_letters_of, example, laptop_on, play, playing

STOREFRONT = "storefront"
NUMBERS = count(1)


@pytest.fixture(scope="module")
def running(assembly: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopLaptop]:
    with laptop_on(assembly) as laptop:
        play(laptop, playing())
        put(laptop, example("ReceiveStock") | {"receipt_id": "r-1", "quantity": 1_000}, "ReceiveStock", "warehouse")
        yield laptop


@pytest.fixture
def shop(running: ShopLaptop) -> Iterator[ShopLaptop]:
    """The shop; when the attack is over a bystander's order is completed, and nothing else is a dead letter."""
    yield running
    before = sum(map(len, running.dead_letters().values()))
    bystander = f"bystander-{next(NUMBERS)}"
    put(running, order(bystander))
    assert status(running, bystander) == "completed"
    assert sum(map(len, running.dead_letters().values())) == before


def order(order_id: str, **changes: Any) -> dict[str, Any]:
    return example("PlaceOrder") | {"order_id": order_id} | changes


def put(
    shop: ShopLaptop, detail: dict[str, Any] | str, type: str = "PlaceOrder", source: str = STOREFRONT, bus: str = ""
) -> dict[str, Any]:
    """Put an event and let the shop come to rest; return the entry's answer."""
    text = detail if isinstance(detail, str) else json.dumps(detail)
    entry = {"EventBusName": bus or names_of(shop).bus, "Source": source, "DetailType": type, "Detail": text}
    (said,) = shop.put_events([entry])["Entries"]
    shop.run_until_idle()
    return dict(said)


def rows(shop: ShopLaptop, service: str) -> dict[str, Any]:
    """Return the states of a service by their keys, without the kit's own rows."""
    items = shop.table_items(names_of(shop).table(service))
    return {item["pk"].partition("#")[2]: json.loads(item["state"]) for item in items if "state" in item}


def status(shop: ShopLaptop, order_id: str) -> str:
    return str(rows(shop, "order").get(order_id, {}).get("status", ""))


def reasons(shop: ShopLaptop, service: str = "order", event: str = "PlaceOrder") -> list[str]:
    """Return why dead letters are there, the newest last."""
    letters = shop.dead_letters().get(dead_letters_of(shop, service, event), [])
    return [letter.attributes["reason"]["StringValue"] for letter in letters]


def printed(shop: ShopLaptop) -> str:
    return "\n".join(line for function in shop.functions.values() for line in function.output)


def audited(shop: ShopLaptop) -> int:
    return len(shop.table_items(names_of(shop).store("audit")))


DEEP = '{"order_id": "o-deep", "x": ' + "[" * 80 + "]" * 80 + "}"
LONG = json.dumps(order("o-long"))[:-1]

REFUSED = {
    "another's type in the detail": (order("o-1", type="CancelOrder"), "the envelope's type is not the detail-type"),
    "nested deeper than anything reads": (DEEP, "the record is nested over 64 deep"),
    "a number that no double reaches": (LONG + ', "x": 1e400}', "the record is not an EventBridge event"),
    "more pieces than there can be": (
        order("o-2", items=[{"sku": "sku-1", "quantity": 10**15, "unit_price": 1}]),
        "quantity",
    ),
    "a price below nothing": (order("o-3", items=[{"sku": "sku-1", "quantity": 1, "unit_price": -5}]), "unit_price"),
    "a homoglyph in what finds the row": (order("\u043e-1"), PLAIN_NAME),
    "what cannot be seen in what finds the row": (order("o-1\u200b"), PLAIN_NAME),
    "what turns the text": (order("\u202eo-1"), PLAIN_NAME),
    "an escape sequence": (order("\x1b[2Jo-1"), PLAIN_NAME),
    "markup": (order("<script>alert(1)</script>"), PLAIN_NAME),
    "a path": (order("../../etc/passwd"), PLAIN_NAME),
    "a person's address as an id": (order("o-4", event_id="ada@example.com"), PLAIN_NAME),
    "a person's address as a workflow": (order("o-5", correlation_id="ada@example.com"), PLAIN_NAME),
    "a version that is none": (order("o-6", version="1.0\n"), "version"),
    "a time to come": (order("o-7", timestamp="2999-01-01T00:00:00Z"), "not an instant of the past"),
    "a token longer than any": (order("o-8", payment_token="tok_secret" * 1_000), "payment_token"),
    "a list in the place of a text": (order("o-9", customer_id=["c-1"]), "customer_id"),
}


@pytest.mark.parametrize(("detail", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_a_dead_letter_with_its_reason_and_stored_by_audit(
    shop: ShopLaptop, detail: dict[str, Any] | str, reason: str
) -> None:
    before, stored = len(reasons(shop)), audited(shop)

    put(shop, detail)

    assert len(reasons(shop)) == before + 1
    assert reason in reasons(shop)[-1]
    assert audited(shop) == stored + 1


SECRET = "tok_live_9f8e7d-<b>@example.com"


@pytest.mark.parametrize("field", ["payment_token", "email", "customer_id", "items", "address", "event_id", "order_id"])
def test_no_reason_and_no_log_line_repeats_what_was_sent(shop: ShopLaptop, field: str) -> None:
    put(shop, order("o-secret") | {field: [SECRET]})

    assert SECRET not in str(reasons(shop))
    assert SECRET not in printed(shop)


NOT_TAKEN = {
    "malformed": ("{", "MalformedDetail"),
    "no object": ("[]", "MalformedDetail"),
    "NaN": ('{"x": NaN}', "MalformedDetail"),
    "a number of ten thousand digits": (f'{{"x": {"9" * 10_000}}}', "MalformedDetail"),
    "half a character": ('{"x": "\\ud800"}', "MalformedDetail"),
}


@pytest.mark.parametrize(("text", "code"), NOT_TAKEN.values(), ids=NOT_TAKEN)
def test_what_is_no_json_is_not_taken_by_the_bus(shop: ShopLaptop, text: str, code: str) -> None:
    before = audited(shop)

    assert put(shop, text)["ErrorCode"] == code
    assert audited(shop) == before


def test_an_event_of_a_service_under_another_source_is_heard_by_nobody(shop: ShopLaptop) -> None:
    parcels = len(shop.carrier.parcels)

    put(shop, {"order_id": "o-free", "charge_id": "none"}, "PaymentCharged", "evil")

    assert "o-free" not in rows(shop, "shipping")
    assert len(shop.carrier.parcels) == parcels


def test_a_timer_that_somebody_puts_on_the_bus_is_heard_by_nobody(shop: ShopLaptop) -> None:
    put(shop, order("o-timer"))
    before = rows(shop, "order")["o-timer"]

    due = derived_id("timer", "order", "order_id#o-timer", before["deadline"])
    put(shop, {"order_id": "o-timer", "event_id": due}, "timer", "order")

    assert rows(shop, "order")["o-timer"] == before


def test_what_has_the_id_that_an_event_to_come_will_have_takes_nothings_place(shop: ShopLaptop) -> None:
    cause = derived_id("outside", STOREFRONT, "PlaceOrder", "order_id#o-predicted", "e-predicted")
    to_come = derived_id("caused", cause, "order", "order_id#o-predicted", "OrderPlaced", "0")
    for id in (cause, to_come):
        put(shop, {"order_id": "o-other", "event_id": id}, "CancelOrder")

    put(shop, order("o-predicted", event_id="e-predicted"))

    assert status(shop, "o-predicted") == "completed"


def test_an_old_command_sent_again_is_a_duplicate_or_answered_with_a_refusal(shop: ShopLaptop) -> None:
    put(shop, order("o-old", event_id="e-old"))
    parcels, before = len(shop.carrier.parcels), rows(shop, "order")["o-old"]
    shop.run_for(600)

    put(shop, order("o-old", event_id="e-old"))
    put(shop, order("o-old", event_id="e-new"))

    assert (len(shop.carrier.parcels), rows(shop, "order")["o-old"]) == (parcels, before)
    assert '"type":"OrderCommandRefused"' in printed(shop).replace(" ", "")


def test_an_order_under_somebody_elses_id_changes_nothing_of_it(shop: ShopLaptop) -> None:
    put(shop, order("o-theirs", customer_id="victim"))

    put(shop, order("o-theirs", customer_id="thief", address={"country": "DE", "postcode": "1", "street": "Thief 1"}))

    assert rows(shop, "order")["o-theirs"]["customer_id"] == "victim"
    assert "Thief 1" not in str(shop.carrier.parcels)


def test_a_command_in_somebody_elses_workflow_changes_nothing_of_it(shop: ShopLaptop) -> None:
    put(shop, order("o-victim", correlation_id="w-victim"))
    before = rows(shop, "order")["o-victim"]

    put(shop, order("o-hijack", correlation_id="w-victim"))

    assert rows(shop, "order")["o-victim"] == before
    assert status(shop, "o-hijack") == "completed"


@pytest.mark.parametrize("hops", [29, 10**9, -1, "x", 0.5])
def test_hops_that_a_sender_writes_count_nothing(shop: ShopLaptop, hops: Any) -> None:
    order_id = f"o-hops-{next(NUMBERS)}"

    put(shop, order(order_id, hops=hops))

    assert status(shop, order_id) == "completed"


def test_a_command_on_the_replay_bus_is_heard_by_nobody(shop: ShopLaptop) -> None:
    put(shop, order("o-replayed"), bus=names_of(shop).replay_bus)

    assert "o-replayed" not in rows(shop, "order")


def test_an_order_as_large_as_the_bus_takes_is_refused_for_its_field(shop: ShopLaptop) -> None:
    put(shop, order("o-large", email="a" * 900_000))

    assert "email" in reasons(shop)[-1]
    assert len(reasons(shop)[-1]) < 1_000
