"""Sagas: a path of the workflow that one service conducts, declared as a table of steps.

    REPAIR = saga(
        "repair",
        key="repair_id",
        starts="RepairAsked",
        reads=("items[].sku", "items[].quantity", "total"),
        steps=(
            step("HoldParts", sends=("items",), done="PartsHeld", refused=("PartsRefused",), undo=(...)),
            step("FixDevice", done="DeviceFixed", refused=("ShipmentRefused",), pivot=True),
        ),
        completes="RepairCompleted",
        fails="RepairFailed",
    )

It is in the bundle of a service that imports it, and in no other. A turn of it starts in `reactions.py`.
"""

from functions.kit.saga.declaration import Saga, saga, step, wait
from functions.kit.saga.table import Cancel

__all__ = ["Cancel", "Saga", "saga", "step", "wait"]
