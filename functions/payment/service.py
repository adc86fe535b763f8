"""The payment service's table: charges what is reserved, refunds what cannot be shipped."""

from functions.kit.model import Service, on
from functions.payment.domain import Charge, Outcome, Payment, Refund, charge, refund

PAYMENT = Service(
    name="payment",
    key="order_id",
    state=Payment,
    reactions=(
        on(
            "InventoryReserved",
            charge,
            reads=(
                "order_id",
                "total.minor_units",
                "total.currency",
                "payment_token",
                "items[].sku",
                "items[].quantity",
                "address.country",
                "address.postcode",
                "address.street",
            ),
            emits=("PaymentCharged",),
            refusals=("PaymentFailed",),
            effects={Charge: Outcome},
            begins=True,
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
