"""Dead letters at the terminal: listed, shown, forecast, redriven, dropped, each time recorded."""

from __future__ import annotations

import json
import sys
from types import ModuleType
from typing import Any

import pytest

from ensemble.command_line.stage import pauses
from scenarios.lending.scenario import loan
from tests.toolkit.command_line.dead_letters.conftest import COMMANDS, EVENTS, Library


def test_those_of_one_event_and_reason_are_one_group(library: Library) -> None:
    library.spoil("list-1", "list-2", "list-3")
    library.bury(COMMANDS, "no event")

    three, one = library.groups()

    assert (three["number"], three["service"], three["type"], three["queue"]) == (3, "loan", "RequestLoan", COMMANDS)
    assert three["reason"] == "ContractViolation: RequestLoan 1.1: data.books breaks the rule 'minItems'"
    assert (one["number"], one["type"]) == (1, "")
    assert f"3 x RequestLoan → {COMMANDS}" in library.dlq("list").output


def test_one_is_shown_whole_without_what_is_sensitive(library: Library) -> None:
    library.spoil("show-1")

    told = library.json("show", library.the_group())

    assert (told["type"], told["key"], told["redrives"], told["past"]) == ("RequestLoan", "show-1", 0, [])
    assert told["fields"]["loan_id"] == "show-1"
    assert told["fields"]["reader"]["email"] == "(sensitive)"
    assert "Secret Street" not in library.dlq("show", told["id"]).output


def test_a_forecast_says_that_it_would_fail_again_and_changes_nothing(library: Library) -> None:
    library.spoil("fail-1", "fail-2")
    before, rows = library.dead(), library.rows()

    told = library.json("redrive", library.the_group(), "--dry-run")

    reason = "ContractViolation: RequestLoan 1.1: data.books breaks the rule 'minItems'"
    assert told["forecast"] == [{"ahead": "would fail again", "text": reason, "number": 2}]
    assert (told["going"], told["sent"]) == (0, 0)
    assert library.dead() == before
    assert library.rows() == rows
    assert library.told == []


def test_a_forecast_says_what_would_be_called_outside_and_what_would_wait(library: Library) -> None:
    library.fail_at_the_carrier("wait-1")
    (reserved,) = library.dead(EVENTS)
    cancelled = json.loads(reserved)
    cancelled["detail-type"] = cancelled["detail"]["type"] = "LoanCancellationRequested"
    cancelled["source"], cancelled["detail"]["version"] = "loan", "1.0"
    for name in ("books", "place"):
        del cancelled["detail"][name]
    cancelled["detail"] |= {"reason": "late", "event_id": "another"}

    assert library.forecast() == [("would call", 1)]
    library.laptop.queue(f"{EVENTS}-dlq").purge()
    library.bury(EVENTS, json.dumps(cancelled))
    assert library.forecast() == [("would wait", 1)]


def asked(loan_id: str) -> str:
    """Return a command as the queue has it, whose sender's id is its loan's."""
    detail = {**loan(loan_id, 1).fields, "event_id": loan_id}
    event = {"id": loan_id, "source": "desk", "detail-type": "RequestLoan", "time": "2026-01-01T00:00:00Z"}
    return json.dumps({**event, "detail": detail})


def test_what_would_commit_goes_to_the_one_consumer_and_is_known_as_handled(library: Library) -> None:
    library.bury(COMMANDS, asked("commit-1"))

    assert library.forecast() == [("would commit", 1)]
    assert not [row for row in library.rows() if "commit-1" in row["pk"]]
    told = library.redrive()

    assert (told["sent"], told["handled"], told["failed"], told["stopped"]) == (1, 1, [], None)
    assert [row["pk"] for row in library.rows() if "commit-1" in row["pk"]] == ["loan_id#commit-1"]
    assert library.dead() == []


def test_what_was_handled_already_is_a_duplicate_and_may_go(library: Library) -> None:
    library.laptop.queue(COMMANDS).send(asked("twice-1"))
    library.laptop.run_for(20)
    library.bury(COMMANDS, asked("twice-1"))

    assert library.forecast() == [("is a duplicate", 1)]
    assert library.redrive()["handled"] == 1


def test_two_of_one_event_are_one_that_commits_and_its_duplicate(library: Library) -> None:
    library.bury(COMMANDS, asked("pair-1"))
    library.bury(COMMANDS, asked("pair-1"))

    assert library.forecast() == [("would commit", 1), ("is a duplicate", 1)]


def test_an_effect_is_said_and_not_performed(library: Library) -> None:
    library.fail_at_the_carrier("effect-1")

    outcome = library.dlq("redrive", library.the_group(), "--dry-run")

    assert "1 would call: Send (Send)" in outcome.output
    assert library.parcels == []


def test_what_is_mended_goes_through_in_waves(library: Library) -> None:
    library.fail_at_the_carrier(*(f"mended-{number}" for number in range(13)))

    told = library.redrive("--rate", "100")

    assert (told["sent"], told["handled"], told["failed"], told["stopped"]) == (13, 13, [], None)
    assert len(library.parcels) == 13
    started, ended = library.told
    assert (started["operation"], started["number"], started["queue"]) == ("redrive", 13, EVENTS)
    assert started["who"].startswith("arn:aws:")
    assert (ended["handled"], ended["failed"], len(ended["events"])) == (13, 0, 13)
    assert ended["correlation_id"] == started["correlation_id"]
    assert ended["causation_id"] == started["event_id"]


def test_an_operation_is_kept_as_a_workflow_of_its_own(library: Library) -> None:
    library.bury(COMMANDS, asked("kept-1"))
    library.redrive()
    library.laptop.run_for(20)

    traced = library.ensemble("trace", library.told[0]["correlation_id"], "--port", str(library.port), "--json")

    started, ended = json.loads(traced.output)["events"]
    assert (started["type"], ended["type"]) == ("OperationStarted", "OperationEnded")
    assert started["fields"] == {**started["fields"], "operation": "redrive", "queue": COMMANDS, "number": 1}
    assert started["fields"]["who"].startswith("arn:aws:")
    assert (ended["fields"]["handled"], ended["fields"]["failed"]) == (1, 0)


def test_it_stops_at_the_wave_in_which_one_fails_again(library: Library) -> None:
    library.fail_at_the_carrier(*(f"stops-{number}" for number in range(13)))
    library.parcels.fails = lambda key: "stops-" in key and len(library.parcels) >= 6

    told = library.redrive("--rate", "100")

    assert (told["sent"], len(told["failed"]), told["stopped"]) == (11, 5, "one failed again")
    assert len(library.dead(EVENTS)) == 13 - len(library.parcels)
    assert library.told[-1]["stopped"] == "one failed again"


def test_what_fails_again_keeps_its_history(library: Library) -> None:
    library.fail_at_the_carrier("again-1")
    library.parcels.fails = lambda _: True
    library.redrive()
    library.redrive()

    told = library.json("show", library.the_group())

    assert told["redrives"] == 2
    assert [one["reason"].partition(" ")[0] for one in told["past"]] == ["ValueError", "ValueError"]
    assert library.groups()[0]["again"]["number"] == 1


def test_an_interruption_leaves_each_message_in_one_place(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.fail_at_the_carrier(*(f"stop-{number}" for number in range(13)))
    left = iter(range(5))

    def pause(seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
        library.laptop.run_for(seconds)

    monkeypatch.setattr(pauses, "pause", pause)
    told = library.redrive()
    library.laptop.run_for(20)

    assert told["stopped"] == "it was interrupted"
    assert 0 < told["sent"] < 13
    assert len(library.parcels) == told["sent"]
    assert len(library.dead(EVENTS)) == 13 - told["sent"]
    assert library.told[-1]["sent"] == told["sent"]


def test_some_are_dropped_with_a_reason_after_a_question(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.spoil("drop-1", "drop-2")
    group = library.the_group()
    monkeypatch.setattr("typer.confirm", lambda _: False)
    refused = library.dlq("drop", group, "--why", "a test")
    monkeypatch.setattr("typer.confirm", lambda _: True)

    dropped = library.dlq("drop", group, "--why", "a test")

    assert (refused.status, dropped.status) == (1, 0)
    assert library.dead() == []
    started, *drops, ended = library.told
    assert (started["operation"], started["why"], ended["dropped"]) == ("drop", "a test", 2)
    assert [one["causation_id"] for one in drops] == ended["events"]
    for one in drops:
        said = one["who"], one["why"], one["service"], one["queue"], one["operation_id"]
        assert said == (started["who"], "a test", "loan", COMMANDS, started["correlation_id"])
        assert one["reason"].startswith("ContractViolation: ")


@pytest.fixture
def repairs(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The repairs of the loan service."""

    def one_book(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "books": [{"title": "title-1", "copies": 1}]}

    def another_loan(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "loan_id": "another"}

    def no_town(fields: dict[str, Any]) -> dict[str, Any]:
        return {**fields, "books": [{"title": 7, "copies": 1}]}

    module = ModuleType("functions.loan.repairs")
    module.REPAIRS = {"RequestLoan": (one_book, another_loan, no_town)}  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "functions.loan.repairs", module)
    return module


@pytest.mark.usefixtures("repairs")
def test_a_repair_lets_them_through_in_the_place_of_the_first_ones(library: Library) -> None:
    library.spoil("repair-1")
    before = library.json("show", library.the_group())

    told = library.redrive("--repair", "one_book")

    assert (told["forecast"][0]["ahead"], told["handled"]) == ("would commit", 1)
    assert [row["pk"] for row in library.rows() if "repair-1" in row["pk"]] == ["loan_id#repair-1"]
    assert library.told[0]["repair"] == "one_book"
    assert library.told[1]["events"] == [before["event_id"]]


@pytest.mark.usefixtures("repairs")
def test_a_repair_is_held_to_the_schema_to_the_row_and_to_its_name(library: Library) -> None:
    library.spoil("held-1")
    group = library.the_group()

    against_the_schema = library.json("redrive", group, "--dry-run", "--repair", "no_town")
    of_another_row = library.dlq("redrive", group, "--yes", "--repair", "another_loan")
    of_no_name = library.dlq("redrive", group, "--yes", "--repair", "other")

    assert against_the_schema["forecast"][0]["ahead"] == "would fail again"
    assert "it changes what finds the row" in of_another_row.errors
    assert "Declared in functions/loan/repairs.py: one_book, another_loan, no_town" in of_no_name.errors
    assert (of_another_row.status, of_no_name.status) == (2, 2)
    assert len(library.dead()) == 1


def test_what_the_bus_could_not_deliver_is_redriven_by_the_same_command(library: Library) -> None:
    attributes = {"ERROR_CODE": {"DataType": "String", "StringValue": "NO_PERMISSIONS"}}
    library.laptop.queue(f"{COMMANDS}-dlq").send(asked("bus-1"), attributes)

    assert library.groups()[0]["reason"] == "EventBridge could not deliver it: NO_PERMISSIONS"
    assert library.redrive()["handled"] == 1


def test_what_is_no_letter_is_refused(library: Library) -> None:
    outcome = library.dlq("redrive", "nothing", "--yes")

    assert outcome.status == 2
    assert "no dead letter in dev, and no group of them, has the id nothing" in outcome.errors


def test_json_asks_nobody(library: Library) -> None:
    assert library.dlq("redrive", "any", "--json").status == 2
    assert library.dlq("drop", "any", "--why", "so", "--json").status == 2


def test_what_was_dropped_is_told_in_its_workflow_as_that(library: Library) -> None:
    library.fail_at_the_carrier("gone-1")
    library.drop("sent by hand")
    (drop,) = [one for one in library.told if one["type"] == "DeadLetterDropped"]

    traced = json.loads(library.other("trace", "gone-1", "--json"))
    listed = json.loads(library.other("workflows", "--state", "dropped", "--since", "10m", "--json"))

    (why,) = [one for one in traced["why"] if one["cause"] == "dropped"]
    assert (traced["state"], why["service"], why["reason"]) == ("dropped", "courier", "sent by hand")
    assert f"by {drop['who']}: sent by hand (operation {drop['operation_id']}). It had been given up: " in why["text"]
    assert why["event"]["event_id"] == drop["causation_id"]
    assert [one["fields"]["who"] for one in traced["events"] if one["event_id"] == drop["event_id"]] == [drop["who"]]
    (line,) = [one for one in listed["workflows"] if one["keys"] == ["gone-1"]]
    assert line["why"] == "CopiesReserved for courier was dropped: sent by hand"
    assert json.loads(library.other("workflows", "--type", "DeadLetterDropped", "--json"))["workflows"] == []
    assert "goes no further: a message of it was dropped" in library.other("trace", "gone-1")


def test_a_judgement_of_the_stage_tells_what_was_dropped_and_does_not_fail_by_it(library: Library) -> None:
    library.spoil("judged-1")
    library.drop("nobody knows the sender")
    library.laptop.run_for(1_000)

    outcome = library.ensemble("verify", "--port", str(library.port), "--since", "21m")
    document = json.loads(library.other("verify", "--since", "21m", "--json"))

    assert outcome.status == 0
    assert document["holds"] is True
    assert document["dropped"]["number"] == 1
    (seen,) = document["dropped"]["witnesses"]
    assert seen["seen"].startswith("RequestLoan ")
    assert "was dropped for loan by arn:aws:" in seen["seen"]
    assert seen["seen"].endswith(": nobody knows the sender")
    assert (
        f"⌫ a message was dropped, which is no violation: 1 times told, such as\n    {seen['seen']}" in outcome.output
    )


def test_a_dead_letter_that_was_not_dropped_fails_the_judgement_still(library: Library) -> None:
    library.spoil("judged-2")
    library.drop("nobody knows the sender")
    library.spoil("judged-3")
    library.laptop.run_for(910)

    document = json.loads(library.other("verify", "--since", "24m", "--json"))

    assert document["dropped"]["number"] == 1
    assert {one["invariant"]: one["number"] for one in document["violations"]} == {
        "every event is handled by everyone who hears it": 1,
        "every command is answered": 1,
    }
