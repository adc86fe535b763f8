"""Low-level AWS clients from botocore alone: importing boto3 costs more at cold start than a client."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.loaders import Loader
from botocore.session import Session, get_session

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 1, 2, 3
"""How long a client waits for a connection and for an answer, and how often it asks."""

PAUSES_SECONDS = 3
"""The longest pauses between three attempts: 1 s and 2 s (botocore documentation, "Retries", standard mode)."""

LONGEST_CALL_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + PAUSES_SECONDS
"""After so long a call has failed."""


class AskedForServices(Loader):
    """Knows the services that were asked for: botocore would look through its folders of all 400 to know them."""

    def __init__(self) -> None:
        super().__init__()
        self.services: list[str] = []

    def list_available_services(self, type_name: str) -> list[str]:
        return self.services


@cache
def _session() -> tuple[Session, AskedForServices]:
    session, loader = get_session(), AskedForServices()
    session.register_component("data_loader", loader)
    return session, loader


def _client(service: str) -> Any:
    """Make a client that gives up within the function's time (botocore would wait a minute for an answer), and
    whose user agent is written once (botocore would write it anew, twice, at every call)."""
    session, loader = _session()
    loader.services.append(service)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent=session.user_agent(),
    )
    return session.create_client(service, config=config)


def dynamodb() -> DynamoDBClient:
    """Make a DynamoDB client."""
    return cast("DynamoDBClient", _client("dynamodb"))


def events() -> EventBridgeClient:
    """Make an EventBridge client."""
    return cast("EventBridgeClient", _client("events"))


def sns() -> SNSClient:
    """Make an SNS client."""
    return cast("SNSClient", _client("sns"))


def sqs() -> SQSClient:
    """Make an SQS client."""
    return cast("SQSClient", _client("sqs"))


def ssm() -> Any:
    """Make a Systems Manager client, for Powertools Parameters."""
    return _client("ssm")


def secretsmanager() -> Any:
    """Make a Secrets Manager client, for Powertools Parameters."""
    return _client("secretsmanager")
