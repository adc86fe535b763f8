"""The payment service's table: charges what is reserved, refunds what cannot be shipped."""

from functions.kit.model import Service, on
from functions.payment.domain import Charge, Outcome, Payment, Refund, charge, forget_card, keep_card, refund

PAYMENT = Service(
    name="payment",
    key="order_id",
    state=Payment,
    reactions=(
        on("OrderPlaced", keep_card, reads=("payment_token",), begins=True),
        on("InventoryRejected", forget_card, reads=()),
        on(
            "InventoryReserved",
            charge,
            reads=(
                "order_id",
                "total.minor_units",
                "total.currency",
                "payment_token?",
                "items[].sku",
                "items[].quantity",
                "address.country",
                "address.postcode",
                "address.street",
            ),
            emits=("PaymentCharged",),
            refusals=("PaymentFailed",),
            effects={Charge: Outcome},
        ),
        on(
            "ShipmentFailed",
            refund,
            reads=("order_id", "reason"),
            emits=("PaymentRefunded",),
            refusals=("PaymentFailed",),
            effects={Refund: None},
            compensates="PaymentCharged",
        ),
    ),
)
