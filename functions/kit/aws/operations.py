"""The services and operations that the kit's client knows: what of botocore's service models it needs, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Service:
    """One service of AWS.

    `name`: botocore's, which begins its endpoints and is what requests are signed for. `id`: its name in the variable
    `AWS_ENDPOINT_URL_<id>`. `target`: what `X-Amz-Target` begins with; "" where it speaks the query protocol.
    `content_type`: of a request. `operations`: by the name of the method, the parameters that the client knows.
    `pages`: by the name of the method, the member of an answer that the next page begins after, and the parameter that
    says so. `longest_pause`: seconds after a first attempt that met no throttling. `is_former_query`: whether it has
    codes of the query protocol beside its own (Smithy, "awsQueryCompatible trait"). `error_ending`: what the names of
    its errors have after their codes.
    """

    name: str
    id: str
    target: str
    content_type: str
    operations: Mapping[str, frozenset[str]]
    pages: Mapping[str, tuple[str, str]]
    longest_pause: float = 0.05
    is_former_query: bool = False
    error_ending: str = ""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UPDATE = (
    "TableName ReturnValues ReturnConsumedCapacity ReturnItemCollectionMetrics ConditionExpression "
    "ExpressionAttributeNames ExpressionAttributeValues ReturnValuesOnConditionCheckFailure "
)
_READ = "TableName ConsistentRead ReturnConsumedCapacity ProjectionExpression ExpressionAttributeNames "
_PAGE = _READ + "IndexName Select Limit ExclusiveStartKey FilterExpression ExpressionAttributeValues "
_AFTER = ("LastEvaluatedKey", "ExclusiveStartKey")

DYNAMODB = Service(
    name="dynamodb",
    id="DYNAMODB",
    target="DynamoDB_20120810",
    content_type="application/x-amz-json-1.0",
    operations={
        "get_item": _names(_READ + "Key"),
        "batch_get_item": _names("RequestItems ReturnConsumedCapacity"),
        "query": _names(_PAGE + "KeyConditionExpression ScanIndexForward"),
        "scan": _names(_PAGE + "TotalSegments Segment"),
        "put_item": _names(_UPDATE + "Item"),
        "update_item": _names(_UPDATE + "Key UpdateExpression"),
        "delete_item": _names(_UPDATE + "Key"),
        "transact_write_items": _names(
            "TransactItems ReturnConsumedCapacity ReturnItemCollectionMetrics ClientRequestToken"
        ),
    },
    pages={"query": _AFTER, "scan": _AFTER},
    longest_pause=0.025,
)

EVENTS = Service(
    name="events",
    id="EVENTBRIDGE",
    target="AWSEvents",
    content_type="application/x-amz-json-1.1",
    operations={"put_events": _names("Entries")},
    pages={},
)

SQS = Service(
    name="sqs",
    id="SQS",
    target="AmazonSQS",
    content_type="application/x-amz-json-1.0",
    operations={
        "send_message": _names(
            "QueueUrl MessageBody DelaySeconds MessageAttributes MessageSystemAttributes MessageDeduplicationId "
            "MessageGroupId"
        ),
        "send_message_batch": _names("QueueUrl Entries"),
        "change_message_visibility": _names("QueueUrl ReceiptHandle VisibilityTimeout"),
        "delete_message": _names("QueueUrl ReceiptHandle"),
    },
    pages={},
    is_former_query=True,
)

SNS = Service(
    name="sns",
    id="SNS",
    target="",
    content_type="application/x-www-form-urlencoded; charset=utf-8",
    operations={
        "publish": _names(
            "TopicArn TargetArn PhoneNumber Message Subject MessageStructure MessageAttributes MessageDeduplicationId "
            "MessageGroupId"
        )
    },
    pages={},
    error_ending="Exception",
)

SERVICES = {service.name: service for service in (DYNAMODB, EVENTS, SQS, SNS)}

TOKENS = {"transact_write_items": "ClientRequestToken"}
"""The parameter by which attempts are known for one request (Amazon DynamoDB API Reference, TransactWriteItems)."""


@cache
def operation_of(method: str) -> str:
    """Return the operation that a method asks for: `put_item` is PutItem."""
    return "".join(map(str.capitalize, method.split("_")))
