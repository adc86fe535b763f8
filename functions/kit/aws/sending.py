"""Sends one request over a connection that is kept: what no answer came to is an exception of botocore's."""

from __future__ import annotations

import os
import select
import socket
import ssl
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import botocore
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    HTTPClientError,
    ReadTimeoutError,
    SSLError,
)

CONNECT_SECONDS, READ_SECONDS = 1, 2
"""How long a client waits for a connection and for an answer."""


class Request(NamedTuple):
    """A POST request, with all its headers."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class Response(NamedTuple):
    """An HTTP response; the names of its headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


_kept: dict[tuple[str, str], list[HTTPConnection]] = defaultdict(list)
"""Connections that no request is under way on, by scheme and host."""


def send(request: Request) -> Response:
    """Send a request and return its answer. Whoever runs functions without a network replaces this function.

    Raises what botocore would: ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError, SSLError,
    ConnectionClosedError, and HTTPClientError for any other failure.
    """
    parts = urlsplit(request.url)
    connections = _kept[parts.scheme, parts.netloc]
    connection = _usable(connections) or _connected(parts.scheme, parts.netloc, request.url)
    try:
        connection.request("POST", parts.path or "/", request.body, dict(request.headers))
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        response = Response(answer.status, headers, answer.read())
    except BaseException as fault:
        connection.close()
        if isinstance(fault, Exception):
            raise _named(fault, request.url) from fault
        raise
    if answer.will_close:
        connection.close()
    else:
        connections.append(connection)
    return response


def _usable(connections: list[HTTPConnection]) -> HTTPConnection | None:
    """Return a kept connection that the other end has not closed meanwhile, if there is one."""
    while connections:
        connection = connections.pop()
        if not _is_dropped(connection.sock):
            return connection
        connection.close()
    return None


def _is_dropped(sock: socket.socket) -> bool:
    """Whether something came that no request asked for: the end, or what makes the connection of no use."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _connected(scheme: str, host: str, url: str) -> HTTPConnection:
    if scheme == "https":
        connection: HTTPConnection = HTTPSConnection(host, timeout=CONNECT_SECONDS, context=_trust())
    else:
        connection = HTTPConnection(host, timeout=CONNECT_SECONDS)
    try:
        connection.connect()
    except TimeoutError as fault:
        raise ConnectTimeoutError(endpoint_url=url, error=fault) from fault
    except ssl.SSLError as fault:
        raise SSLError(endpoint_url=url, error=fault) from fault
    except OSError as fault:
        raise EndpointConnectionError(endpoint_url=url, error=fault) from fault
    connection.sock.settimeout(READ_SECONDS)
    return connection


def _named(fault: Exception, url: str) -> Exception:
    """Return the exception that botocore has for a failure."""
    if isinstance(fault, TimeoutError):
        return ReadTimeoutError(endpoint_url=url, error=fault)
    if isinstance(fault, ssl.SSLError):
        return SSLError(endpoint_url=url, error=fault)
    if isinstance(fault, HTTPException | OSError):
        return ConnectionClosedError(endpoint_url=url, error=fault)
    return HTTPClientError(error=fault)


@cache
def _trust() -> ssl.SSLContext:
    """Return whom connections trust: the authorities that botocore does, by the same variables."""
    given = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    return ssl.create_default_context(cafile=given or str(Path(botocore.__file__).with_name("cacert.pem")))
