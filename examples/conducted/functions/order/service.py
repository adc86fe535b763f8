"""The order service's table: takes the customer's commands and hears how the workflow ended."""

from datetime import timedelta

from functions.kit.model import Service, Workflow, on, on_timer
from functions.order.domain import Order, cancel, complete, deadline_of, expire, give_up, place

A_REQUEST = "it only asks: what comes of it is what undoes the order"

ORDER = Service(
    name="order",
    key="order_id",
    state=Order,
    reactions=(
        on(
            "PlaceOrder",
            place,
            reads=(
                "order_id",
                "customer_id",
                "email",
                "items[].sku",
                "items[].quantity",
                "items[].unit_price",
                "payment_token",
                "address.country",
                "address.postcode",
                "address.street",
                "channel?",
            ),
            emits=("OrderPlaced",),
            refusals=("OrderCommandRefused",),
            begins=True,
        ),
        on(
            "CancelOrder",
            cancel,
            reads=("order_id", "reason?"),
            emits=("OrderCancellationRequested",),
            refusals=("OrderCommandRefused",),
            irreversible=A_REQUEST,
        ),
        on_timer(expire, emits=("OrderCancellationRequested",), irreversible=A_REQUEST),
        on("FulfilmentCompleted", complete, reads=("tracking_number",), emits=("OrderCompleted",)),
        on("FulfilmentFailed", give_up, reads=("reason",), emits=("OrderCancelled",), compensates="OrderPlaced"),
    ),
    timer=deadline_of,
    terminal=("OrderCommandRefused",),
    workflow=Workflow(
        "PlaceOrder",
        done=("OrderCompleted",),
        undone=("OrderCancelled",),
        within=timedelta(seconds=60),
        share=0.95,
    ),
    status=("status", "deadline"),
)
