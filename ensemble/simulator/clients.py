"""The clients of the core lane: what botocore's do with an answer or the lack of one, without botocore's cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from ensemble.simulator.answers import RETRIED, NoAnswer, Refused
from functions.kit.aws.retries import ATTEMPTS

TOKENS = count(1)
"""No two transactions of any clients have the same one."""

Request = Callable[[str, Mapping[str, Any]], dict[str, Any]]


class Client:
    """A client of any service: each request is tried as often as botocore's standard mode does."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.meta = SimpleNamespace(endpoint_url="https://sqs.eu-west-1.amazonaws.com")

    def _ask(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer. Raises ClientError and ReadTimeoutError."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._request(operation, parameters)
            except Refused as refusal:
                if attempt == ATTEMPTS or refusal.code not in RETRIED:
                    raise _client_error(refusal, operation) from None
            except NoAnswer:
                if attempt == ATTEMPTS:
                    raise ReadTimeoutError(endpoint_url="simulated") from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    def get_item(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("GetItem", parameters)

    def batch_get_item(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("BatchGetItem", parameters)

    def put_item(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("PutItem", parameters)

    def update_item(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("UpdateItem", parameters)

    def query(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("Query", parameters)

    def transact_write_items(self, **parameters: Any) -> dict[str, Any]:
        """Ask with a token of its own, as botocore does, so that an attempt repeated is one transaction."""
        return self._ask("TransactWriteItems", {**parameters, "ClientRequestToken": str(next(TOKENS))})

    def get_paginator(self, operation: str) -> SimpleNamespace:
        def paginate(**parameters: Any) -> Iterator[dict[str, Any]]:
            page = self._ask({"query": "Query"}[operation], parameters)
            yield page
            while "LastEvaluatedKey" in page:
                page = self._ask("Query", {**parameters, "ExclusiveStartKey": page["LastEvaluatedKey"]})
                yield page

        return SimpleNamespace(paginate=paginate)

    def put_events(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("PutEvents", parameters)

    def change_message_visibility(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("ChangeMessageVisibility", parameters)

    def send_message(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("SendMessage", parameters)

    def send_message_batch(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("SendMessageBatch", parameters)

    def delete_message(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("DeleteMessage", parameters)

    def publish(self, **parameters: Any) -> dict[str, Any]:
        return self._ask("Publish", parameters)


def _client_error(refusal: Refused, operation: str) -> ClientError:
    error = {"Code": refusal.code, "Message": refusal.message}
    response: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": refusal.status}, **refusal.details}
    return ClientError(response, operation)
