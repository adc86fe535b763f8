"""What changes in a project is taken over by the laptop that runs it, and nothing that it holds is lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from ensemble.command_line.errors import CheckFailed, SynthesisFailed
from ensemble.command_line.run.needs import Values
from ensemble.command_line.run.reload import RUNS_ON, Reload
from ensemble.command_line.run.watch import Watch
from ensemble.command_line.synthesis import names_in
from ensemble.contracts.findings import Finding
from ensemble.laptop import Killed, Laptop, VirtualClock
from ensemble.scenario import Command
from tests.conftest import synthesize

LOAN = "functions/loan/domain.py"
TAKEN_OVER = re.compile(r"taken over at \d\d:\d\d:\d\d$")


class Project:
    """A copy of the lending project that runs on a virtual clock, and what is printed about its changes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.console = Console(file=StringIO(), width=300, soft_wrap=True)
        self.laptop = Laptop(root / "cdk.out" / "assembly-dev", VirtualClock(), project=root)
        self.laptop.load_all()
        self.names = names_in(root / "cdk.out" / "assembly-dev")
        self.synthesized: Callable[[], Path] = self.with_its_code
        self.read: Callable[[], Values] = dict
        self.reload = Reload(self.console, self.laptop, root, lambda: self.synthesized(), lambda: self.read())

    def with_its_code(self) -> Path:
        """Return the assembly, its bundles with the code of the project: what a synthesis makes when code changes."""
        for file in self.root.glob("functions/*/*.py"):
            for bundle in self.root.glob("cdk.out/asset.*"):
                if (bundle / file.relative_to(self.root)).exists():
                    shutil.copy(file, bundle / file.relative_to(self.root))
        return self.root / "cdk.out" / "assembly-dev"

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a text in a file, as an editor does."""
        file = self.root / path
        text = file.read_text()
        assert text.count(old) >= 1
        file.write_text(text.replace(old, new, 1))

    def look(self) -> list[str]:
        """Look once, and once more when the synthesis has ended; return what is printed meanwhile."""
        start = len(self.printed())
        self.reload.look()
        if self.reload._work is not None:
            self.reload._work.join()
            self.reload.look()
        return self.printed()[start:]

    def printed(self) -> list[str]:
        assert isinstance(self.console.file, StringIO)
        return self.console.file.getvalue().splitlines()

    def put(self, type: str, **fields: object) -> None:
        command = Command(type, "desk", fields)
        assert self.laptop.put_events([command.entry(self.names.bus)])["FailedEntryCount"] == 0

    def request_loan(self) -> None:
        self.put(
            "RequestLoan",
            loan_id="l-1",
            reader={"name": "Ada", "email": "ada@example.com"},
            books=[{"title": "title-1", "copies": 1}],
            place={"town": "Bern", "street": "Street 1"},
        )

    def loan(self) -> dict[str, object]:
        (row,) = (item for item in self.laptop.table_items("lending-dev-loan") if item["pk"] == "loan_id#l-1")
        return row


@pytest.fixture
def project(lending: Path, tmp_path: Path) -> Iterator[Project]:
    project = Project(shutil.copytree(lending, tmp_path / "project", ignore=shutil.ignore_patterns("__pycache__")))
    with project.laptop:
        yield project
        project.reload.close()
    assert not [path for path in (project.root / "cdk.out").iterdir() if path.name.startswith("running")]


def nobody_sends(name: str, _event: object) -> None:
    if name == "lending-dev-shelf":
        raise Killed("nobody works here")


def test_an_event_meets_the_new_code_and_the_loan_that_waits_for_its_deadline_is_still_there(project: Project) -> None:
    published: list[tuple[str, object]] = []
    project.laptop.on_event(lambda _, event: published.append((event["detail-type"], event["detail"].get("reason"))))
    project.laptop.before_invoke(nobody_sends)
    project.request_loan()
    project.laptop.run_for(60)
    before = project.loan()

    project.edit(LOAN, '_ask_to_cancel(loan, "deadline")', '_ask_to_cancel(loan, "too late")')
    first = project.look()
    project.edit(LOAN, "timedelta(minutes=10)", "timedelta(minutes=20)")
    second = project.look()

    assert [TAKEN_OVER.sub("", line) for line in (*first, *second)] == ["loan: domain.py changed, "] * 2
    assert project.loan() == before
    project.laptop.run_for(600)
    assert ("LoanCancellationRequested", "too late") in published
    assert ("LoanCancellationRequested", "deadline") not in published


def test_functions_of_other_services_keep_what_they_have_in_memory(project: Project) -> None:
    handler = project.laptop.function("lending-dev-courier").module
    loan = project.laptop.function("lending-dev-loan").module

    project.edit(LOAN, "minutes=10", "minutes=11")
    project.look()

    assert project.laptop.function("lending-dev-courier").module is handler
    assert project.laptop.function("lending-dev-loan").module is not loan


@pytest.mark.parametrize(
    ("old", "new", "place", "problem"),
    [
        (
            'loan is None or loan.status != "requested":',
            "loan is None or:",
            "functions/loan/domain.py:72",
            "SyntaxError: ",
        ),
        ("PATIENCE = ", "PATIENCE = unknown or ", "functions/loan/domain.py:25", "name 'unknown' is not defined"),
        ("import timedelta", "import timedelta\nimport numpy", "functions/loan/domain.py:8", "imports numpy, which"),
    ],
)
def test_broken_code_is_reported_with_its_place_and_the_last_good_version_runs_on(
    project: Project, old: str, new: str, place: str, problem: str
) -> None:
    module = project.laptop.function("lending-dev-loan").module
    project.synthesized = lambda: pytest.fail("what is broken is not synthesized")

    project.edit(LOAN, old, new)
    first, *rest = project.look()

    assert first.startswith(f"✗ {place}")
    assert problem in "\n".join(rest)
    assert rest[-1] == RUNS_ON
    assert project.laptop.function("lending-dev-loan").module is module
    assert project.look() == []

    project.synthesized = project.with_its_code
    project.edit(LOAN, new, old)
    (again,) = project.look()
    assert TAKEN_OVER.search(again)


def test_what_synthesis_refuses_is_reported_and_the_last_good_version_runs_on(project: Project) -> None:
    def refuse() -> Path:
        raise CheckFailed(Finding("functions/loan/service.py", "nobody hears LoanLost", "hear it"))

    module = project.laptop.function("lending-dev-loan").module
    project.synthesized = refuse
    project.edit(
        "functions/loan/service.py", 'terminal=("LoanCommandRefused",', 'terminal=("LoanCommandRefused", "LoanGranted",'
    )
    lines = project.look()

    assert lines[0] == "loan: service.py changed, the stacks are synthesized again"
    assert lines[1] == "✗ functions/loan/service.py"
    assert lines[-1] == RUNS_ON
    assert project.laptop.function("lending-dev-loan").module is module


def test_a_declaration_that_no_stack_can_be_made_of_is_reported_where_it_stands(project: Project) -> None:
    def fail() -> Path:
        raise SynthesisFailed(Finding("app.py", "the stacks do not synthesize"))

    def refuse() -> Values:
        raise CheckFailed(Finding("schemas/loan/LoanGranted/1.0.json", "no object", "make it one"))

    project.synthesized, project.read = fail, refuse
    project.edit("schemas/loan/LoanGranted/1.0.json", '"object"', '"objekt"')
    lines = project.look()

    assert lines[0] == "schemas/loan/LoanGranted/1.0.json changed, the stacks are synthesized again"
    assert lines[1] == "✗ schemas/loan/LoanGranted/1.0.json"
    assert lines[-1] == RUNS_ON


def test_a_changed_declaration_makes_new_resources_and_rows_messages_and_troubles_stay(project: Project) -> None:
    def synthesized() -> Path:
        synthesize(project.root, project.root / "cdk.out")
        return project.root / "cdk.out" / "assembly-dev"

    watch = Watch(project.console, project.laptop)
    project.laptop.before_invoke(nobody_sends)
    project.request_loan()
    project.put("RequestLoan", loan_id="l-2")  # which breaks its schema
    project.laptop.run_for(60)
    watch.look()
    before, count = project.loan(), watch._troubles
    waiting = project.laptop.queue("lending-dev-shelf-events").messages
    assert (len(waiting), count > 0) == (1, True)

    project.synthesized = synthesized
    hears = 'on("LoanRequested", remember_nothing, reads=("loan_id",)),\n        '
    project.edit("functions/mail/service.py", "reactions=(\n        ", f"reactions=(\n        {hears}")
    project.edit(
        "functions/mail/service.py",
        "\nMAIL",
        "\n\ndef remember_nothing(state, event):\n    return unchanged(state)\n\n\nMAIL",
    )
    project.edit("functions/mail/service.py", "import ", "import unchanged, ")
    lines = project.look()
    watch.look()

    assert lines[0] == "mail: service.py changed, the stacks are synthesized again"
    assert TAKEN_OVER.sub("", lines[1]) == "mail: service.py changed, "
    assert "rule lending-dev-mail-LoanRequested" in lines[2]
    assert project.loan() == before
    assert [one.message_id for one in project.laptop.queue("lending-dev-shelf-events").messages] == [
        one.message_id for one in waiting
    ]
    assert watch._troubles == count
    assert len(project.laptop.dead_letters()["lending-dev-loan-commands-dlq"]) == 1


def test_a_changed_toolkit_is_not_taken_over_and_that_is_said(project: Project) -> None:
    project.edit("ensemble/version.py", '"""', '"""Here: ')

    assert project.look()[-1].startswith("ensemble/ is not taken over: start `ensemble up` again")


def test_a_file_that_was_only_saved_again_is_no_change(project: Project) -> None:
    (project.root / LOAN).write_text((project.root / LOAN).read_text())

    assert project.look() == []


def test_other_local_settings_begin_the_services_anew_that_have_them(project: Project) -> None:
    mail, loan = (project.laptop.function(f"lending-dev-{name}").module for name in ("mail", "loan"))
    project.read = lambda: {"mail": {"sender": "another"}}

    (project.root / "settings.local.toml").write_text("[mail]\n")
    lines = project.look()

    assert TAKEN_OVER.sub("", lines[-1]) == "settings.local.toml changed, "
    assert project.laptop.function("lending-dev-mail").bundle.declared["SETTING_SENDER"] == "another"
    assert project.laptop.function("lending-dev-mail").module is not mail
    assert project.laptop.function("lending-dev-loan").module is loan
