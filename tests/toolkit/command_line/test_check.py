"""Mistakes as people make them, one at a time: each is refused by one finding that names file, victim and fix."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ensemble.project.deployed import record
from tests.conftest import copy_lending
from tests.toolkit.command_line.at_work import AtWork

GIT = {f"GIT_{who}_{what}": "somebody@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def run(project: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "CDK_"))}
    return subprocess.run(command, cwd=project, env={**environment, **GIT}, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def ensemble(published: Path) -> Iterator[AtWork]:
    with AtWork(published) as commands:
        yield commands


@contextmanager
def put_right_afterwards(project: Path) -> Iterator[None]:
    try:
        yield
    finally:
        run(project, "git", "checkout", "--quiet", ".")
        run(project, "git", "clean", "--quiet", "--force", "-d")


def newest(project: Path, event: str) -> tuple[Path, dict[str, Any]]:
    """Return the newest schema file of an event, and what is in it."""
    files = (project / "schemas").glob(f"*/{event}/*.json")
    path = max((file for file in files if file.stem[0].isdigit()), key=lambda file: float(file.stem))
    return path, json.loads(path.read_text())


def add_minor(project: Path, event: str, change: Callable[[dict[str, Any]], object]) -> None:
    """Add the next minor version of an event: the newest one, changed."""
    path, schema = newest(project, event)
    change(schema)
    major, minor = path.stem.split(".")
    (path.parent / f"{major}.{int(minor) + 1}.json").write_text(json.dumps(schema))


def edit(project: Path, file: str, old: str, new: str) -> None:
    text = (project / file).read_text()
    assert old in text
    (project / file).write_text(text.replace(old, new, 1))


def with_field(**field: Any) -> Callable[[dict[str, Any]], object]:
    return lambda schema: schema["properties"].update({"extra": {"description": "More.", **field}})


def require_a_new_field(project: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        with_field(type="string")(schema)
        schema["required"].append("extra")

    add_minor(project, "LoanGranted", change)


def narrow_a_type(project: Path) -> None:
    add_minor(project, "DeliveryRefused", lambda schema: schema["properties"]["reason"].update(maxLength=5))


def remove_an_enum_value(project: Path) -> None:
    add_minor(project, "LoanRefused", with_field(type="string", enum=["reader", "deadline"]))
    add_minor(project, "LoanRefused", with_field(type="string", enum=["reader"]))


def remove_a_field_of_the_lines(project: Path) -> None:
    def change(schema: dict[str, Any]) -> None:
        line = schema["properties"]["books"]["items"]
        line["required"].remove("copies")
        del line["properties"]["copies"]

    add_minor(project, "LoanRequested", change)


def change_the_values_of_a_map(project: Path) -> None:
    add_minor(project, "CopiesSent", with_field(type="object", additionalProperties={"type": "integer"}))
    add_minor(project, "CopiesSent", with_field(type="object", additionalProperties={"type": "string"}))


def edit_a_published_version(project: Path) -> None:
    edit(project, "schemas/courier/DeliveryRefused/1.0.json", '"reason"', '"cause"')


def use_an_unknown_keyword(project: Path) -> None:
    add_minor(project, "DeliveryRefused", lambda schema: schema["properties"]["reason"].update(pattern="^a"))


def close_a_circle(project: Path) -> None:
    edit(project, "functions/loan/service.py", 'emits=("LoanGranted",)', 'emits=("LoanGranted", "LoanRequested")')
    call = 'loan_id=loan.loan_id, books=[], deposit=_money(loan.deposit), place={"town": "", "street": ""}'
    edit(
        project,
        "functions/loan/domain.py",
        "        publish.LoanGranted(",
        f"        publish.LoanRequested({call}),\n        publish.LoanGranted(",
    )


def forget_what_it_emits(project: Path) -> None:
    edit(project, "functions/courier/service.py", 'emits=("CopiesSent",)', "emits=()")


def misspell_a_source(project: Path) -> None:
    (project / "schemas" / "courier").rename(project / "schemas" / "couriar")


def forget_a_compensation(project: Path) -> None:
    on_refusal = 'on("CopiesRefused", refuse, reads=("reason",), emits=("LoanRefused",), compensates="LoanRequested"),'
    edit(project, "functions/loan/service.py", on_refusal, "")


def take_an_optional_field_for_granted(project: Path) -> None:
    edit(project, "functions/loan/service.py", '"reason?"', '"reason"')


def use_a_library_of_the_tests(project: Path) -> None:
    edit(project, "functions/shelf/handler.py", "from functions", "import pytest\nfrom functions")


def use_what_nobody_has(project: Path) -> None:
    edit(project, "functions/loan/service.py", "from functions", "import nowhere_to_be_found\nfrom functions")


def ask_for_a_library_and_lock_nothing(project: Path) -> None:
    (project / "functions" / "mail" / "requirements.in").write_text("parcels\n")


MISTAKES: dict[Callable[[Path], None], tuple[str, str]] = {
    require_a_new_field: ("schemas/loan/LoanGranted/", "mail"),
    narrow_a_type: ("schemas/courier/DeliveryRefused/", "shelf (reads reason)"),
    remove_an_enum_value: ("schemas/loan/LoanRefused/", "figures"),
    remove_a_field_of_the_lines: ("functions/shelf/service.py", "shelf reads LoanRequested"),
    change_the_values_of_a_map: ("schemas/courier/CopiesSent/", "loan"),
    edit_a_published_version: ("schemas/courier/DeliveryRefused/1.0.json", "shelf"),
    use_an_unknown_keyword: ("schemas/courier/DeliveryRefused/", "shelf"),
    close_a_circle: ("functions/loan/service.py", "-> (loan) -> LoanRequested"),
    forget_what_it_emits: (
        "functions/courier/domain.py:",
        "CopiesSent, which no reaction of it declares. Harmed: loan",
    ),
    misspell_a_source: ("schemas/couriar/", "shelf"),
    forget_a_compensation: ("functions/loan/service.py", "LoanRequested of loan"),
    take_an_optional_field_for_granted: ("functions/loan/service.py", "loan reads CancelLoan"),
    use_a_library_of_the_tests: ("functions/shelf/handler.py:", "imports pytest"),
    use_what_nobody_has: ("functions/loan/service.py:", "imports nowhere_to_be_found"),
    ask_for_a_library_and_lock_nothing: ("functions/mail/requirements.in", "is not locked"),
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that is committed and recorded as deployed, with its stacks synthesized."""
    project = copy_lending(tmp_path_factory.mktemp("published") / "project")
    (project / ".gitignore").write_text("cdk.out\n__pycache__\n")
    record(project, "dev")
    for command in (
        ["init", "--quiet", "--initial-branch=main"],
        ["add", "."],
        ["commit", "--quiet", "-m", "Published"],
    ):
        assert run(project, "git", *command).returncode == 0
    return project


def test_the_project_as_it_is_passes(published: Path) -> None:
    outcome = run(published, sys.executable, "-m", "ensemble", "check")

    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "compatible, delivered, compensated" in outcome.stdout


def call_a_command_an_event(project: Path) -> None:
    add_minor(project, "CancelLoan", lambda schema: schema.update({"x-kind": "event"}))


def test_a_name_gets_advice_that_refuses_nothing_and_can_be_silenced(published: Path, ensemble: AtWork) -> None:
    call_a_command_an_event(published)
    pyproject = published / "pyproject.toml"
    original = pyproject.read_text()

    try:
        advised = ensemble("check")
        pyproject.write_text(original + '\n[tool.ensemble]\naccepted-names = ["CancelLoan", "Nothing"]\n')
        silenced = ensemble("check")
    finally:
        run(published, "git", "checkout", "--quiet", ".")
        run(published, "git", "clean", "--quiet", "--force", "-d")

    line = "schemas/desk/CancelLoan/ CancelLoan is an event, and its name is no noun with a past participle"
    assert (advised.returncode, advised.stderr) == (0, "")
    assert line in " ".join(advised.stdout.split())
    assert (silenced.returncode, silenced.stderr) == (0, "")
    assert "CancelLoan" not in silenced.stdout
    assert "accepted-names of [tool.ensemble] has Nothing, which has no schema. Fix: take it out" in " ".join(
        silenced.stdout.split()
    )


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_a_mistake_is_refused_by_one_finding_with_the_file_the_victim_and_the_fix(
    mistake: Callable[[Path], None], published: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(published):
        mistake(published)
        outcome = ensemble("check", "--json")

    file, victim = MISTAKES[mistake]
    assert outcome.returncode == 1
    document = json.loads(outcome.stdout)
    (finding,) = document["findings"]
    assert finding["file"].startswith(file)
    assert victim in finding["message"]
    assert finding["fix"]
    assert document["ok"] is False
    assert document["summary"]["findings"] == 1


def test_findings_are_blocks_of_80_columns_with_the_file_first_and_their_number_last(
    published: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(published):
        narrow_a_type(published)
        require_a_new_field(published)
        outcome = ensemble("check")

    assert outcome.returncode == 1
    *blocks, number = outcome.stdout.rstrip().split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == [
        "schemas/courier/DeliveryRefused/1.1.json",
        "schemas/loan/LoanGranted/1.1.json",
    ]
    assert all("\n  Fix: " in block for block in blocks)
    assert number == "2 findings"
    assert max(map(len, outcome.stdout.splitlines())) <= 80


def test_a_sound_project_is_one_document_too(published: Path, ensemble: AtWork) -> None:
    outcome = ensemble("check", "--json")

    document = json.loads(outcome.stdout)
    assert outcome.returncode == 0
    assert (document["ok"], document["findings"], document["environment"]) == (True, [], "dev")
    assert document["summary"]["services"] == 6


def test_an_event_that_was_published_may_end_and_its_schema_stays(published: Path, ensemble: AtWork) -> None:
    told = 'return Decision(delivery, publish.LoanCancellationRefused(loan_id=event["loan_id"], reason="already sent"))'
    with put_right_afterwards(published):
        edit(published, "functions/courier/domain.py", told, "return unchanged(delivery)")
        edit(published, "functions/courier/service.py", '            emits=("LoanCancellationRefused",),\n', "")
        edit(published, "functions/courier/service.py", '    terminal=("LoanCancellationRefused",),\n', "")
        assert ensemble("types").returncode == 0
        outcome = ensemble("check")
        (published / "deployed" / "dev.json").unlink()
        unpublished = ensemble("check", "--json")

    assert outcome.returncode == 0, outcome.stdout
    (finding,) = json.loads(unpublished.stdout)["findings"]
    assert finding["file"] == "schemas/courier/LoanCancellationRefused/"


def break_a_line(project: Path) -> None:
    edit(project, "functions/shelf/domain.py", "from __future__", "def (\nfrom __future__")


def misdeclare_a_service(project: Path) -> None:
    edit(project, "functions/loan/service.py", "Service(", "Service(no_such=1, ")


def empty_a_lifecycle(project: Path) -> None:
    (project / "schemas/courier/DeliveryRefused/lifecycle.json").write_text("[]")


def garble_a_lifecycle(project: Path) -> None:
    (project / "schemas/loan/LoanRequested/lifecycle.json").write_text("{")


def save_in_another_encoding(project: Path) -> None:
    (project / "schemas/courier/DeliveryRefused/1.9.json").write_bytes('{"description": "ä"}'.encode("latin-1"))


def break_an_upcaster(project: Path) -> None:
    edit(project, "schemas/loan/LoanRequested/upcast_to_2.py", "def upcast", "def def upcast")


def forget_a_comma(project: Path) -> None:
    edit(
        project,
        "functions/loan/service.py",
        "reactions=(",
        'permissions=Permission(("s3:*",), ("arn",)),\n    reactions=(',
    )
    edit(
        project,
        "functions/loan/service.py",
        "from functions.kit.model",
        "from functions.kit.needs import Permission\nfrom functions.kit.model",
    )


def permit_all(project: Path) -> None:
    forget_a_comma(project)
    edit(project, "functions/loan/service.py", '("arn",)),', '("*",)),')


def rename_an_upcast(project: Path) -> None:
    edit(project, "schemas/loan/LoanRequested/upcast_to_2.py", "def upcast", "def up_cast")


def break_an_adapter(project: Path) -> None:
    edit(project, "functions/shelf/handler.py", "from functions", "def (\nfrom functions")


HOSTILE: dict[Callable[[Path], None], tuple[str, str]] = {
    break_a_line: ("functions/shelf/domain.py:", "SyntaxError"),
    break_an_adapter: ("functions/shelf/handler.py:", "SyntaxError"),
    misdeclare_a_service: ("functions/loan/service.py:", "no_such"),
    permit_all: ("functions/loan/service.py:", "for all resources"),
    forget_a_comma: ("functions/loan/service.py:", "need a comma"),
    break_an_upcaster: ("schemas/loan/LoanRequested/upcast_to_2.py:", "it cannot be imported: SyntaxError"),
    rename_an_upcast: ("schemas/loan/LoanRequested/upcast_to_2.py", "no attribute 'upcast'"),
    empty_a_lifecycle: ("schemas/courier/DeliveryRefused/lifecycle.json", "which versions end"),
    garble_a_lifecycle: ("schemas/loan/LoanRequested/lifecycle.json", "is not JSON"),
    save_in_another_encoding: ("schemas/courier/DeliveryRefused/1.9.json", "is not UTF-8"),
}


@pytest.mark.parametrize("harm", HOSTILE, ids=lambda harm: harm.__name__)
def test_a_file_that_does_not_load_is_a_finding_and_no_traceback(
    harm: Callable[[Path], None], published: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(published):
        harm(published)
        outcome = ensemble("check", "--json")

    file, reason = HOSTILE[harm]
    assert (outcome.returncode, outcome.stderr) == (1, "")
    (finding,) = json.loads(outcome.stdout)["findings"]
    assert finding["file"].startswith(file)
    assert reason in finding["message"]
    assert "Fix:" not in finding["message"]
    assert finding["fix"]


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "reason"),
    [
        (
            "scenario.py",
            "from ensemble.scenario",
            "import no_such\nfrom ensemble.scenario",
            True,
            "ModuleNotFoundError",
        ),
        ("scenario.py", "SCENARIO = ", "OTHER = Scenario()\nSCENARIO = ", False, "holds 2 scenarios"),
    ],
)
def test_a_scenario_that_does_not_load_is_a_finding_in_its_file(
    file: str, old: str, new: str, line: bool, reason: str, published: Path, ensemble: AtWork
) -> None:
    with put_right_afterwards(published):
        edit(published, f"scenarios/lending/{file}", old, new)
        outcome = ensemble("demo")

    assert outcome.returncode == 1
    assert outcome.stderr.startswith(f"scenarios/lending/{file}:" if line else "scenarios/")
    assert reason in outcome.stderr


def test_what_the_kit_refuses_in_a_declaration_ends_the_synthesis_in_one_line_with_its_place(published: Path) -> None:
    with put_right_afterwards(published):
        forget_a_comma(published)
        outcome = run(published, sys.executable, "app.py")

    (sentence,) = outcome.stderr.splitlines()
    assert outcome.returncode == 1
    assert re.match(r"functions/loan/service\.py:[0-9]+: the permissions of loan need a comma", sentence)


def test_every_command_that_synthesizes_lists_what_the_functions_would_lack(published: Path, ensemble: AtWork) -> None:
    with put_right_afterwards(published):
        use_a_library_of_the_tests(published)
        edit(published, "functions/mail/handler.py", "from functions", "import cgi\nfrom functions")
        outcome = ensemble("graph")

    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr + outcome.stdout
    found = " ".join((outcome.stdout + outcome.stderr).split())
    assert "functions/shelf/handler.py:" in found
    assert "functions/mail/handler.py:" in found
    assert "2 findings" in found


def test_what_a_desktop_leaves_among_the_schemas_is_no_finding(published: Path, ensemble: AtWork) -> None:
    with put_right_afterwards(published):
        (published / "schemas" / "loan" / ".DS_Store").write_bytes(b"\x00\x00\x00\x01Bud1")
        outcome = ensemble("check")

    assert outcome.returncode == 0
