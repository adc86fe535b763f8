"""What the warm process makes of a project, and says of it, is what a process of its own would."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import copy_lending, start_app, synthesize
from tests.synthesizing import run_app
from tests.toolkit.infrastructure.canaries import project_with_canary


def files(assembly: Path) -> Mapping[str, bytes]:
    """The content of each file that the app makes, by its path, but for bytecode."""
    paths = (path for path in assembly.rglob("*") if path.is_file() and path.suffix != ".pyc" and path.name[0] != ".")
    return {path.relative_to(assembly).as_posix(): path.read_bytes() for path in paths}


def test_its_assembly_is_the_same_whatever_it_made_before(
    lending: Path, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    synthesize(project_with_canary(tmp_path_factory), tmp_path / "before")
    synthesize(lending, tmp_path / "one-stage", "prod")

    synthesize(lending, tmp_path / "cdk.out")

    assert files(tmp_path / "cdk.out") == files(lending / "cdk.out")
    assert [path.name for path in (tmp_path / "one-stage").glob("assembly-*")] == ["assembly-prod"]


REFUSED = {
    "by the kit": ("functions/loan/service.py", "Service(", "Service(no_such=1, "),
    "by Python": ("functions/shelf/domain.py", "from __future__", "def (\nfrom __future__"),
    "by the app": ("app.py", "app = new_app()", 'sys.exit("not today")'),
    "by a status": ("app.py", "app = new_app()", "sys.exit(7)"),
}


@pytest.mark.parametrize("where", REFUSED)
def test_what_is_refused_is_refused_the_same(where: str, tmp_path: Path) -> None:
    project = copy_lending(tmp_path / "project")
    file, old, new = REFUSED[where]
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))
    kept = {name: os.environ[name] for name in ("HOME", "NODE_COMPILE_CACHE")}
    environment = {**kept, "PATH": "", "CDK_OUTDIR": str(tmp_path / "cdk.out")}

    warm, alone = run_app(project, environment), start_app(project, environment)

    assert alone.returncode != 0
    assert (warm.returncode, warm.stdout) == (alone.returncode, alone.stdout)
    assert warm.stderr.splitlines()[-1:] == alone.stderr.splitlines()[-1:]
