"""The console beside a running laptop AWS: a process of its own, so that what it reads it reads by AWS's own APIs."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from ensemble.console.packages import PackagesMissing, packages_of_page
from ensemble.console.security import TOKEN_VARIABLE
from ensemble.laptop.errors import PortUnavailable
from ensemble.laptop.server import HOST, bound_socket

SECONDS_TO_END = 3.0


class ConsoleBeside:
    """A console of the laptop AWS at an endpoint, from `start` to `close`."""

    def __init__(self, root: Path, environment: str, endpoint: str) -> None:
        self._root, self._environment, self._laptop = root, environment, endpoint.rpartition(":")[2]
        self._token, self._port = secrets.token_urlsafe(16), _port_after(int(self._laptop))
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address to open, with its token."""
        return f"http://{HOST}:{self._port}/?token={self._token}"

    def start(self) -> None:
        """Start it; what it needs takes a second or two. Open pages find it again after a new start."""
        self.close()
        command = [sys.executable, "-m", "ensemble", "console", "--port", self._laptop, "--at", str(self._port)]
        self._process = subprocess.Popen(
            [*command, "--environment", self._environment],
            cwd=self._root,
            env={**os.environ, TOKEN_VARIABLE: self._token},
            stdin=subprocess.PIPE,  # it ends when this is closed, however this process ends
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C is for this process, which ends it
        )

    def close(self) -> None:
        """End it, and wait until it has ended."""
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


def _port_after(laptop: int) -> int:
    """Return the port after the laptop's, so that its address stays the same; or any other that is free."""
    for port in (laptop + 1, 0):
        try:
            with bound_socket(port) as bound:
                found: int = bound.getsockname()[1]
                return found
        except (PortUnavailable, OverflowError):
            continue
    raise AssertionError("a system has a free port")
