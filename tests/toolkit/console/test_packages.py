"""The packages of the console's page: from a lock file, by npm, without scripts, and known when they are missing."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from ensemble.console import packages
from ensemble.console.packages import LOCK, MANIFEST, MODULES, PAGE, PackagesMissing


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An npm that writes down where it was started and with what, in an environment in which nothing is installed."""
    command = tmp_path / "npm"
    command.write_text('#!/bin/sh\necho "$PWD $@" >> "$0.asked"\nmkdir -p node_modules/preact\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr("sysconfig.get_path", lambda name: str(tmp_path / "bin"))
    return command


def asked(npm: Path) -> list[str]:
    return Path(f"{npm}.asked").read_text().splitlines()


def test_the_page_runs_on_what_the_lock_file_names_and_is_tested_with_more(npm: Path, tmp_path: Path) -> None:
    packages.install_packages(for_development=False)
    packages.install_packages(for_development=True)

    install = f"{tmp_path / 'page'} ci --ignore-scripts --no-audit --no-fund"
    assert asked(npm) == [f"{install} --omit=dev", install]
    assert packages.packages_of_page() == tmp_path / "page" / "node_modules"


def test_packages_that_are_not_there_or_of_another_lock_file_are_missing(npm: Path, tmp_path: Path) -> None:
    with pytest.raises(PackagesMissing, match="Fix: make setup"):
        packages.packages_of_page()

    packages.install_packages(for_development=False)
    (tmp_path / "page" / LOCK).write_text("{}")

    with pytest.raises(PackagesMissing):
        packages.packages_of_page()


def test_what_npm_said_is_shown_when_it_fails_and_its_packages_are_not_taken_for_installed(npm: Path) -> None:
    npm.write_text("#!/bin/sh\necho 'no network' >&2\nmkdir -p node_modules/preact\nexit 1\n")

    with pytest.raises(SystemExit, match=r"^no network\nnpm could not install"):
        packages.install_packages(for_development=False)

    with pytest.raises(PackagesMissing):
        packages.packages_of_page()


def test_packages_are_pinned_exactly_and_no_registry_is_named() -> None:
    manifest = json.loads((PAGE / MANIFEST).read_text())
    locked = json.loads((PAGE / LOCK).read_text())["packages"]

    for name, version in {**manifest["dependencies"], **manifest["devDependencies"]}.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert [name for name, one in locked.items() if name and ("resolved" in one or "integrity" not in one)] == []


def test_each_module_that_the_page_may_import_is_installed_here() -> None:
    installed = packages.packages_of_page()

    assert [file for file in MODULES.values() if not (installed / file).is_file()] == []
