"""Lock files: one version of each library in a project, and what functions need once more for their platform."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from ensemble.project import locking
from ensemble.project.locking import DEVELOP, RUN
from infrastructure.errors import BundleRefused
from infrastructure.locks import read_lock
from tests.conftest import ROOT
from tests.toolkit.project.conftest import WITHOUT_PACKAGES, run

HOTEL = "functions/hotel/requirements.in"

Compiled = dict[str, tuple[str, ...]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a service that asks for libraries."""
    for file, text in ((f"{locking.TOOLKIT}/left-out.txt", "# why\ncryptography\n"), (HOTEL, "parcels\n")):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Compiled]:
    """Let uv not run: note what it would be asked, by the file that it writes, and write a pin there."""

    def with_pin(pin: str) -> Compiled:
        seen: Compiled = {}

        def compile(root: Path, output: str, *arguments: str) -> None:
            left_out = [Path(after).read_text() for one, after in pairwise(arguments) if one == "--excludes"]
            seen[Path(output).name if Path(output).is_absolute() else output] = (*arguments, *left_out)
            (root / output).write_text(f"{pin} --hash=sha256:00\n")

        monkeypatch.setattr(locking, "_compile", compile)
        return seen

    return with_pin


def test_what_functions_need_is_pinned_with_all_else_and_once_more_for_their_platform_in_the_same_versions(
    project: Path, compiled: Callable[[str], Compiled]
) -> None:
    seen = compiled("parcels==1.0")

    locking.lock(project, is_upgrade=False)

    assert HOTEL in seen[RUN]
    assert HOTEL in seen[DEVELOP]
    platform = ("--python-platform", "aarch64-manylinux_2_34", "--python-version", "3.14", "--only-binary", ":all:")
    assert seen["functions/hotel/requirements.txt"] == (HOTEL, *platform, "--constraint", RUN)
    assert read_lock(project, "hotel") == ("parcels==1.0 --hash=sha256:00",)


def test_a_lock_that_is_older_than_what_is_asked_for_is_refused(
    project: Path, compiled: Callable[[str], Compiled]
) -> None:
    compiled("parcels==1.0")
    locking.lock(project, is_upgrade=False)

    (project / HOTEL).write_text("parcels\nstamps\n")

    with pytest.raises(BundleRefused, match="it changed since it was locked"):
        read_lock(project, "hotel")


@pytest.mark.parametrize(("pin", "is_left_out"), [("parcels==1.0", True), ("cryptography==1.0", False)])
def test_what_a_run_goes_without_is_there_when_a_service_needs_it(
    pin: str, is_left_out: bool, project: Path, compiled: Callable[[str], Compiled]
) -> None:
    seen = compiled(pin)

    locking.lock(project, is_upgrade=False)

    assert ("cryptography" in seen[RUN][-1]) is is_left_out


def test_locking_needs_nothing_but_the_standard_library_and_uv() -> None:
    done = run(ROOT, sys.executable, *WITHOUT_PACKAGES, "-c", "import ensemble.project.locking")

    assert done.stderr == ""


def test_a_project_whose_services_ask_for_nothing_compiles_two_files(
    project: Path, compiled: Callable[[str], Compiled]
) -> None:
    (project / HOTEL).unlink()
    seen = compiled("parcels==1.0")

    locking.lock(project, is_upgrade=False)

    assert seen.keys() == {RUN, DEVELOP}


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (RUN, r"^requirements\.txt is as it was: .* a project has one version of each library"),
        ("/tmp/pins.txt", "^All locks are as they were: .* a project has one version of each library"),
        ("functions/hotel/requirements.txt", "that have a wheel for Python 3.14 on Linux arm64"),
    ],
)
def test_what_cannot_be_pinned_is_said_with_what_to_change(
    asked: str, sentence: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "COMPILE", ("no_such_module",))

    with pytest.raises(SystemExit, match=sentence):
        locking._compile(project, asked)
