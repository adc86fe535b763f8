"""Run in a copy of the lending project, whose modules it imports: types the edits that come as JSON, and checks each.

A process of its own, and one for all: what Python has loaded is forgotten before each.
"""

from __future__ import annotations

import contextlib
import io
import json
import runpy
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line import synthesis
from ensemble.command_line.check.check import check
from ensemble.command_line.project import forget_modules


@contextlib.contextmanager
def typed(root: Path, edits: Mapping[str, str]) -> Iterator[None]:
    before = {file: (root / file).read_bytes() if (root / file).exists() else None for file in edits}
    folders = [folder for file in edits for folder in (root / file).parents if not folder.exists()]
    for file, text in edits.items():
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        (root / file).write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        for file, content in before.items():
            (root / file).unlink() if content is None else (root / file).write_bytes(content)
        for folder in dict.fromkeys(folders):
            for left in folder.rglob("*.pyc"):
                left.unlink()
            for left in [*folder.rglob("__pycache__"), folder]:
                left.rmdir()


def checked(root: Path, edits: Mapping[str, str]) -> dict[str, Any]:
    """Return the document of `ensemble check --json` with these edits."""
    with typed(root, edits), contextlib.redirect_stdout(io.StringIO()) as printed:
        forget_modules()
        check(Console(file=io.StringIO()), None, "dev", root, as_json=True)
    document: dict[str, Any] = json.loads(printed.getvalue())
    return document


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(Path.cwd()))
    runpy.run_path(str(Path(__file__).parents[2] / "synthesizing.py"))["synthesize_so"](synthesis)
    print(json.dumps([checked(Path.cwd(), edits) for edits in json.load(sys.stdin)]))
