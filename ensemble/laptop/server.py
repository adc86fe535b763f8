"""Serves the laptop AWS over HTTP on loopback, for the real tools of AWS: `--endpoint-url`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Sequence
from time import monotonic
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ensemble.aws.errors import PortUnavailable
from ensemble.laptop.entry import AnswerRequest, answer_http, seconds_to_wait
from ensemble.laptop.rest import HttpRequest

HOST = "127.0.0.1"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
SECONDS_BETWEEN_LOOKS = 0.05
"""How often a request that waits for messages looks for them."""

SECONDS_TO_FINISH = 1
"""How long requests under way are waited for when the server closes."""


def wire_app(answer: AnswerRequest, routes: Sequence[BaseRoute] = (), *, is_waiting: bool = False) -> Starlette:
    """Return the application that answers AWS requests at every address; `routes` come before.

    `is_waiting`: a request for messages waits for them as long as it says.
    """

    async def handle(request: Request) -> Response:
        try:
            body = await request.body()
        except (ClientDisconnect, asyncio.CancelledError):  # the rest of the request never came
            return Response(status_code=400)
        path, query = request.scope["raw_path"].decode("latin-1"), request.scope["query_string"].decode("latin-1")
        asked = HttpRequest(request.method, path, query, request.headers, body)
        began, answered = monotonic(), await run_in_threadpool(answer_http, answer, asked)
        while is_waiting and monotonic() - began < seconds_to_wait(asked, answered):
            if await request.is_disconnected():  # what it was given now would be received by nobody
                break
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
            answered = await run_in_threadpool(answer_http, answer, asked)
        return Response(answered.body, answered.status, answered.headers)

    return Starlette(routes=[*routes, Route("/{path:path}", handle, methods=METHODS)])


def bound_socket(port: int) -> socket.socket:
    """Return a socket bound to a port of loopback (0: any free one). Raises PortUnavailable.

    It names its protocol: for any other one asyncio leaves it to the system to gather what is small, and an answer of
    two parts, head and body, waits 40 ms for the client's acknowledgement of the first.
    """
    bound = socket.socket(proto=socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
    except OSError as error:
        bound.close()
        raise PortUnavailable(f"port {port} cannot be had ({error.strerror})") from error
    return bound


class Server:
    """A server in a thread of its own, from `start` to `close`."""

    def __init__(self, app: Starlette, port: int = 0, bound: socket.socket | None = None) -> None:
        """Take a port (0: any free one), or a socket that is bound already. Raises PortUnavailable."""
        config = uvicorn.Config(
            app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=SECONDS_TO_FINISH
        )
        self._server = uvicorn.Server(config)
        self._socket = bound_socket(port) if bound is None else bound
        self._socket.listen()  # so that a request that comes before the thread runs waits, and is not refused
        self._thread = threading.Thread(target=self._run, name="laptop-aws", daemon=True)

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}"

    def start(self) -> Server:
        """Start; requests are accepted from now on."""
        self._thread.start()
        return self

    def close(self) -> None:
        """Stop, and wait until it has; a request that does not end soon is cut off."""
        self._server.should_exit = True
        self._thread.join()
        self._socket.close()

    def __enter__(self) -> Server:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])
