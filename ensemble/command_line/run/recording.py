"""`ensemble up --record FILE`: what happens on the running laptop AWS as a recording for the console."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.console.looked_at import StageLookedAt, look_at
from ensemble.command_line.console.workflows import told_of
from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.console.progress import Json
from ensemble.console.recorder import Recorder
from ensemble.console.recording import Tape
from ensemble.console.watching import SECONDS_BETWEEN_LOOKS, SECONDS_BETWEEN_READS
from ensemble.trace.known import Happened

MOVES_FOR_SECONDS = 2.0
"""So long after its last event a workflow is read again: its rows move after its events."""

MOST_READ, MOST_AT_THE_END = 20, 200
"""So many workflows are read in one turn, each by some ten calls, and in the last one; the others wait for theirs."""


class UpRecording:
    """Records a running laptop from `start` to `close`, in a thread of its own, by AWS's APIs."""

    def __init__(self, environment: str, endpoint: str, file: Path) -> None:
        """Raises CommandFailed."""
        self._place, self.file = Place(environment, endpoint, is_laptop=True), file
        self._looked_at = self._look_at()
        try:
            self._tape = Tape(file, self._looked_at.fixed, f"ensemble up, {environment}")
        except OSError as fault:
            raise CommandFailed(f"{file} cannot be written: {fault}") from fault
        self._recorder = Recorder(self._looked_at.drawn.feed(), self._tape, self._told)
        self._waiting: dict[str, float] = {}
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._is_begun, self._facts_at = False, float("-inf")
        self._thread = threading.Thread(target=self._run, name="recording", daemon=True)

    def start(self) -> None:
        """Begin to record."""
        self._thread.start()

    def look_anew(self) -> None:
        """Take over what is declared now."""
        with self._lock:
            self._looked_at, self._is_begun = self._look_at(), False

    def close(self) -> str:
        """Record what is left, and end the file; return what to say of it."""
        self._ended.set()
        self._thread.join()
        self._turn(MOST_AT_THE_END)
        self._tape.close()
        full = " up to its largest size: what came later is not in it" if self._tape.is_full else ""
        return f" Recorded{full}: ensemble console --recording {self.file}"

    def _look_at(self) -> StageLookedAt:
        return look_at(Console(quiet=True), self._place)

    def _run(self) -> None:
        while not self._ended.wait(SECONDS_BETWEEN_READS):
            with self._lock:
                self._turn(MOST_READ)

    def _turn(self, most: int) -> None:
        """Record what is new. A laptop that does not answer does at the next turn, or has ended."""
        source = self._looked_at.source
        try:
            now = source.now()
            new = source.new_events() if self._is_begun else None
            if new is None:
                new = sorted((one for some in source.opening() for one in some), key=lambda event: event.at)
            self._is_begun = True
            self._recorder.turn(new, self._to_read(new, now, most), now, self._facts(now))
        except Exception as fault:
            source.described(fault)

    def _to_read(self, new: Iterable[Happened], now: float, most: int) -> list[str]:
        """Return the workflows whose turn it is; those that moved lately get another one."""
        self._waiting |= {event.workflow: now for event in new}
        read = list(self._waiting)[:most]
        for workflow in read:
            moved_at = self._waiting.pop(workflow)
            if now - moved_at < MOVES_FOR_SECONDS:
                self._waiting[workflow] = moved_at
        return read

    def _facts(self, now: float) -> Mapping[str, Any] | None:
        if now - self._facts_at < SECONDS_BETWEEN_LOOKS:
            return None
        self._facts_at = now
        source = self._looked_at.source
        return {**source.facts(), **source.rules()}

    def _told(self, workflow: str) -> Json | None:
        with aws_answers():
            return told_of(self._looked_at.source.reading(), workflow, self._place.stage)
