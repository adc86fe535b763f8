"""Asks git, by its command line: all that making a project needs beside the standard library."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path

from ensemble.project.errors import GitFailed

READABLE, EXECUTABLE = 0o644, 0o755


def git(root: Path, *arguments: str) -> str:
    """Return what git answers in a folder. Raises GitFailed."""
    return _answer(root, arguments).decode("utf-8", "replace").strip()


def files_at(root: Path, commit: str, paths: Sequence[str]) -> dict[str, tuple[bytes, int]]:
    """Return content and mode of the files under these paths at a commit, by their path from the folder.

    Raises GitFailed, also when one of the paths is not there.
    """
    archive = _answer(root, ("archive", "--format=tar", commit, "--", *paths))
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                found[member.name] = content.read(), EXECUTABLE if member.mode & 0o100 else READABLE
    return found


def _answer(root: Path, arguments: Sequence[str]) -> bytes:
    try:
        run = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=False)
    except OSError as error:
        raise GitFailed(f"git does not start, and it is needed here: install it ({error})") from error
    if run.returncode != 0:
        reason = " ".join(run.stderr.decode("utf-8", "replace").split()) or f"status {run.returncode}"
        raise GitFailed(f"git refuses in {root}: {reason}")
    return run.stdout
