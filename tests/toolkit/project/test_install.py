"""What is installed: by lock files that are complete, with Node.js only where there is none, and visibly."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from ensemble import install
from ensemble.project.locking import DEVELOP, NODE, PIN, RUN, TESTED
from infrastructure.libraries import libraries_of
from tests.conftest import ROOT
from tests.toolkit.wheels import lock, only_from, wheel

SAID_BY_PIP = """Collecting moto==5.2.5 (from -r requirements.txt (line 1))
  Downloading moto-5.2.5-py3-none-any.whl (7.2 MB)
Collecting six==1.17.0 (from -r requirements.txt (line 9))
  Downloading six-1.17.0-py2.py3-none-any.whl (500 kB)
Installing collected packages: six, moto
"""


def pins(name: str) -> set[str]:
    return set(PIN.findall((ROOT / name).read_text()))


def names(name: str) -> set[str]:
    return {pin.partition("==")[0] for pin in pins(name)}


def test_each_phase_is_counted_in_packages_and_megabytes(capsys: pytest.CaptureFixture[str]) -> None:
    said = list(install._shown(SAID_BY_PIP.splitlines(keepends=True), "Installing it"))

    assert "".join(said) == SAID_BY_PIP
    assert capsys.readouterr().out == "Installing it ...\nInstalling it: 2 packages, 8 MB downloaded\n"


@pytest.mark.parametrize(("version", "is_used"), [("v24.1.0", True), ("v22.9.1", True), ("v20.2.0", False)])
def test_node_is_downloaded_only_where_there_is_none_that_the_cdk_supports(
    version: str, is_used: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "node").write_text(f"#!/bin/sh\necho {version}\n")
    (tmp_path / "npm").touch()
    for name in ("node", "npm"):
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    installed: list[str] = []
    monkeypatch.setattr(install, "_pip", lambda root, requirements, what: installed.append(requirements))

    install._install_node(tmp_path)

    assert installed == ([] if is_used else [NODE])


def test_node_is_downloaded_where_it_is_without_npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "node").write_text("#!/bin/sh\necho v24.1.0\n")
    (tmp_path / "node").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    installed: list[str] = []
    monkeypatch.setattr(install, "_pip", lambda root, requirements, what: installed.append(requirements))

    install._install_node(tmp_path)

    assert installed == [NODE]


def test_what_pip_said_is_shown_when_it_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"pip could not install requirements\.txt") as failed:
        install._pip(tmp_path, "requirements.txt", "nothing")

    assert "No such file" in str(failed.value)


def test_the_libraries_of_the_functions_are_packed_for_synthesis(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    only_from(tmp_path / "index", monkeypatch)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    install._pack_libraries(tmp_path)
    assert capfd.readouterr().out == ""

    lock(tmp_path, "hotel", f"parcels==1.0 {wheel(tmp_path / 'index')}")
    install._pack_libraries(tmp_path)

    assert capfd.readouterr().out == "Packing the libraries of the functions\n"
    monkeypatch.setattr(subprocess, "run", None)
    assert libraries_of(tmp_path, "hotel").modules == {"parcels"}


def test_an_installation_ends_where_a_library_cannot_be_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    lock(tmp_path, "hotel", "parcels==1.0")

    with pytest.raises(SystemExit) as ended:
        install._pack_libraries(tmp_path)

    assert ended.value.code == 1
    assert capfd.readouterr().err.startswith("functions/hotel/requirements.txt: parcels==1.0 has no hash")


def test_a_run_needs_nothing_of_the_tests_and_nothing_under_copyleft() -> None:
    assert names(RUN) < names(DEVELOP)
    assert not names(RUN) & {"awscli", "cfn-lint", "cryptography", "docker", "hypothesis", "mypy", "pytest", "ruff"}
    assert not names(DEVELOP) & {"greenery", "jsoncompat", "jsonsubschema", "portion"}


def test_the_toolkit_is_tested_with_what_is_locked() -> None:
    assert pins(TESTED) == pins(RUN) | pins(DEVELOP)


def test_no_lock_file_names_the_registry_that_it_was_made_with() -> None:
    for name in (RUN, DEVELOP, NODE, TESTED):
        assert not re.search(r"https?://|^--", (ROOT / name).read_text(), re.MULTILINE), name
