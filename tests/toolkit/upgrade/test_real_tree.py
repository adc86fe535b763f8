"""A project made from this very tree is patched, upgraded, squashed and upgraded again by its own command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import copy_lending
from tests.toolkit.upgrade.test_upgrade import DONE, SOMETHING_TO_DO, all_owned
from tests.toolkit.upgrade.trees import OWN, OWNED, Tree, made_from

DOMAIN = "functions/loan/domain.py"


def upgrade(project: Tree, *typed: str) -> int:
    """Run the project's own command, by Python and git alone."""
    command = [sys.executable, "-S", "-m", "ensemble", "upgrade", *typed]
    return subprocess.run(command, cwd=project.path, env={"PATH": os.environ["PATH"]}).returncode


def largest(tree: Tree, folder: str) -> str:
    """Return the largest module of an owned folder: big enough for a patch and a change far from each other."""
    found = max((tree.path / folder).rglob("*.py"), key=lambda path: path.stat().st_size)
    return found.relative_to(tree.path).as_posix()


def patch(tree: Tree, path: str) -> None:
    tree.write({path: f"# a patch of ours\n{tree.text(path)}"})


def move_on(template: Tree, version: str, *paths: str) -> None:
    """Let the template have a next version, with a change at the end of each file."""
    for path in paths:
        template.write({path: f"{template.text(path)}# {version}\n"})
    template.write({"ensemble/VERSION": f"{version}\n", f"ensemble/notes/{version}.md": f"Notes of {version}.\n"})
    template.commit(version)


@pytest.fixture
def template(tmp_path: Path) -> Tree:
    template = Tree(tmp_path / "template").begin()
    copy_lending(template.path)
    template.commit("The template")
    return template


@pytest.fixture
def project(template: Tree, tmp_path: Path) -> Tree:
    return made_from(template, Tree(tmp_path / "project").begin())


def test_patches_live_through_two_upgrades_of_which_the_first_is_squashed(template: Tree, project: Tree) -> None:
    tool, kit, infrastructure = (largest(project, folder) for folder in OWNED)
    for path in (tool, kit, infrastructure):
        patch(project, path)
    project.commit("Three patches")
    renamed = "ensemble/renamed/module.py"
    template.move(tool, renamed)
    move_on(template, "0.98.0", renamed, kit, infrastructure, DOMAIN, "app.py")

    project.git("switch", "--quiet", "--create", "upgrade")
    assert upgrade(project, "--check") == SOMETHING_TO_DO
    assert upgrade(project) == DONE
    touched = project.changed()
    project.commit("Toolkit 0.98.0")
    project.git("switch", "--quiet", "main")
    project.git("merge", "--quiet", "--squash", "upgrade")
    project.commit("Toolkit 0.98.0, squashed")
    move_on(template, "0.99.0", renamed, kit, infrastructure, DOMAIN, "app.py")
    assert upgrade(project) == DONE
    touched |= project.changed()

    assert all_owned(touched)
    assert not project.has(tool)
    assert not project.has(DOMAIN)
    assert {path: project.text(path) for path in OWN} == OWN
    for path in (renamed, kit, infrastructure):
        assert project.text(path).startswith("# a patch of ours\n")
        assert project.text(path).endswith("# 0.98.0\n# 0.99.0\n")
    assert project.mark()["version"] == "0.99.0"
    project.commit("Toolkit 0.99.0")
    assert upgrade(project, "--check") == DONE
