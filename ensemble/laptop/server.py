"""Serves the laptop AWS over HTTP on loopback, for the real tools of AWS: `--endpoint-url`."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from ensemble.aws.errors import AwsError, PortUnavailable
from ensemble.laptop.answers import Answer, json_error
from ensemble.laptop.programs import is_of_a_program
from ensemble.laptop.rest import RestRequest, answer_rest, is_rest
from ensemble.laptop.rpc import answer_rpc, is_rpc

HOST = "127.0.0.1"
METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
SECONDS_TO_FINISH = 1
"""How long requests under way are waited for when the server closes."""

AnswerRequest = Callable[[Mapping[str, str], bytes], Answer]

NO_PROGRAM = AwsError(
    "AccessDeniedException", "The laptop AWS answers programs of this machine alone, at 127.0.0.1 or localhost.", 403
)
UNSIGNED = AwsError("MissingAuthenticationToken", "The request is signed with no credentials; any will do.", 403)
"""As AWS names it (IAM User Guide and each service's "Common Errors"): who asks is not looked at here."""


def wire_app(answer: AnswerRequest, routes: Sequence[BaseRoute] = ()) -> Starlette:
    """Return the application that answers AWS requests at every address; `routes` come before."""

    async def handle(request: Request) -> Response:
        refused = _refused(request.headers)
        if refused is not None:
            status, headers, content = json_error(refused)
            return Response(content, status, headers)
        try:
            body = await request.body()
        except (ClientDisconnect, asyncio.CancelledError):  # the rest of the request never came
            return Response(status_code=400)
        if is_rpc(request.headers):
            status, headers, content = await run_in_threadpool(answer_rpc, answer, request.url.path, body)
        elif is_rest(request.headers):
            path, query = request.scope["raw_path"].decode(), request.scope["query_string"].decode()
            rest = RestRequest(request.method, path, query, request.headers, body)
            status, headers, content = await run_in_threadpool(answer_rest, answer, rest)
        else:
            status, headers, content = await run_in_threadpool(answer, request.headers, body)
        return Response(content, status, headers)

    return Starlette(routes=[*routes, Route("/{path:path}", handle, methods=METHODS)])


def _refused(headers: Mapping[str, str]) -> AwsError | None:
    if not is_of_a_program(headers):
        return NO_PROGRAM
    return None if "authorization" in headers else UNSIGNED


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
