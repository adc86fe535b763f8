"""The same table on two DynamoDBs: the laptop's, which is the model, and moto's."""

from __future__ import annotations

import json
from typing import Any, Protocol

from ensemble.aws.account import Account
from ensemble.laptop.dynamodb import Backend
from ensemble.laptop.table_operations import TableOperations

Item = dict[str, Any]
Answered = tuple[int, dict[str, Any]]


class World(Protocol):
    """A DynamoDB that answers requests as they come by wire."""

    def ask(self, operation: str, **request: Any) -> Answered: ...

    def items(self, table: str = "rows") -> list[Item]: ...


class Ours:
    """The laptop's DynamoDB."""

    def __init__(self, properties: dict[str, Any]) -> None:
        self.now = 0.0
        self.backend = Backend(Account(), lambda: self.now)
        self.backend.add_table("rows", properties)

    def ask(self, operation: str, **request: Any) -> Answered:
        return _answered(self.backend.answer, operation, request)

    def answer(self, operation: str, body: bytes) -> Answered:
        """Answer a request that need be none."""
        status, _, answer = self.backend.answer(_headers(operation), body)
        return status, json.loads(answer)

    def items(self, table: str = "rows") -> list[Item]:
        return in_order(self.backend.images(table))


class Moto:
    """moto's DynamoDB, which the laptop uses for its tables; here it has items too."""

    def __init__(self, properties: dict[str, Any]) -> None:
        self._operations = TableOperations(Account())
        self._operations.create("rows", properties)

    def ask(self, operation: str, **request: Any) -> Answered:
        return _answered(self._operations.answer, operation, request)

    def items(self, table: str = "rows") -> list[Item]:
        return in_order(self.ask("Scan", TableName=table)[1]["Items"])


def in_order(items: list[Item]) -> list[Item]:
    """Return items in an order of their own, since a Scan has none."""
    return sorted(items, key=lambda item: json.dumps(item, sort_keys=True))


def _headers(operation: str) -> dict[str, str]:
    return {"x-amz-target": f"DynamoDB_20120810.{operation}", "content-type": "application/x-amz-json-1.0"}


def _answered(answer: Any, operation: str, request: dict[str, Any]) -> Answered:
    named = request if "RequestItems" in request or "TransactItems" in request else {"TableName": "rows"} | request
    status, _, body = answer(_headers(operation), json.dumps(named).encode())
    return status, json.loads(body)
