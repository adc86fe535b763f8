"""Sagas: a path of the workflow that one service conducts, declared as a table of steps.

    FULFILMENT = saga(
        "fulfilment",
        key="order_id",
        starts="OrderPlaced",
        reads=("items[].sku", "items[].quantity", "total"),
        steps=(
            step("ReserveStock", sends=("items",), done="StockReserved", refused=("StockRefused",), undo=(...)),
            step("ShipOrder", done="OrderShipped", refused=("ShipmentRefused",), pivot=True),
        ),
        completes="FulfilmentCompleted",
        fails="FulfilmentFailed",
    )

It is in the bundle of a service that imports it, and in no other. A turn of it starts in `reactions.py`.
"""

from functions.kit.saga.declaration import Saga, saga, step, wait
from functions.kit.saga.table import Cancel

__all__ = ["Cancel", "Saga", "saga", "step", "wait"]
