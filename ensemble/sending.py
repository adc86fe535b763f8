"""Puts commands on a bus: of the local AWS at an endpoint, or of the AWS account that the environment is set for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError
from botocore.session import get_session

from ensemble.commands import Command
from ensemble.errors import SendingFailed

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAXIMUM_ENTRIES = 10
"""Entries that one PutEvents call takes (EventBridge API Reference, PutEvents)."""

LOCAL_REGION = "eu-west-1"


@dataclass(frozen=True, slots=True)
class Sent:
    """A command and what the bus answered for it; `refusal` is None when the bus took it."""

    command: Command
    refusal: str | None


def local_client(endpoint: str) -> EventBridgeClient:
    """Return a client of the local AWS at this URL, which asks for no real credentials."""
    client = get_session().create_client(
        "events",
        endpoint_url=endpoint,
        region_name=LOCAL_REGION,
        aws_access_key_id="any",
        aws_secret_access_key="any",
        config=Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 1}, proxies={}),
    )
    return cast("EventBridgeClient", client)


def account_client() -> EventBridgeClient:
    """Return a client of AWS, with the credentials and the region of the environment. Raises SendingFailed."""
    try:
        return cast("EventBridgeClient", get_session().create_client("events"))
    except BotoCoreError as error:
        raise SendingFailed(f"AWS cannot be reached: {error}") from error


def send(client: EventBridgeClient, commands: list[Command], bus: str) -> Iterator[Sent]:
    """Put the commands on the bus, and yield the answer for each. Raises SendingFailed when there is none."""
    for start in range(0, len(commands), MAXIMUM_ENTRIES):
        chunk = commands[start : start + MAXIMUM_ENTRIES]
        for command, result in zip(chunk, _put(client, [command.entry(bus) for command in chunk]), strict=True):
            yield Sent(command, _refusal(result))


def _put(client: EventBridgeClient, entries: list[dict[str, str]]) -> list[Mapping[str, Any]]:
    try:
        return client.put_events(Entries=entries)["Entries"]  # type: ignore[arg-type, return-value]
    except EndpointConnectionError as error:
        url = client.meta.endpoint_url
        raise SendingFailed(f"Nothing answers at {url}: start it with `ensemble up`") from error
    except (ClientError, BotoCoreError) as error:
        raise SendingFailed(f"{client.meta.endpoint_url} does not take events: {error}") from error


def _refusal(result: Mapping[str, Any]) -> str | None:
    return f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}" if "ErrorCode" in result else None
