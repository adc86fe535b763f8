"""What AWS allows, as its documents say: default quotas, most of which AWS raises when asked. Read on 2026-11-27."""

from __future__ import annotations

ITEM_WRITES, ITEM_READS = 1_000, 3_000
"""Write and read units a second of one partition, and so of one item, and of one partition key of an index (Amazon
DynamoDB Developer Guide, "Best practices for designing and using partition keys effectively")."""

NEW_TABLE_WRITES = 4_000
"""Write units a second of a new table on demand; it grows to twice its last peak (Amazon DynamoDB Developer Guide,
"DynamoDB on-demand capacity mode")."""

CONCURRENCY = 1_000
"""Invocations at once in an account and region; a new account has fewer (AWS Lambda Developer Guide, "Quotas")."""

FIRST_POLLERS, POLLERS_A_MINUTE, MOST_POLLERS = 5, 300, 1_250
"""Invocations that a queue's mapping begins with, how many more it has after each minute, and at most (AWS Lambda
Developer Guide, "Configuring scaling behavior for SQS event source mappings")."""

IN_FLIGHT = 120_000
"""Messages of a standard queue that were received and neither deleted nor visible again (Amazon SQS Developer Guide,
"Amazon SQS message quotas")."""

_PUT_EVENTS = {
    10_000: ("us-east-1", "us-west-2", "eu-west-1"),
    2_400: ("us-east-2", "eu-central-1"),
    1_200: ("us-west-1", "ap-northeast-1", "ap-southeast-1", "ap-southeast-2", "eu-west-2"),
    400: ("af-south-1", "ap-northeast-3", "ap-southeast-3", "eu-south-1"),
}
_PUT_EVENTS_ELSEWHERE = 600


def put_events(region: str) -> int:
    """Return how many calls of PutEvents a second an account may make in a region (Amazon EventBridge User Guide,
    "Amazon EventBridge quotas")."""
    return next((calls for calls, regions in _PUT_EVENTS.items() if region in regions), _PUT_EVENTS_ELSEWHERE)
