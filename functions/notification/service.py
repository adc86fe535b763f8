"""The notification service's table: how an order can end, from the customer's point of view."""

from functions.kit.model import Service, on
from functions.notification.domain import (
    Message,
    Notified,
    memory_of,
    notify_cancelled,
    notify_completed,
    notify_too_late,
)

MAIL = {Message: None}

NOTIFICATION = Service(
    name="notification",
    key="order_id",
    state=Notified,
    reactions=(
        on("OrderCompleted", notify_completed, reads=("order_id", "email", "tracking_number"), effects=MAIL),
        on("OrderCancelled", notify_cancelled, reads=("order_id", "email", "reason"), effects=MAIL),
        on(
            "CancellationRejected",
            notify_too_late,
            reads=("order_id", "email", "reason", "requested_by?"),
            effects=MAIL,
        ),
    ),
    topics=("customer",),
    forgets=memory_of,
    batching_seconds=1,
)
