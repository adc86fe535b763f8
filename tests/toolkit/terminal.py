"""A process at a terminal of its own, as a person has it: types, and reads what comes."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

LONGEST_WAIT_SECONDS = 60
CTRL_C, CTRL_D = "\x03", "\x04"
PROMPT = r"\(Pdb\) "


class Terminal:
    """A program of this Python at a terminal, and what it has shown so far."""

    def __init__(self, arguments: list[str], folder: Path, variables: Mapping[str, str]) -> None:
        self.shown = ""
        self._mine, its = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env={**os.environ, "TERM": "dumb", "COLUMNS": "200", **variables},
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            preexec_fn=lambda: _take_terminal(),
        )
        os.close(its)

    def type(self, text: str) -> None:
        """Type the text; a line is ended by `\\n`."""
        os.write(self._mine, text.encode())

    def wait_for(self, pattern: str) -> str:
        """Return what is shown up to the pattern from the last such call on; the process ends when it does not come."""
        watchdog = threading.Timer(LONGEST_WAIT_SECONDS, self.process.kill)
        watchdog.start()
        try:
            while (found := re.search(pattern, self.shown)) is None:
                read = self._read()
                assert read, f"ended without {pattern!r}: {self.shown}"
                self.shown += read
        finally:
            watchdog.cancel()
        before, self.shown = self.shown[: found.end()], self.shown[found.end() :]
        return before

    def rest(self) -> tuple[str, int]:
        """Return what is shown until the process ends, and its exit status."""
        watchdog = threading.Timer(LONGEST_WAIT_SECONDS, self.process.kill)
        watchdog.start()
        while read := self._read():
            self.shown += read
        status = self.process.wait()
        watchdog.cancel()
        return self.shown, status

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        os.close(self._mine)

    def _read(self) -> str:
        try:
            return os.read(self._mine, 65_536).decode(errors="replace").replace("\r\n", "\n")
        except OSError:  # Linux's way to say that nobody has the other side open
            return ""


def _take_terminal() -> None:
    """Make the standard input the process's controlling terminal, so that Ctrl-C reaches it and does what it does to
    what a person started: a suite in the background of a shell is told to ignore it, and so would its processes be."""
    import fcntl
    import signal
    import termios

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@contextmanager
def at_terminal(arguments: list[str], folder: Path, **variables: str) -> Iterator[Terminal]:
    """Run a program of this Python at a terminal until the block ends."""
    terminal = Terminal(arguments, folder, variables)
    try:
        yield terminal
    finally:
        terminal.close()
