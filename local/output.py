"""Keeps what a function prints, as CloudWatch Logs would: the last lines in memory, all of them in a file if asked."""

from __future__ import annotations

import io
from collections import deque
from pathlib import Path

MAXIMUM_LINES = 10_000


class Output(io.TextIOBase):
    """A text stream whose lines are kept; stands for a function's stdout and stderr."""

    def __init__(self, file: Path | None = None) -> None:
        self.lines: deque[str] = deque(maxlen=MAXIMUM_LINES)
        self._file = file.open("a", encoding="utf-8") if file is not None else None
        self._unfinished = ""

    def writable(self) -> bool:
        """Return true."""
        return True

    def write(self, text: str) -> int:
        """Keep the text; a line counts once it is ended."""
        *ended, self._unfinished = (self._unfinished + text).split("\n")
        self.lines.extend(ended)
        if self._file is not None and ended:
            self._file.write("\n".join(ended) + "\n")
        return len(text)

    def end_line(self) -> None:
        """End a line that was left open, and write out what the file buffers."""
        if self._unfinished:
            self.write("\n")
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file. What is written afterwards, by a handler that outlived its laptop, stays in memory."""
        self.end_line()
        if self._file is not None:
            self._file.close()
            self._file = None
