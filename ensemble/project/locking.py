"""Writes the lock files, with uv: `make lock` adds what is new and moves nothing else, `make lock UPGRADE=1` moves all.

What the toolkit needs, by name, and the versions that it was tested with lie in `ensemble/requirements/`; what the
project's own code needs, in its pyproject.toml. Together they are pinned, with hashes, in the project's root.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

TOOLKIT = "ensemble/requirements"
RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"
OF_THEIR_OWN = ("node", "emulator")
"""What lies in an environment of its own, or in none, and is pinned beside its `.in`."""

TESTED = f"{TOOLKIT}/tested.txt"
NODE, EMULATOR = (f"{TOOLKIT}/{name}.txt" for name in OF_THEIR_OWN)

OLDEST_PYTHON = "3.11"

COMPILE = (
    *("uv", "pip", "compile", "--universal", "--generate-hashes", "--python-version", OLDEST_PYTHON, "--quiet"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
    "--system-certs",  # as pip does: behind a company's proxy its certificate is known to the system alone
)

PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]*?)\s*\\?$", re.MULTILINE)
"""A line of a lock file: a name, its version and, where it has one, its marker."""


def lock(root: Path, *, is_upgrade: bool) -> None:
    """Write both lock files. A pin stays as it is while what is asked for allows it, unless all are to move."""
    how = ("--upgrade",) if is_upgrade else ("--constraint", TESTED)
    left_out = ("--excludes", f"{TOOLKIT}/left-out.txt")
    _compile(root, RUN, "pyproject.toml", f"{TOOLKIT}/run.in", *left_out, *how)
    both = (f"{TOOLKIT}/run.in", f"{TOOLKIT}/develop.in", "--group", "dev")
    _compile(root, DEVELOP, "pyproject.toml", *both, "--constraint", RUN, *how)


def record_as_tested(root: Path) -> None:
    """Write the versions of the lock files down as the ones that the toolkit was tested with."""
    for name in OF_THEIR_OWN:
        _compile(root, f"{TOOLKIT}/{name}.txt", f"{TOOLKIT}/{name}.in", "--upgrade")
    pins = {pin for name in (DEVELOP, RUN) for pin in PIN.findall((root / name).read_text(encoding="utf-8"))}
    head = "# Made by `make tested` from the lock files, when all tests pass with them: do not edit.\n"
    (root / TESTED).write_text(head + "".join(f"{pin}\n" for pin in sorted(pins)), encoding="utf-8")


def _compile(root: Path, output: str, *arguments: str) -> None:
    """Pin what is asked for. Raises SystemExit when uv finds no way; its own words are on the standard error."""
    run = subprocess.run([sys.executable, "-m", *COMPILE, *arguments, "--output-file", output], cwd=root)
    if run.returncode != 0:
        sys.exit(f"{output} is as it was: uv could not pin what is asked for, see above")


def main(arguments: Sequence[str] | None = None) -> None:
    """Lock the project in the working directory, or with `--tested` record its locks as the toolkit's."""
    parser = argparse.ArgumentParser(prog="make lock")
    parser.add_argument("--upgrade", action="store_true", help="move all pins to the newest versions")
    parser.add_argument("--tested", action="store_true", help="record the pins as the toolkit's")
    given = parser.parse_args(arguments)
    if given.tested:
        record_as_tested(Path.cwd())
    else:
        lock(Path.cwd(), is_upgrade=given.upgrade)


if __name__ == "__main__":
    main()
