"""The lending project with ordinary CDK resources beside its services, synthesized once for all tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from tests.conftest import copy_lending, made_once, synthesize
from tests.toolkit import beside

ADDED = """
from infrastructure.beside import add_beside
from infrastructure.naming import Names

add_beside(app.node.find_child("dev"), Names(project.prefix, "dev").bus, Path(__file__).parent / "beside")
app.synth()
"""


@pytest.fixture(scope="session")
def project_beside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lending project with `tests.toolkit.beside` in its `dev`, synthesized into its `cdk.out`."""
    return made_once(tmp_path_factory, "beside", make_beside) / "project"


def make_beside(folder: Path) -> None:
    project = copy_lending(folder / "project")
    shutil.copy(beside.__file__, project / "infrastructure" / "beside.py")
    for name, source in (("broken", beside.BROKEN), ("working", beside.WORKING)):
        (project / "beside" / name).mkdir(parents=True)
        (project / "beside" / name / "index.py").write_text(source)
    app = (project / "app.py").read_text()
    assert app.count("\napp.synth()\n") == 1
    (project / "app.py").write_text(app.replace("\napp.synth()\n", ADDED))
    synthesize(project, project / "cdk.out", "dev")
    (project / "cdk.out" / FINGERPRINT).write_text(fingerprint(project))


@pytest.fixture(scope="session")
def assembly_beside(project_beside: Path) -> Path:
    """The assembly of that project's `dev`."""
    return project_beside / "cdk.out" / "assembly-dev"
