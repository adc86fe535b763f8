"""What the shop's events cost in calls of DynamoDB, and that a read which is saved decides nothing wrongly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.kit.contracts import Contracts
from functions.kit.errors import Unavailable
from functions.notification.domain import Message
from functions.payment import domain as payment
from functions.payment.domain import Charge, Refund
from functions.shipping import domain as shipping
from functions.shipping.domain import Ship
from tests.kit.conftest import Context, Kit, kit, record, virtual_noon
from tests.shop.services.table import FIELDS, SERVICES
from tests.shop.services.test_agreement import SCHEMAS, contracts_of

__all__ = ["kit", "virtual_noon"]

ADAPTERS: Mapping[type, Callable[[Any], Any]] = {
    Charge: lambda charge: payment.Outcome(accepted=True),
    Refund: lambda refund: None,
    Ship: lambda ship: shipping.Outcome(accepted=True, tracking_number="PARCEL-1"),
    Message: lambda message: None,
}

BEGIN = [
    # service, the event that begins a row, the writes of its decision, what it publishes
    ("order", "PlaceOrder", ["PutItem"], "OrderPlaced"),
    ("inventory", "OrderPlaced", ["TransactWriteItems"], "InventoryReserved"),
    ("payment", "InventoryReserved", ["PutItem", "PutItem"], "PaymentCharged"),
    ("shipping", "PaymentCharged", ["PutItem", "PutItem"], "ShipmentCreated"),
]

OVERTAKEN = [
    # service, the event that begins a row, the event that came before it, and what that one publishes
    ("order", "PlaceOrder", "CancelOrder", ["OrderCommandRefused"]),
    ("inventory", "OrderPlaced", "PaymentFailed", ["InventoryReleased"]),
    ("payment", "InventoryReserved", "ShipmentFailed", ["PaymentFailed"]),
    ("shipping", "PaymentCharged", "OrderCancellationRequested", ["ShipmentFailed"]),
]


class Shop:
    """The consumers of the shop's services over one table of moto. `calls`: those about an order's row, in order."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.calls: list[str] = []
        self.asked: list[Any] = []
        for sku in ("sku-1", "sku-7"):
            item = {"pk": {"S": f"counter#stock#{sku}"}, "amount": {"N": "10"}}
            kit.dynamodb.put_item(TableName="table", Item=item)
        kit.dynamodb.meta.events.register("provide-client-params.dynamodb.*", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        key = params.get("Key", {}).get("pk", {}).get("S", "")
        if not key.startswith("kit#"):
            self.calls.append(model.name)

    def hear(self, service: str, type: str, event_id: str = "e-1", adapters: Mapping[type, Any] = ADAPTERS) -> bool:
        """Let the service handle an event; say whether its queue may forget it."""
        made, module = SERVICES[service], contracts_of(SERVICES[service])
        contracts = Contracts.of(module)
        consumer = self.kit.another_worker(service=made, contracts=contracts, adapters=self._noting(adapters))
        source, version = SCHEMAS.publishers[type], contracts.newest[type]
        one = record(type, FIELDS, event_id=event_id, source=source, version=version)
        self.calls.clear()
        return consumer.handle({"Records": [one]}, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]

    def _noting(self, adapters: Mapping[type, Any]) -> Mapping[type, Any]:
        def noting(adapter: Any) -> Any:
            def ask(effect: Any) -> Any:
                self.asked.append(effect)
                return adapter(effect)

            return ask

        return {kind: noting(adapter) for kind, adapter in adapters.items()}

    @property
    def published(self) -> list[str]:
        """The types of what was published, oldest first."""
        return [event["type"] for event in self.kit.bus.events]


@pytest.fixture
def shop(kit: Kit) -> Shop:
    return Shop(kit)


@pytest.mark.parametrize(("service", "begins", "writes", "published"), BEGIN)
def test_the_event_that_begins_a_row_costs_no_read(
    shop: Shop, service: str, begins: str, writes: list[str], published: str
) -> None:
    assert shop.hear(service, begins)

    assert shop.calls == [*writes, "UpdateItem"]
    assert shop.published == [published]


@pytest.mark.parametrize(("service", "begins", "writes", "published"), BEGIN)
def test_a_duplicate_of_the_event_that_begins_a_row_is_known_at_its_first_write(
    shop: Shop, service: str, begins: str, writes: list[str], published: str
) -> None:
    shop.hear(service, begins)
    asked = len(shop.asked)

    assert shop.hear(service, begins)

    assert shop.calls == [writes[0], "GetItem"]
    assert (shop.published, len(shop.asked)) == ([published], asked)


@pytest.mark.parametrize(("service", "begins", "overtaker", "published"), OVERTAKEN)
def test_an_event_that_was_overtaken_finds_the_tombstone_though_it_is_the_one_that_begins_a_row(
    shop: Shop, service: str, begins: str, overtaker: str, published: list[str]
) -> None:
    shop.hear(service, overtaker, "e-2")
    tombstone = shop.kit.state("order_id#o-1")

    assert shop.hear(service, begins)

    answers = ["UpdateItem"] if service == "order" else []  # a command is answered, and the answer noted as out
    assert shop.calls[1:] == ["GetItem", "PutItem", *answers]
    assert (shop.published, shop.asked) == (published + ["OrderCommandRefused"] * len(answers), [])
    assert shop.kit.state("order_id#o-1") == tombstone


def test_a_delivery_of_the_warehouse_costs_one_transaction_and_its_duplicate_moves_nothing(shop: Shop) -> None:
    shop.hear("inventory", "ReceiveStock")
    first = list(shop.calls)

    shop.hear("inventory", "ReceiveStock")

    assert first == ["TransactWriteItems", "UpdateItem"]
    assert shop.calls == ["TransactWriteItems", "GetItem"]
    assert shop.kit.counter("stock#sku-1") == 15
    assert shop.published == ["StockReceived"]


def test_news_costs_one_read_and_one_write_since_a_topic_knows_no_keys(shop: Shop) -> None:
    assert shop.hear("notification", "OrderCompleted")

    assert shop.calls == ["GetItem", "PutItem"]
    assert [message.key for message in shop.asked] == ["o-1/OrderCompleted"]


def test_news_that_could_not_be_sent_is_sent_when_it_comes_again_and_then_no_more(shop: Shop) -> None:
    def down(message: Message) -> None:
        raise Unavailable("the topic does not answer")

    assert not shop.hear("notification", "OrderCompleted", adapters={Message: down})
    assert shop.kit.item("order_id#o-1") == {}
    for _ in range(2):
        assert shop.hear("notification", "OrderCompleted")

    assert [message.key for message in shop.asked] == ["o-1/OrderCompleted"] * 2
    assert shop.kit.state("order_id#o-1") == {"news": ["OrderCompleted"]}


@pytest.mark.parametrize(("service", "begins"), [("payment", "InventoryReserved"), ("shipping", "PaymentCharged")])
def test_an_effect_that_is_asked_for_again_writes_its_intent_once(shop: Shop, service: str, begins: str) -> None:
    def down(effect: Any) -> None:
        raise Unavailable("it does not answer")

    shop.hear(service, begins, adapters={Charge: down, Refund: down, Ship: down})

    assert shop.hear(service, begins)

    assert shop.calls == ["PutItem", "GetItem", "PutItem", "UpdateItem"]  # the first fails: the row is there already
