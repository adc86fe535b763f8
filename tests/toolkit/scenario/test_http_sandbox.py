"""A system outside over HTTP: it answers, keeps silent, hangs up, refuses, and comes back."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from http.client import HTTPConnection, RemoteDisconnected
from threading import Event
from typing import Any

import pytest

from ensemble.scenario.errors import SandboxFailed
from ensemble.scenario.http_sandbox import Answer, HttpSandbox, Request

PATIENCE = 30.0
"""Seconds after which a test fails instead of waiting for ever."""


class Desk(HttpSandbox):
    """Answers by the path, and notes what it was asked, and whom it outlasted."""

    def __init__(self) -> None:
        self.asked: list[Request] = []
        self.outlasted = Event()
        super().__init__()

    def answer(self, request: Request) -> Answer | None:
        self.asked.append(request)
        match request.path:
            case "/silent":
                request.outlast()
                self.outlasted.set()
            case "/rude":
                return None
            case "/broken":
                raise RuntimeError("a mistake")
        return Answer(201, {"read": request.content})


@pytest.fixture
def desk() -> Iterator[Desk]:
    made = Desk()
    yield made
    made.stop()


def ask(desk: Desk, path: str, method: str = "POST", timeout: float = PATIENCE, **headers: str) -> tuple[int, Any]:
    connection = HTTPConnection(desk.url.removeprefix("http://"), timeout=timeout)
    try:
        connection.request(method, path, body=json.dumps({"title": "Emma"}), headers=headers)
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None
    finally:
        connection.close()


def test_a_connection_takes_one_request_after_the_other_until_it_gets_no_answer(desk: Desk) -> None:
    connection = HTTPConnection(desk.url.removeprefix("http://"), timeout=PATIENCE)
    for path in ("/first", "/second"):
        connection.request("POST", path, body="{}")
        assert connection.getresponse().read()
    (first, second) = desk.asked

    connection.request("POST", "/rude", body="{}")

    assert first.connection is second.connection
    with pytest.raises(RemoteDisconnected):
        connection.getresponse()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_a_request_is_answered_with_what_its_subclass_says(desk: Desk, method: str) -> None:
    assert ask(desk, "/loans", method, Key="k-1") == (201, {"read": {"title": "Emma"}})

    (request,) = desk.asked
    assert (request.method, request.path, request.headers["key"]) == (method, "/loans", "k-1")


def test_a_request_does_not_show_what_it_carries(desk: Desk) -> None:
    ask(desk, "/loans", Authorization="Bearer secret-1")

    assert "secret-1" not in repr(desk.asked[0])
    assert "Emma" not in repr(desk.asked[0])


def test_a_caller_that_gives_up_is_outlasted(desk: Desk) -> None:
    with pytest.raises(TimeoutError):
        ask(desk, "/silent", timeout=0.05)

    assert desk.outlasted.wait(PATIENCE)


def test_no_answer_closes_the_connection(desk: Desk) -> None:
    with pytest.raises(RemoteDisconnected):
        ask(desk, "/rude")


def test_a_stopped_sandbox_refuses_connections_and_comes_back_under_its_address(desk: Desk) -> None:
    address = desk.url

    desk.stop()
    with pytest.raises(ConnectionRefusedError):
        ask(desk, "/loans")
    desk.start()

    assert desk.url == address
    assert ask(desk, "/loans")[0] == 201


def test_a_sandbox_that_is_stopped_waits_for_no_caller(desk: Desk) -> None:
    connection = HTTPConnection(desk.url.removeprefix("http://"), timeout=PATIENCE)
    connection.request("POST", "/silent")

    desk.stop()

    with pytest.raises((RemoteDisconnected, ConnectionResetError)):
        connection.getresponse()
    connection.close()


def test_each_sandbox_has_a_port_of_its_own(desk: Desk) -> None:
    other = Desk()
    other.close()

    assert other.url != desk.url


def test_a_mistake_in_a_sandbox_is_an_answer_of_500_and_is_raised_at_its_end(desk: Desk) -> None:
    assert ask(desk, "/broken") == (500, None)

    with pytest.raises(SandboxFailed, match="Desk failed: RuntimeError: a mistake"):
        desk.close()


def test_a_sandbox_imports_and_prints_nothing_while_it_runs(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    before = set(sys.modules)

    ask(desk, "/loans")
    ask(desk, "/broken")
    with pytest.raises(RemoteDisconnected):
        ask(desk, "/rude")
    with pytest.raises(TimeoutError):
        ask(desk, "/silent", timeout=0.05)
    assert desk.outlasted.wait(PATIENCE)

    assert set(sys.modules) - before == set()
    assert capfd.readouterr() == ("", "")
