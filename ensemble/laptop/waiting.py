"""Lets other functions run while one waits for the network or sleeps: its world is left, and entered again afterwards.

A wait is known where Python code begins it: the methods of sockets, of TLS connections and of selectors, and `sleep`.
Whatever waits in another way (a lock, a child process) holds up everything, as does a breakpoint.
"""

from __future__ import annotations

import selectors
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from ensemble.laptop.engine import Engine
from ensemble.laptop.sandbox import Bundle, Sandbox

WAITS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (time, ("sleep",)),
    (socket, ("getaddrinfo",)),
    (socket.socket, ("accept", "connect", "recv", "recv_into", "recvfrom", "recvfrom_into", "send", "sendall")),
    (ssl.SSLSocket, ("do_handshake", "read", "send")),
    (selectors.DefaultSelector, ("select",)),
    (selectors.SelectSelector, ("select",)),
)
"""What may wait. http.client, urllib3, requests, httpx and asyncio come down to these."""


class _Here(threading.local):
    """What this thread is in: None outside of a handler."""

    world: World | None = None


_here = _Here()


class World:
    """A function's world, which its thread is in while its handler runs."""

    def __init__(self, engine: Engine, sandbox: Sandbox, bundle: Bundle, settled: Callable[[], None]) -> None:
        self._engine, self._sandbox, self._bundle, self._settled = engine, sandbox, bundle, settled

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Let the waits of this thread, from here on, be waits of the function."""
        _here.world = self
        try:
            yield
        finally:
            _here.world = None

    @contextmanager
    def left(self) -> Iterator[None]:
        """Let others run meanwhile."""
        _here.world = None
        self._settled()
        kept = _taken_out()
        self._sandbox.leave()
        try:
            with self._engine.outside():
                yield
        finally:
            self._sandbox.enter(self._bundle)
            _put_back(kept)
            _here.world = self


def _taken_out() -> list[dict[str, Any]]:
    """Take what Powertools has collected for the invocation's metrics: it keeps them once for all in the process."""
    kept = [dict(one) for one in _metrics()]
    for one in _metrics():
        one.clear()
    return kept


def _put_back(kept: list[dict[str, Any]]) -> None:
    for one, before in zip(_metrics(), kept, strict=False):
        one.clear()
        one.update(before)


def _metrics() -> list[dict[str, Any]]:
    module = sys.modules.get("aws_lambda_powertools.metrics.metrics")
    return [] if module is None else [module.Metrics._metrics, module.Metrics._dimensions, module.Metrics._metadata]


@contextmanager
def watched_waits() -> Iterator[None]:
    """Watch all that may wait, in the whole process, until the block ends."""
    before = [(owner, name, vars(owner).get(name)) for owner, names in WAITS for name in names]
    for owner, name, _ in before:
        setattr(owner, name, _leaving(getattr(owner, name)))
    try:
        yield
    finally:
        for owner, name, original in before:
            if original is None:
                delattr(owner, name)  # it was a base's
            else:
                setattr(owner, name, original)


def _leaving(wait: Callable[..., Any]) -> Callable[..., Any]:
    """Return the wait, done outside where it is a handler's and may take time."""

    @wraps(wait)
    def outside(*arguments: Any, **options: Any) -> Any:
        world = _here.world
        if world is None or not _may_take_time(wait.__name__, arguments, options):
            return wait(*arguments, **options)
        with world.left():
            return wait(*arguments, **options)

    return outside


def _may_take_time(name: str, arguments: tuple[Any, ...], options: dict[str, Any]) -> bool:
    """Whether a wait can be one: a socket that does not block, and a look without a time-out, come back at once."""
    if name == "select":
        timeout = arguments[1] if len(arguments) > 1 else options.get("timeout")
        return timeout is None or timeout > 0
    return not (arguments and isinstance(arguments[0], socket.socket) and arguments[0].gettimeout() == 0)
