"""The code that decides: processes that walk rows in the project as it is, or as it was at a revision."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.project.errors import GitFailed
from ensemble.project.git import files_at

OLD = ("functions", "schemas")
"""What is taken from the revision; the kit and the toolkit are those of today, so that only services differ."""

Json = dict[str, Any]
Walk = Callable[[list[Json]], list[Json]]
"""Takes what happened to a row through some code, and returns what that decides each time."""


@contextmanager
def tree_at(root: Path, revision: str) -> Iterator[Path]:
    """The project's services and schemas as they were at a revision. Raises UsageRefused."""
    try:
        files = files_at(root, revision, OLD)
    except GitFailed as error:
        raise UsageRefused(f"--against {revision}: {error}") from error
    with TemporaryDirectory() as folder:
        tree = Path(folder)
        for path, (content, _) in files.items():
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).write_bytes(content)
        shutil.rmtree(tree / "functions/kit")
        shutil.copytree(root / "functions/kit", tree / "functions/kit")
        for toolkit in ("ensemble", "infrastructure"):
            (tree / toolkit).symlink_to(root / toolkit)
        yield tree


@contextmanager
def walker(tree: Path, service: str) -> Iterator[Walk]:
    """What takes rows through the code of a service in a tree, in a process of its own."""
    command = [sys.executable, "-m", "ensemble.command_line.shadow.walking", service]
    environment = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    pipe = subprocess.PIPE
    with (
        TemporaryFile("w+") as said,  # a pipe that nobody reads would stop it
        subprocess.Popen(
            command, cwd=tree, env=environment, stdin=pipe, stdout=pipe, stderr=said, text=True
        ) as process,
    ):
        yield lambda happenings: _walked(process, said, happenings)


def _walked(process: subprocess.Popen[str], said: IO[str], happenings: list[Json]) -> list[Json]:
    """Return what is decided on each. Raises CommandFailed when the code does not load."""
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):  # it says why below
        process.stdin.write(json.dumps(happenings) + "\n")
        process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        process.wait()
        said.seek(0)
        reason = said.read().strip().splitlines()[-1:] or ["it ended"]
        raise CommandFailed(f"the code does not load: {reason[0]}")
    steps: list[Json] = json.loads(line)
    return steps
