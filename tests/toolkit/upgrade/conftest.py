"""A small template, and a project that was made from it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ensemble.upgrade.command import outcome
from tests.toolkit.upgrade.trees import OWNED, Tree, lines, made_from


@pytest.fixture
def template(tmp_path: Path) -> Tree:
    """A template of version 0.2.0: a toolkit, a kit, an infrastructure and a shop."""
    template = Tree(tmp_path / "template").begin()
    template.write(
        {
            "ensemble/owned.txt": "".join(f"{path}/\n" for path in OWNED),
            "ensemble/VERSION": "0.2.0\n",
            "ensemble/notes/0.2.0.md": "Empty the tables.\n",
            "ensemble/laptop/queues.py": lines("queues"),
            "functions/kit/rows.py": lines("rows"),
            "infrastructure/table.py": lines("table"),
            "functions/loan/domain.py": lines("loan"),
            "tests/test_loan.py": "shop test\n",
            "app.py": "shop app\n",
        }
    )
    template.commit("0.2.0")
    return template


@pytest.fixture
def project(template: Tree, tmp_path: Path) -> Tree:
    return made_from(template, Tree(tmp_path / "project").begin())


@pytest.fixture
def newer(template: Tree, project: Tree) -> Tree:
    """The template, moved on to 0.3.0 since: a rename in the toolkit, changes of kit, infrastructure and shop."""

    assert project.mark()["version"] == "0.2.0"
    template.move("ensemble/laptop/queues.py", "ensemble/laptop/waiting.py")
    template.edit("ensemble/laptop/waiting.py", "queues 28\n", "queues 28 of 0.3.0\n")
    template.edit("functions/kit/rows.py", "rows 28\n", "rows 28 of 0.3.0\n")
    template.edit("infrastructure/table.py", "table 28\n", "table 28 of 0.3.0\n")
    template.edit("functions/loan/domain.py", "loan 28\n", "loan 28 of 0.3.0\n")
    template.write(
        {
            "ensemble/VERSION": "0.3.0\n",
            "ensemble/notes/0.3.0.md": "Renew the lock.\n",
            "ensemble/laptop/archives.py": "new\n",
            "tests/test_loan.py": "shop test of 0.3.0\n",
            "app.py": "shop app of 0.3.0\n",
        }
    )
    template.commit("0.3.0")
    return template


@pytest.fixture
def upgrade(project: Tree) -> Callable[..., int]:
    """Return the command, in the project; it returns the exit status."""
    return lambda *typed, root=project.path: outcome(typed, root)
