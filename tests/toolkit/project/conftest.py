"""A project as `ensemble new` makes it, made once, from a repository of the toolkit's files as they are here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from ensemble.project.new import TAKEN
from ensemble.project.ownership import OWNED
from tests.conftest import ROOT
from tests.synthesizing import ensemble_command

NAME = "parking"

WITHOUT_PACKAGES = ("-S", "-E")
"""Python as it is before anything is installed: the standard library alone, and nothing of this environment."""

Run = Callable[..., CompletedProcess[str]]


def identity() -> dict[str, str]:
    """The environment of a person whom git knows, with no settings of this machine's own."""
    names = {f"GIT_{who}_NAME": "Somebody" for who in ("AUTHOR", "COMMITTER")}
    addresses = {f"GIT_{who}_EMAIL": "somebody@example.com" for who in ("AUTHOR", "COMMITTER")}
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "AWS_", "CDK_"))
    }
    return {**kept, **names, **addresses, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def run(folder: Path, *command: str, **environment: str | None) -> CompletedProcess[str]:
    """Run a command in a folder, whose own modules come first; a variable that is None is not there."""
    everything = {**identity(), "PYTHONPATH": str(folder), "COLUMNS": "120", **environment}
    variables = {name: value for name, value in everything.items() if value is not None}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


def ensemble(folder: Path, *arguments: str) -> CompletedProcess[str]:
    """Run a command of the project in a folder, with the packages of this environment."""
    return run(folder, *ensemble_command(*arguments))


def git(folder: Path, *arguments: str) -> str:
    done = run(folder, "git", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="session")
def toolkit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what git has here, as it is in the working tree."""
    folder = tmp_path_factory.mktemp("toolkit") / "ensemble"
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "--", *OWNED, *TAKEN)
    for path in listed.splitlines():
        if (ROOT / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes((ROOT / path).read_bytes())
            (folder / path).chmod((ROOT / path).stat().st_mode)
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--message", "The toolkit")
    return folder


def new(toolkit: Path, *arguments: str, **environment: str | None) -> CompletedProcess[str]:
    """Run `ensemble new` in the toolkit's repository, before anything is installed."""
    return run(toolkit, sys.executable, *WITHOUT_PACKAGES, "-m", "ensemble", "new", *arguments, **environment)


@pytest.fixture(scope="session")
def made(toolkit: Path) -> tuple[Path, str]:
    """The project and what was printed when it was made. Tests only look at it."""
    project = toolkit.parent / NAME
    done = new(toolkit, f"../{NAME}")
    assert done.returncode == 0, done.stderr
    return project, done.stdout


@pytest.fixture
def project(made: tuple[Path, str], tmp_path: Path) -> Path:
    """A clone of the project for a test that changes it."""
    git(tmp_path, "clone", "--quiet", str(made[0]), NAME)
    return tmp_path / NAME
