"""Where the time of a workflow went, by what its rows remember, and by what its events say where they do not."""

from __future__ import annotations

from dataclasses import replace

from ensemble.trace.history import Commit
from ensemble.trace.known import DeadLetter, Happened, Hearing, Known, Row
from ensemble.trace.steps import steps_of
from ensemble.trace.waterfall import Kind, Segment, waterfall_of
from functions.kit.history import place_of as in_history
from functions.kit.inbox import entry, place_of

NOON = 1_767_225_600.0
ASKED = Happened("e-1", "Asked", "desk", "w-1", NOON, None, {"loan_id": "l-1"}, taken_at=NOON)
GRANTED = replace(ASKED, event_id="e-2", type="Granted", source="loan", at=NOON + 3, cause="e-1", taken_at=NOON + 3)
HEARINGS = (
    Hearing("loan", "desk", "Asked", "loan_id", "loan-commands", ("Granted",)),
    Hearing("mail", "loan", "Granted", "loan_id", "mail-events"),
)


def commit(event_id: str, version: int, at: float, *, queue: float, handler: float, attempt: int = 1) -> Commit:
    return Commit(in_history(event_id), version, NOON + at, queue, handler, attempt)


def row(service: str, *history: Commit, handled: tuple[str, ...] = ()) -> Row:
    known = {place_of(one): entry(30_000) for one in handled}
    return Row(service, "loan_id#l-1", "w-1", 1, inbox=known, history=history)


def parts(*rows: Row, now: float = 100.0, letters: tuple[DeadLetter, ...] = ()) -> list[tuple[str, str, float, float]]:
    """Return the service, the kind and the ends of each segment, in seconds since noon."""
    return [
        (one.service, str(one.kind), round(one.begin - NOON, 3), round(one.end - NOON, 3))
        for one in segments(*rows, now=now, letters=letters)
    ]


def segments(*rows: Row, now: float = 100.0, letters: tuple[DeadLetter, ...] = ()) -> list[Segment]:
    known = Known(NOON + now, (ASKED, GRANTED), rows, HEARINGS, dead_letters=letters)
    return waterfall_of(steps_of(known), known)


LOAN = row("loan", commit("e-1", 1, 3, queue=1, handler=1.5), handled=("e-1",))
MAIL = row("mail", commit("e-2", 1, 8, queue=2, handler=1), handled=("e-2",))


def test_each_hop_is_split_into_bus_queue_and_handler_that_follow_each_other() -> None:
    assert parts(LOAN, MAIL) == [
        ("loan", "bus", 0, 0.5),
        ("loan", "queue", 0.5, 1.5),
        ("loan", "handler", 1.5, 3),
        ("mail", "bus", 3, 5),
        ("mail", "queue", 5, 7),
        ("mail", "handler", 7, 8),
    ]


def test_what_the_bus_took_seconds_after_the_commit_was_being_published_until_then() -> None:
    late = replace(GRANTED, taken_at=NOON + 4)
    known = Known(NOON + 100, (ASKED, late), (LOAN, MAIL), HEARINGS)

    publication, bus, *_ = (one for one in waterfall_of(steps_of(known), known) if one.service == "mail")

    assert (publication.kind, publication.begin, publication.end) == (Kind.PUBLICATION, NOON + 3, NOON + 4)
    assert (bus.kind, bus.begin, bus.end) == (Kind.BUS, NOON + 4, NOON + 5)
    assert not publication.exact
    assert not bus.exact


def test_only_what_was_measured_is_exact() -> None:
    exact = {(one.service, one.kind): one.exact for one in segments(LOAN, MAIL)}

    assert not exact["loan", Kind.BUS]
    assert all(is_exact for name, is_exact in exact.items() if name != ("loan", Kind.BUS))


def test_an_intent_and_its_outcome_are_two_parts_with_the_wait_between_them() -> None:
    intent = commit("e-1", 1, 2, queue=1, handler=0.5)
    outcome = commit("e-1", 2, 62, queue=60, handler=1, attempt=3)

    assert parts(row("loan", intent, outcome, handled=("e-1",)))[:5] == [
        ("loan", "bus", 0, 0.5),
        ("loan", "queue", 0.5, 1.5),
        ("loan", "handler", 1.5, 2),
        ("loan", "queue", 2, 61),
        ("loan", "handler", 61, 62),
    ]


def test_after_an_intent_without_an_outcome_it_still_waits() -> None:
    intent = commit("e-1", 1, 2, queue=1, handler=0.5)

    assert ("loan", "queue", 2, 50) in parts(row("loan", intent), now=50)


def test_without_a_history_a_hop_is_one_part_by_what_the_events_say() -> None:
    handled = row("loan", handled=("e-1",))

    assert parts(handled, MAIL)[0] == ("loan", "hop", 0, 3)
    assert parts(handled, MAIL)[1] == ("mail", "bus", 3, 5)
    assert not segments(handled, MAIL)[0].exact


def test_what_is_not_handled_waits_until_now_or_until_it_was_given_up() -> None:
    letter = DeadLetter("mail-events-dlq", "mail", "e-2", "Granted", NOON + 9, "no")

    assert parts(LOAN, now=20)[-1] == ("mail", "queue", 3, 20)
    assert parts(LOAN, now=20, letters=(letter,))[-1] == ("mail", "queue", 3, 9)


def test_two_clocks_that_differ_make_no_part_of_less_than_nothing() -> None:
    ahead = row("mail", commit("e-2", 1, 2, queue=0.5, handler=0.5), handled=("e-2",))

    assert all(one.end > one.begin for one in segments(LOAN, ahead))
    assert parts(LOAN, ahead)[-2:] == [("mail", "handler", 1.5, 2), ("loan", "handler", 1.5, 3)]
