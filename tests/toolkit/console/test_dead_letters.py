"""Dead letters in groups, and their way back: a whole queue, a group, or one of it to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ensemble.console.dead_letters import Letter, grouped
from tests.conftest import NAMES
from tests.toolkit.console.conftest import Library

COMMANDS = f"{NAMES.consumer('loan')}-commands"
LETTER = Letter("queue", "loan", "RequestLoan", "loan-1", "w-1", "e-1", "NotYet: loan-1 of w-1 waits", 100.0, "body 1")


@pytest.fixture
def spoilt(library: Library) -> Iterator[Library]:
    """A library with four dead letters of two kinds in one queue."""
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

    first, *others = grouped(letters, {})

    assert (first["number"], first["reason"]) == (2, "NotYet: … of … waits")
    assert (first["first"], first["last"]) == (90_000, 100_000)
    assert [one["key"] for one in first["letters"]] == ["loan-1", "loan-2"]
    assert [one["number"] for one in others] == [1, 1]


def test_one_that_failed_again_after_it_was_sent_back_is_told_apart() -> None:
    back_at = {LETTER.mark: 99.0, replace(LETTER, body="older").mark: 101.0}

    (failed,) = grouped([LETTER], back_at)
    (waits,) = grouped([replace(LETTER, body="older")], back_at)

    assert failed["again"] == {"number": 1, "sent_back": 99_000}
    assert waits["again"] is None


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


def test_one_of_a_group_is_tried_and_that_it_failed_again_is_said(spoilt: Library) -> None:
    three, _ = look(spoilt)["groups"]

    done = spoilt.visitor.done("dead-letters/send-back", queue=COMMANDS, group=three["group"], most=1)
    on_its_way = look(spoilt)
    spoilt.laptop.run_for(20)

    again, _ = look(spoilt)["groups"]
    assert done["sent"] == 1
    assert (on_its_way["number"], on_its_way["groups"][0]["again"]) == (3, None)
    assert (again["number"], again["again"]["number"]) == (3, 1)


def test_a_group_goes_back_as_it_came_and_nothing_else(spoilt: Library) -> None:
    three, one = look(spoilt)["groups"]
    before = {message.body: message.attributes for message in spoilt.laptop.queue(f"{COMMANDS}-dlq").messages}

    done = spoilt.visitor.done("dead-letters/send-back", queue=COMMANDS, group=three["group"])

    back = {message.body: message.attributes for message in spoilt.laptop.queue(COMMANDS).messages}
    assert (done["sent"], len(back)) == (3, 3)
    assert back.items() <= before.items()
    assert dead(spoilt) == 1
    assert [group["group"] for group in look(spoilt)["groups"]] == [one["group"]]


def test_a_whole_queue_goes_back(spoilt: Library) -> None:
    done = spoilt.visitor.done("dead-letters/send-back", queue=COMMANDS)

    assert (done["sent"], dead(spoilt)) == (4, 0)
    assert look(spoilt)["groups"] == []
    spoilt.laptop.run_for(20)
    assert sum(group["again"]["number"] for group in look(spoilt)["groups"]) == 4


def test_a_message_that_holds_no_event_is_shown_and_can_go_back(spoilt: Library) -> None:
    spoilt.laptop.queue(f"{COMMANDS}-dlq").send("no event")

    (group,) = [one for one in look(spoilt)["groups"] if not one["type"]]

    assert "none is given" in group["reason"]
    assert group["letters"] == [{"key": "", "workflow": ""}]
    assert spoilt.visitor.done("dead-letters/send-back", queue=COMMANDS, group=group["group"])["sent"] == 1


@pytest.mark.parametrize("asked", [{"queue": "another"}, {}, {"queue": COMMANDS, "group": "g", "most": 0}])
def test_what_is_no_queue_of_the_stage_or_no_number_is_refused(spoilt: Library, asked: dict[str, Any]) -> None:
    status, told = spoilt.visitor.post("dead-letters/send-back", **asked)

    assert status in (400, 404)
    assert told["error"]
    assert dead(spoilt) == 4
