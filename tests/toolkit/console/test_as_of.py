"""A workflow as of an instant: what had happened by then, and nothing later."""

from __future__ import annotations

from typing import Any

from ensemble.console.as_of import as_of

Json = dict[str, Any]
NOON = 1_767_268_800_000.0
"""2026-01-01T12:00:00Z in milliseconds since 1970."""


def text(seconds: float) -> str:
    return f"2026-01-01T12:00:{seconds:06.3f}Z"


def read_at(seconds: float, *events: Json, status: str | None = None, **rest: Any) -> Json:
    """Return the document of a ticket as it was read."""
    rows = [] if status is None else [{"service": "desk", "state": {"status": status}, "history": []}]
    standing = {"state": "running", "shown": "running", "undone": False, "ended_by": [], "why": [], "waterfall": []}
    return {"now": text(seconds), **standing, "events": list(events), "rows": rows, **rest}


def event(id: str, at: float, *heard: Json, cause: str | None = None) -> Json:
    return {
        "event_id": id,
        "event_hash": f"#{id}",
        "at": text(at),
        "stored": True,
        "cause": cause,
        "heard": list(heard),
    }


def handled(service: str, *published: str) -> Json:
    return {"service": service, "reception": "handled", "published": list(published), "to_publish": []}


AT_FIRST = read_at(1, event("open", 0), status="opened")
LATER = read_at(
    9,
    event("open", 0, handled("desk", "opened")),
    event("opened", 4, handled("check", "checked"), handled("mail"), cause="open"),
    event("checked", 6, cause="opened"),
    status="closed",
    state="done",
    shown="done",
    ended_by=["checked"],
    why=[{"text": "it is late"}],
    waterfall=[
        {"event_id": "open", "begin": text(0), "end": text(4), "exact": True},
        {"event_id": "opened", "begin": text(4), "end": text(6), "exact": True},
    ],
)


def at(seconds: float) -> Json:
    """Return the ticket as of so many seconds after noon."""
    found = as_of([AT_FIRST, LATER], NOON + 1_000 * seconds)
    assert found is not None
    return found


def test_between_two_readings_it_stands_as_in_the_first_and_has_the_events_that_had_been_published() -> None:
    found = at(5)

    assert (found["now"], found["shown"], found["rows"][0]["state"]["status"]) == (text(5), "running", "opened")
    assert [one["event_id"] for one in found["events"]] == ["open", "opened"]
    assert (found["ended_by"], found["why"]) == ([], [])


def test_a_step_was_handled_once_something_that_it_has_published_is_there() -> None:
    heard = {step["service"]: step for one in at(5)["events"] for step in one["heard"]}
    later = {step["service"]: step for one in at(7)["events"] for step in one["heard"]}

    assert (heard["desk"]["reception"], heard["desk"]["published"]) == ("handled", ["opened"])
    assert (heard["check"]["reception"], heard["check"]["published"]) == ("not handled", [])
    assert (later["check"]["reception"], later["check"]["published"]) == ("handled", ["checked"])


def test_a_step_that_publishes_nothing_was_handled_once_its_row_has_committed() -> None:
    row = {"service": "mail", "state": {}, "history": [{"event_hash": "#opened", "committed_at": text(5)}]}
    documents = [AT_FIRST, LATER | {"rows": [*LATER["rows"], row]}]

    receptions = [
        step["reception"]
        for seconds in (4.9, 5.1)
        for one in (as_of(documents, NOON + 1_000 * seconds) or {})["events"]
        for step in one["heard"]
        if step["service"] == "mail"
    ]

    assert receptions == ["not handled", "handled"]


def test_a_part_of_the_waterfall_is_no_longer_than_until_then() -> None:
    first, second = at(5)["waterfall"]

    assert (first["end"], first["exact"]) == (text(4), True)
    assert (second["end"], second["exact"]) == (text(5), False)
    assert len(at(3)["waterfall"]) == 1


def test_what_no_store_had_yet_is_shown_from_its_first_reading_on() -> None:
    events = [one | {"stored": one["event_id"] != "opened"} for one in LATER["events"]]
    documents = [AT_FIRST, LATER | {"events": events}]

    shown = [len((as_of(documents, NOON + 1_000 * seconds) or {})["events"]) for seconds in (5, 9)]

    assert shown == [1, 3]


def test_what_was_read_stays_whatever_its_publishers_clock_said() -> None:
    early = read_at(1, event("open", 0), event("opened", 4, cause="open"))

    found = as_of([early, LATER], NOON + 2_000)

    assert [one["event_id"] for one in (found or {})["events"]] == ["open", "opened"]


def test_after_the_last_reading_it_is_as_in_that_one() -> None:
    assert at(30) == LATER | {"now": text(30)}


def test_before_its_first_event_nothing_is_known() -> None:
    assert as_of([AT_FIRST, LATER], NOON - 1) is None
    assert as_of([], NOON) is None
