"""The inventory service's table: reserves stock, gives it back, takes deliveries in."""

from functions.inventory.domain import Holding, receive, release, reserve
from functions.kit.model import Service, on

INVENTORY = Service(
    name="inventory",
    key="order_id",
    state=Holding,
    reactions=(
        on(
            "OrderPlaced",
            reserve,
            reads=(
                "order_id",
                "items[].sku",
                "items[].quantity",
                "total.minor_units",
                "total.currency",
                "payment_token",
                "address.country",
                "address.postcode",
                "address.street",
            ),
            emits=("InventoryReserved",),
            refusals=("InventoryRejected",),
            begins=True,
        ),
        on(
            "PaymentFailed",
            release,
            reads=("order_id", "reason"),
            emits=("InventoryReleased",),
            compensates="InventoryReserved",
        ),
        on(
            "PaymentRefunded",
            release,
            reads=("order_id", "reason"),
            emits=("InventoryReleased",),
            compensates="InventoryReserved",
        ),
        on(
            "ReceiveStock",
            receive,
            reads=("receipt_id", "sku", "quantity"),
            emits=("StockReceived",),
            refusals=("ReceiptRefused",),
            key="receipt_id",
            begins=True,
        ),
    ),
    terminal=("ReceiptRefused", "StockReceived"),
)
