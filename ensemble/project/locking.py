"""Writes the lock files, with uv: `make lock` adds what is new and moves nothing else, `make lock UPGRADE=1` moves all.

What the toolkit needs, by name, and the versions that it was tested with lie in `ensemble/requirements/`; what the
project's own code needs, in its pyproject.toml; what the functions of a service need, in its `requirements.in`.
Together they are pinned, with hashes, in the project's root, so that a project has one version of each library. What
the functions of a service need is pinned once more beside it, for their platform alone: that is what is deployed.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from infrastructure.locks import ASKED, LOCK, head_of
from infrastructure.runtime import ARCHITECTURE, GLIBC, PYTHON

TOOLKIT = "ensemble/requirements"
RUN, DEVELOP = "requirements.txt", "requirements-dev.txt"
OF_THEIR_OWN = ("node", "emulator", "checkov", "sbom")
"""What lies in an environment of its own, or in none, and is pinned beside its `.in`."""

TESTED = f"{TOOLKIT}/tested.txt"
NODE, EMULATOR, _, SBOM = (f"{TOOLKIT}/{name}.txt" for name in OF_THEIR_OWN)

OLDEST_PYTHON = "3.11"

COMPILE = (
    *("uv", "pip", "compile", "--generate-hashes", "--quiet"),
    *("--no-header", "--no-emit-index-url", "--no-emit-find-links"),
    "--system-certs",  # as pip does: behind a company's proxy its certificate is known to the system alone
)

ANYWHERE = ("--universal", "--python-version", OLDEST_PYTHON)
"""For the machines of all who work on the project."""

IN_LAMBDA = (
    *("--python-platform", "aarch64-manylinux_{}_{}".format(*GLIBC), "--python-version", PYTHON),
    *("--only-binary", ":all:"),
)
"""For the functions alone; uv's name of their platform."""

PIN = re.compile(r"^([A-Za-z0-9._-]+==[^\\\n]*?)\s*\\?$", re.MULTILINE)
"""A line of a lock file: a name, its version and, where it has one, its marker."""


def lock(root: Path, *, is_upgrade: bool) -> None:
    """Write all lock files. A pin stays as it is while what is asked for allows it, unless all are to move."""
    how = ("--upgrade",) if is_upgrade else ("--constraint", TESTED)
    asked = [path.relative_to(root).as_posix() for path in sorted(root.glob(f"functions/*/{ASKED}"))]
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as left_out:
        left_out.write("".join(f"{name}\n" for name in _left_out(root, asked, how)))
        left_out.flush()
        without = ("--excludes", left_out.name)
        _compile(root, RUN, *ANYWHERE, "pyproject.toml", f"{TOOLKIT}/run.in", *asked, *without, *how)
    both = (f"{TOOLKIT}/run.in", f"{TOOLKIT}/develop.in", "--group", "dev")
    _compile(root, DEVELOP, *ANYWHERE, "pyproject.toml", *both, *asked, "--constraint", RUN, *how)
    for one in asked:
        _lock_service(root, one)


def _left_out(root: Path, asked: Sequence[str], how: Sequence[str]) -> list[str]:
    """Return what a run goes without, though a library of the toolkit asks for it; not what a service needs."""
    names = [line for line in (root / TOOLKIT / "left-out.txt").read_text(encoding="utf-8").split("\n") if line]
    needed: set[str] = set()
    if asked:
        with tempfile.TemporaryDirectory() as folder:
            pins = Path(folder, "pins.txt")
            _compile(root, str(pins), *ANYWHERE, *asked, *how)
            needed = {pin.partition("==")[0] for pin in PIN.findall(pins.read_text(encoding="utf-8"))}
    return [name for name in names if name not in needed]


def _lock_service(root: Path, asked: str) -> None:
    """Pin what the functions of a service need, in the versions that the project has."""
    output = asked.removesuffix(ASKED) + LOCK
    _compile(root, output, asked, *IN_LAMBDA, "--constraint", RUN)
    pins = (root / output).read_text(encoding="utf-8")
    (root / output).write_text(head_of((root / asked).read_text(encoding="utf-8")) + pins, encoding="utf-8")


def record_as_tested(root: Path) -> None:
    """Write the versions of the lock files down as the ones that the toolkit was tested with."""
    for name in OF_THEIR_OWN:
        _compile(root, f"{TOOLKIT}/{name}.txt", *ANYWHERE, f"{TOOLKIT}/{name}.in", "--upgrade")
    pins = {pin for name in (DEVELOP, RUN) for pin in PIN.findall((root / name).read_text(encoding="utf-8"))}
    head = "# Made by `make tested` from the lock files, when all tests pass with them: do not edit.\n"
    (root / TESTED).write_text(head + "".join(f"{pin}\n" for pin in sorted(pins)), encoding="utf-8")


def _compile(root: Path, output: str, *arguments: str) -> None:
    """Pin what is asked for. Raises SystemExit when uv finds no way; its own words are on the standard error."""
    run = subprocess.run([sys.executable, "-m", *COMPILE, *arguments, "--output-file", output], cwd=root)
    if run.returncode != 0:
        unchanged = "All locks are as they were" if Path(output).is_absolute() else f"{output} is as it was"
        sys.exit(f"{unchanged}: uv could not pin what is asked for, see above. {_advice(output)}")


def _advice(output: str) -> str:
    if output.startswith("functions/"):
        what = f"Fix: take libraries that have a wheel for Python {PYTHON} on Linux {ARCHITECTURE}"
        return f"{what}, in the version that the project has"
    return f"Fix: a project has one version of each library: let pyproject.toml and functions/*/{ASKED} agree"


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
