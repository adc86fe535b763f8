"""The clients of AWS that functions ask by: the kit's own, or botocore's where a setting or the environment wants it.

Botocore alone, without boto3: importing that costs more at cold start than a client.
"""

from __future__ import annotations

import os
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from functions.kit.aws.client import Client
from functions.kit.aws.operations import SERVICES
from functions.kit.aws.places import place_of
from functions.kit.aws.retries import ATTEMPTS
from functions.kit.aws.sending import CONNECT_SECONDS, READ_SECONDS

if TYPE_CHECKING:
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

PAUSES_SECONDS = 3
"""The longest pauses between three attempts: 1 s and 2 s (botocore documentation, "Retries", standard mode)."""

LONGEST_CALL_SECONDS = ATTEMPTS * (CONNECT_SECONDS + READ_SECONDS) + PAUSES_SECONDS
"""After so long a call has failed."""


def _client(service: str) -> Any:
    """Make a client that gives up within the function's time, and asks again as botocore's standard mode does."""
    known = SERVICES.get(service)
    place = known and place_of(known, os.environ)
    return Client(known, place, partial(_by_botocore, service)) if known and place else _by_botocore(service)


def _by_botocore(service: str) -> Any:
    """Make botocore's client with the same limits (it would wait a minute for an answer), and a user agent that is
    written once (botocore would write it anew, twice, at every call)."""
    from botocore.config import Config

    session, services = _session()
    services.append(service)
    config = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
        user_agent=session.user_agent(),
    )
    return session.create_client(service, config=config)


@cache
def _session() -> tuple[Session, list[str]]:
    """Return a session, and the services that it knows: it would look through the folders of all 400 to know them."""
    from botocore.loaders import Loader
    from botocore.session import get_session

    services: list[str] = []

    class AskedForServices(Loader):
        def list_available_services(self, type_name: str) -> list[str]:
            return services

    session = get_session()
    session.register_component("data_loader", AskedForServices())
    return session, services


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
