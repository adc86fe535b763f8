"""The payment service's table: charges and refunds as it is told."""

from functions.kit.model import Service, on
from functions.payment.domain import Charge, Outcome, Payment, Refund, charge, refund

PAYMENT = Service(
    name="payment",
    key="order_id",
    state=Payment,
    reactions=(
        on(
            "ChargePayment",
            charge,
            reads=("order_id", "total.minor_units", "total.currency", "payment_token"),
            emits=("PaymentCharged",),
            refusals=("PaymentFailed",),
            effects={Charge: Outcome},
            begins=True,
        ),
        on(
            "RefundPayment",
            refund,
            reads=("order_id", "reason"),
            emits=("PaymentRefunded",),
            effects={Refund: None},
            compensates="PaymentCharged",
        ),
    ),
)
