"""How far AWS's clock is from this machine's, when it refuses a request for its time."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from botocore.exceptions import ClientError

CODES = ("InvalidSignature", "RequestExpired", "RequestInTheFuture", "RequestTimeTooSkewed", "SignatureDoesNotMatch")
"""What the codes begin with by which AWS refuses a time, or a signature and so perhaps a time."""

SMALLEST_SECONDS = 240
"""What clocks may differ by: the least that AWS refuses is 5 minutes (AWS Identity and Access Management User Guide,
"Troubleshoot Signature Version 4 requests")."""


def skew_of(fault: ClientError, now: float) -> float:
    """Return the seconds that AWS's clock is ahead of `now`, in seconds since 1970, where that may be why it refused
    a request; else 0."""
    response = fault.response
    if not str(response.get("Error", {}).get("Code")).startswith(CODES):
        return 0.0
    try:
        theirs = parsedate_to_datetime(response["ResponseMetadata"]["HTTPHeaders"]["date"])
    except (KeyError, ValueError):
        return 0.0
    ahead = theirs.replace(tzinfo=theirs.tzinfo or UTC).timestamp() - now
    return ahead if abs(ahead) >= SMALLEST_SECONDS else 0.0
