"""pdb at the terminal, from inside a function whose own output goes to its log."""

from __future__ import annotations

import pdb
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ensemble.laptop.debugged import Stops


class Prompt(pdb.Pdb):
    """Asks at the process's streams. `quit`, the end of the input and Ctrl-C end the process as Ctrl-C does.

    pdb itself raises BdbQuit, which a handler takes for a fault of its own, and keeps Ctrl-C to itself afterwards.
    `capture`: pytest's capture manager, to be suspended meanwhile.
    """

    def __init__(self, streams: tuple[Any, Any], capture: Any = None) -> None:
        super().__init__(nosigint=True)
        self._streams, self._capture = streams, capture
        self.stdout = streams[0]

    def interaction(self, *arguments: Any, **options: Any) -> None:
        """Ask until the person goes on. Raises KeyboardInterrupt when they do not want to."""
        Stops.number += 1
        with self._terminal():
            super().interaction(*arguments, **options)
        if self.quitting:
            raise KeyboardInterrupt

    def cmdloop(self, intro: Any = None) -> None:
        """Take commands; Ctrl-C is `quit`."""
        try:
            super().cmdloop(intro)
        except KeyboardInterrupt:
            self.set_quit()

    @contextmanager
    def _terminal(self) -> Iterator[None]:
        """Give the prompt the process's streams and Ctrl-C, and the function its own again."""
        inside = (sys.stdin, sys.stdout, sys.stderr)
        is_main = threading.current_thread() is threading.main_thread()
        handler = signal.signal(signal.SIGINT, signal.default_int_handler) if is_main else None
        sys.stdout, sys.stderr = self._streams
        if self._capture is not None:
            self._capture.suspend_global_capture(in_=True)
        self.stdin, self.stdout = sys.stdin, sys.stdout
        try:
            yield
        finally:
            if self._capture is not None:
                self._capture.resume_global_capture()
            sys.stdin, sys.stdout, sys.stderr = inside
            if is_main:
                signal.signal(signal.SIGINT, handler)
