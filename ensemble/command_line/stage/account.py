"""The AWS account that a stage is deployed in: clients of its APIs, and what is said when it does not answer."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoRegionError
from botocore.session import Session, get_session

from ensemble.aws.account import Account as Numbered
from ensemble.aws.assembly import account_of
from ensemble.command_line.errors import AwsFailed, UsageRefused
from ensemble.command_line.run.sending import LOCAL_REGION, is_url

ANY_KEY = "111111111111"
"""The access key for an endpoint when the environment has none: emulators take twelve digits as the account."""


class Account:
    """Makes clients of AWS as the environment is set for it, or of an emulator at a URL.

    `region`: where the stage must be, if not where the environment says. `key`: the emulator's access key, if not the
    environment's. Raises UsageRefused.
    """

    def __init__(self, endpoint: str | None = None, *, region: str | None = None, key: str | None = None) -> None:
        if endpoint is not None and not is_url(endpoint):
            raise UsageRefused(f"{endpoint!r} is no URL such as http://127.0.0.1:4566: give one to --endpoint")
        self._endpoint, self._session = endpoint, get_session()
        if region is not None:
            self._session.set_config_variable("region", region)
        self._key = key or os.environ.get("AWS_ACCESS_KEY_ID", ANY_KEY)

    def client(self, service: str) -> Any:
        """Return the client of one of AWS's services. Raises AwsFailed where none can be made."""
        with aws_answers():
            if self._endpoint is None:
                return self._session.create_client(service)
            return self._session.create_client(service, **_settings(self._endpoint, self._key, self._session))


def deployed_in(assembly: Path, client: Callable[[str], Any]) -> Numbered:
    """Return the account that a stage is deployed in: that of its assembly, or of the credentials where it names none.

    Raises ClientError or BotoCoreError where AWS does not say whose they are.
    """
    number = account_of(assembly)
    if number != Numbered():
        return number
    security = client("sts")
    return Numbered(security.get_caller_identity()["Account"], security.meta.region_name)


def _settings(endpoint: str, key: str, session: Session) -> dict[str, Any]:
    """Return the settings of an emulator's client."""
    return {
        "endpoint_url": endpoint,
        "region_name": session.get_config_variable("region") or LOCAL_REGION,
        "aws_access_key_id": key,
        "aws_secret_access_key": os.environ.get("AWS_SECRET_ACCESS_KEY", "any"),
        "config": Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 1}, proxies={}),
    }


@contextmanager
def aws_answers() -> Iterator[None]:
    """Say in one line what AWS answers instead of doing what is asked. Raises AwsFailed."""
    try:
        yield
    except NoRegionError as error:
        raise AwsFailed("AWS cannot be reached without a region. Fix: set AWS_DEFAULT_REGION") from error
    except EndpointConnectionError as error:
        raise AwsFailed(f"{error}. Fix: start what should answer there, or correct --endpoint") from error
    except (ClientError, BotoCoreError) as error:
        raise AwsFailed(f"AWS does not do what is asked: {error}") from error
