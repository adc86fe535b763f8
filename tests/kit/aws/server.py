"""An AWS over real sockets that answers as it is told, request by request, and keeps what it was asked."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; the names of its headers are in lower case."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `is_last`: the connection ends after it, without a word."""

    content: Any = field(default_factory=dict)
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_last: bool = False
    length: int | None = None

    def bytes(self) -> bytes:
        body = self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()
        length = len(body) if self.length is None else self.length
        headers = {"Content-Length": str(length), "x-amzn-RequestId": "r-1", **self.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Said\r\n{lines}\r\n".encode() + body


RESET = "the connection is reset"
SILENCE = "no answer comes"

LONGEST_SECONDS = 20
"""How long a connection may say nothing: then it is one that nobody closed."""

Answer = Reply | str | Callable[[Asked], Reply]


class Server:
    """Answers on 127.0.0.1 until it is closed. `replies`: what is answered next; then `usual` is."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.replies: list[Answer] = []
        self.usual: Answer = Reply()
        self.asked: list[Asked] = []
        self.connections = 0
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http{'s' if context else ''}://127.0.0.1:{self.port}"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # wakes the thread that accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self.wait_until_ended()

    def wait_until_ended(self) -> None:
        """Wait until all connections so far have ended."""
        for thread in self._threads[1:]:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._open.append(connection)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection.settimeout(LONGEST_SECONDS)
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            stack.enter_context(connection)
            for asked in _requests(stack.enter_context(connection.makefile("rb"))):
                self.asked.append(asked)
                if not self._answered(connection, asked):
                    return

    def _answered(self, connection: socket.socket, asked: Asked) -> bool:
        """Answer a request; return whether the connection goes on."""
        answer = self.replies.pop(0) if self.replies else self.usual
        if answer == RESET:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if isinstance(answer, str):
            return True
        reply = answer if isinstance(answer, Reply) else answer(asked)
        connection.sendall(reply.bytes())
        return not reply.is_last


def _requests(file: Any) -> Iterator[Asked]:
    while line := file.readline():
        headers = {}
        while (header := file.readline().strip()) != b"":
            name, _, value = header.decode().partition(":")
            headers[name.lower()] = value.strip()
        yield Asked(line.split()[1].decode(), headers, file.read(int(headers.get("content-length", 0))))
