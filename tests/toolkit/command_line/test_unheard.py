"""An event that no rule takes is reported with what was probably meant, unless nobody is to hear it."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.run.playing import play
from ensemble.command_line.run.unheard import Hearing
from ensemble.command_line.run.watch import Watch
from ensemble.laptop import Laptop
from ensemble.scenario import Command, Scenario, Story
from tests.conftest import LENDING, NAMES
from tests.toolkit.command_line.conftest import Command as Run

BUS = NAMES.bus


@pytest.fixture(scope="module")
def hearing() -> Hearing:
    services = read_services(LENDING)
    return Hearing(services, read_schemas(LENDING, services), BUS)


@pytest.mark.parametrize(
    ("type", "source", "bus", "problem"),
    [
        (
            "RequestLoans",
            "desk",
            BUS,
            "no rule takes RequestLoans from desk: did you mean RequestLoan, which desk publishes?",
        ),
        ("Weather", "desk", BUS, "no rule takes Weather from desk: no schema describes it"),
        (
            "RequestLoan",
            "reader",
            BUS,
            "no rule takes RequestLoan from reader: desk publishes it. Fix: put it with that source",
        ),
        (
            "RequestLoan",
            "desk",
            "default",
            f"no rule takes RequestLoan on the bus default. Fix: put it on {BUS}",
        ),
        (
            "LoanCancellationRefused",
            "loan",
            BUS,
            "no rule takes LoanCancellationRefused from loan: courier publishes it. Fix: put it with that source",
        ),
        ("LoanCancellationRefused", "courier", BUS, None),
    ],
)
def test_what_is_wrong_with_an_event_that_no_rule_takes_is_said(
    hearing: Hearing, type: str, source: str, bus: str, problem: str | None
) -> None:
    assert hearing.problem(type, source, bus) == problem


def test_an_event_that_its_publisher_puts_and_no_service_hears_is_reported_unless_it_is_terminal(
    hearing: Hearing,
) -> None:
    alone = Hearing([service for service in hearing.services if service.name != "loan"], hearing.schemas, BUS)

    assert hearing.unheard("RequestLoan") is None
    assert hearing.unheard("LoanCancellationRefused") is None
    assert alone.unheard("RequestLoan") == alone.problem("RequestLoan", "desk", BUS)
    assert str(alone.unheard("RequestLoan")).startswith("no service hears RequestLoan. Fix: ")


def entry(type: str, source: str, detail: str = "{}") -> dict[str, Any]:
    return {"EventBusName": BUS, "Source": source, "DetailType": type, "Detail": detail}


def test_the_laptop_knows_the_events_that_no_rule_takes_by_their_type(library: Laptop) -> None:
    before = len(library.unheard)

    library.put_events([entry("RequestLoans", "desk"), entry("RequestLoan", "reader"), entry("RequestLoan", "desk")])

    taken = [(bus, event["detail-type"], event["source"]) for bus, event in library.unheard[before:]]
    assert taken == [(BUS, "RequestLoans", "desk"), (BUS, "RequestLoan", "reader")]


def test_up_prints_them_once(library: Laptop, hearing: Hearing) -> None:
    console = Console(file=StringIO(), width=200, color_system=None, soft_wrap=True)
    watch = Watch(console, library, hearing)
    watch.look()
    before = console.file.getvalue()  # type: ignore[attr-defined]

    library.put_events([entry("RequestLoans", "desk")])
    watch.look()
    watch.look()

    printed = console.file.getvalue().removeprefix(before)  # type: ignore[attr-defined]
    assert printed == "✗ no rule takes RequestLoans from desk: did you mean RequestLoan, which desk publishes?\n"


def test_a_story_says_which_of_its_commands_no_rule_took(library: Laptop) -> None:
    story = Story("wrong", (Command("RequestLoan", "reader", {"loan_id": "loan-wrong"}),), end=("LoanGranted",))

    (result,) = play(library, Scenario(stories=(story,))).stories

    assert result.faults[-1] == "no rule takes RequestLoan from reader"


def test_send_says_that_no_service_hears_what_it_sent(
    ensemble: Run, in_lending: Path, library: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ensemble.command_line.run.send.read_services",
        lambda root: [service for service in read_services(root) if service.name != "loan"],
    )
    with library.serve() as server:
        unheard = ensemble("send", "CancelLoan", "loan_id=loan-1", f"--endpoint={server.url}")
        heard = ensemble("send", "AddCopies", f"--endpoint={server.url}")

    assert "no service hears CancelLoan" in unheard.output
    assert unheard.status == 0
    assert "no service hears" not in heard.output
