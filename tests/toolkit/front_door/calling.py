"""Signs requests as the clients of the front door do, and sends them to a served laptop."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGION = "eu-west-1"


class Said(NamedTuple):
    """What was answered."""

    status: int
    content: dict[str, Any]


class Caller:
    """Somebody who calls the front door at an address, by a policy and with an API key; None: without.

    `token`: what comes in the place of a signature.
    """

    def __init__(
        self,
        address: str,
        policy: str | None,
        api_key: str | None,
        signed_for: str = "execute-api",
        token: str | None = None,
    ) -> None:
        self._address, self._policy, self._api_key, self._signed_for = address, policy, api_key, signed_for
        self._below = "" if token is None else "my/"
        self._token = {} if token is None else {"Authorization": token}

    def post(self, command: str, body: Any, id: str | None = "c-1", headers: Mapping[str, str] | None = None) -> Said:
        """Send a command; a body that is no object is sent as it is."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {
            "Content-Type": "application/json",
            **({} if id is None else {"Idempotency-Key": id}),
            **(headers or {}),
        }
        return self._asked("POST", f"{self._below}commands/{command}", content, named)

    def get(self, path: str) -> Said:
        """Ask for a resource."""
        return self._asked("GET", f"{self._below}{path}", b"", {})

    def _asked(self, verb: str, path: str, content: bytes, headers: Mapping[str, str]) -> Said:
        key = {} if self._api_key is None else {"x-api-key": self._api_key}
        url = f"{self._address}{path}"
        request = AWSRequest(verb, url, headers={**headers, **key, **self._token}, data=content)
        if self._policy is not None:
            credentials = Credentials(self._policy, "nobody checks it")
            SigV4Auth(credentials, self._signed_for, REGION).add_auth(request)
        try:
            with urlopen(Request(url, content or None, dict(request.headers), method=verb)) as answer:
                return Said(answer.status, json.loads(answer.read()))
        except HTTPError as error:
            with error:
                return Said(error.code, json.loads(error.read()))
