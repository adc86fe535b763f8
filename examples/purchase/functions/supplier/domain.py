"""Says from whom we buy, and orders there: each purchase once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from functions.kit.model import Decision

if TYPE_CHECKING:
    from functions.supplier.events import CheckSupplier, PlacePurchase, publish
else:
    from functions.kit.model import publish

SUPPLIERS = frozenset({"Stationers", "Workbench"})
"""From whom we buy."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order: checked, placing, placed or refused; and its number at the supplier."""

    status: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Order something at a supplier. The same `key` is one order."""

    system: ClassVar[str] = "suppliers"

    key: str
    supplier: str
    item: str
    cents: int


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What the supplier answered: the order's number, or none when it does not deliver the item."""

    number: str | None


def check(order: Order | None, event: CheckSupplier) -> Decision:
    purchase_id = event["purchase_id"]
    if event["supplier"] not in SUPPLIERS:
        rejected = publish.SupplierRejected(purchase_id=purchase_id, reason="we do not buy there")
        return Decision(order or Order("checked"), rejected)
    return Decision(order or Order("checked"), publish.SupplierAccepted(purchase_id=purchase_id))


def place(order: Order | None, event: PlacePurchase) -> Decision:
    if order is not None and order.status in ("placed", "refused"):
        return _answered(order, event)
    effect = PlaceOrder(event["purchase_id"], event["supplier"], event["item"], event["cents"])
    return Decision(Order("placing"), effect=effect, then=placed)


def placed(order: Order, event: PlacePurchase, answer: OrderAnswer) -> Decision:
    return _answered(Order("refused") if answer.number is None else Order("placed", answer.number), event)


def _answered(order: Order, event: PlacePurchase) -> Decision:
    purchase_id = event["purchase_id"]
    if order.status == "refused":
        return Decision(order, publish.PurchaseRefused(purchase_id=purchase_id, reason="the supplier does not have it"))
    return Decision(order, publish.PurchasePlaced(purchase_id=purchase_id, order_number=order.number))
