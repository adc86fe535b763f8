"""What the services do that only listen: mail and figures. Promises that are judged at rest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from scenarios.shop.expected import CURRENCY
from scenarios.shop.providers import order_of
from scenarios.shop.rest import Rest

NEWS = ("OrderCompleted", "OrderCancelled", "CancellationRejected")
"""What a customer is notified of."""


def every_customer_is_told_the_news_and_nothing_that_is_not_so(rest: Rest) -> Iterator[str]:
    if not rest.takes_part("notification"):
        return
    news = {f"{event.detail['order_id']}/{event.type}": event for event in rest.published(*NEWS)}
    notified = set()
    for _, request in rest.account.published:
        key, mail = request["MessageAttributes"]["key"]["StringValue"], json.loads(request["Message"])
        order_id, _, type = key.partition("/")
        notified.add(key)
        if key not in news:
            yield f"the customer of {order_id} is notified of {type}, which there is not"
        elif mail["to"] != rest.expected[order_id].email:
            yield f"the mail about {key} goes to an address that is not its customer's"
        elif not all(text in mail["text"] for text in (order_id, _news(news[key].detail))):
            yield f"the mail about {key} does not say it: {mail['text']}"
    for key in sorted(news.keys() - notified):
        if news[key].type == "CancellationRejected" and order_of(key) not in rest.steps.asked_in_time:
            continue  # it was the deadline that asked
        yield f"the customer of {order_of(key)} was not notified of {news[key].type}"


def _news(detail: dict[str, Any]) -> str:
    return str(detail.get("tracking_number") or detail.get("reason"))


def the_figures_are_those_of_the_orders_however_often_they_were_replayed(rest: Rest) -> Iterator[str]:
    if not rest.takes_part("analytics"):
        return
    by_version_0_2 = {name: amount for name, amount in rest.counters("analytics").items() if "#" in name}
    counted, expected = by_version_0_2 | rest.totals("analytics"), _figures(rest)
    for name in sorted(counted.keys() | expected.keys()):
        if counted.get(name, 0) != expected[name]:
            yield f"analytics counted {counted.get(name, 0)} {name}, not {expected[name]}"


def _figures(rest: Rest) -> Counter[str]:
    """Return what is to be counted by the day of each event: amounts from the commands, in cents."""
    figures: Counter[str] = Counter()
    for event in rest.published("OrderPlaced", "OrderCompleted", "OrderCancelled"):
        expected = rest.expected[event.detail["order_id"]]
        amounts = {
            "OrderPlaced": {"orders_placed": 1, f"value_placed_{CURRENCY}": expected.cents},
            "OrderCompleted": {"orders_completed": 1, f"revenue_{CURRENCY}": expected.cents},
            "OrderCancelled": {"orders_cancelled": 1},
        }[event.type]
        if event.type == "OrderPlaced" and expected.channel is not None:
            amounts[f"orders_placed_by_{expected.channel}"] = 1
        day = event.detail["timestamp"].partition("T")[0]
        figures.update({f"{name}#{day}": amount for name, amount in amounts.items()})
    return figures
