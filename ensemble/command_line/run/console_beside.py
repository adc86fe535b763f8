"""The console beside a running laptop AWS: a process of its own, so that what it reads it reads by AWS's own APIs."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ensemble.aws.errors import PortUnavailable
from ensemble.console.packages import PackagesMissing, packages_of_page
from ensemble.console.security import SOCKET_VARIABLE, TOKEN_VARIABLE
from ensemble.laptop.server import HOST, bound_socket

SECONDS_TO_END = 3.0


class ConsoleBeside:
    """A console of the laptop AWS at an endpoint, from `start` to `close`.

    Its port is listened to from the beginning: who asks before the console is there, or while it starts anew, waits.
    """

    def __init__(self, root: Path, environment: str, endpoint: str) -> None:
        self._root, self._environment, self._laptop = root, environment, endpoint.rpartition(":")[2]
        self._token, self._socket = secrets.token_urlsafe(16), _socket_after(int(self._laptop))
        self._socket.listen()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to open, with its token."""
        return f"http://{HOST}:{self._socket.getsockname()[1]}/?token={self._token}"

    def start(self) -> None:
        """Start it, or start it anew. What it needs takes a second or two."""
        self._end()
        given = {TOKEN_VARIABLE: self._token, SOCKET_VARIABLE: str(self._socket.fileno())}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ensemble", "console", "--port", self._laptop, "--environment", self._environment],
            cwd=self._root,
            env={**os.environ, **given},
            pass_fds=[self._socket.fileno()],
            stdin=subprocess.PIPE,  # it ends when this is closed, however this process ends
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for this process, which ends it
        )

    def close(self) -> None:
        """End it, and wait until it has ended."""
        self._end()
        self._socket.close()

    def _end(self) -> None:
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process = None


def console_beside(console: Console, root: Path, environment: str, endpoint: str) -> ConsoleBeside | None:
    """Start a console and say where it is; or say why there is none."""
    try:
        packages_of_page()
    except PackagesMissing as missing:
        console.print(Text.assemble(("No console: ", "dim"), (str(missing), "dim")))
        return None
    beside = ConsoleBeside(root, environment, endpoint)
    beside.start()
    console.print(Text.assemble(("See it in a browser: ", "bold"), beside.url))
    return beside


def _socket_after(laptop: int) -> socket.socket:
    """Return a socket bound to the port after the laptop's, so that the address stays the same; or to any other."""
    try:
        return bound_socket(laptop + 1)
    except (PortUnavailable, OverflowError):
        return bound_socket(0)
