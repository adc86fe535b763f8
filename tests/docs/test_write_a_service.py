"""The guide "Write a service", followed to the letter in a project without the shop: checked, typed, tested."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from infrastructure.retention import DAY, row_memory_seconds
from tests.conftest import ROOT, copy_project
from tests.docs.blocks import FILE, files_of, write
from tests.docs.projects import run

GUIDE = (ROOT / "docs" / "guides" / "write-a-service.md").read_text()
TESTS = ("__init__.py", "conftest.py")
"""What the tests that the guide shows stand on."""

CONTRACT_TEST = ROOT / "ensemble" / "project" / "starter" / "tests" / "test_contracts.py.txt"
"""The contract test that a project is made with."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project without the shop, with every file of the guide."""
    own = [path.parent.name for path in (ROOT / "functions").glob("*/service.py")]
    publishers = [folder.name for folder in (ROOT / "schemas").glob("*")]
    root = copy_project(tmp_path_factory.mktemp("guide") / "project", *own, *publishers)
    for name in TESTS:
        (root / "tests").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests" / name, root / "tests" / name)
    shutil.copy(CONTRACT_TEST, root / "tests" / "test_contracts.py")
    write(files_of(GUIDE), root)
    (root / "tests" / "parking" / "__init__.py").touch()
    (root / "mypy.ini").write_text("[mypy]\nstrict = true\n")
    run(root, "ensemble", "types")
    run(root, "ensemble", "graph", "--readme")
    return root


def test_the_services_of_the_guide_pass_every_check(project: Path) -> None:
    assert "4 services, 11 events" in run(project, "ensemble", "check")


def test_the_types_of_the_guide_hold(project: Path) -> None:
    packages = [f"--package={name}" for name in ("functions", "tests.parking")]

    run(project, "mypy", "--cache-dir=.mypy_cache", "--config-file=mypy.ini", *packages)


def test_the_files_of_the_guide_are_formatted_and_linted(project: Path) -> None:
    written = [name for name in files_of(GUIDE) if name.endswith(".py")]

    run(project, "ruff", "check", *written)
    run(project, "ruff", "format", "--diff", *written)


def test_the_tests_that_the_guide_shows_pass(project: Path) -> None:
    run(project, "pytest", "tests/parking", "tests/test_contracts.py")


def test_a_row_in_dev_is_kept_for_as_long_as_the_guide_says() -> None:
    days = re.findall(r"\((\d+) days after its last change in `dev`\)", GUIDE)

    archive_days = 7  # of `dev` in app.py
    assert [int(number) for number in days] == [round(row_memory_seconds(archive_days) / DAY)]


def test_the_python_that_the_guide_shows_is_in_a_file_or_an_excerpt_of_one() -> None:
    whole = "\n".join(files_of(GUIDE).values())
    for block in re.findall(r"^```(?:python|json)\n(.*?)^```$", FILE.sub("", GUIDE), re.MULTILINE | re.DOTALL):
        assert block in whole, block
