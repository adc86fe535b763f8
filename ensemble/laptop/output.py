"""Keeps what a function prints, as CloudWatch Logs would: the last lines in memory, all of them in a file if asked."""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from traceback import TracebackException
from typing import Any

MAXIMUM_LINES = 10_000
Heard = Callable[[str], None]

ENCODING, ERRORS = "utf-8", "backslashreplace"  # a handler may print what is no character


class Line(str):
    """A line that was printed while an exception was handled, with this exception: what a log line leaves out of it."""

    __slots__ = ("error",)
    error: TracebackException


def _lines(texts: list[str]) -> list[str]:
    error = sys.exception()
    if error is None or not texts:
        return texts
    known = TracebackException.from_exception(error, lookup_lines=False)  # the exception would keep its frames alive
    lines = [Line(text) for text in texts]
    for line in lines:
        line.error = known
    return list[str](lines)


class _Sink(io.RawIOBase):
    """Takes bytes; a line counts once it is ended."""

    def __init__(self, path: Path | None, heard: Heard) -> None:
        self._heard = heard
        self.lines: deque[str] = deque(maxlen=MAXIMUM_LINES)
        self._file = path.open("wb") if path is not None else None
        self._unfinished = b""

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        written = bytes(data)
        *ended, self._unfinished = (self._unfinished + written).split(b"\n")
        lines = _lines([line.decode(ENCODING, ERRORS) for line in ended])
        self.lines.extend(lines)
        for line in lines:
            self._heard(line)
        if self._file is not None and ended:
            self._file.write(b"\n".join(ended) + b"\n")
        return len(written)

    def end_line(self) -> None:
        if self._unfinished:
            self.write(b"\n")
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        self.end_line()
        if self._file is not None:
            self._file.close()
            self._file = None


class Output(io.TextIOWrapper):
    """A text stream whose lines are kept; stands for a function's stdout and stderr. The file begins anew.

    `heard` is called with each line.
    """

    def __init__(self, file: Path | None = None, heard: Heard = lambda _: None) -> None:
        self._sink = _Sink(file, heard)
        super().__init__(self._sink, ENCODING, ERRORS, newline="\n", write_through=True)  # type: ignore[arg-type]

    @property
    def lines(self) -> deque[str]:
        """The last lines."""
        return self._sink.lines

    def end_line(self) -> None:
        """End a line that was left open, and write out what the file buffers."""
        self._sink.end_line()

    def close(self) -> None:
        """Close the file. What is written afterwards, by a handler that outlived its laptop, stays in memory."""
        self._sink.close()
