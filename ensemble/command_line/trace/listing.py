"""Lists the newest workflows of a stage by the index of its event store (0071)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.kit.store import LISTED_PARTITIONS, listed_partition

HOURS = 24
"""So far back it is looked: an hour in which nothing happened is a query for each of its partitions."""


def newest(dynamodb: Any, table: str, now: float, most: int) -> Iterator[list[str]]:
    """Yield for each hour, the last one first, the workflows that were started then or asked for something, the newest
    first, until they are `most`."""
    at, found = datetime.fromtimestamp(now, UTC), set[str]()
    for hours in range(HOURS):
        hour = (at - timedelta(hours=hours)).strftime("%Y-%m-%dT%H")
        listed = [item for number in range(LISTED_PARTITIONS) for item in _listed(dynamodb, table, hour, number, most)]
        listed.sort(key=lambda item: item["index_position"]["S"], reverse=True)
        new = [one for one in dict.fromkeys(item["pk"]["S"] for item in listed) if one not in found]
        found |= set(new)
        yield new
        if len(found) >= most:
            return


def _listed(dynamodb: Any, table: str, hour: str, number: int, most: int) -> Any:
    answer = dynamodb.query(
        TableName=table,
        IndexName="index",
        KeyConditionExpression="index_partition = :partition",
        ExpressionAttributeValues={":partition": {"S": listed_partition(hour, number)}},
        ScanIndexForward=False,
        Limit=most,
    )
    return answer["Items"]
