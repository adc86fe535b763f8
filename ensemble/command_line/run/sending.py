"""Puts commands on a bus: of the laptop AWS at an endpoint, or of the AWS account that the environment is set for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoRegionError
from botocore.session import get_session
from botocore.utils import is_valid_uri

from ensemble.command_line.errors import SendingFailed, UsageRefused
from ensemble.scenario import Command

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAXIMUM_ENTRIES = 10
"""Entries that one PutEvents call takes (EventBridge API Reference, PutEvents)."""

LOCAL_REGION = "eu-west-1"
LOOPBACK = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Sent:
    """A command and what the bus answered for it; `refusal` is None when the bus took it."""

    command: Command
    refusal: str | None


def local_client(endpoint: str) -> EventBridgeClient:
    """Return a client of the laptop AWS at this URL, which asks for no real credentials. Raises UsageRefused."""
    if not is_url(endpoint):
        raise UsageRefused(f"{endpoint!r} is no URL such as http://127.0.0.1:4567: give one to --endpoint")
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
    except NoRegionError as error:
        raise SendingFailed("AWS cannot be reached without a region: set AWS_DEFAULT_REGION") from error
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
        raise SendingFailed(_unanswered(client.meta.endpoint_url)) from error
    except (ClientError, BotoCoreError) as error:
        raise SendingFailed(f"{client.meta.endpoint_url} does not take events: {error}") from error


def _unanswered(url: str) -> str:
    """Say that nothing answers; `ensemble up` is the advice only where it would listen."""
    place = urlsplit(url)
    advice = f": start it with `ensemble up --port {place.port or 80}`" if place.hostname in LOOPBACK else ""
    return f"Nothing answers at {url}{advice}"


def is_url(text: str) -> bool:
    """Return whether a text is a URL that requests can be sent to."""
    try:
        place = urlsplit(text)
        return place.scheme in ("http", "https") and place.port != 0 and is_valid_uri(text)
    except ValueError:  # a port or an IPv6 address that is none
        return False


def _refusal(result: Mapping[str, Any]) -> str | None:
    return f"{result['ErrorCode']}: {result.get('ErrorMessage', '')}" if "ErrorCode" in result else None
