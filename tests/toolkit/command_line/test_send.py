"""`ensemble send`, against the bus of a served laptop AWS, in this process."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.control import routes
from ensemble.command_line.run.up import questions
from ensemble.laptop import Laptop, VirtualClock
from functions.kit.envelope import derived_id
from infrastructure.naming import Names
from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Command

Events = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def project(in_lending: Path) -> None:
    """Let the commands be the library's."""


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """A laptop AWS with nothing but the bus."""
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": NAMES.bus}}
    artifact = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "platform.json"}}
    (tmp_path / "platform.json").write_text(json.dumps({"Resources": {"Bus": bus}}))
    (tmp_path / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": {"platform": artifact}}))
    with Laptop(tmp_path, VirtualClock()) as laptop:
        yield laptop


@pytest.fixture
def seen(laptop: Laptop) -> Events:
    events: Events = []
    laptop.on_event(lambda _, event: events.append(event))
    return events


@pytest.fixture
def endpoint(laptop: Laptop) -> Iterator[str]:
    with laptop.serve() as server:
        yield f"--endpoint={server.url}"


def test_a_type_alone_sends_its_example_from_its_publisher(ensemble: Command, endpoint: str, seen: Events) -> None:
    outcome = ensemble("send", "RequestLoan", endpoint)

    (event,) = seen
    assert (event["source"], event["detail-type"]) == ("desk", "RequestLoan")
    assert outcome.status == 0
    loan, sent = event["detail"]["loan_id"], event["detail"]["event_id"]
    ours = derived_id("outside", "desk", "RequestLoan", f"loan_id#{loan}", sent)
    workflow = derived_id("workflow", f"loan_id#{loan}")
    assert outcome.output.split() == ["RequestLoan", loan, "event", ours, "workflow", workflow]


def test_what_follows_from_a_command_names_the_event_and_the_workflow_that_were_printed(
    ensemble: Command, library: Laptop
) -> None:
    told: Events = []
    library.on_event(lambda _, event: told.append(event))
    with library.serve(0, routes(questions(library, NAMES))) as server:
        printed = ensemble("send", "RequestLoan", f"--endpoint={server.url}").output.split()

    library.run_until_idle()

    first = next(event["detail"] for event in told if event["source"] == "loan")
    assert [first["causation_id"], first["correlation_id"]] == printed[3::2]


def test_without_an_example_in_the_scenario_one_is_made_from_the_schema(
    ensemble: Command, endpoint: str, seen: Events
) -> None:
    ensemble("send", "AddCopies", "copies=3", endpoint)

    detail = seen[0]["detail"]
    assert detail["receipt_id"].startswith("receipt-")
    assert (detail["title"], detail["copies"]) == ("title-1", 3)


def test_without_a_scenario_every_command_has_an_example(
    ensemble: Command, endpoint: str, seen: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ensemble.command_line.project.find_scenario", lambda _root: None)

    for type in ("AddCopies", "CancelLoan", "RequestLoan"):
        assert ensemble("send", type, endpoint).status == 0

    assert [event["source"] for event in seen] == ["bindery", "desk", "desk"]


def test_typed_fields_are_sent(ensemble: Command, endpoint: str, seen: Events) -> None:
    ensemble("send", "RequestLoan", "loan_id=loan-1", "books[0].copies=3", endpoint)

    assert seen[0]["detail"]["loan_id"] == "loan-1"
    assert seen[0]["detail"]["books"][0]["copies"] == 3


def test_what_looks_like_markup_is_shown_as_it_is(ensemble: Command, endpoint: str, seen: Events) -> None:
    assert "[red]loan-1[/]" in ensemble("send", "RequestLoan", "loan_id=[red]loan-1[/]", endpoint).output


def test_more_commands_than_one_request_takes_are_all_sent(ensemble: Command, endpoint: str, seen: Events) -> None:
    outcome = ensemble("send", "AddCopies", "--count", "11", endpoint)

    assert len({event["detail"]["receipt_id"] for event in seen}) == 11
    assert len(outcome.output.splitlines()) == 11


def test_a_file_holds_all_fields(ensemble: Command, endpoint: str, seen: Events, tmp_path: Path) -> None:
    (tmp_path / "cancel.json").write_text('{"loan_id": "loan-1", "reason": "too slow"}')

    ensemble("send", "CancelLoan", "loan_id=loan-2", "--file", str(tmp_path / "cancel.json"), endpoint)

    assert (seen[0]["detail"]["loan_id"], seen[0]["detail"]["reason"]) == ("loan-2", "too slow")


def test_the_standard_input_may_be_the_file(
    ensemble: Command, endpoint: str, seen: Events, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO('{"loan_id": "loan-1"}'))

    ensemble("send", "CancelLoan", "--file", "-", endpoint)

    assert seen[0]["detail"]["loan_id"] == "loan-1"
    assert "reason" not in seen[0]["detail"]


@pytest.mark.parametrize("content", ["[]", "{", ""])
def test_a_file_without_fields_is_refused_in_one_line(ensemble: Command, tmp_path: Path, content: str) -> None:
    (tmp_path / "loan.json").write_text(content)

    outcome = ensemble("send", "RequestLoan", "--file", str(tmp_path / "loan.json"))

    assert outcome.status == 2
    assert outcome.errors.count("\n") == 1
    assert "loan.json holds no fields" in outcome.errors


def test_a_file_that_is_not_there_is_told(ensemble: Command) -> None:
    outcome = ensemble("send", "RequestLoan", "--file", "no-such.json")

    assert (outcome.status, "No such file" in outcome.errors) == (2, True)


def test_what_the_schema_refuses_is_not_sent(ensemble: Command, endpoint: str, seen: Events) -> None:
    outcome = ensemble("send", "RequestLoan", "books[0].copies=0", endpoint)

    assert outcome.status == 2
    assert outcome.errors == "ensemble: RequestLoan.books[0].copies must be bigger than or equal to 1\n"
    assert seen == []


def test_an_entry_that_the_bus_refuses_is_told_with_its_reason(ensemble: Command, endpoint: str) -> None:
    outcome = ensemble("send", "RequestLoan", "--environment", "prod", endpoint)

    assert outcome.status == 1
    assert "✗ InvalidArgument" in outcome.output
    assert f"{Names('lending', 'prod').bus} does not exist" in outcome.output
    assert outcome.errors == "ensemble: the bus refused 1 of 1\n"


def test_when_nothing_listens_one_line_says_what_to_do(ensemble: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    outcome = ensemble("send", "RequestLoan", "--port", str(port))

    assert outcome.status == 1
    assert outcome.errors == (
        f"ensemble: Nothing answers at http://127.0.0.1:{port}: start it with `ensemble up --port {port}`\n"
    )


def test_where_the_local_aws_never_listens_it_is_not_said_to_be_started(ensemble: Command) -> None:
    outcome = ensemble("send", "RequestLoan", "--endpoint", "http://[::1]:1")

    assert outcome.errors == "ensemble: Nothing answers at http://[::1]:1\n"


@pytest.mark.parametrize(
    "endpoint", ["foo", "localhost:4567", "ftp://127.0.0.1", "http://", "http://a b", "http://h:99999", "http://[::1"]
)
def test_an_endpoint_that_is_no_url_is_refused_in_one_line(ensemble: Command, endpoint: str) -> None:
    outcome = ensemble("send", "RequestLoan", "--endpoint", endpoint)

    assert outcome.status == 2
    assert outcome.errors == (
        f"ensemble: {endpoint!r} is no URL such as http://127.0.0.1:4567: give one to --endpoint\n"
    )


@pytest.mark.parametrize(("region", "complaint"), [("", "set AWS_DEFAULT_REGION"), ("eu-west-1", "credentials")])
def test_aws_without_an_account_is_told_in_one_line(
    ensemble: Command, monkeypatch: pytest.MonkeyPatch, region: str, complaint: str
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    if region:
        monkeypatch.setenv("AWS_DEFAULT_REGION", region)

    outcome = ensemble("send", "RequestLoan", "--aws")

    assert outcome.status == 1
    assert outcome.errors.count("\n") == 1
    assert complaint in outcome.errors
