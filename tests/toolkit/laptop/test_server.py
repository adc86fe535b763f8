"""The server of the laptop AWS: it answers at once, and lives through what is no HTTP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.responses import PlainTextResponse

from ensemble.laptop.server import Server, bound_socket


async def has_no_delay(listening: socket.socket) -> bool:
    """Whether what asyncio accepts there sends small answers at once."""
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def note(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.get_extra_info("socket")
        accepted.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        writer.close()

    async with await asyncio.start_server(note, sock=listening):
        _, writer = await asyncio.open_connection(*listening.getsockname())
        found = await accepted
        writer.close()
        return found


def test_a_small_answer_is_sent_at_once() -> None:
    assert asyncio.run(has_no_delay(bound_socket(0)))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(PlainTextResponse("here")) as server:
        server.start()
        yield server


def answered(server: Server, request: bytes) -> bytes:
    """The first line that the server answers; empty when it closes the connection without a word."""
    address = urlsplit(server.url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request)
        return connection.makefile("rb").readline().strip()


NO_HTTP = {
    "garbage": b"\x00\xff\xfe garbage\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a negative length": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "a chunk of no length": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
    "a path of bytes": b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("what", NO_HTTP)
def test_what_is_no_http_is_refused_and_the_next_request_is_answered(server: Server, what: str) -> None:
    assert answered(server, NO_HTTP[what]) == b"HTTP/1.1 400 Bad Request"

    assert answered(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n") == b"HTTP/1.1 200 OK"
