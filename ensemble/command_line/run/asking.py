"""Asks a running `ensemble up` what is no request of AWS: see `control.py`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener

from ensemble.command_line.errors import CommandFailed, SendingFailed, UsageRefused
from ensemble.command_line.run.control import JSON, PREFIX


class NothingAnswers(SendingFailed):
    """Raised when no `ensemble up` runs there."""


def ask(endpoint: str, name: str, **arguments: Any) -> Mapping[str, Any]:
    """Return the answer, however long it takes.

    Raises NothingAnswers, UsageRefused with what it refuses, and SendingFailed when its answer is none.
    """
    body = json.dumps(arguments).encode()
    request = Request(endpoint.rstrip("/") + PREFIX + name, body, {"Content-Type": JSON}, method="POST")
    try:
        with build_opener(ProxyHandler({})).open(request) as response:
            answer: Mapping[str, Any] = json.load(response)
            return answer
    except HTTPError as error:
        raise UsageRefused(_refusal(error)) from error
    except URLError as error:
        raise NothingAnswers(f"Nothing answers at {endpoint}: start it with `ensemble up`") from error
    except (OSError, HTTPException, ValueError) as error:
        raise SendingFailed(f"{endpoint} ended before it answered: {error}") from error


def now_at(endpoint: str | None) -> datetime:
    """Return the time where something is sent: a running `up` may be ahead of this machine."""
    try:
        now = time.time() if endpoint is None else float(ask(endpoint, "now")["now"])
    except (CommandFailed, ValueError, LookupError, TypeError):  # another bus, or none: sending says so
        now = time.time()
    return datetime.fromtimestamp(now, UTC)


def _refusal(error: HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, LookupError, TypeError):
        return f"{error.url} answers {error.code}: no `ensemble up` of this toolkit runs there"
