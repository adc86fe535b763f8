"""`ensemble deployed`: what is recorded as deployed must not change, and nothing else is held to be published."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.toolkit.project.conftest import ensemble, git

SCHEMA = "schemas/ticket/TicketOpened/1.0.json"


def edited(project: Path) -> None:
    file = project / SCHEMA
    file.write_text(file.read_text().replace('"maxLength": 200', '"maxLength": 100'))


def test_before_anything_is_deployed_a_committed_schema_may_change(project: Path) -> None:
    edited(project)
    git(project, "commit", "--quiet", "--all", "--message", "Shorter")

    assert ensemble(project, "check").returncode == 0


def test_once_it_is_deployed_it_may_not_in_a_shallow_clone_either(project: Path, tmp_path: Path) -> None:
    recorded = ensemble(project, "deployed", "dev")
    git(project, "add", "deployed")
    git(project, "commit", "--quiet", "--message", "Deployed")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{project}", "shallow")
    edited(tmp_path / "shallow")

    done = ensemble(tmp_path / "shallow", "check")

    assert "Commit it: git add deployed/dev.json" in recorded.stdout
    assert done.returncode == 1
    assert done.stdout.startswith(f"{SCHEMA}\n  it was edited since it was deployed to dev")


def test_a_deployment_that_changed_a_published_schema_is_not_recorded(project: Path) -> None:
    assert ensemble(project, "deployed", "dev").returncode == 0
    before = (project / "deployed" / "dev.json").read_text()
    edited(project)

    done = ensemble(project, "deployed", "dev")

    assert done.returncode == 1
    assert (project / "deployed" / "dev.json").read_text() == before


def test_an_environment_that_the_app_does_not_make_is_refused(project: Path) -> None:
    done = ensemble(project, "deployed", "test")

    assert (done.returncode, done.stderr) == (2, "ensemble: app.py makes no stage 'test'; it makes dev, prod\n")


def test_a_service_that_was_never_deployed_may_be_deleted(project: Path) -> None:
    assert ensemble(project, "add", "service", "invoice").returncode == 0
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "Invoice")

    for path in ("functions/ticket", "schemas/ticket", "schemas/website/OpenTicket", "scenarios/ticket"):
        shutil.rmtree(project / path)
    assert ensemble(project, "graph", "--readme").returncode == 0

    assert ensemble(project, "check").returncode == 0
