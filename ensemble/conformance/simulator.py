"""The simulator as a world: it has the tables, and of what can be asked of them what the kit asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import ClientError

from ensemble.aws.dynamodb.tables import schema_of
from ensemble.conformance.laptop import ACCOUNT
from ensemble.conformance.needed import TABLE, resolved
from ensemble.conformance.questions import Needs, World
from ensemble.simulator.answers import NotSimulated, Refused
from ensemble.simulator.dynamodb import DynamoDb

NOW = 1_767_225_600.0


class _Client:
    """A client of the simulated DynamoDB: each operation is a method, as boto3 has them."""

    def __init__(self, tables: DynamoDb) -> None:
        self._tables = tables

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        return lambda **parameters: self._ask(operation, parameters)

    def _ask(self, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Ask. Raises ClientError, and NotImplementedError for what the simulator does not know."""
        name = "".join(word.capitalize() for word in operation.split("_"))
        try:
            return self._tables.answer(name, parameters)
        except NotSimulated as error:
            raise NotImplementedError(str(error)) from None
        except Refused as refusal:
            error_: Any = {"Error": {"Code": refusal.code, "Message": refusal.message}, **refusal.details}
            raise ClientError(error_, operation) from None


@contextmanager
def in_the_simulator(needs: Needs) -> Iterator[World]:
    """Yield simulated tables. Raises NotImplementedError for questions about anything else."""
    tables = DynamoDb(lambda: NOW, lambda _table, _key, _before, _after: None)
    for name, kind, properties in resolved(needs, "", ACCOUNT.arn, ACCOUNT.queue_url, ACCOUNT.stream_arn):
        if kind != TABLE:
            raise NotImplementedError(f"{kind} is not asked for in the simulator")
        tables.add(name, schema_of(properties))

    def client(service: str) -> Any:
        if service != "dynamodb":
            raise NotImplementedError(f"{service} has no client in the simulator")
        return _Client(tables)

    yield World(ACCOUNT.account_id, ACCOUNT.region, "", client, lambda _seconds: None, _refuses)


def _refuses(kind: str, _properties: dict[str, Any]) -> bool:
    raise NotImplementedError(f"{kind} is not deployed in the simulator")
