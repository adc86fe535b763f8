"""`ensemble trace`: what became of a workflow on a running laptop, where it is and why it goes no further."""

from __future__ import annotations

import re

import boto3
import pytest

from tests.conftest import NAMES
from tests.toolkit.command_line.trace.conftest import Library

EVENTS, DLQ = NAMES.queue("courier", "events"), f"{NAMES.queue('loan', 'commands')}-dlq"


def test_of_a_loan_that_ended_all_events_are_told_each_under_its_cause(library: Library) -> None:
    library.ask_for("loan-done")
    library.laptop.run_for(30)

    outcome = library.trace("loan-done")

    head, _, *lines = outcome.output.splitlines()
    tree = [line[14:] for line in lines if re.match(r"\d\d:\d\d:\d\d\.\d{3}|\s{14}", line)]
    assert outcome.status == 0
    assert head == "✓ loan-done in dev is done: it ended with LoanGranted"
    assert [re.sub(r"  \+.*", "", line) for line in tree] == [
        "RequestLoan  desk  loan-done",
        "  LoanRequested  loan  loan-done",
        "    figures has handled it",
        "    CopiesReserved  shelf  loan-done",
        "      CopiesSent  courier  loan-done",
        "        LoanGranted  loan  loan-done",
        "          figures has handled it",
        "          mail has handled it",
    ]


def test_each_row_is_told_in_a_line_without_what_is_sensitive(library: Library) -> None:
    library.ask_for("loan-rows")
    library.laptop.run_for(30)

    text, document = library.trace("loan-rows").output, library.trace("loan-rows", "--json").output

    assert 'loan  loan_id#loan-rows  version 4, 2 events handled\n  {"status": "granted"' in text
    assert '"reader": "(sensitive)"' in text
    assert '"email": "(sensitive)"' in document
    assert "secret" not in (text + document).lower()


def test_a_workflow_is_found_by_its_own_id_too(library: Library) -> None:
    library.ask_for("loan-by-id", correlation_id="web-17")
    library.laptop.run_for(30)

    by_key, by_workflow = library.json("loan-by-id"), library.json("web-17")

    assert by_key["events"] == by_workflow["events"]
    assert by_key["rows"] == by_workflow["rows"]
    assert {event["workflow"] for event in by_key["events"]} == {"web-17"}


def test_while_a_system_is_down_the_message_its_queue_and_the_next_try_are_named(library: Library) -> None:
    library.stop_the_carrier()
    for number in range(9):
        library.ask_for(f"loan-down-{number}")
    library.laptop.run_for(100)

    document = library.json("loan-down-3")

    (why, timer) = document["why"]
    assert document["state"] == "waiting"
    assert (why["cause"], why["service"], why["queue"]) == ("message", "courier", EVENTS)
    assert why["event"]["type"] == "CopiesReserved"
    assert "courier has not handled CopiesReserved, which is 1 min 40 s old: " in why["text"]
    assert f"one of 9 messages in {EVENTS}" in why["text"]
    assert "Send does not answer courier (8 failures in a row) and is asked again at" in why["text"]
    assert (why["system"], why["sent_again"]) == ("Send", 1)
    assert why["reason"] == "BreakerOpen: Send does not answer, and is asked again later"
    assert why["next_at"] >= document["now"]
    assert timer["cause"] == "timer"

    library.start_the_carrier()
    library.laptop.run_for(100)
    assert library.trace("loan-down-3").output.startswith("✓ loan-down-3 in dev is done: it ended with LoanGranted")


def test_the_last_error_of_a_message_that_was_sent_again_is_said(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("loan-error")
    library.laptop.run_for(25)

    (why, _) = library.json("loan-error")["why"]

    assert (why["sent_again"], why["reason"]) == (1, "TimeoutError")
    assert "was sent again 1 time because of TimeoutError, hidden until it is tried again, within 60 s" in why["text"]


def test_on_a_stage_the_same_is_asked_of_the_apis_at_its_endpoint(library: Library) -> None:
    library.ask_for("loan-staged")
    library.laptop.run_for(30)

    outcome = library.ensemble("trace", "loan-staged", "--stage", "dev", "--endpoint", library.url)

    assert outcome.status == 0
    assert " loan-staged in dev " in outcome.output.splitlines()[0]


def test_a_loan_that_waits_for_its_timer_says_when_it_wakes(library: Library) -> None:
    library.ask_for("loan-timer", place={"town": "Bern", "street": "Timeout"})
    library.laptop.run_for(0.5)

    why = library.json("loan-timer")["why"][-1]

    assert (why["cause"], why["service"], why["row"]) == ("timer", "loan", "loan_id#loan-timer")
    assert re.search(r"loan wakes loan_id#loan-timer by its timer at .*Z \(in 10 min\)", why["text"])


def test_a_dead_letter_is_named_with_its_queue_and_reason_and_is_still_there(library: Library) -> None:
    library.ask_for("loan-wrong", branch=7)
    library.laptop.run_for(30)

    outcome, document = library.trace("loan-wrong"), library.json("loan-wrong")

    (why,) = document["why"]
    assert outcome.output.startswith("✗ loan-wrong in dev has failed\n  ✗ loan gave RequestLoan up at ")
    assert (why["cause"], why["queue"]) == ("dead letter", DLQ)
    assert why["reason"] == "ContractViolation: RequestLoan 1.1: data.branch breaks the rule 'type'"
    assert f"it is in {DLQ}, until somebody redrives it" in why["text"]
    assert len(library.laptop.queue(DLQ).visible) == 1
    library.laptop.queue(DLQ).purge()


def test_a_command_that_no_store_has_under_its_row_is_found_in_the_dlq(library: Library) -> None:
    library.ask_for("loan-lost", branch=7, correlation_id="of-somebody")
    library.laptop.run_for(30)

    document = library.json("loan-lost")

    assert [why["cause"] for why in document["why"]] == ["dead letter"]
    assert document["events"][0]["workflow"] == "of-somebody"
    library.laptop.queue(DLQ).purge()


def test_what_nobody_knows_is_said_and_fails(library: Library) -> None:
    outcome = library.trace("loan-none")

    assert outcome.status == 1
    assert outcome.output.startswith(
        "✗ nothing is known of loan-none in dev on the laptop AWS: no row is found by it (loan_id, receipt_id), "
    )
    assert library.json("loan-none")["state"] == "unknown"


def test_no_message_is_received_but_dead_letters(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("loan-seen")
    library.laptop.run_for(3)
    queue = library.laptop.queue(EVENTS)
    before = [(one.receive_count, one.visible_at) for one in queue.messages]

    library.trace("loan-seen")

    assert before
    assert [(one.receive_count, one.visible_at) for one in queue.messages] == before


def test_without_a_running_up_the_advice_is_to_start_it(library: Library) -> None:
    outcome = library.ensemble("trace", "loan-1", "--port", "9")

    assert outcome.status == 1
    assert outcome.errors.endswith("Nothing answers at http://127.0.0.1:9: start it with `ensemble up`\n")


def test_the_options_of_a_laptop_and_of_a_stage_do_not_mix(library: Library) -> None:
    outcome = library.ensemble("trace", "loan-1", "--stage", "dev", "--port", "9")

    assert outcome.status == 2
    assert "--port is for a running `ensemble up`, and --stage for what is deployed" in outcome.errors


@pytest.mark.parametrize("asked", ["", "x" * 2_049])
def test_what_can_find_nothing_is_refused(library: Library, asked: str) -> None:
    outcome = library.trace(asked)

    assert outcome.status == 2
    assert "say what finds a row, or a workflow's id: 1 to 2048 bytes" in outcome.errors


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"detail": 1}'])
def test_a_stored_event_that_somebody_wrote_otherwise_is_named_and_the_others_are_told(
    library: Library, text: str
) -> None:
    odd = f"loan-odd-{len(text)}{text[-1]}".translate({ord("}"): "o", ord("]"): "l", ord("{"): "c"})
    library.ask_for(odd, correlation_id=odd)
    library.laptop.run_for(30)
    table = boto3.resource("dynamodb", endpoint_url=library.url, region_name="eu-west-1").Table(NAMES.store("journal"))
    table.put_item(Item={"pk": odd, "position": "2026#odd", "type": "LoanGranted", "event": text})

    outcome = library.trace(odd)

    assert outcome.status == 0
    printed = " ".join(outcome.output.split())
    assert f"the stored event 2026#odd of {odd} cannot be read" in printed
    assert f"write it anew in {NAMES.store('journal')}, or delete it there" in printed
    assert "is done: it ended with LoanGranted" in printed


def test_what_a_stranger_puts_under_a_workflow_is_told_and_hides_nothing(library: Library) -> None:
    library.ask_for("loan-strange", correlation_id="web-strange")
    library.laptop.run_for(30)
    for fields in ({"causation_id": 7}, {"timestamp": "9999-12-31T23:59:59Z"}, {"event_id": "a#b", "secret": "PIN"}):
        library.put("Odd", "elsewhere", {"correlation_id": "web-strange", **fields})
    library.laptop.run_for(30)

    outcome, document = library.trace("loan-strange"), library.trace("loan-strange", "--json")

    assert outcome.output.startswith("✓ loan-strange in dev is done")
    assert outcome.output.count("Odd  elsewhere") == 3
    assert "PIN" not in outcome.output + document.output
