"""The file of a recording: what pages were told, and each workflow's documents, so that any instant is shown again.

JSON lines: a header, then in the order of time batches as the stream has them and documents of workflows, then notes.
Instants are milliseconds since 1970.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ensemble.console.as_of import as_of
from ensemble.console.progress import Json

FORMAT, VERSION = "ensemble recording", 1

MOST_BYTES = 50_000_000
"""So long a file is at most: some 2,000 orders of the shop. What would come after is left out, and that is said."""

MOST_READ = 2 * MOST_BYTES
"""So much is read of a file, whoever made it: its notes come on top."""

LOOKED_AT = {"place": "recording", "can": {"operate": False, "laptop": False}}
"""What a recording is, whatever its file says."""


class NoRecording(Exception):
    """Raised when a file cannot be shown, with the reason."""


class Tape:
    """Writes a recording. `of`: what was recorded, in words. Raises OSError."""

    def __init__(self, file: Path, fixed: Json, of: str) -> None:
        self._file: IO[str] = file.open("w", encoding="utf-8")
        self._bytes, self.is_full = 0, False
        shown = {**fixed, **LOOKED_AT, "recorded": of}
        self._write({"format": FORMAT, "version": VERSION, "fixed": shown})

    def batch(self, batch: Json) -> None:
        """Add what changed for pages."""
        self._write({"batch": batch})

    def document(self, workflow: str, document: Json) -> None:
        """Add what is known of a workflow now."""
        self._write({"workflow": workflow, "document": document})

    def close(self, notes: Iterable[Json] = ()) -> None:
        """End it with what else is to be said of some instants: each `{at, who, text, workflow, kind}`."""
        self._file.write(json.dumps({"notes": list(notes)}) + "\n")
        self._file.close()

    def flush(self) -> None:
        """Let what was added be in the file."""
        self._file.flush()

    def _write(self, line: Json) -> None:
        text = json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n"
        self.is_full = self.is_full or self._bytes + len(text) > MOST_BYTES
        if not self.is_full:
            self._file.write(text)
            self._bytes += len(text)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read. `documents`: by workflow, in the order of time. `end`: its last instant."""

    fixed: Json
    batches: list[Json] = field(default_factory=list)
    documents: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    keys: dict[str, str] = field(default_factory=dict)
    notes: list[Json] = field(default_factory=list)

    @property
    def begin(self) -> float:
        return float(self.batches[0]["now"]) if self.batches else 0.0

    @property
    def end(self) -> float:
        return float(self.batches[-1]["now"]) if self.batches else 0.0

    def told(self, asked: str, instant: float) -> Json | None:
        """Return the document of a workflow, named by its id or its key, as of an instant; None when there is none."""
        workflow = asked if asked in self.documents else self.keys.get(asked, asked)
        found = as_of(self.documents.get(workflow, ()), instant)
        return None if found is None else found | {"asked": asked}


def read_recording(file: Path) -> Recording:
    """Return the recording in a file. Raises NoRecording."""
    lines = _lines(file)
    recording = Recording(_fixed(file, lines[0] if lines else ""))
    for number, text in enumerate(lines[1:], start=2):
        try:
            _take(recording, _parsed(text))
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as fault:
            raise NoRecording(f"{file} is broken at line {number}: {type(fault).__name__}: {fault}") from fault
    if not recording.batches:
        raise NoRecording(f"{file} has nothing but its head: nothing happened while it was recorded")
    return recording


def _lines(file: Path) -> list[str]:
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_READ + 1)
        if len(content) > MOST_READ:
            raise NoRecording(f"{file} has over {MOST_READ:,} bytes, which no recording of ensemble has")
        return content.decode().splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise NoRecording(f"{file} cannot be read: {fault}") from fault


def _parsed(text: str) -> Any:
    return json.loads(text, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _fixed(file: Path, text: str) -> Json:
    try:
        head = _parsed(text)
        is_ours = head["format"] == FORMAT
    except (ValueError, LookupError, TypeError, RecursionError):
        is_ours = False
    if not is_ours:
        raise NoRecording(f"{file} is no recording of ensemble: its first line does not say so")
    if head.get("version") != VERSION:
        raise NoRecording(
            f"{file} has version {head.get('version')} of the format, and this toolkit reads version {VERSION}: "
            "record it anew, or open it with the toolkit that wrote it"
        )
    fixed = head.get("fixed")
    if not isinstance(fixed, dict) or not isinstance(fixed.get("stage"), str) or "recorded" not in fixed:
        raise NoRecording(f"{file} does not say what it was recorded of")
    return {**fixed, **LOOKED_AT}


def _take(recording: Recording, line: Mapping[str, Any]) -> None:
    if "batch" in line:
        batch = line["batch"]
        float(batch["now"])
        recording.batches.append(batch)
        for shown in batch["lines"]:
            recording.keys.setdefault(shown["key"], shown["workflow"])
    elif "document" in line:
        recording.documents[line["workflow"]].append(line["document"])
    else:
        recording.notes.extend(line["notes"])
