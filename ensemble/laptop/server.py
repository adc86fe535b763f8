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
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from ensemble.aws.errors import PortUnavailable
from ensemble.laptop.answers import Answer
from ensemble.laptop.entry import AnswerRequest, answer_http, seconds_to_wait
from ensemble.laptop.rest import HttpRequest

HOST = "127.0.0.1"
TARGET = "x-amz-target"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
SECONDS_BETWEEN_LOOKS = 0.05
"""How often a request that waits for messages looks for them."""

WITHOUT_BODY = (204, 304)
"""Statuses whose answers have none, and say no length of it (RFC 9110, 8.6)."""

SECONDS_TO_FINISH = 1
"""How long requests under way are waited for when the server closes."""


class Requests:
    """The application that answers AWS requests at every address: ASGI's own interface, as a laptop is asked often.

    Most are answered at once in the server's thread. One that finds the laptop at work waits in another, and so does
    one that names no operation in a header: it may be an invocation, which takes as long as its function.
    """

    def __init__(self, answer: AnswerRequest, lock: threading.Condition, *, is_waiting: bool) -> None:
        self._answer, self._lock, self._is_waiting = answer, lock, is_waiting

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read a request, and answer it."""
        try:
            body = await _body(receive)
        except asyncio.CancelledError:
            body = None
        if body is None:  # the rest of the request never came
            await _send(Answer(400, {}, b""), send)
            return
        path, query = scope["raw_path"].decode("latin-1"), scope["query_string"].decode("latin-1")
        asked = HttpRequest(scope["method"], path, query, _headers(scope), body)
        answered = await self._answered(asked)
        if self._is_waiting and seconds_to_wait(asked, answered):
            answered = await self._waited(asked, answered, receive)
        await _send(answered, send)

    async def _answered(self, asked: HttpRequest) -> Answer:
        if TARGET in asked.headers and self._lock.acquire(blocking=False):
            try:
                return answer_http(self._answer, asked)
            finally:
                self._lock.release()
        return await run_in_threadpool(answer_http, self._answer, asked)

    async def _waited(self, asked: HttpRequest, answered: Answer, receive: Receive) -> Answer:
        """Return the answer of a request that waits for messages, if need be as long as it says."""
        began, gone = monotonic(), asyncio.ensure_future(receive())
        try:
            while monotonic() - began < seconds_to_wait(asked, answered):
                await asyncio.wait({gone}, timeout=SECONDS_BETWEEN_LOOKS)
                if gone.done():  # what it was given now would be received by nobody
                    break
                answered = await self._answered(asked)
            return answered
        finally:
            gone.cancel()


def wire_app(
    answer: AnswerRequest, lock: threading.Condition, routes: Sequence[BaseRoute] = (), *, is_waiting: bool = False
) -> ASGIApp:
    """Return the application that answers AWS requests at every address; `routes` come before.

    `lock`: that of the laptop. `is_waiting`: a request for messages waits for them as long as it says.
    """
    requests = Requests(answer, lock, is_waiting=is_waiting)
    routed = Starlette(routes=[*routes, Route("/{path:path}", requests, methods=METHODS)])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        is_operation = scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/")
        await (requests if is_operation else routed)(scope, receive, send)

    return app


async def _body(receive: Receive) -> bytes | None:
    """Return the body of a request; None if its client left before it was sent."""
    parts = list[bytes]()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _headers(scope: Scope) -> dict[str, str]:
    """Return the headers, their names in small letters; of one that comes twice the first."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


async def _send(answer: Answer, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]
    if answer.status not in WITHOUT_BODY:
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


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

    def __init__(self, app: ASGIApp, port: int = 0, bound: socket.socket | None = None) -> None:
        """Take a port (0: any free one), or a socket that is bound already. Raises PortUnavailable."""
        config = uvicorn.Config(
            app,
            http="httptools",
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=SECONDS_TO_FINISH,
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
