"""What a request of AWS's APIs is billed: its units, by what it does to the tables."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from ensemble.aws.entries import entry_bytes
from ensemble.laptop.answers import Answer
from ensemble.meter.assumed import CALL_MILLISECONDS, SLOW_CALL_MILLISECONDS
from ensemble.meter.items import Image, Table, read_units, size_of
from ensemble.meter.units import Unit, Units, chunks

ImageOf = Callable[[str, Mapping[str, Any]], Image | None]
"""Takes a table's name and a key, and returns the item."""

TRANSACTION = 2
"""How often a transaction counts each item (Amazon DynamoDB Developer Guide, "DynamoDB Transactions: How it works")."""

Item = tuple[str, Mapping[str, Any]]
"""A table's name and a key."""


class Request:
    """A request of a function: its operation, such as `PutItem`, and its parameters."""

    def __init__(self, headers: Mapping[str, str], body: bytes) -> None:
        self.prefix, _, self.operation = headers.get("x-amz-target", "").partition(".")
        self.size = len(body)
        if self.prefix:
            self.parameters: dict[str, Any] = json.loads(body or b"{}")
        else:
            self.parameters = dict(parse_qsl(body.decode(errors="replace")))
            self.operation = self.parameters.get("Action", "")

    @property
    def is_of_tables(self) -> bool:
        """Whether DynamoDB answers it."""
        return self.prefix.startswith("DynamoDB_")

    @property
    def milliseconds(self) -> float:
        """How long it is assumed to take."""
        is_quick = self.is_of_tables and not self.operation.startswith("Transact")
        return CALL_MILLISECONDS if is_quick else SLOW_CALL_MILLISECONDS

    def answered(
        self, answer: Callable[[], Answer], tables: Mapping[str, Table], image_of: ImageOf
    ) -> tuple[Answer, Units]:
        """Have it answered; return the answer, and the units that it is billed."""
        touched = list(_written(self.operation, self.parameters, tables)) if self.is_of_tables else []
        before = [image_of(*item) for item in touched]
        answered = answer()
        if not self.is_of_tables:
            return answered, self._of_other_services(answered)
        units = Units({Unit.READ: self._read(json.loads(answered.body or b"{}"), answered.status, tables)})
        factor = TRANSACTION if self.operation.startswith("Transact") else 1
        for (table, key), old in zip(touched, before, strict=True):
            new = image_of(table, key)
            units[Unit.WRITE] += factor * tables[table].write_units(old, new) + tables[table].index_units(old, new)
        return answered, units

    def _read(self, answer: Mapping[str, Any], status: int, tables: Mapping[str, Table]) -> float:
        is_consistent = bool(self.parameters.get("ConsistentRead", False))
        match self.operation:
            case "GetItem":
                return read_units(size_of(answer.get("Item")), is_consistent=is_consistent)
            case "Query" | "Scan":
                return read_units(sum(map(size_of, answer.get("Items", []))), is_consistent=is_consistent)
            case "BatchGetItem":
                return sum(_read_batch(self.parameters["RequestItems"], answer, tables))
            case "TransactGetItems":
                items = [one.get("Item") for one in answer.get("Responses", [])]
                return TRANSACTION * sum(read_units(size_of(item), is_consistent=True) for item in items)
        return 0

    def _of_other_services(self, answer: Answer) -> Units:
        if self.prefix == "AWSEvents" and self.operation == "PutEvents":
            return Units({Unit.EVENT: sum(chunks(entry_bytes(entry)) for entry in self.parameters.get("Entries", []))})
        if self.prefix == "AmazonSQS":
            return Units({Unit.QUEUE: chunks(self.size)})
        if self.operation == "Publish":
            return Units({Unit.PUBLISHED: chunks(self.size)})
        return Units()


def _written(operation: str, parameters: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[Item]:
    """Yield each item that a request writes, or that a transaction looks at."""

    def key_of(table: str, write: Mapping[str, Any]) -> Mapping[str, Any]:
        return write["Key"] if "Key" in write else {name: write["Item"][name] for name in tables[table].key}

    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            yield parameters["TableName"], key_of(parameters["TableName"], parameters)
        case "TransactWriteItems":
            for (write,) in (one.values() for one in parameters["TransactItems"]):
                yield write["TableName"], key_of(write["TableName"], write)
        case "BatchWriteItem":
            for table, writes in parameters["RequestItems"].items():
                for (write,) in (one.values() for one in writes):
                    yield table, key_of(table, write)


def _read_batch(asked: Mapping[str, Any], answer: Mapping[str, Any], tables: Mapping[str, Table]) -> Iterator[float]:
    """Yield the units of each item that was asked for; one that is not there counts like a small one."""
    for name, request in asked.items():
        is_consistent = bool(request.get("ConsistentRead", False))
        found = answer.get("Responses", {}).get(name, [])
        for size in [*map(size_of, found), *[0] * (len(request["Keys"]) - len(found))]:
            yield read_units(size, is_consistent=is_consistent)
