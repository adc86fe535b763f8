"""Dead letters in groups: what would become of them, and their way back or out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from ensemble.command_line.stage import pauses
from ensemble.console.dead_letters import Letter, Redrives, grouped
from scenarios.lending.scenario import loan
from tests.conftest import NAMES
from tests.toolkit.console.conftest import Library

COMMANDS = f"{NAMES.consumer('loan')}-commands"
LETTER = Letter("queue", "loan", "RequestLoan", "loan-1", "w-1", "e-1", "NotYet: loan-1 of w-1 waits", 100.0, "body 1")


@pytest.fixture
def spoilt(library: Library, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library with four dead letters of two kinds in one queue; while something waits, time passes."""
    monkeypatch.setattr(pauses, "pause", library.laptop.run_for)
    for queue in library.laptop.queues.values():
        queue.purge()
    for number in range(3):
        library.ask_for(f"loan-{number}-{library.laptop.now():.0f}", books=[])
    library.ask_for(f"loan-3-{library.laptop.now():.0f}", place="nowhere")
    yield library
    for queue in library.laptop.queues.values():
        queue.purge()


def look(library: Library) -> Any:
    return library.visitor.get("dead-letters")


def dead(library: Library) -> int:
    return len(library.laptop.queue(f"{COMMANDS}-dlq").messages)


def test_those_of_one_queue_event_and_reason_are_one_group_whatever_ids_are_in_the_reason() -> None:
    other = Letter(
        "queue", "loan", "RequestLoan", "loan-2", "w-2", "e-2", "NotYet: loan-2 of w-2 waits", 90.0, "body 2"
    )
    letters = [LETTER, other, replace(LETTER, reason="TypeError"), replace(LETTER, type="CancelLoan")]

    first, *others = grouped(letters)

    assert (first["number"], first["reason"]) == (2, "NotYet: … of … waits")
    assert (first["first"], first["last"]) == (90_000, 100_000)
    assert [one["key"] for one in first["letters"]] == ["loan-1", "loan-2"]
    assert [one["number"] for one in others] == [1, 1]


def test_those_whose_reasons_name_other_events_that_they_caused_are_one_group() -> None:
    reasons = [f"EventRefused: the bus refused LoanGranted {uuid4()} by NotAuthorized" for _ in range(3)]

    (group,) = grouped([replace(LETTER, reason=reason) for reason in reasons])

    assert (group["number"], group["reason"]) == (3, "EventRefused: the bus refused LoanGranted … by NotAuthorized")


def test_those_of_code_that_was_replaced_are_a_group_of_their_own() -> None:
    letters = [replace(LETTER, deployed=instant) for instant in (99.0, 101.0)]

    live, replaced = sorted(grouped([*letters, LETTER])[:2], key=lambda group: not group["live"])

    assert (live["live"], replaced["live"]) == (True, False)
    assert "the cause is live" in live["cause"]
    assert "replaced since" in replaced["cause"]


def test_one_that_was_redriven_and_failed_again_is_told_apart() -> None:
    back = replace(LETTER, redrives=Redrives().once_more(99.0, "TypeError").once_more(99.5, "KeyError"))

    (failed,) = grouped([back])

    assert failed["again"] == {"number": 1, "redriven": 99_500}
    assert Redrives.read(back.redrives.text) == back.redrives


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[1]", '["x", [[1, "y"]]]', "[1, [[]]]"])
def test_what_no_redrive_has_written_is_none(text: str) -> None:
    assert Redrives.read(text) == Redrives()


def test_a_message_says_no_more_of_its_redrives_than_it_has_room_for() -> None:
    redrives = Redrives()
    for number in range(100):
        redrives = redrives.once_more(1e9 + number, "\U0001f600" * 999)

    assert redrives.number == 100
    assert len(redrives.text) < 7_000


def test_they_are_shown_with_their_queue_their_reason_and_the_keys_of_their_workflows(spoilt: Library) -> None:
    told = look(spoilt)

    three, one = told["groups"]
    assert (told["number"], told["queues"]) == (4, {COMMANDS: 4})
    assert (three["number"], three["queue"], three["type"]) == (3, COMMANDS, "RequestLoan")
    assert three["reason"].startswith("ContractViolation: RequestLoan")
    assert {letter["key"].rpartition("-")[0] for letter in three["letters"]} == {"loan-0", "loan-1", "loan-2"}
    assert spoilt.visitor.get(f"workflow/{one['letters'][0]['key']}")["why"][0]["state"] == "failed"


def test_they_are_there_after_a_look_as_before(spoilt: Library) -> None:
    assert look(spoilt)["groups"] == look(spoilt)["groups"]
    assert dead(spoilt) == 4


def test_what_would_fail_again_is_said_and_not_redriven(spoilt: Library) -> None:
    three, _ = look(spoilt)["groups"]

    told = spoilt.visitor.get(f"dead-letters/forecast?group={three['group']}")
    done = spoilt.visitor.done("dead-letters/redrive", group=three["group"], most=1)

    assert [(one["ahead"], one["number"]) for one in told["forecast"]] == [("would fail again", 3)]
    assert (done["going"], "sent" in done, dead(spoilt)) == (0, False, 4)


def test_what_would_go_through_is_redriven(spoilt: Library) -> None:
    detail = {**loan(f"loan-back-{spoilt.laptop.now():.0f}", 1).fields, "event_id": "back"}
    event = {"id": "back", "source": "desk", "detail-type": "RequestLoan", "time": "2026-01-01T00:00:00Z"}
    spoilt.laptop.queue(f"{COMMANDS}-dlq").send(json.dumps({**event, "detail": detail}))
    group = next(one for one in look(spoilt)["groups"] if "none is given" in one["reason"])

    done = spoilt.visitor.done("dead-letters/redrive", group=group["group"])

    assert (done["sent"], done["handled"], done["failed"], done["stopped"]) == (1, 1, [], None)
    assert dead(spoilt) == 4


def test_a_group_is_dropped_with_a_reason_and_nothing_else(spoilt: Library) -> None:
    three, one = look(spoilt)["groups"]

    done = spoilt.visitor.done("dead-letters/drop", group=three["group"], why="a test")

    assert (done["dropped"], dead(spoilt)) == (3, 1)
    assert [group["group"] for group in look(spoilt)["groups"]] == [one["group"]]


def test_a_message_that_holds_no_event_is_shown_and_fails_again(spoilt: Library) -> None:
    spoilt.laptop.queue(f"{COMMANDS}-dlq").send("no event")

    (group,) = [one for one in look(spoilt)["groups"] if not one["type"]]

    assert "none is given" in group["reason"]
    assert [(letter["key"], letter["workflow"]) for letter in group["letters"]] == [("", "")]
    told = spoilt.visitor.get(f"dead-letters/forecast?group={group['group']}")
    assert told["forecast"][0]["ahead"] == "would fail again"


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("dead-letters/redrive", {"group": "another"}),
        ("dead-letters/redrive", {}),
        ("dead-letters/redrive", {"group": "another", "most": 0}),
        ("dead-letters/redrive", {"group": "another", "most": 101}),
        ("dead-letters/drop", {"group": "another", "why": " "}),
    ],
)
def test_what_is_no_group_no_number_or_no_reason_is_refused(spoilt: Library, path: str, asked: dict[str, Any]) -> None:
    status, told = spoilt.visitor.post(path, **asked)

    assert status in (400, 404)
    assert told["error"]
    assert dead(spoilt) == 4
