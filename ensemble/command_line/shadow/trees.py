"""The code that decides: processes that walk rows in the project as it is, or as it was at a revision."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.project.errors import GitFailed
from ensemble.project.git import files_at

OLD = ("functions", "schemas")
"""What is taken from the revision; the kit and the toolkit are those of today, so that only services differ."""

Json = dict[str, Any]


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


class Walker:
    """A process that takes rows through the code of a service in a tree."""

    def __init__(self, tree: Path, service: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ensemble.command_line.shadow.walking", service],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def walk(self, happenings: list[Json]) -> list[Json]:
        """Return what is decided on each. Raises CommandFailed when the code does not load."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(happenings) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # it says why below
        line = self._process.stdout.readline()
        if not line:
            _, said = self._process.communicate()
            reason = said.strip().splitlines()[-1:] or ["it ended"]
            raise CommandFailed(f"the code does not load: {reason[0]}")
        steps: list[Json] = json.loads(line)
        return steps

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def __enter__(self) -> Walker:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
