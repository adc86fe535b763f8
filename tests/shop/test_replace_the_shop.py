"""The commands by which the guide takes the shop out, run in a repository of their own."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT, copy_project
from tests.docs.blocks import files_of, write
from tests.docs.projects import run

GUIDES = ROOT / "docs" / "guides"


def git(root: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    subprocess.run(["git", *identity, *arguments], cwd=root, check=True, capture_output=True)


def commit(root: Path) -> None:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "As it is now")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository with the shop in it, as a clone has it."""
    root = copy_project(tmp_path / "clone")
    for name in ("docs", "scenarios", "tests"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "--quiet")
    commit(root)
    return root


def test_what_the_guide_deletes_is_the_shop_and_other_services_take_its_place(clone: Path) -> None:
    section = (GUIDES / "replace-the-shop.md").read_text().split("## Take the shop out of a clone\n")[1]
    for command in re.findall(r"^\$ (.*)$", section, re.MULTILINE):
        subprocess.run(["bash", "-c", command], cwd=clone, check=True)
    assert [path.name for path in (clone / "functions").iterdir() if path.is_dir()] == ["kit"]
    assert not (clone / "schemas").exists()

    write(files_of((GUIDES / "write-a-service.md").read_text()), clone)
    commit(clone)
    run(clone, "ensemble", "types")
    run(clone, "ensemble", "graph", "--readme")

    assert "4 services" in run(clone, "ensemble", "check")
    assert "storefront" not in (clone / "README.md").read_text().split("```")[1]
