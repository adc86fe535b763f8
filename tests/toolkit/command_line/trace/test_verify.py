"""`ensemble verify`: the workflows of a running laptop are judged, and what does not hold is told with its workflow."""

from __future__ import annotations

import json

import boto3

from tests.conftest import NAMES
from tests.toolkit.command_line.conftest import Outcome
from tests.toolkit.command_line.trace.conftest import Library

AT_REST_SECONDS = 1_000


def verify(library: Library, *options: str) -> Outcome:
    return library.ensemble("verify", "--port", str(library.port), *options)


def test_what_is_under_way_is_not_judged(library: Library) -> None:
    library.ask_for("loan-young")
    library.laptop.run_for(30)

    document = json.loads(verify(library, "--json", "--since", "1h").output)

    assert document["holds"] is True
    assert document["under_way"] == document["workflows"] >= 2


def test_all_holds_of_loans_that_ended_and_what_is_not_judged_is_said(library: Library) -> None:
    library.ask_for("loan-fine")
    library.laptop.run_for(AT_REST_SECONDS)

    outcome = verify(library)

    assert outcome.status == 0
    assert "All 10 invariants and the application's promises hold." in outcome.output
    assert (
        "Not judged on a stage: what waits in queues, since to receive a message would be a delivery" in outcome.output
    )


def test_an_event_that_nobody_remembers_is_told_and_the_exit_status_says_so(library: Library) -> None:
    library.ask_for("loan-lost", correlation_id="web-lost")
    library.laptop.run_for(AT_REST_SECONDS)
    rows = boto3.client("dynamodb", endpoint_url=library.url, region_name="eu-west-1")
    rows.delete_item(TableName=NAMES.table("shelf"), Key={"pk": {"S": "loan_id#loan-lost"}})

    outcome = verify(library, "--since", "1h")

    assert outcome.status == 1
    assert "✗ every event is handled by everyone who hears it: 1 times not, such as" in outcome.output
    assert "was never handled by shelf  (ensemble trace web-lost)" in outcome.output


def test_what_was_dropped_from_dead_letters_is_told_and_is_no_violation(library: Library) -> None:
    library.put("RequestLoan", "desk", {"loan_id": "loan-bad", "books": "none", "correlation_id": "web-bad"})
    library.laptop.run_for(60)
    port = ("--port", str(library.port))
    (group,) = json.loads(library.ensemble("dlq", "list", "--json", *port).output)["groups"]
    library.ensemble("dlq", "drop", group["group"], "--why", "it is sent again", "--yes", *port)
    library.laptop.run_for(AT_REST_SECONDS)

    outcome = verify(library, "--since", f"{AT_REST_SECONDS + 100}s")

    assert "⌫ a message was dropped, which is no violation: 1 times told, such as" in outcome.output
    assert "it is sent again  (ensemble trace web-bad)" in outcome.output
    assert "was never handled by loan  (ensemble trace web-bad)" not in outcome.output


def test_a_command_that_nobody_can_read_stops_no_judgement(library: Library) -> None:
    library.put("RequestLoan", "desk", {"loan_id": "loan-odd", "hops": "many", "correlation_id": "web-odd"})
    library.laptop.run_for(AT_REST_SECONDS)

    document = json.loads(verify(library, "--json", "--since", f"{AT_REST_SECONDS + 60}s").output)

    assert document["workflows"] >= 1
    assert {one["workflow"] for one in document["unjudged"]} <= {"web-odd"}
