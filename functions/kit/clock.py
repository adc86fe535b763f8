"""The one place where the functions ask for the time. Whoever runs them on another clock replaces `now`."""

import time
from datetime import UTC, datetime

from functions.kit.model import rfc3339


def now() -> float:
    """Return the time in seconds since 1970, UTC."""
    return time.time()


def timestamp() -> str:
    """Return the time as RFC 3339 in UTC."""
    return rfc3339(datetime.fromtimestamp(now(), UTC))
