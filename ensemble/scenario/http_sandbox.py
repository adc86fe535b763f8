"""A system outside that is asked over HTTP, played by a server of this process: it can be slow, silent and down.

A sandbox answers in threads of the process in which the laptop AWS runs the functions. While one of them runs, modules,
environment and standard streams of the process are that function's. So a sandbox imports nothing once it has
started, and prints nothing: what it needs it imports at the top of its module.
"""

from __future__ import annotations

from http.client import HTTPConnection

from ensemble.scenario.errors import SandboxFailed
from ensemble.scenario.http_server import LOOPBACK, Answer, HttpServer, Request
from ensemble.scenario.sandboxes import Settings

__all__ = ["Answer", "HttpSandbox", "Request"]

WARM_UP_SECONDS = 30.0


class HttpSandbox:
    """A server on a free port of loopback, as soon as it is made. A subclass says what it answers.

    `stop` lets it refuse connections, `start` brings it back under the same address, `close` ends it.
    """

    def __init__(self) -> None:
        self._errors: list[Exception] = []
        self._server: HttpServer | None = None
        self._port = 0
        self.start()
        _warm_up(self._port)

    @property
    def settings(self) -> Settings:
        """What the services have to know of it, such as its `url`."""
        return {}

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://{LOOPBACK}:{self._port}"

    def answer(self, request: Request) -> Answer | None:
        """Answer a request, in a thread of its own; None closes the connection without an answer."""
        raise NotImplementedError

    def start(self) -> None:
        """Take connections, again if it was stopped."""
        if self._server is None:
            self._server = HttpServer(self._answered, self._port)
            self._port = self._server.port

    def stop(self) -> None:
        """Refuse connections; those that are open are closed without an answer."""
        if self._server is not None:
            self._server.end()
            self._server = None

    def close(self) -> None:
        """End it. Raises SandboxFailed when `answer` has raised anything."""
        self.stop()
        if self._errors:
            first = self._errors[0]
            raise SandboxFailed(f"{type(self).__name__} failed: {type(first).__name__}: {first}") from first

    def _answered(self, request: Request) -> Answer | None:
        """Return the answer; a mistake in it is a status of 500, as a thread is no place to raise it."""
        try:
            return self.answer(request)
        except Exception as error:
            self._errors.append(error)
            return Answer(500)


def _warm_up(port: int) -> None:
    """Ask once, so that the standard library has imported what it imports late."""
    connection = HTTPConnection(LOOPBACK, port, timeout=WARM_UP_SECONDS)
    connection.request("OPTIONS", "*")
    connection.getresponse().read()
    connection.close()
