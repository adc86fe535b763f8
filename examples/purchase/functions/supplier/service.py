"""The supplier's table: checks from whom is bought, and orders."""

from functions.kit.model import Service, on
from functions.supplier.domain import Order, OrderAnswer, PlaceOrder, check, place

SUPPLIER = Service(
    name="supplier",
    key="purchase_id",
    state=Order,
    reactions=(
        on(
            "CheckSupplier",
            check,
            reads=("purchase_id", "supplier"),
            emits=("SupplierAccepted",),
            refusals=("SupplierRejected",),
            irreversible="it only looks",
            begins=True,
        ),
        on(
            "PlacePurchase",
            place,
            reads=("purchase_id", "supplier", "item", "cents"),
            emits=("PurchasePlaced",),
            refusals=("PurchaseRefused",),
            effects={PlaceOrder: OrderAnswer},
            pivot=True,
        ),
    ),
)
