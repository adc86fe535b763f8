"""The one place where the functions ask for the time. Whoever runs them on another clock replaces `now` and
`pause`."""

import random
import time
from datetime import UTC, datetime

from functions.kit.model import rfc3339


def now() -> float:
    """Return the time in seconds since 1970, UTC."""
    return time.time()


def pause(longest: float) -> None:
    """Wait for some time of at most so many seconds: evenly spread, so that who waited for the same does not meet again
    (AWS Architecture Blog, "Exponential Backoff And Jitter")."""
    time.sleep(random.uniform(0, longest))


def timestamp() -> str:
    """Return the time as RFC 3339 in UTC."""
    return rfc3339(datetime.fromtimestamp(now(), UTC))
