"""The shop's scenario: what the demo plays and `send` sends, the carrier that runs meanwhile, and what is measured."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from ensemble.scenario import Amount, Look, Scenario
from scenarios.shop.carrier_sandbox import CarrierSandbox
from scenarios.shop.stories import OPENING, STORIES

CARRIER = "carrier"
"""What the carrier's sandbox is called."""

STOCK = "stock#"
"""What the counters of the inventory service that hold stock begin with."""


def measures(look: Look) -> Mapping[str, Amount]:
    """Return the pieces in stock by article, what was charged less what was refunded, in euros, and the parcels."""
    counters = look.counters("inventory").items()
    stock = {f"stock {name.removeprefix(STOCK)}": amount for name, amount in counters if name.startswith(STOCK)}
    signs = {"charge": 1, "refund": -1}
    cents = sum(signs[entry.kind] * entry.minor_units for entry in look.handler("payment").gateway.ledger)
    parcels = len(look.sandbox(CARRIER).parcels)
    return {**stock, "money EUR": Decimal(cents).scaleb(-2), "parcels": parcels}


SCENARIO = Scenario(
    opening=OPENING,
    stories=STORIES,
    examples={
        "PlaceOrder": {
            "order_id": "order-{unique}",
            "customer_id": "customer-1",
            "email": "ada@example.com",
            "items": [{"sku": "sku-1", "quantity": 1, "unit_price": 12.5}],
            "payment_token": "tok_visa",
            "address": {"country": "DE", "postcode": "10115", "street": "Chausseestr. 1"},
        },
        "CancelOrder": {"reason": "changed my mind"},
        "ReceiveStock": {"receipt_id": "receipt-{unique}", "sku": "sku-1", "quantity": 10},
    },
    measures=measures,
    own_ids=("sku",),
    sandboxes={CARRIER: CarrierSandbox},
)
