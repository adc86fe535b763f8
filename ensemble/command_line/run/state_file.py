"""The file of `ensemble up --state`: what the laptop AWS holds, kept from one start to the next."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Collection
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from ensemble.command_line.errors import UsageRefused
from ensemble.laptop import Laptop
from ensemble.laptop.state import State

FORMAT, VERSION = "ensemble laptop state", 1
SECONDS_BETWEEN_SAVES = 5


class StateFile:
    """Is read once at the start, and written again and again. Raises UsageRefused for what is no such file."""

    def __init__(self, path: Path, environment: str) -> None:
        self.path = path
        self._environment = environment
        self._saved_at = time.monotonic()
        self._saved: State | None = None
        self._kept = self._read()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is kept in it."""
        return self._kept is None

    @property
    def seconds_ahead(self) -> float:
        """How far the laptop's clock was ahead of the machine's when the state was kept."""
        return 0.0 if self._kept is None else float(self._kept["seconds_ahead"])

    def give_to(self, laptop: Laptop) -> str:
        """Give a laptop what is kept, and return in words what that is. Raises UsageRefused for another project's."""
        assert self._kept is not None
        state: State = self._kept["state"]
        self._refuse_other_project(state["tables"], laptop.tables)
        text = _in_words(state)
        lost = laptop.restore(state)
        return f"{text}{''.join(f'; lost, as these stacks have no place for it: {one}' for one in lost)}"

    def save_sometimes(self, laptop: Laptop) -> None:
        """Save, if the last time is long enough ago."""
        if time.monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES:
            self.save(laptop)

    def save(self, laptop: Laptop) -> None:
        """Write what the laptop holds, in one step: the file is never half written. Only its owner can read it."""
        self._saved_at = time.monotonic()
        state = laptop.state()
        if state == self._saved:
            return
        content = {
            "format": FORMAT,
            "version": VERSION,
            "environment": self._environment,
            "seconds_ahead": round(laptop.now() - time.time(), 1),
            "state": state,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self.path.parent, prefix=f".{self.path.name}.", delete=False) as file:
            json.dump(content, file, separators=(",", ":"))
        os.replace(file.name, self.path)
        self._saved = state

    def _read(self) -> dict[str, Any] | None:
        try:
            text = self.path.read_text(encoding="utf-8")
            content = json.loads(text) if text.strip() else None
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise UsageRefused(f"--state {self.path}: it cannot be read: {error}. {_another()}") from error
        if content is None:
            return None
        if not isinstance(content, dict) or content.get("format") != FORMAT:
            raise UsageRefused(f"--state {self.path}: it is no state of `ensemble up`. {_another()}")
        if content.get("version") != VERSION:
            found = content.get("version")
            raise UsageRefused(
                f"--state {self.path}: it has the format {found}, and this toolkit reads {VERSION}. "
                "Fix: delete it, or run the toolkit that wrote it"
            )
        if content.get("environment") != self._environment:
            found = content.get("environment")
            raise UsageRefused(
                f"--state {self.path}: it is of the stage {found}, not {self._environment}. "
                f"Fix: give another file, or --environment {found}"
            )
        return content

    def _refuse_other_project(self, kept: Collection[str], tables: Collection[str]) -> None:
        if kept and not set(kept) & set(tables):
            names = ", ".join(sorted(kept))
            raise UsageRefused(f"--state {self.path}: it is another project's, which has {names}. {_another()}")


def _another() -> str:
    return "Fix: give another file, which may be a new one"


def _in_words(state: State) -> str:
    items = sum(map(len, state["tables"].values()))
    messages = sum(map(len, state["queues"].values()))
    return f"{items} rows and counters, {messages} messages"
