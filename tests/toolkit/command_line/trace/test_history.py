"""`ensemble trace`: what each event changed in the rows and where the time went, on a laptop with a virtual clock."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

from tests.toolkit.command_line.trace.conftest import Library


def seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def hops(document: Any) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """Return the segments of each hop: of an event, by its type, to a service."""
    types = {event["event_id"]: event["type"] for event in document["events"]}
    found = defaultdict(list)
    for segment in document["waterfall"]:
        found[types[segment["event_id"]], segment["service"]].append(segment)
    return found


def changes_of(document: Any, service: str) -> list[tuple[str, dict[str, tuple[Any, Any]]]]:
    """Return what each event has changed in the row of a service, by its type."""
    types = {event["event_hash"]: event["type"] for event in document["events"]}
    (row,) = (one for one in document["rows"] if one["service"] == service)
    assert row["history_is_whole"]
    return [
        (
            types[commit["event_hash"]],
            {one["field"]: (one.get("before"), one.get("after")) for one in commit["changes"]},
        )
        for commit in row["history"]
    ]


def test_the_state_of_a_row_before_and_after_each_event_is_told_as_a_difference(library: Library) -> None:
    library.ask_for("loan-past")
    library.laptop.run_for(30)

    document, text = library.json("loan-past"), library.trace("loan-past").output

    asked, sent = changes_of(document, "loan")
    assert asked[0] == "RequestLoan"
    assert asked[1]["status"] == (None, "requested")
    assert asked[1]["reader"] == (None, "(sensitive)")
    assert sent == ("CopiesSent", {"status": ("requested", "granted")})
    assert "  CopiesSent  state.status: requested -> granted  (queue 2 ms, handler 0 ms)" in text


def test_the_parts_of_a_hop_follow_each_other_and_add_up_to_the_whole(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("loan-late")
    library.laptop.run_for(45)
    library.start_the_carrier()
    library.laptop.run_for(600)

    document = library.json("loan-late")

    assert document["state"] == "done"
    for parts in hops(document).values():
        assert [part["begin"] for part in parts[1:]] == [part["end"] for part in parts[:-1]]
    committed = {row["service"]: [one["committed_at"] for one in row["history"]] for row in document["rows"]}
    by_event = hops(document)
    waited = by_event["CopiesReserved", "courier"]
    assert [part["kind"] for part in waited][:2] == ["bus", "queue"]
    assert waited[-1]["end"] == committed["courier"][-1]
    assert sum(seconds(part["end"]) - seconds(part["begin"]) for part in waited if part["kind"] == "queue") > 30
    assert by_event["CopiesSent", "loan"][0]["begin"] == committed["courier"][-1]


def test_what_is_not_handled_yet_waits_until_now(library: Library) -> None:
    library.stop_the_carrier()
    library.ask_for("loan-waits")
    library.laptop.run_for(45)

    document = library.json("loan-waits")

    last = hops(document)["CopiesReserved", "courier"][-1]
    assert (last["kind"], last["end"], last["exact"]) == ("queue", document["now"], False)
