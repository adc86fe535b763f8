"""The invocations that both sides are given: batches of ten RequestLoan commands."""

from __future__ import annotations

import json
from itertools import count
from typing import Any
from uuid import UUID

BATCH = 10
"""Records in an invocation: the batch size of the template's event source mappings."""

TITLES = ("Emma", "Dubliners")

_numbers = count(1)


def request_loan_batch(records: int = BATCH) -> dict[str, Any]:
    """Return an invocation with commands that nobody has seen before."""
    return {"Records": [_record(next(_numbers)) for _ in range(records)]}


def loan(number: int) -> dict[str, Any]:
    """Return the business fields of a loan that is granted if its titles are on the shelf."""
    return {
        "loan_id": f"l-{number}",
        "reader": {"name": f"reader {number}", "email": f"reader-{number}@example.com"},
        "books": [{"title": title, "copies": 2} for title in TITLES],
        "place": {"town": "Dublin", "street": "1 Grand Canal Quay"},
    }


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
        "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:dev-loan-commands",
        "awsRegion": "eu-west-1",
    }


def _bridge_event(number: int) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(UUID(int=number << 32)),
        "detail-type": "RequestLoan",
        "source": "desk",
        "account": "123456789012",
        "time": "2026-01-01T00:00:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": _envelope(number) | loan(number),
    }


def _envelope(number: int) -> dict[str, Any]:
    event_id = str(UUID(int=number << 64))
    return {
        "event_id": event_id,
        "type": "RequestLoan",
        "version": "1.0",
        "timestamp": "2026-01-01T00:00:00.000Z",
        "correlation_id": event_id,
        "causation_id": event_id,
        "hops": 0,
    }
