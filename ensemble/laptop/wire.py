"""Answers AWS requests, whether they come from a handler's botocore client or over HTTP: one dispatcher for both."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from ensemble.aws.errors import AwsError
from ensemble.laptop.answers import Answer, json_answer, json_error
from ensemble.laptop.bodies import Body, content_of
from ensemble.laptop.query import QueryApi
from ensemble.laptop.request_check import SERVICES, checked_body, refuse_unshaped
from ensemble.laptop.tables import Tables

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class Wire:
    """Answers requests. `services` are the operations of each JSON protocol, by the prefix of `X-Amz-Target`.

    `for_functions`: those that only requests of handlers are answered by.
    """

    def __init__(
        self,
        services: Mapping[str, Mapping[str, Operation]],
        tables: Tables,
        query: QueryApi,
        for_functions: Mapping[str, Mapping[str, Operation]],
    ) -> None:
        self._services = {**services, **for_functions}
        self._for_functions = for_functions
        self._tables = tables
        self._query = query

    @property
    def operations(self) -> dict[str, list[str]]:
        """The operations that any program may ask for, by the name of their service, but for DynamoDB's."""
        asked = {prefix: known for prefix, known in self._services.items() if prefix not in self._for_functions}
        return self._query.operations | {SERVICES[prefix]: sorted(known) for prefix, known in asked.items()}

    def answer_checked(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request that any program may have sent; those of handlers are checked by their own botocore."""
        target = headers.get("x-amz-target", "")
        prefix, _, operation = target.partition(".")
        is_answered = prefix.startswith("DynamoDB_") or operation in self._services.get(prefix, {})
        if prefix in self._for_functions:
            refused = AwsError("AccessDeniedException", f"{operation} is answered by the laptop AWS to functions alone")
            return json_error(refused)
        try:
            return self.answer(headers, checked_body(prefix, operation, body) if is_answered else body)
        except AwsError as error:
            return json_error(error, is_former_query=prefix == "AmazonSQS")

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request. What is not answered is an error that names the operation."""
        target = headers.get("x-amz-target", "")
        prefix, _, operation = target.partition(".")
        if prefix.startswith("DynamoDB_"):
            return self._answer_of_tables(operation, headers, body)
        if not target:
            return self._query.answer(body)
        try:
            operations = self._services.get(prefix, {})
            if operation not in operations:
                raise AwsError("UnknownOperationException", self._unanswered(prefix, operation))
            return json_answer(200, operations[operation](content_of(body)))
        except AwsError as error:
            return json_error(error, is_former_query=prefix == "AmazonSQS")

    def _answer_of_tables(self, operation: str, headers: Mapping[str, str], body: bytes) -> Answer:
        try:
            return Answer(*self._tables.answer(headers, body))
        except NotImplementedError:
            reason = f"dynamodb {operation} is not answered by the laptop AWS"
            return json_error(AwsError("UnknownOperationException", reason))
        except Exception as error:  # whatever moto raises at a request that it did not expect
            reason = f"The laptop AWS cannot answer this request: {type(error).__name__}: {error}"
            return json_error(AwsError("ValidationException", reason))

    def _unanswered(self, prefix: str, operation: str) -> str:
        """Say that an operation is not answered, and which of its service are, or of which services some are."""
        known = self._services.get(prefix)
        others = f"of {prefix} are" if known else "requests of other services are"
        names = ", ".join(sorted(known or self.operations))
        return f"{prefix} {operation} is not answered by the laptop AWS; {others}: {names}"


class Sent(Protocol):
    """A request of the kit's own client."""

    @property
    def headers(self) -> Mapping[str, str]:
        """All of them."""

    @property
    def body(self) -> bytes:
        """What is sent."""


class Interceptor:
    """Answers the requests of functions' clients without any network: botocore's as a `before-send` handler, those of
    the kit's own client by `send`."""

    def __init__(self, answer: Callable[[Mapping[str, str], bytes], Answer]) -> None:
        self.answer = answer

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer the request."""
        sent = request.body
        body = sent.encode() if isinstance(sent, str) else bytes(sent or b"")  # type: ignore[arg-type]
        named = {name.lower(): _text(value) for name, value in request.headers.items()}
        status, headers, content = self.answer(named, body)
        return AWSResponse(request.url, status, headers, _Content(content))  # type: ignore[arg-type]

    def send(self, request: Sent) -> Answer:
        """Answer the request of a client that checks none. Raises ParamValidationError as botocore would."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        prefix, _, operation = headers.get("x-amz-target", "").partition(".")
        body = Body(request.body)
        refuse_unshaped(prefix, operation, body)
        return self.answer(headers, body)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Content(io.BytesIO):
    """A response's body, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()
