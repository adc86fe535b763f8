"""HTTP responses of AWS, and what they look like in JSON and in XML."""

from __future__ import annotations

import json
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from ensemble.aws.errors import AwsError

JSON = "application/x-amz-json-1.0"

# Codes that clients of SQS's former protocol know, sent beside the new ones (service model, "awsQueryCompatible").
QUERY_CODES = {
    "QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
    "MessageNotInflight": "AWS.SimpleQueueService.MessageNotInflight",
    "BatchEntryIdsNotDistinct": "AWS.SimpleQueueService.BatchEntryIdsNotDistinct",
    "EmptyBatchRequest": "AWS.SimpleQueueService.EmptyBatchRequest",
    "BatchRequestTooLong": "AWS.SimpleQueueService.BatchRequestTooLong",
    "InvalidBatchEntryId": "AWS.SimpleQueueService.InvalidBatchEntryId",
    "TooManyEntriesInBatchRequest": "AWS.SimpleQueueService.TooManyEntriesInBatchRequest",
}


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    headers: dict[str, str]
    body: bytes


def json_answer(status: int, content: dict[str, Any]) -> Answer:
    """Return an answer whose content is JSON."""
    return Answer(status, {"content-type": JSON}, json.dumps(content).encode())


def json_error(error: AwsError, *, is_former_query: bool = False) -> Answer:
    """Return an error in the shape of AWS JSON 1.0 and 1.1 (Smithy, "AWS JSON 1.0 protocol", "Operation error")."""
    status, headers, body = json_answer(error.status, {"__type": error.code, "message": error.message})
    headers["x-amzn-errortype"] = error.code
    if is_former_query:
        fault = "Sender" if error.status < 500 else "Receiver"
        headers["x-amzn-query-error"] = f"{QUERY_CODES.get(error.code, error.code)};{fault}"
    return Answer(status, headers, body)


def xml_answer(status: int, content: str) -> Answer:
    """Return an answer whose content is XML."""
    return Answer(status, {"content-type": "text/xml"}, content.encode())


def xml_error(error: AwsError) -> Answer:
    """Return an error in the shape of the query protocol (Smithy, "AWS Query protocol", "Operation error")."""
    content = f"<Type>Sender</Type><Code>{error.code}</Code><Message>{escape(error.message)}</Message>"
    return xml_answer(error.status, f"<ErrorResponse><Error>{content}</Error></ErrorResponse>")
