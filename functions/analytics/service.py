"""The analytics service's table: what is counted. It also listens on the replay lane, to count the past."""

from functions.analytics.domain import Counted, count_cancelled, count_completed, count_placed
from functions.kit.model import Service, on

ANALYTICS = Service(
    name="analytics",
    key="order_id",
    state=Counted,
    reactions=(
        on(
            "OrderPlaced",
            count_placed,
            reads=("total.minor_units", "total.currency", "channel?"),
            replay=True,
        ),
        on("OrderCompleted", count_completed, reads=("total.minor_units", "total.currency"), replay=True),
        on("OrderCancelled", count_cancelled, reads=(), replay=True),
    ),
    batching_seconds=5,
)
