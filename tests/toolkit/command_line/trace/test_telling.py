"""How a workflow is printed: all of it, whatever its events say."""

from __future__ import annotations

import time
from dataclasses import replace

from ensemble.command_line.trace.telling import told
from ensemble.trace.known import Happened, Hearing, Known, Row
from ensemble.trace.standing import standing_of
from functions.kit.inbox import entry, place_of

NOON = 1_767_225_600.0 + 12 * 3_600
ASKED = Happened("e-0", "Asked", "desk", "w-1", NOON - 9, None, {"loan_id": "l-1"})


def lines(*events: Happened, rows: tuple[Row, ...] = (), hearings: tuple[Hearing, ...] = ()) -> list[str]:
    known = Known(NOON, events, rows, hearings)
    return [line for line, _ in told("l-1", "dev", known, standing_of(known))]


def test_events_that_say_they_caused_each_other_are_told_once_each() -> None:
    one, two = replace(ASKED, event_id="e-1", cause="e-2"), replace(ASKED, event_id="e-2", cause="e-1")

    tree = [line for line in lines(one, two) if "Asked  desk" in line]

    assert len(tree) == 2


def test_a_chain_of_thousands_is_told_whole_and_soon() -> None:
    chain = [replace(ASKED, event_id=f"e-{n}", cause=f"e-{n - 1}" if n else None, at=NOON + n) for n in range(5_000)]
    hearing = Hearing("loan", "desk", "Asked", "loan_id", "loan-commands", ("Asked",))
    row = Row("loan", "loan_id#l-1", "w-1", 1, inbox={place_of(one.event_id): entry(30_000) for one in chain})

    began = time.perf_counter()
    tree = [line for line in lines(*chain, rows=(row,), hearings=(hearing,)) if "Asked  desk" in line]

    assert len(tree) == 5_000
    assert time.perf_counter() - began < 10


def test_the_day_is_told_where_not_all_is_of_today() -> None:
    today, both = lines(ASKED), lines(replace(ASKED, at=NOON - 86_400), replace(ASKED, event_id="e-1"))

    assert any(line.startswith("11:59:51.000  Asked") for line in today)
    assert any(line.startswith("2025-12-31 12:00:00.000  Asked") for line in both)


def test_what_came_from_outside_moves_no_cursor() -> None:
    evil = replace(ASKED, type="\x1b[2J", source="\x1b]0;x\x07")

    assert not any("\x1b" in line for line in lines(evil))
