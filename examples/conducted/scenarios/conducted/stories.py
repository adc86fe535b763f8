"""The shop's stories, with the events by which each is known here, and the simulator's small ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ensemble.scenario import Command, Story
from scenarios.shop import stories

SEEN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "fulfilled": (
        ("ReserveStock", "InventoryReserved", "ChargePayment", "PaymentCharged", "ShipOrder", "ShipmentCreated"),
        ("ReleaseStock", "RefundPayment", "FulfilmentFailed"),
    ),
    "out of stock": (
        ("InventoryRejected", "FulfilmentFailed"),
        ("ReleaseStock", "ChargePayment", "ShipOrder"),
    ),
    "card declined": (
        ("PaymentFailed", "ReleaseStock", "InventoryReleased"),
        ("RefundPayment", "ShipOrder"),
    ),
    "carrier refuses": (
        ("ShipmentFailed", "RefundPayment", "PaymentRefunded", "ReleaseStock", "InventoryReleased"),
        ("OrderCancellationRequested", "FulfilmentCompleted"),
    ),
    "cancelled on the way": (
        ("OrderCancellationRequested", "FulfilmentFailed"),
        ("ShipOrder", "CancellationRejected"),
    ),
    "cancelled too late": (
        ("OrderCancellationRequested", "ShipmentCreated", "CancellationRejected"),
        ("RefundPayment", "ReleaseStock", "FulfilmentFailed"),
    ),
    "the carrier's answer is lost": (
        ("ShipOrder", "ShipmentCreated"),
        ("RefundPayment", "ReleaseStock", "OrderCancellationRequested"),
    ),
    "nobody ships in time": (
        ("ChargePayment", "RefundPayment", "PaymentRefunded", "ReleaseStock", "InventoryReleased"),
        ("ShipOrder", "CancellationRejected"),
    ),
}
"""The events that appear in each story, and those that do not."""


def _seen(story: Story) -> Story:
    appear, absent = SEEN[story.name]
    return replace(story, appear=appear, absent=absent)


STORIES = tuple(map(_seen, stories.STORIES))

WAYS: Mapping[str, Sequence[Command]] = stories.WAYS
