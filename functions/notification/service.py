"""The notification service's table: how an order can end, from the customer's point of view."""

from functions.kit.model import Service, on
from functions.notification.domain import Message, Told, tell_cancelled, tell_completed, tell_too_late

MAIL = {Message: None}

NOTIFICATION = Service(
    name="notification",
    key="order_id",
    state=Told,
    reactions=(
        on("OrderCompleted", tell_completed, reads=("order_id", "email", "tracking_number"), effects=MAIL),
        on("OrderCancelled", tell_cancelled, reads=("order_id", "email", "reason"), effects=MAIL),
        on("CancellationRejected", tell_too_late, reads=("order_id", "email", "reason", "requested_by?"), effects=MAIL),
    ),
    topics=("customer",),
)
