"""Low-level AWS clients from botocore alone: importing boto3 costs more at cold start than a client."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@cache
def _session() -> Session:
    return get_session()


def dynamodb() -> DynamoDBClient:
    """Make a DynamoDB client."""
    return cast("DynamoDBClient", _session().create_client("dynamodb"))


def events() -> EventBridgeClient:
    """Make an EventBridge client."""
    return cast("EventBridgeClient", _session().create_client("events"))


def sns() -> SNSClient:
    """Make an SNS client."""
    return cast("SNSClient", _session().create_client("sns"))


def sqs() -> SQSClient:
    """Make an SQS client."""
    return cast("SQSClient", _session().create_client("sqs"))
