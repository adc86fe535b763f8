"""Judges what is typed into a copy of the lending project: by `ensemble check`, and by mypy."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests import synthesizing
from tests.toolkit.declarations import play, typed
from tests.toolkit.declarations.cases import Edits

ERROR = re.compile(r"(\S+\.py):(\d+): error: (.*?)(?:  \[[a-z-]+\])?")


def run(project: Path, *command: str, given: str = "") -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    environment["PYTHONPATH"] = str(project)
    command = (sys.executable, *command)
    done = subprocess.run(command, cwd=project, env=environment, input=given, capture_output=True, text=True)
    assert done.stdout, done.stderr
    return done.stdout


def documents(project: Path, mistakes: Iterable[Edits]) -> list[dict[str, Any]]:
    """Return the document of `ensemble check --json` for each of these edits, one at a time."""
    synthesizing.start()
    found: list[dict[str, Any]] = json.loads(run(project, play.__file__, given=json.dumps(list(mistakes))))
    return found


def write(project: Path, edits: Edits) -> None:
    for file, text in edits.items():
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(text)


def errors_of_mypy(project: Path) -> dict[tuple[str, int], list[str]]:
    """Return what mypy says of the publications, by file and line, all in one run. The project is changed for good."""
    write(project, {**typed.SCHEMAS, typed.FILE: typed.MODULE})
    run(project, "-m", "ensemble", "types")
    told = run(project, "-m", "mypy", "-m", "functions.loan.domain", "-m", "functions.loan.typed")
    found: dict[tuple[str, int], list[str]] = {}
    for match in filter(None, map(ERROR.fullmatch, told.splitlines())):
        found.setdefault((match[1], int(match[2])), []).append(match[3])
    return found
