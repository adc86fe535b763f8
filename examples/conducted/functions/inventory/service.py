"""The inventory service's table: reserves stock and gives it back as it is told, takes deliveries in."""

from functions.inventory.domain import Holding, receive, release, reserve
from functions.kit.model import Service, on

INVENTORY = Service(
    name="inventory",
    key="order_id",
    state=Holding,
    reactions=(
        on(
            "ReserveStock",
            reserve,
            reads=("order_id", "items[].sku", "items[].quantity"),
            emits=("InventoryReserved",),
            refusals=("InventoryRejected",),
            begins=True,
        ),
        on(
            "ReleaseStock",
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
