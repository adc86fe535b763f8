"""The HTTP server of a sandbox: on loopback, in threads, and able to refuse, to wait and to hang up."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from threading import Lock, Thread
from typing import Any

LOOPBACK = "127.0.0.1"

SECONDS_BETWEEN_LOOKS = 0.02
"""How often the server looks whether it shall stop."""


@dataclass(frozen=True, slots=True)
class Request:
    """What came: header names in lower case, the body as JSON (None: there is none, or it is no JSON)."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    content: Any = field(repr=False)
    connection: socket.socket = field(repr=False)

    def outlast(self) -> None:
        """Wait until the caller has given up and closed its connection. An answer then reaches nobody."""
        with suppress(OSError):  # reset instead of closed
            while self.connection.recv(1024):
                pass


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer: its status, its content, which is sent as JSON, and further headers."""

    status: int
    content: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


Answering = Callable[[Request], Answer | None]


class HttpServer(ThreadingHTTPServer):
    """Answers requests in threads, from its making until `end`. None instead of an answer closes the connection.

    `port`: of loopback; 0 stands for any free one. Raises OSError when it is taken.
    """

    def __init__(self, answering: Answering, port: int) -> None:
        super().__init__((LOOPBACK, port), _Handler)
        self.answering = answering
        self._open: dict[socket.socket, Thread] = {}
        self._lock = Lock()
        self._thread = Thread(target=self.serve_forever, args=(SECONDS_BETWEEN_LOOKS,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.server_address[1])

    def end(self) -> None:
        """Take no more connections, close the open ones, and wait for their threads."""
        self.shutdown()
        self._thread.join()
        self.server_close()
        with self._lock:
            open_now = dict(self._open)
        for connection, thread in open_now.items():
            _shut(connection)
            thread.join()

    def server_bind(self) -> None:
        """Bind, without the look-up of the host's name that HTTPServer makes."""
        TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer in a thread that `end` can wait for."""
        thread = Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._lock:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has been dealt with."""
        with self._lock:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: the caller is gone, and the standard error is perhaps a function's."""


class _Handler(BaseHTTPRequestHandler):
    """Reads the requests of a connection, one after the other, and has them answered."""

    server: HttpServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer's head and body go out together

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        answer = self.server.answering(Request(self.command, self.path, headers, _json(body), self.connection))
        if answer is None:
            self.close_connection = True
        else:
            self._send(answer)

    def do_OPTIONS(self) -> None:
        self._send(Answer(204))

    def log_message(self, format: str, *arguments: Any) -> None:
        """Print nothing, for the same reason."""

    def _send(self, answer: Answer) -> None:
        body = b"" if answer.content is None else json.dumps(answer.content).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


for _method in ("GET", "PUT", "PATCH", "DELETE"):
    setattr(_Handler, f"do_{_method}", _Handler.do_POST)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None


def _shut(connection: socket.socket) -> None:
    with suppress(OSError):  # the caller was faster
        connection.shutdown(socket.SHUT_RDWR)
