"""A DynamoDB that is read and never written: what would be written is kept beside it, and read from there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ensemble.aws.dynamodb.tables import Keys, Schema
from ensemble.simulator.clients import Client
from ensemble.simulator.dynamodb import DynamoDb

Request = Mapping[str, Any]

NOT_EXPIRED = 0.0
"""The time for what has an end: DynamoDB returns an item until it has deleted it, days after its end (Amazon DynamoDB
Developer Guide, "Using time to live (TTL) in DynamoDB"), and so does this one."""


class ReadOnly:
    """Answers the kit's requests to a table as DynamoDB would, after a consistent read of each item that they name.

    `client`: nothing but GetItem is asked of it. `writes`: how often an item of a workflow would have been written.
    `failure`: what a read met; it is no part of a forecast.
    """

    def __init__(self, client: Any) -> None:
        self._read = client.get_item
        self._here = DynamoDb(lambda: NOT_EXPIRED, self._written)
        self._known = set[tuple[str, Any]]()
        self.writes = 0
        self.failure: Exception | None = None

    def client(self) -> Client:
        """Return a client of it."""
        return Client(self.answer)

    def answer(self, operation: str, request: Request) -> dict[str, Any]:
        """Answer a request. Raises Refused as DynamoDB does, and what a read raised."""
        for table, key in _items(request):
            self._take(table, key)
        return self._here.answer(operation, request)

    def _take(self, table: str, key: Request) -> None:
        there = self._here.tables.get(table) or self._here.add(table, _keyed_by(tuple(key)))
        place = table, there.key_of(key)
        if place in self._known:
            return
        try:
            item = self._read(TableName=table, Key=dict(key), ConsistentRead=True).get("Item")
        except (ClientError, BotoCoreError) as failure:
            self.failure = failure
            raise
        self._known.add(place)
        if item is not None:
            there.write(place[1], item)

    def _written(self, table: object, key: str, before: object, after: object) -> None:
        self.writes += not key.startswith("kit#")


def _keyed_by(names: tuple[str, ...]) -> Schema:
    """Return what a table is that has these keys, all of them texts; its indexes are not read."""
    return Schema(Keys(names, ("S",) * len(names)), {})


def _items(request: Request) -> Iterator[tuple[str, Request]]:
    """Yield the table and the key of each item that a request names."""
    if "TransactItems" in request:
        for action in request["TransactItems"]:
            for parameters in action.values():
                yield from _items(parameters)
    elif "RequestItems" in request:
        for table, asked in request["RequestItems"].items():
            yield from ((table, key) for key in asked["Keys"])
    else:
        key = request["Key"] if "Key" in request else request["Item"]
        yield request["TableName"], {name: key[name] for name in ("pk", "position") if name in key}
