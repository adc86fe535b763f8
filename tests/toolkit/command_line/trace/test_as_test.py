"""A workflow that went wrong is written down as a test: it fails where the bug is, and passes where it is mended."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.simulator.mutation import Edit
from scenarios.lending.scenario import SCENARIO
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.command_line.trace.conftest import Library
from tests.toolkit.command_line.trace.planted import Planted, recorded_in

LOAN, SHELF, COURIER = (f"functions/{name}/domain.py" for name in ("loan", "shelf", "courier"))


def a_loan(library: Library) -> None:
    library.ask_for("loan-7", copies=3)


def a_loan_to_nowhere(library: Library) -> None:
    library.ask_for("loan-7", copies=3, place={"town": "Nowhere", "street": "Main Street 1"})


@dataclass(frozen=True)
class Bug:
    edit: Edit
    happens: Callable[[Library], None]
    expect: tuple[str, ...]
    faults: tuple[str, ...]


BUGS = {
    "a reaction that raises for some input": Bug(
        Edit(COURIER, "    effect = Send(", "    assert event['books'][0]['copies'] < 3\n    effect = Send("),
        a_loan,
        (),
        ("courier gave CopiesReserved up",),
    ),
    "a reaction that publishes nothing": Bug(
        Edit(COURIER, 'return Decision(Delivery("sent", outcome.parcel), done)', 'return Decision(Delivery("sent"))'),
        a_loan,
        (),
        ("loan wakes loan_id#loan-7 by its timer",),
    ),
    "a value that is wrong in the end": Bug(
        Edit(LOAN, '"minor_units": 500 * copies', '"minor_units": 500 + copies'),
        a_loan,
        ("LoanGranted.deposit.minor_units=1500",),
        ("deposit.minor_units of LoanGranted is 503, not 1500",),
    ),
    "a compensation that is missing": Bug(
        Edit(SHELF, 'replace(held, status="released")', "held"),
        a_loan_to_nowhere,
        ("shelf.status=released",),
        ("status of shelf is 'reserved', not 'released'",),
    ),
    "an event that its consumer refuses": Bug(
        Edit(SHELF, 'books=event["books"]', "books=[]"),
        a_loan,
        (),
        ("gave",),
    ),
    "an event that is published twice": Bug(
        Edit(
            COURIER,
            'return Decision(Delivery("sent", outcome.parcel), done)',
            'return Decision(Delivery("sent", outcome.parcel), done, done)',
        ),
        a_loan,
        (),
        ("courier published CopiesSent 2 times because of one CopiesReserved",),
    ),
    "a way that is the wrong one": Bug(
        Edit(
            COURIER,
            'if not outcome.accepted:\n        return _refuse(event["loan_id"], outcome.reason)',
            'if event["books"][0]["copies"] > 2:\n        return _refuse(event["loan_id"], "too many")',
        ),
        a_loan,
        ("LoanGranted",),
        ("it ended with none, not LoanGranted", "LoanRefused was on the bus"),
    ),
}


@pytest.mark.parametrize("name", BUGS)
def test_a_planted_bug_fails_its_test_and_passes_it_once_it_is_mended(
    name: str, in_lending: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ensemble: Command
) -> None:
    bug, file = BUGS[name], tmp_path / "test_loan_7.py"
    planted = Planted.by(bug.edit, in_lending, tmp_path, monkeypatch, ensemble, SCENARIO.settings)

    with planted.library() as library:
        bug.happens(library)
        library.laptop.run_for(300)
        expect = [option for one in bug.expect for option in ("--expect", one)]
        written = library.trace("loan-7", "--as-test", str(file), *expect)

    assert written.status == 0
    found = planted.faults(file, on_what_is_broken=True)
    for fault in bug.faults:
        assert any(fault in one for one in found), found
    assert planted.faults(file, on_what_is_broken=False) == []


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "test_loan.py"


def test_sensitive_values_are_replaced_the_same_by_the_same_and_what_nobody_declared_is_blanked(
    library: Library, file: Path
) -> None:
    place = {"town": "Nowhere", "street": "Private Street 1"}
    reader = {"name": "Ada", "email": "ada@private.example"}
    library.ask_for("loan-ada", reader=reader, place=place, note="call ada@private.example")
    library.laptop.run_for(20)
    library.ask_for("loan-ada", reader=reader)
    library.laptop.run_for(60)

    assert library.trace("loan-ada", "--as-test", str(file)).status == 0

    first, second = recorded_in(file).story.commands
    assert "rivate" not in file.read_text()
    assert first.fields["reader"] == second.fields["reader"]
    assert (first.fields["loan_id"], first.fields["reader"]["name"]) == ("loan-ada", "Ada")
    assert (first.fields["place"]["town"], first.fields["note"]) == ("Nowhere", "(forgotten)")


def test_what_went_as_it_must_passes_and_may_be_corrected(library: Library, file: Path) -> None:
    library.ask_for("loan-good")
    library.laptop.run_for(60)

    written = library.trace("loan-good", "--as-test", str(file))

    recorded = recorded_in(file)
    assert "It passes: it expects what was recorded." in written.output
    assert recorded.story.end == ("LoanGranted",)
    assert recorded.story.appear == ("LoanRequested", "CopiesReserved", "CopiesSent", "LoanGranted")
    assert recorded.fields["shelf"] == {"status": "reserved"}
    corrected = replace(recorded, fields={"shelf": {"status": "released", "no.such": 1}})
    assert corrected.faults() == [
        "status of shelf is 'reserved', not 'released'",
        "shelf has no no.such, which must be 1",
    ]


def test_a_command_comes_when_it_came_or_after_the_event_that_it_overtook(library: Library, file: Path) -> None:
    library.ask_for("loan-times", version="1.0", correlation_id="web-9")
    library.laptop.run_for(90)
    library.put("CancelLoan", "desk", {"loan_id": "loan-times"})
    library.laptop.run_for(60)

    library.trace("loan-times", "--as-test", str(file))

    ask, cancel = recorded_in(file).story.commands
    assert (ask.at, cancel.at, cancel.after) == (0, 90, "")
    assert (ask.fields["version"], ask.fields["correlation_id"]) == ("1.0", "web-9")


def test_what_is_written_is_formatted_linted_and_run_by_pytest(library: Library, lending: Path, file: Path) -> None:
    library.ask_for("loan-run", reader={"name": 'O\'Hara "Ada" \\ ' + "x" * 30, "email": "a@b.example"}, branch="south")
    library.laptop.run_for(60)
    library.trace("loan-run", "--as-test", str(file))
    environment = {**os.environ, "CDK_OUTDIR": str(copied(lending, file.parent / "cdk.out"))}

    for command in (
        ["ruff", "check"],
        ["ruff", "format", "--check"],
        ["pytest", "-p", "no:xdist", "-c", "pyproject.toml"],
    ):
        run = subprocess.run(
            [sys.executable, "-m", *command, str(file)], cwd=lending, env=environment, capture_output=True, text=True
        )
        assert run.returncode == 0, run.stdout + run.stderr


def copied(project: Path, to: Path) -> Path:
    """Copy an assembly, so that commands in this project take it for its own."""
    shutil.copytree(project / "cdk.out", to)
    (to / FINGERPRINT).write_text(fingerprint(project))
    return to


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--expect", "LoanLost"], "--expect LoanLost names no event of the project, nor a field as NAME.FIELD=VALUE"),
        (["--expect", "shelf.status"], "--expect shelf.status names no event of the project"),
        (["--expect", "LoanGranted=1"], "--expect LoanGranted=1 names no event of the project"),
    ],
)
def test_what_cannot_be_expected_is_refused(library: Library, file: Path, options: list[str], why: str) -> None:
    outcome = library.trace("loan-good", "--as-test", str(file), *options)

    assert outcome.status == 2
    assert why in " ".join(outcome.errors.split())
    assert not file.exists()


def test_no_file_is_written_over_and_none_of_what_nobody_knows(library: Library, file: Path) -> None:
    unknown = library.trace("loan-nobody-knows", "--as-test", str(file))
    file.write_text("mine")
    refused = library.trace("loan-good", "--as-test", str(file))
    alone = library.trace("loan-good", "--expect", "LoanGranted")
    both = library.trace("loan-good", "--as-test", str(file), "--json")

    assert (unknown.status, refused.status, alone.status, both.status) == (1, 2, 2, 2)
    assert "--as-test writes a file, and --json prints" in " ".join(both.errors.split())
    assert "nothing is known of loan-nobody-knows" in unknown.errors
    assert "cannot be written: name a new file that ends with .py" in " ".join(refused.errors.split())
    assert "--expect is for --as-test" in alone.errors
    assert file.read_text() == "mine"
