"""What other terminals ask of a running `ensemble up`: the time, to move it, and what a service decides."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.advance import CameDue, advanced, advancing
from ensemble.command_line.run.asking import ask, now_at
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from ensemble.laptop import Laptop, RealClock
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command
from tests.toolkit.command_line.test_up import started
from tests.toolkit.laptop.small import laptop_with

BUS, LOAN, COURIER = NAMES.bus, NAMES.consumer("loan"), NAMES.consumer("courier")


@pytest.fixture(scope="module")
def port(lending: Path) -> Iterator[str]:
    """The port of a running `up`: a process of its own, as what runs functions has this one's modules meanwhile."""
    (lending / "cdk.out" / FINGERPRINT).write_text(fingerprint(lending))
    with started(lending) as terminal:
        port = terminal.line(r"The laptop AWS runs at http://127.0.0.1:\d+").split()[5].rpartition(":")[2]
        terminal.line(r"^\d\d:\d\d:\d\d\.\d{3}  AddCopies")  # the opening, which is not to come in a leap
        yield port


@pytest.fixture(scope="module")
def laptop(lending: Path) -> Iterator[Laptop]:
    with Laptop(lending / "cdk.out" / "assembly-dev", RealClock()) as laptop:
        yield laptop


@pytest.mark.parametrize(
    ("typed", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7_200), ("1d", 86_400), ("1h30m", 5_400)]
)
def test_a_duration_is_read_as_it_is_typed(typed: str, seconds: int) -> None:
    assert seconds_of(typed) == seconds


@pytest.mark.parametrize("typed", ["15", "m", "", "-15m", "15 m", "1.5h", "0s", "15min"])
def test_what_is_no_duration_is_refused(typed: str) -> None:
    with pytest.raises(UsageRefused, match="is no duration: write 90s, 15m"):
        seconds_of(typed)


def test_time_moves_on_a_running_up_and_what_came_due_is_printed(ensemble: Command, port: str) -> None:
    before = time.time()

    outcome = ensemble("advance", "1h", "--port", port)

    head, *lines = outcome.output.splitlines()
    assert outcome.status == 0
    assert head.startswith("It is now 20")
    assert head.endswith(", 1h later.")
    assert lines == [f"{LOAN} ran by its schedule (60)"]
    assert now_at(f"http://127.0.0.1:{port}").timestamp() - before >= 3_600


def test_the_events_that_were_put_on_a_bus_meanwhile_are_given_each_with_its_time(laptop: Laptop) -> None:
    before, answers = laptop.now(), list[dict[str, Any]]()
    detail = json.dumps({"receipt_id": "receipt-late", "title": "title-1", "copies": 1})
    entry = {"EventBusName": BUS, "Source": "bindery", "DetailType": "AddCopies", "Detail": detail}

    def put() -> None:
        laptop.put_events([entry])

    def ask() -> None:
        answers.append(advanced(laptop, 3_600))
        laptop.stop()

    laptop.engine.after(600, put)
    asking = threading.Thread(target=ask)
    asking.start()
    laptop.run()
    asking.join()

    (answer,) = answers
    event, its_answer = answer["events"]
    assert (event["type"], event["source"], event["about"]) == ("AddCopies", "bindery", "receipt-late")
    assert its_answer["type"] == "CopiesAdded"
    assert 599 < datetime.fromisoformat(event["time"]).timestamp() - before < 3_600
    assert answer["schedules"] == {LOAN: 60}


@pytest.mark.parametrize("seconds", [0, -1, "900", None, float("inf")])
def test_time_is_not_moved_by_anything_but_a_number_of_seconds_forward(laptop: Laptop, seconds: object) -> None:
    with pytest.raises(UsageRefused, match="forward only"):
        advancing(laptop, {"seconds": seconds})


def test_messages_that_are_handed_over_again_are_counted() -> None:
    due = CameDue(None)  # type: ignore[arg-type]

    for receives in ("1", "2", "3"):
        due.invocation("dev-shelf", {"Records": [{"attributes": {"ApproximateReceiveCount": receives}}]})

    assert due.again == {"dev-shelf": 2}


def test_where_no_up_runs_the_advice_is_to_start_it(ensemble: Command) -> None:
    outcome = ensemble("advance", "15m", "--port", "9")

    assert outcome.status == 1
    assert outcome.errors.endswith("Nothing answers at http://127.0.0.1:9: start it with `ensemble up`\n")


def test_a_server_that_is_no_up_is_named(ensemble: Command, tmp_path: Path) -> None:
    with laptop_with(tmp_path) as other:
        outcome = ensemble("advance", "15m", "--port", str(urlsplit(other.serve().url).port))

    assert "no `ensemble up` of this toolkit runs there" in outcome.errors


GOOD = {"Host": "127.0.0.1:4567", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (GOOD, 200),
        (GOOD | {"Host": "localhost:4567"}, 200),
        (GOOD | {"Origin": "http://127.0.0.1:4567"}, 403),
        (GOOD | {"Origin": "null"}, 403),
        (GOOD | {"Sec-Fetch-Site": "same-origin"}, 403),
        (GOOD | {"Host": "evil.example:4567"}, 403),
        (GOOD | {"Content-Type": "text/plain"}, 403),
    ],
)
def test_no_page_in_a_browser_can_ask(port: str, headers: dict[str, str], status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(port))
    connection.request("POST", "/_ensemble/now", b"{}", headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status == status


def invoke(ensemble: Command, port: str, service: str, event: str) -> Any:
    return ensemble("invoke", service, "--event", event, "--port", port)


@pytest.fixture(autouse=True)
def project(in_lending: Path) -> None:
    """Let the commands be the library's."""


def test_invoke_prints_the_row_before_and_after_what_is_published_and_the_log(ensemble: Command, port: str) -> None:
    outcome = invoke(ensemble, port, "loan", "RequestLoan")

    lines = outcome.output.splitlines()
    assert outcome.status == 0
    assert lines[0].startswith(f"{LOAN}  RequestLoan  event_id ")
    assert lines[0].endswith(f"on the laptop AWS at http://127.0.0.1:{port}")
    assert lines[1].startswith("loan_id#")
    assert lines[2] == "  before  -"
    assert lines[3].startswith('  after   {"version": 2, "state": {"status": ')
    assert lines[4].startswith('publishes LoanRequested  {"loan_id": ')
    assert '"message":"EventHandled"' in lines[5]
    assert len(lines) == 6


def test_an_event_made_for_a_running_up_is_of_its_moved_time(
    ensemble: Command, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def asking(endpoint: str, name: str, **arguments: Any) -> Any:
        asked.append(arguments)
        return ask(endpoint, name, **arguments)

    before = time.time()
    ensemble("advance", "1h", "--port", port)
    monkeypatch.setattr("ensemble.command_line.run.invoke.ask", asking)
    outcome = invoke(ensemble, port, "loan", "RequestLoan")

    assert outcome.status == 0
    (invoked,) = asked
    assert datetime.fromisoformat(invoked["event"]["time"]).timestamp() - before >= 3_600


def test_the_same_event_again_changes_nothing(ensemble: Command, port: str, tmp_path: Path) -> None:
    detail = {"type": "AddCopies", "event_id": "e-1", "receipt_id": "receipt-twice", "title": "title-9", "copies": 3}
    file = tmp_path / "event.json"
    file.write_text(json.dumps(detail))

    first = invoke(ensemble, port, "shelf", str(file))
    second = invoke(ensemble, port, "shelf", str(file))

    assert "counter#copies#title-9\n  before  -\n  after   3\n" in first.output
    assert "No row changed." in second.output
    assert "EventDuplicate" in second.output


def test_an_event_is_read_from_the_standard_input_as_a_functions_input_with_one_record(
    ensemble: Command, port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    detail = {"receipt_id": "receipt-in", "title": "title-8", "copies": 2}
    event = {"id": "1", "source": "bindery", "detail-type": "AddCopies", "time": "2026-01-01T00:00:00Z"}
    records = {"Records": [{"body": json.dumps({**event, "detail": detail})}]}
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(records)))

    outcome = invoke(ensemble, port, "shelf", "-")

    assert "counter#copies#title-8" in outcome.output


def test_a_fault_is_printed_with_its_places(ensemble: Command, port: str, tmp_path: Path) -> None:
    reserved = {
        "type": "CopiesReserved",
        "loan_id": "loan-fault",
        "place": {"town": "Bern", "street": "Timeout"},
        "books": [{"title": "title-1", "copies": 1}],
    }
    file = tmp_path / "event.json"
    file.write_text(json.dumps(reserved))

    outcome = invoke(ensemble, port, "courier", str(file))

    assert outcome.status == 1
    assert f"✗ {COURIER} postponed CopiesReserved: CarrierTimeout: no answer to loan-fault/send\n" in outcome.output
    assert "    functions/courier/carrier.py:" in outcome.output


@pytest.mark.parametrize(
    ("service", "event", "complaint"),
    [
        ("nobody", "RequestLoan", "there is no service 'nobody'"),
        ("shelf", "RequestLoan", "shelf does not hear RequestLoan; it hears AddCopies, "),
        ("loan", "RequestLoans", "RequestLoans is no file and no event: did you mean the event RequestLoan?"),
    ],
)
def test_what_cannot_be_invoked_is_refused_with_what_could(
    ensemble: Command, port: str, service: str, event: str, complaint: str
) -> None:
    outcome = invoke(ensemble, port, service, event)

    assert outcome.status == 2
    assert complaint in outcome.errors


@pytest.mark.parametrize("content", ["[]", "{", '{"loan_id": "loan-1"}', '{"Records": []}', '{"Records": [{}, {}]}'])
def test_a_file_without_an_event_is_refused(ensemble: Command, port: str, tmp_path: Path, content: str) -> None:
    file = tmp_path / "event.json"
    file.write_text(content)

    outcome = invoke(ensemble, port, "loan", str(file))

    assert outcome.status == 2
    assert str(file) in outcome.errors


def test_without_a_running_up_it_runs_on_a_fresh_laptop(ensemble: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ensemble.command_line.parser.DEFAULT_PORT", 9)

    outcome = ensemble("invoke", "loan", "--event", "RequestLoan")

    assert outcome.status == 0
    assert "on a fresh laptop AWS" in outcome.output
    assert "publishes LoanRequested" in outcome.output


def test_a_port_that_is_named_must_answer(ensemble: Command) -> None:
    outcome = invoke(ensemble, "9", "loan", "RequestLoan")

    assert outcome.status == 1
    assert "Nothing answers at http://127.0.0.1:9" in outcome.errors
