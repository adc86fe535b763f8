"""`ensemble add`: what it adds is green as it is, and nothing that is there is lost."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.toolkit.project.conftest import ensemble, git, run


def is_tidy(project: Path) -> None:
    for command in (["check"], ["format", "--check"]):
        done = run(project, sys.executable, "-m", "ruff", *command, "--no-cache", ".")
        assert done.returncode == 0, done.stdout


def test_a_service_and_events_are_added_and_all_is_green(project: Path) -> None:
    for added in (
        ["service", "invoice"],
        ["event", "CloseTicket", "--service", "ticket"],
        ["event", "PaymentReceived", "--service", "invoice", "--from", "bank"],
    ):
        done = ensemble(project, "add", *added)
        assert done.returncode == 0, done.stderr
        assert "Next: " in done.stdout
    changed = set(git(project, "diff", "--name-only").splitlines())
    tests = run(project, sys.executable, "-m", "pytest")

    assert "2 services, 10 events" in done.stdout
    assert "bank([bank]) -->|PaymentReceived| invoice" in (project / "README.md").read_text()
    assert changed == {"README.md", *(f"functions/ticket/{file}" for file in ("domain.py", "events.pyi", "service.py"))}
    is_tidy(project)
    assert tests.returncode == 0, tests.stdout
    assert all((project / "tests" / file).exists() for file in OF_WHAT_WAS_ADDED)


OF_WHAT_WAS_ADDED = ("test_invoice.py", "test_ticket_close_ticket.py", "test_invoice_payment_received.py")


def test_the_services_of_an_added_service_and_of_the_starter_differ_in_the_name_alone(project: Path) -> None:
    assert ensemble(project, "add", "service", "invoice").returncode == 0

    ticket, invoice = ((project / "functions" / name / "domain.py").read_text() for name in ("ticket", "invoice"))
    assert invoice == ticket.replace("ticket", "invoice").replace("Ticket", "Invoice")


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        (("service", "ticket"), "functions/ticket/domain.py is there already, and nothing is overwritten"),
        (("service", "in-voice"), "a service cannot be called 'in-voice': take lower-case letters and digits"),
        (("service", "kit"), "a service cannot be called 'kit'"),
        (("event", "closeTicket"), "an event cannot be called 'closeTicket': write its words together"),
        (("event", "OpenTicket"), "schemas/website/OpenTicket is there already: add a reaction to it by hand"),
        (("event", "CloseTicket", "--service", "tickets"), "there is no service 'tickets': there are ticket"),
        (("event", "CloseTicket", "--from", "ticket"), "ticket is a service, and publishes what its reactions emit"),
        (("event", "CloseTicket", "--from", "../up"), "nobody can be called '../up'"),
    ],
)
def test_what_cannot_be_added_is_refused_in_one_line_and_changes_nothing(
    made: tuple[Path, str], typed: tuple[str, ...], message: str
) -> None:
    project, _ = made

    done = ensemble(project, "add", *typed)

    assert done.returncode == 2
    assert done.stderr.startswith(f"ensemble: {message}")
    assert len(done.stderr.splitlines()) == 1
    assert git(project, "status", "--porcelain") == ""


def test_a_table_without_a_place_for_a_row_is_left_to_its_author(project: Path) -> None:
    table = project / "functions" / "ticket" / "service.py"
    text = (
        table.read_text()
        .replace("    reactions=(\n", "    reactions=tuple([\n")
        .replace("    ),\n    term", "    ]),\n    term")
    )
    table.write_text(text)

    done = ensemble(project, "add", "event", "CloseTicket")

    assert done.returncode == 2
    assert "service.py has no `reactions=(` with a row on each line below it: add the row by hand" in done.stderr
    assert table.read_text() == text
    assert git(project, "status", "--porcelain") == "M functions/ticket/service.py"
