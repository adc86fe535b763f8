"""All tables of an account in a region, and the operations on their items."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ensemble.aws.dynamodb import reading, writing
from ensemble.aws.dynamodb.errors import NotModelled, RequestRefused
from ensemble.aws.dynamodb.tables import Schema, Table, no_table
from ensemble.aws.dynamodb.writing import Written

Request = Mapping[str, Any]
Answer = dict[str, Any]

TOKEN_SECONDS = 600
"""How long a transaction's client token makes it idempotent (DynamoDB API Reference, TransactWriteItems)."""

MOST_TOKENS = 1_000
"""How many are remembered: in virtual time all transactions of a long run may fall into those seconds."""


class Database:
    """Tables by name. `now` returns seconds since 1970; `written` is called with an item before and after a write."""

    def __init__(self, now: Callable[[], float], written: Written) -> None:
        self._now, self._written = now, written
        self.tables: dict[str, Table] = {}
        self._tokens: dict[str, tuple[float, Any]] = {}
        self.operations: Mapping[str, Callable[[Request], Answer]] = {
            "GetItem": self.get_item,
            "BatchGetItem": self.batch_get_item,
            "TransactGetItems": self.transact_get_items,
            "Query": self.query,
            "Scan": self.scan,
            "PutItem": self.put_item,
            "UpdateItem": self.update_item,
            "DeleteItem": self.delete_item,
            "BatchWriteItem": self.batch_write_item,
            "TransactWriteItems": self.transact_write_items,
        }

    def add(self, name: str, schema: Schema) -> Table:
        """Make a table."""
        self.tables[name] = table = Table(name, schema)
        return table

    def answer(self, operation: str, request: Request) -> Answer:
        """Answer a request. Raises RequestRefused, and NotModelled for an operation that is not one on items."""
        if operation not in self.operations:
            raise NotModelled(f"the model of DynamoDB does not know {operation}")
        return self.operations[operation](request)

    def get_item(self, request: Request) -> Answer:
        return reading.get_item(self.table(request["TableName"]), request)

    def batch_get_item(self, request: Request) -> Answer:
        return reading.batch_get_item(self.table, request)

    def transact_get_items(self, request: Request) -> Answer:
        return reading.transact_get_items(self.table, request)

    def query(self, request: Request) -> Answer:
        return reading.query(self.table(request["TableName"]), request)

    def scan(self, request: Request) -> Answer:
        return reading.scan(self.table(request["TableName"]), request)

    def put_item(self, request: Request) -> Answer:
        return writing.write_one("Put", self.table(request["TableName"]), request, self._written)

    def update_item(self, request: Request) -> Answer:
        return writing.write_one("Update", self.table(request["TableName"]), request, self._written)

    def delete_item(self, request: Request) -> Answer:
        return writing.write_one("Delete", self.table(request["TableName"]), request, self._written)

    def batch_write_item(self, request: Request) -> Answer:
        return writing.batch_write_item(self.table, request, self._written)

    def transact_write_items(self, request: Request) -> Answer:
        """Carry a transaction out, once for its token. Raises RequestRefused."""
        token = request.get("ClientRequestToken")
        if token is not None and self._was_done(token, request):
            return {}
        answer = writing.transact_write_items(self.table, request, self._written)
        if token is not None:
            self._forget_tokens(until=self._now(), most=MOST_TOKENS - 1)
            self._tokens[token] = self._now() + TOKEN_SECONDS, request["TransactItems"]
        return answer

    def _was_done(self, token: str, request: Request) -> bool:
        """Whether a transaction was carried out, by its token. Raises RequestRefused when that was another one."""
        self._forget_tokens(until=self._now(), most=MOST_TOKENS)
        if token not in self._tokens:
            return False
        if self._tokens[token][1] != request["TransactItems"]:
            raise RequestRefused(
                "IdempotentParameterMismatchException", "Request was repeated with the same token and other parameters"
            )
        return True

    def _forget_tokens(self, until: float, most: int) -> None:
        """Forget the tokens of transactions that are idempotent no longer, and the oldest where there are more."""
        while self._tokens:
            oldest = next(iter(self._tokens))
            if self._tokens[oldest][0] > until and len(self._tokens) <= most:
                return
            del self._tokens[oldest]

    def table(self, name: str) -> Table:
        """Return a table. Raises RequestRefused."""
        try:
            return self.tables[name]
        except KeyError:
            raise no_table() from None
