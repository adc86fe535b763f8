"""Lists the newest workflows of a stage by the index of its event store (0071)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from functions.kit.store import LISTED_PARTITIONS, listed_partition

HOURS = 24


def newest(dynamodb: Any, table: str, now: float, most: int = 100) -> list[str]:
    """Return the workflows that were started or asked for something last, the newest first."""
    found: dict[str, None] = {}
    at = datetime.fromtimestamp(now, UTC)
    for hours in range(HOURS):
        hour = (at - timedelta(hours=hours)).strftime("%Y-%m-%dT%H")
        listed = []
        for number in range(LISTED_PARTITIONS):
            answer = dynamodb.query(
                TableName=table,
                IndexName="index",
                KeyConditionExpression="index_partition = :partition",
                ExpressionAttributeValues={":partition": {"S": listed_partition(hour, number)}},
                ScanIndexForward=False,
                Limit=most,
            )
            listed += answer["Items"]
        listed.sort(key=lambda item: item["index_position"]["S"], reverse=True)
        found |= dict.fromkeys(item["pk"]["S"] for item in listed)
        if len(found) >= most:
            break
    return list(found)[:most]
