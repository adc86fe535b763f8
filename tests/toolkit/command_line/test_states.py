"""`ensemble deployed` records what the rows of a project have, and `ensemble check` holds its services to that."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import copy_lending, synthesize
from tests.synthesizing import ensemble_command
from tests.toolkit.command_line.at_work import AtWork
from tests.toolkit.command_line.test_check import edit, put_right_afterwards, run

COURIER, SHELF, MAIL = (f"functions/{name}" for name in ("courier", "shelf", "mail"))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that is committed, and recorded as deployed to dev and prod by the command."""
    project = copy_lending(tmp_path_factory.mktemp("deployed") / "project")
    (project / ".gitignore").write_text("cdk.out\n__pycache__\n")
    synthesize(project, project / "cdk.out")
    for command in (
        ensemble_command("deployed", "dev"),
        ensemble_command("deployed", "prod"),
        ("git", "init", "--quiet", "--initial-branch=main"),
        ("git", "add", "."),
        ("git", "commit", "--quiet", "-m", "Deployed"),
    ):
        done = run(project, *command)
        assert done.returncode == 0, done.stderr
    return project


@pytest.fixture(scope="module")
def ensemble(deployed: Path) -> Iterator[AtWork]:
    with AtWork(deployed) as commands:
        yield commands


def rename_a_field(project: Path) -> None:
    edit(project, f"{COURIER}/domain.py", 'status: str\n    parcel: str = ""', 'status: str\n    number: str = ""')


def retype_a_field(project: Path) -> None:
    edit(project, f"{SHELF}/domain.py", "copies: dict[str, int] = field", "copies: dict[str, str] = field")


def add_a_field_without_a_default(project: Path) -> None:
    edit(project, f"{MAIL}/domain.py", "    news: list[str]\n", "    news: list[str]\n    reader: str\n")


def find_rows_by_another_key(project: Path) -> None:
    edit(project, f"{SHELF}/service.py", 'key="receipt_id"', 'key="title"')


def rename_a_service(project: Path) -> None:
    (project / MAIL).rename(project / "functions/letters")
    for file in (project / "functions/letters").glob("*.py*"):
        file.write_text(file.read_text().replace("functions.mail", "functions.letters"))
    edit(project, "functions/letters/service.py", 'name="mail"', 'name="letters"')


def rename_an_event_store(project: Path) -> None:
    shutil.copytree(project / "functions/journal", project / "functions/diary")
    shutil.rmtree(project / "functions/journal")
    for file in (project / "functions/diary").glob("*.py"):
        file.write_text(file.read_text().replace("functions.journal", "functions.diary"))
    edit(project, "functions/diary/service.py", 'name="journal"', 'name="diary"')


def take_the_second_version_back(project: Path) -> None:
    edit(project, "functions/loan/service.py", "    upcast_state={2: with_currency},\n", "")


def upcast_by(project: Path, function: str) -> None:
    edit(
        project,
        f"{COURIER}/service.py",
        "    state=Delivery,",
        f"    state=Delivery,\n    upcast_state={{2: {function}}},",
    )


def upcast_to_something_else(project: Path) -> None:
    rename_a_field(project)
    upcast_by(project, "dict")


MISTAKES: dict[Callable[[Path], None], tuple[str, str, str]] = {
    rename_a_field: (f"{COURIER}/domain.py", "Delivery has no parcel any more (is it number now?)", "courier"),
    retype_a_field: (f"{SHELF}/domain.py", "copies.*: it may be integer, this code takes string", "shelf"),
    add_a_field_without_a_default: (f"{MAIL}/domain.py", "this code needs 'reader', which may be missing", "mail"),
    find_rows_by_another_key: (f"{SHELF}/service.py", "AddCopies finds its row by title", "shelf"),
    rename_a_service: (f"{MAIL}/service.py", "the service mail is deployed to dev and prod, and it is gone", "mail"),
    rename_an_event_store: ("functions/journal/service.py", "the service journal is deployed", "journal"),
    take_the_second_version_back: ("functions/loan/domain.py", "Loan is of version 1, and rows of version 2", "loan"),
    upcast_to_something_else: (f"{COURIER}/domain.py", "parcel: the state has no such field", "courier"),
}


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_change_that_rows_would_not_bear_is_refused_by_one_finding(
    mistake: Callable[[Path], None], deployed: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(deployed):
        mistake(deployed)
        outcome = ensemble("check", "--json")

    file, told, service = MISTAKES[mistake]
    (finding,) = json.loads(outcome.stdout)["findings"]
    assert outcome.returncode == 1
    assert finding["file"] == file
    assert told in finding["message"]
    assert f"Harmed: the workflows that {service} has under way in dev and prod" in finding["message"]
    assert finding["fix"]


def change_nothing(project: Path) -> None:
    """Leave all as it is."""


def add_a_field_with_a_default(project: Path) -> None:
    edit(project, f"{MAIL}/domain.py", "    news: list[str]\n", '    news: list[str]\n    reader: str = ""\n')


def rename_a_field_by_an_upcast(project: Path) -> None:
    rename_a_field(project)
    upcast = """

def renamed(stored: dict[str, str]) -> dict[str, str]:
    return {"status": stored["status"], "number": stored.get("parcel", "")}
"""
    (project / f"{COURIER}/domain.py").write_text((project / f"{COURIER}/domain.py").read_text() + upcast)
    edit(project, f"{COURIER}/service.py", "import Delivery,", "import renamed, Delivery,")
    upcast_by(project, "renamed")


@pytest.mark.parametrize(
    "change",
    [change_nothing, add_a_field_with_a_default, rename_a_field_by_an_upcast],
    ids=lambda change: change.__name__,
)
def test_a_change_that_rows_bear_is_no_finding(
    change: Callable[[Path], None], deployed: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(deployed):
        change(deployed)
        outcome = ensemble("check", "--json")

    assert json.loads(outcome.stdout)["findings"] == []


def test_what_is_recorded_says_what_rows_have_and_by_which_fields_they_are_found(deployed: Path) -> None:
    whole = json.loads((deployed / "deployed/dev.json").read_text())

    shelf = whole["functions/shelf/service.py"]
    assert shelf["keys"] == {"AddCopies": "receipt_id", "DeliveryRefused": "loan_id", "LoanRequested": "loan_id"}
    assert shelf["states"]["1"]["properties"]["copies"] == {
        "type": "object",
        "additionalProperties": {"type": "integer"},
    }
    assert {"status": "added", "copies": {}} in shelf["states"]["1"]["examples"]
    assert list(whole["functions/loan/service.py"]["states"]) == ["2"]
    assert whole["functions/journal/service.py"] == {"table": "events"}


def test_a_version_that_is_deployed_is_recorded_beside_the_one_before(deployed: Path, ensemble: AtWork) -> None:
    with put_right_afterwards(deployed):
        rename_a_field_by_an_upcast(deployed)
        done = ensemble("deployed", "dev")
        whole = json.loads((deployed / "deployed/dev.json").read_text())

    assert done.returncode == 0, done.stderr + done.stdout
    assert list(whole["functions/courier/service.py"]["states"]) == ["1", "2"]


def test_a_deployment_that_rows_would_not_bear_is_not_recorded(deployed: Path, ensemble: AtWork) -> None:
    with put_right_afterwards(deployed):
        rename_a_field(deployed)
        done = ensemble("deployed", "dev")
        whole = json.loads((deployed / "deployed/dev.json").read_text())

    assert done.returncode == 1
    assert "parcel" in whole["functions/courier/service.py"]["states"]["1"]["properties"]


def test_a_backfill_of_what_is_not_deployed_is_refused(deployed: Path, ensemble: AtWork) -> None:
    with put_right_afterwards(deployed):
        rename_a_field_by_an_upcast(deployed)
        ahead = ensemble("backfill", "courier", "--stage", "dev")
    unknown = ensemble("backfill", "journal", "--stage", "dev")

    assert ahead.returncode == 2
    assert "the state of courier as it is here is not recorded as deployed to dev" in ahead.stderr
    assert unknown.returncode == 2
    assert "there is no service 'journal' with rows. There are: courier, figures, loan, mail, shelf" in unknown.stderr
