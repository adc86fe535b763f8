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

INSTANT = "\0"
"""Where the instant of a request belongs in what all requests for an operation have in common: no header has it."""


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
    instant = _instant(int(seconds))
    given = {**headers, "X-Amz-Security-Token": credentials.token} if credentials.token else headers
    form = _form(tuple(given.items()), path)
    request = f"{form.before}{instant}\n{form.after}{sha256(body).hexdigest()}"
    scope = f"{instant[:8]}/{region}/{service}/aws4_request"
    text = f"{ALGORITHM}\n{instant}\n{scope}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, instant[:8], region, service), text.encode(), "sha256").hex()
    credential = f"Credential={credentials.access_key}/{scope}"
    authorization = f"{ALGORITHM} {credential}, SignedHeaders={form.names}, Signature={signature}"
    return {**given, "X-Amz-Date": instant, "Authorization": authorization}


class Form(NamedTuple):
    """A canonical request up to its instant, what comes after that but for the body's hash, and the signed names."""

    before: str
    after: str
    names: str


@lru_cache(maxsize=32)  # all requests for an operation have the same one
def _form(headers: tuple[tuple[str, str], ...], path: str) -> Form:
    lines = sorted([(name.lower(), " ".join(value.split())) for name, value in headers] + [("x-amz-date", INSTANT)])
    names = ";".join(name for name, _ in lines)
    canonical = "".join(f"{name}:{value}\n" for name, value in lines)
    before, _, after = f"POST\n{quote(path, safe='/~')}\n\n{canonical}\n{names}\n".partition(f"{INSTANT}\n")
    return Form(before, after, names)


@lru_cache(maxsize=1)
def _instant(seconds: int) -> str:
    return strftime("%Y%m%dT%H%M%SZ", gmtime(seconds))


@lru_cache(maxsize=8)
def _key(secret: str, day: str, region: str, service: str) -> bytes:
    """Return the key of a day, which is the same for all its requests."""
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
