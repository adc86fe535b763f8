"""The way of an order, as one table: what is asked of whom, in which order, and what undoes it."""

from datetime import timedelta

from functions.kit.saga import Cancel, saga, step

SOON = timedelta(minutes=5)
"""How long stock and money may take: then the order is given up. The carrier may take as long as it needs."""

FULFILMENT = saga(
    "fulfilment",
    key="order_id",
    starts="OrderPlaced",
    reads=(
        "items[].sku",
        "items[].quantity",
        "total.minor_units",
        "total.currency",
        "payment_token",
        "address.country",
        "address.postcode",
        "address.street",
    ),
    steps=(
        step(
            "ReserveStock",
            sends=("items",),
            done="InventoryReserved",
            refused=("InventoryRejected",),
            undo=("ReleaseStock", "InventoryReleased"),
            within=SOON,
        ),
        step(
            "ChargePayment",
            sends=("total", "payment_token"),
            done="PaymentCharged",
            refused=("PaymentFailed",),
            undo=("RefundPayment", "PaymentRefunded"),
            within=SOON,
        ),
        step(
            "ShipOrder",
            sends=("items", "address"),
            done="ShipmentCreated",
            refused=("ShipmentFailed",),
            keeps=("tracking_number",),
            pivot=True,
        ),
    ),
    completes="FulfilmentCompleted",
    tells=("tracking_number",),
    fails="FulfilmentFailed",
    cancels=Cancel(
        "OrderCancellationRequested",
        rejects="CancellationRejected",
        too_late="already shipped",
        passes=("email", "requested_by?"),
    ),
)
