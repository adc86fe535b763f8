"""The invocations that both sides are given: batches of ten PlaceOrder commands, and what our rows say of them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from uuid import UUID

BATCH = 10
"""Records in an invocation: the batch size of the template's event source mappings."""

ARTICLES = ("sku-1", "sku-7")

_numbers = count(1)


def place_order_batch(records: int = BATCH) -> dict[str, Any]:
    """Return an invocation with commands that nobody has seen before."""
    return {"Records": [_record(next(_numbers)) for _ in range(records)]}


def order(number: int) -> dict[str, Any]:
    """Return the business fields of an order that completes if its articles are in stock."""
    return {
        "order_id": f"o-{number}",
        "customer_id": f"c-{number}",
        "email": f"customer-{number}@example.com",
        "items": [{"sku": sku, "quantity": 2, "unit_price": 10.5} for sku in ARTICLES],
        "payment_token": "tok_ok",
        "address": {"country": "IE", "postcode": "D02 X285", "street": "1 Grand Canal Quay"},
    }


def stream_batch(items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the invocation of a relay with rows as a consumer wrote them."""
    return {"Records": [_stream_record(position, item) for position, item in enumerate(items)]}


def _record(number: int) -> dict[str, Any]:
    body = json.dumps(_bridge_event(number))
    return {
        "messageId": str(UUID(int=number)),
        "receiptHandle": f"handle-{number}",
        "body": body,
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1767225600000",
            "SenderId": "AIDAEXAMPLE",
            "ApproximateFirstReceiveTimestamp": "1767225600000",
        },
        "messageAttributes": {},
        "md5OfBody": "d41d8cd98f00b204e9800998ecf8427e",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:dev-order-PlaceOrder",
        "awsRegion": "eu-west-1",
    }


def _bridge_event(number: int) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(UUID(int=number << 32)),
        "detail-type": "PlaceOrder",
        "source": "storefront",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": _envelope(number) | order(number),
    }


def _envelope(number: int) -> dict[str, Any]:
    event_id = str(UUID(int=number << 64))
    return {
        "event_id": event_id,
        "type": "PlaceOrder",
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "correlation_id": event_id,
        "causation_id": event_id,
        "hops": 0,
    }


def _stream_record(position: int, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "eventID": str(position),
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"pk": item["pk"]}, "NewImage": item, "SequenceNumber": str(position)},
    }
