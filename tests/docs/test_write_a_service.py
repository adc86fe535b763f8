"""The guide "Write a service", followed to the letter in a project without the shop: checked, typed, tested."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ensemble.project.templates import project_files
from infrastructure.retention import DAY, id_memory_seconds
from tests.conftest import ROOT, copy_project
from tests.docs.blocks import FILE, files_of, write
from tests.docs.projects import run

STARTER = ROOT / "ensemble" / "project" / "starter" / "tests"
GUIDE = (ROOT / "docs" / "guides" / "write-a-service.md").read_text()
TESTS = ("__init__.py", "conftest.py", "test_contracts.py", "test_stories.py")
"""Those of a new project, which the guide names."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project without the shop, with every file of the guide."""
    own = [path.parent.name for path in (ROOT / "functions").glob("*/service.py")]
    publishers = [folder.name for folder in (ROOT / "schemas").glob("*")]
    root = copy_project(tmp_path_factory.mktemp("guide") / "project", *own, *publishers)
    write({f"tests/{name}": (STARTER / f"{name}.txt").read_text() for name in TESTS}, root)
    (root / "app.py").write_text(project_files("parking")["app.py"])
    write(files_of(GUIDE), root)
    (root / "tests" / "parking" / "__init__.py").touch()
    (root / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    run(root, "ensemble", "types")
    run(root, "ensemble", "graph", "--readme")
    return root


def test_the_services_of_the_guide_pass_every_check(project: Path) -> None:
    assert "4 services, 14 events" in run(project, "ensemble", "check")


def test_the_types_of_the_guide_hold(project: Path) -> None:
    packages = [f"--package={name}" for name in ("functions", "scenarios", "tests")]

    run(project, "mypy", "--config-file=mypy.ini", *packages)


def test_the_files_of_the_guide_are_formatted_and_linted(project: Path) -> None:
    written = [name for name in files_of(GUIDE) if name.endswith(".py")]

    run(project, "ruff", "check", *written)
    run(project, "ruff", "format", "--diff", *written)


def test_the_tests_that_the_guide_shows_pass(project: Path) -> None:
    run(project, "pytest", "tests")


def test_the_simulator_finds_nothing_in_the_guide_and_misses_the_guard_that_is_taken_out(project: Path) -> None:
    for command in re.findall(r"^\$ \.venv/bin/ensemble (simulate [^#\n]*)", GUIDE, re.MULTILINE):
        run(project, "ensemble", *command.split())


def test_a_row_in_dev_is_kept_for_as_long_as_the_guide_says() -> None:
    days = re.findall(r"can no longer come again \((\d+) days in `dev`\)", GUIDE)

    archive_days = 7  # of `dev` in app.py
    assert [int(number) for number in days] == [round(id_memory_seconds(archive_days) / DAY)]


def test_the_python_that_the_guide_shows_is_in_a_file_or_an_excerpt_of_one() -> None:
    whole = "\n".join(files_of(GUIDE).values())
    for block in re.findall(r"^```(?:python|json)\n(.*?)^```$", FILE.sub("", GUIDE), re.MULTILINE | re.DOTALL):
        assert block in whole, block
