"""Serves the laptop AWS over HTTP on loopback, for the real tools of AWS: `--endpoint-url`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from local.wire import Answer

HOST = "127.0.0.1"

AnswerRequest = Callable[[Mapping[str, str], bytes], Answer]


def wire_app(answer: AnswerRequest, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application that answers AWS requests at every POST; `routes` come before."""

    async def handle(request: Request) -> Response:
        body = await request.body()
        status, headers, content = await run_in_threadpool(answer, request.headers, body)
        return Response(content, status, headers)

    return Starlette(routes=[*routes, Route("/{path:path}", handle, methods=["POST"])])


class Server:
    """A server in a thread of its own, from `start` to `close`."""

    def __init__(self, app: Starlette, port: int = 0) -> None:
        config = uvicorn.Config(app, host=HOST, port=port, log_config=None, access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        self._socket = config.bind_socket()
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
        """Stop, and wait until it has."""
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
