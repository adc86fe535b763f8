"""Signature Version 4 of a POST request: pure (AWS Identity and Access Management User Guide, "Create a signed AWS API
request")."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from time import gmtime, strftime
from typing import NamedTuple
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(NamedTuple):
    """What requests are signed with. `token`: of a session; "" for credentials that last."""

    access_key: str
    secret_key: str
    token: str = ""


def signed(
    headers: Mapping[str, str],
    body: bytes,
    path: str,
    credentials: Credentials,
    region: str,
    service: str,
    seconds: float,
) -> dict[str, str]:
    """Return the headers of a request with those that sign it: all that it is given are signed, `Host` among them.

    `seconds`: the time since 1970 at which it is signed.
    """
    instant = strftime("%Y%m%dT%H%M%SZ", gmtime(seconds))
    all_headers = {**headers, "X-Amz-Date": instant}
    if credentials.token:
        all_headers["X-Amz-Security-Token"] = credentials.token
    lines = sorted((name.lower(), " ".join(value.split())) for name, value in all_headers.items())
    names = ";".join(name for name, _ in lines)
    canonical = "".join(f"{name}:{value}\n" for name, value in lines)
    request = f"POST\n{quote(path, safe='/~')}\n\n{canonical}\n{names}\n{sha256(body).hexdigest()}"
    scope = f"{instant[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{instant}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, instant[:8], region, service), text.encode(), "sha256").hex()
    credential = f"Credential={credentials.access_key}/{scope}"
    all_headers["Authorization"] = f"{ALGORITHM} {credential}, SignedHeaders={names}, Signature={signature}"
    return all_headers


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key of a day, which is the same for all its requests."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
