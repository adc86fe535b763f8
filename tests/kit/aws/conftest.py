"""Each client over the same sockets: the kit's own and botocore's, both as functions make them."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import pytest

from functions.kit import clients
from functions.kit.aws import sending
from functions.kit.aws.client import Client
from functions.kit.aws.places import CLIENT, FOR_BOTOCORE, FUNCTION
from tests.kit.aws.server import SILENCE, Server

KINDS = ("kit", "botocore")

PATIENT, IMPATIENT = 10.0, 0.25
"""Seconds that a client waits for an answer: a busy machine shall not look like silence, and silence shall be short."""

Make = Callable[..., Any]


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.close()


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that clients make, which take no time."""
    pauses: list[float] = []
    monkeypatch.setattr(time, "sleep", pauses.append)
    return pauses


@pytest.fixture
def patience(request: pytest.FixtureRequest) -> float:
    """How long the client of a test waits."""
    given = getattr(request.node, "callspec", None)
    return IMPATIENT if given is not None and SILENCE in given.params.values() else PATIENT


@pytest.fixture
def function(server: Server, patience: float, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The environment of a function whose AWS is the server."""
    for name in FOR_BOTOCORE:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(FUNCTION, "lend")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setattr(clients, "READ_SECONDS", patience)
    monkeypatch.setattr(sending, "READ_SECONDS", patience)
    kept: dict[tuple[str, str], list[HTTPConnection]] = defaultdict(list)
    monkeypatch.setattr(sending, "_kept", kept)
    clients._session.cache_clear()
    yield server
    for connection in (one for connections in kept.values() for one in connections):
        connection.close()


@pytest.fixture
def make(function: Server, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a client of a service by its kind, in the environment of a function."""
    theirs = []

    def made(kind: str, service: str, **variables: str) -> Any:
        for name, value in {CLIENT: kind, **variables}.items():
            monkeypatch.setenv(name, value)
        client = clients._client(service)
        assert isinstance(client, Client) == (kind == "kit")
        if kind == "botocore":
            theirs.append(client)
        return client

    yield made
    for client in theirs:
        client.close()


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Which client asks."""
    return str(request.param)


@pytest.fixture
def dynamodb(make: Make, kind: str) -> Any:
    return make(kind, "dynamodb")


@pytest.fixture
def events(make: Make, kind: str) -> Any:
    return make(kind, "events")


@pytest.fixture
def sqs(make: Make, kind: str) -> Any:
    return make(kind, "sqs")


@pytest.fixture
def sns(make: Make, kind: str) -> Any:
    return make(kind, "sns")
