"""Threads that run the engine for the thread that ran it, while that one waits for something outside."""

from __future__ import annotations

import threading
from collections.abc import Callable

NOBODY = 0


class StandIns:
    """Knows which thread runs the engine. Whoever asks or changes it holds the engine's lock.

    `run`: runs the engine as long as `is_its_turn`. Threads that are not needed any more wait to be needed again.
    """

    def __init__(self, run: Callable[[], None]) -> None:
        self._run = run
        self._running = NOBODY
        self._idle: list[_StandIn] = []
        self._is_ended = False

    def is_its_turn(self) -> bool:
        """Whether this thread runs the engine."""
        return self._running == threading.get_ident()

    @staticmethod
    def is_a_stand_in() -> bool:
        """Whether this thread is one of the stand-ins."""
        return isinstance(threading.current_thread(), _StandIn)

    def take_over(self) -> None:
        """From now on this thread runs the engine."""
        self._running = threading.get_ident()

    def stop(self) -> None:
        """From now on no thread runs it."""
        self._running = NOBODY

    def hand_over(self) -> None:
        """From now on a stand-in runs it."""
        other = self._idle.pop() if self._idle else _StandIn(self._serve)
        self._running = other.number
        other.called.release()

    def end(self) -> None:
        """Let the idle ones end. Those that wait outside never come back: see `Engine.outside`."""
        self._is_ended = True
        for one in self._idle:
            one.called.release()
        self._idle.clear()

    def _serve(self, one: _StandIn) -> None:
        while True:
            one.called.acquire()
            if self._is_ended:
                return
            self._run()

    def rest(self) -> None:
        """Keep this stand-in for the next time; called when it has run the engine."""
        current = threading.current_thread()
        if isinstance(current, _StandIn):
            self._idle.append(current)


class _StandIn(threading.Thread):
    """A thread that runs the engine each time that it is `called`."""

    def __init__(self, serve: Callable[[_StandIn], None]) -> None:
        self.called = threading.Semaphore(0)
        super().__init__(target=serve, args=(self,), name="laptop-stand-in", daemon=True)
        self.start()

    @property
    def number(self) -> int:
        """Its number, as `threading.get_ident` gives it."""
        assert self.ident is not None
        return self.ident
