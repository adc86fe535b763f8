"""Answers AWS requests, whether they come from a handler's botocore client or over HTTP: one dispatcher for both."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from ensemble.laptop.errors import AwsError
from ensemble.laptop.request_check import checked_body
from ensemble.laptop.storage import Topic
from ensemble.laptop.tables import Tables

Operation = Callable[[dict[str, Any]], dict[str, Any]]
JSON = "application/x-amz-json-1.0"

# Codes that clients of SQS's former protocol know, sent beside the new ones (service model, "awsQueryCompatible").
QUERY_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
}


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """Answers requests. `services` are the operations of each JSON protocol, by the prefix of `X-Amz-Target`.

    `for_functions`: those that only requests of handlers are answered by.
    """

    def __init__(
        self,
        services: Mapping[str, Mapping[str, Operation]],
        tables: Tables,
        topics: Mapping[str, Topic],
        for_functions: Mapping[str, Mapping[str, Operation]],
    ) -> None:
        self._services = {**services, **for_functions}
        self._for_functions = for_functions
        self._tables = tables
        self._topics = topics

    def answer_checked(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request that any program may have sent; those of handlers are checked by their own botocore."""
        target = headers.get("x-amz-target", "")
        prefix, _, operation = target.partition(".")
        is_answered = prefix.startswith("DynamoDB_") or operation in self._services.get(prefix, {})
        if prefix in self._for_functions:
            refused = AwsError("AccessDeniedException", f"{operation} is answered by the laptop AWS to functions alone")
            return json_error(refused, is_former_query=False)
        try:
            return self.answer(headers, checked_body(prefix, operation, body) if is_answered else body)
        except AwsError as error:
            return json_error(error, is_former_query=prefix == "AmazonSQS")

    def answer(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Answer a request. What is not answered is an error that names the operation."""
        target = headers.get("x-amz-target", "")
        prefix, _, operation = target.partition(".")
        if prefix.startswith("DynamoDB_"):
            return Answer(*self._tables.answer(headers, body))
        if not target:
            return self._answer_query(dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True)))
        try:
            operations = self._services.get(prefix, {})
            if operation not in operations:
                raise AwsError("UnknownOperationException", f"{prefix} {operation} is not answered by the laptop AWS")
            return _json_answer(200, operations[operation](json.loads(body or b"{}")))
        except AwsError as error:
            return json_error(error, is_former_query=prefix == "AmazonSQS")

    def _answer_query(self, form: dict[str, str]) -> Answer:
        """Answer a request of the query protocol: SNS's Publish."""
        action = form.get("Action", "")
        topic = self._topics.get(form.get("TopicArn", ""))
        if action != "Publish":
            return _xml_error(AwsError("InvalidAction", f"{action or 'the request'} is not answered by the laptop AWS"))
        if topic is None:
            return _xml_error(AwsError("NotFound", f"Topic does not exist: {form.get('TopicArn', '')}", 404))
        published = topic.publish(form.get("Message", ""), form.get("Subject"), dict(query_attributes(form)))
        content = f"<PublishResult><MessageId>{published.message_id}</MessageId></PublishResult>"
        return _xml_answer(200, f"<PublishResponse>{content}</PublishResponse>")


class Interceptor:
    """A botocore `before-send` handler: answers a client's request without any network."""

    def __init__(self, answer: Callable[[Mapping[str, str], bytes], Answer]) -> None:
        self.answer = answer

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Answer the request."""
        sent = request.body
        body = sent.encode() if isinstance(sent, str) else bytes(sent or b"")  # type: ignore[arg-type]
        named = {name.lower(): _text(value) for name, value in request.headers.items()}
        status, headers, content = self.answer(named, body)
        return AWSResponse(request.url, status, headers, _Content(content))  # type: ignore[arg-type]


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


class _Content(io.BytesIO):
    """A response's body, as botocore reads it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _json_answer(status: int, content: dict[str, Any]) -> Answer:
    return Answer(status, {"content-type": JSON}, json.dumps(content).encode())


def json_error(error: AwsError, *, is_former_query: bool) -> Answer:
    """Return an error in the shape of AWS JSON 1.0 and 1.1 (Smithy, "AWS JSON 1.0 protocol", "Operation error")."""
    status, headers, body = _json_answer(error.status, {"__type": error.code, "message": error.message})
    headers["x-amzn-errortype"] = error.code
    if is_former_query:
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{QUERY_CODES.get(error.code, error.code)};{fault}"
    return Answer(status, headers, body)


def _xml_answer(status: int, content: str) -> Answer:
    return Answer(status, {"content-type": "text/xml"}, content.encode())


def _xml_error(error: AwsError) -> Answer:
    content = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return _xml_answer(error.status, f"<ErrorResponse><Error>{content}</Error></ErrorResponse>")


def query_attributes(form: Mapping[str, str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the message attributes of a request of the query protocol, by name."""
    number = 1
    while (prefix := f"MessageAttributes.entry.{number}") + ".Name" in form:
        value = {
            "DataType": form.get(f"{prefix}.Value.DataType", ""),
            "StringValue": form.get(f"{prefix}.Value.StringValue", ""),
        }
        yield form[f"{prefix}.Name"], value
        number += 1
