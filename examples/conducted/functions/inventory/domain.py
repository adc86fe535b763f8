"""Sets stock aside for an order, all lines or none, and gives back exactly what it set aside."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from functions.kit.model import Decision, unchanged

if TYPE_CHECKING:
    from functions.inventory.events import ReceiveStock, ReleaseStock, ReserveStock, publish
else:
    from functions.kit.model import publish


@dataclass(frozen=True, slots=True)
class Holding:
    """What is held for an order (reserved, rejected or released), or a goods receipt (received), by article."""

    status: str
    pieces: dict[str, int]


def reserve(holding: Holding | None, event: ReserveStock) -> Decision:
    if holding is not None:  # released: the compensation overtook us
        return unchanged(holding)
    pieces = _pieces(event)
    return Decision(
        Holding("reserved", pieces),
        publish.InventoryReserved(order_id=event["order_id"]),
        takes=_stock(pieces),
        otherwise=Decision(
            Holding("rejected", {}),
            publish.InventoryRejected(order_id=event["order_id"], reason="out of stock"),
        ),
    )


def release(holding: Holding | None, event: ReleaseStock) -> Decision:
    if holding is not None and holding.status != "reserved":
        return unchanged(holding)
    held = holding or Holding("reserved", {})  # nothing yet: leave a tombstone for the reservation that is late
    return Decision(
        replace(held, status="released", pieces={}),
        publish.InventoryReleased(order_id=event["order_id"], reason=event["reason"]),
        gives=_stock(held.pieces),
    )


def receive(holding: Holding | None, event: ReceiveStock) -> Decision:
    receipt_id, command_id = event["receipt_id"], event.external_id
    if holding is not None:
        refused = publish.ReceiptRefused(receipt_id=receipt_id, command_id=command_id, reason="it is counted already")
        return Decision(holding, refused)
    pieces = {event["sku"]: event["quantity"]}
    return Decision(
        Holding("received", pieces),
        publish.StockReceived(receipt_id=receipt_id, sku=event["sku"], quantity=event["quantity"]),
        gives=_stock(pieces),
    )


def _pieces(event: ReserveStock) -> dict[str, int]:
    """Add up the lines, since an order may name an article twice."""
    pieces: Counter[str] = Counter()
    for line in event["items"]:
        pieces[line["sku"]] += line["quantity"]
    return dict(pieces)


def _stock(pieces: Mapping[str, int]) -> dict[str, int]:
    return {f"stock#{sku}": quantity for sku, quantity in pieces.items()}
