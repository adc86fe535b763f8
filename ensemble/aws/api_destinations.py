"""API destinations: the request that EventBridge makes of an event, pure."""

from __future__ import annotations

import base64
import ipaddress
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from ensemble.aws.entries import Event
from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.input_templates import compact
from ensemble.aws.paths import MISSING, at, steps_of

HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Range": "bytes=0-1048575",
}
"""What each request has (Amazon EventBridge User Guide, "Headers included in API destination requests")."""

TIMEOUT_SECONDS = 5.0
RETRIED = frozenset({401, 407, 409, 429})
"""What is tried again, beside 5xx (the same guide, "API destination error codes")."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Connection:
    """How a connection authorizes its requests, and what it adds to them."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Pairs = ()
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ApiDestination:
    """An endpoint with its connection. `*` in its path are places for the path parameters of targets."""

    method: str
    endpoint: str
    connection: Connection

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine, by its name or its address, and speaks HTTP."""
        parts = urlsplit(self.endpoint)
        host = parts.hostname if parts.scheme in ("http", "https") and parts.hostname else ""
        try:
            return host == "localhost" or ipaddress.ip_address(host).is_loopback
        except ValueError:
            return False

    def request(self, payload: str, parameters: Mapping[str, Any], event: Event) -> Request:
        """Return the request for what a target gets of an event.

        `parameters`: the target's HttpParameters, whose values may be paths of the event; those of the connection come
        before them (Amazon EventBridge API Reference, HttpParameters).
        """
        parts = urlsplit(self.endpoint)
        path = parts.path or "/"
        for value in parameters.get("PathParameterValues", []):
            path = path.replace("*", quote(_filled(value, event), safe=""), 1)
        given = {name: _filled(value, event) for name, value in parameters.get("QueryStringParameters", {}).items()}
        query = [*parse_qsl(parts.query), *(given | dict(self.connection.query)).items()]
        headers = {name: _filled(value, event) for name, value in parameters.get("HeaderParameters", {}).items()}
        return Request(
            self.method,
            urlunsplit((parts.scheme, parts.netloc, path, urlencode(query), "")),
            {**HEADERS, **headers, **self.connection.headers},
            self._body(payload),
        )

    def _body(self, payload: str) -> str:
        """Return the payload with what the connection adds to it, if it is a JSON object."""
        if not self.connection.body:
            return payload
        try:
            value = json.loads(payload)
        except ValueError:
            return payload
        return compact({**value, **self.connection.body}) if isinstance(value, dict) else payload


@dataclass(frozen=True, slots=True)
class Request:
    """A request to make."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: str


def connection_of(properties: Mapping[str, Any]) -> Connection:
    """Return a connection by its template. Raises PropertyUnsupported."""
    kind, parameters = properties.get("AuthorizationType"), properties.get("AuthParameters", {})
    added = parameters.get("InvocationHttpParameters", {})
    return Connection(
        {**dict(_pairs(added.get("HeaderParameters", []))), **_authorization(kind, parameters)},
        tuple(_pairs(added.get("QueryStringParameters", []))),
        dict(_pairs(added.get("BodyParameters", []))),
    )


def _authorization(kind: Any, parameters: Mapping[str, Any]) -> dict[str, str]:
    if kind == "API_KEY":
        key = parameters["ApiKeyAuthParameters"]
        return {key["ApiKeyName"]: key["ApiKeyValue"]}
    if kind == "BASIC":
        basic = parameters["BasicAuthParameters"]
        both = f"{basic['Username']}:{basic['Password']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(both).decode()}"}
    raise PropertyUnsupported(f"it authorizes by {kind}, and only API_KEY and BASIC are run")


def _pairs(listed: Iterable[Mapping[str, str]]) -> Iterator[tuple[str, str]]:
    return ((one["Key"], one["Value"]) for one in listed)


def _filled(value: str, event: Event) -> str:
    steps = steps_of(value)
    if steps is None:
        return value
    found = at(event, steps)
    return "" if found is MISSING else found if isinstance(found, str) else compact(found)
