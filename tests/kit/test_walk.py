"""The walk of one event, as the document lists it, is what the kit does with one."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.conftest import ROOT
from tests.kit import locker
from tests.kit.conftest import Kit, record

KIT = ROOT / "functions" / "kit"
LEFT_OUT = {"model", "amounts", "clock", "telemetry", "segments", "traces", "breaker", "waiting", "inbox", "history"}
OF_THE_WAY = {"consumer", "once", "idempotency"}
"""Of these modules private functions are steps of the way; of the others they are details."""

YOUR_REACTION = "domain your reaction"


@contextmanager
def walked() -> Iterator[list[str]]:
    """List each step of the way when it is first called, as 'module function'."""
    steps: list[str] = []

    def note(frame: FrameType, kind: str, _: object) -> None:
        step = _step(frame) if kind == "call" else None
        if step is not None and step not in steps:
            steps.append(step)

    sys.setprofile(note)
    try:
        yield steps
    finally:
        sys.setprofile(None)


def _step(frame: FrameType) -> str | None:
    if frame.f_code is locker.store.__code__:
        return YOUR_REACTION
    path, name = Path(frame.f_code.co_filename), frame.f_code.co_qualname
    is_detail = name.rpartition(".")[2].startswith("_") and path.stem not in OF_THE_WAY
    if path.parent != KIT or path.stem in LEFT_OUT or "<" in name or is_detail:
        return None
    return f"{path.stem} {name}"


def documented() -> list[str]:
    """Return the steps of the document's table; a row without a file is of the file above."""
    section = (ROOT / "docs" / "how-it-works.md").read_text().split("## The walk of one event\n")[1].split("\n## ")[0]
    steps, module = [], ""
    for file, function in re.findall(r"^\| (?:`([^`]+)`)? ?\| `?([\w. ]+?)`? \|", section, re.MULTILINE):
        module = Path(file).stem if file else module
        if function != "function":
            steps.append(f"{module} {function}")
    return steps


def handled(kit: Kit) -> list[str]:
    with walked() as steps:
        assert kit.handle(record("ParcelArrived", {"locker_id": "l-1", "parcels": [{"size": "small"}]})) == []
    return steps


def test_the_document_lists_the_calls_of_one_event_in_their_order(kit: Kit) -> None:
    kit.stock(small=1)

    assert handled(kit) == documented()
