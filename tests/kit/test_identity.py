"""Identity is ours: whatever a sender writes as its ids, no event is lost, none doubled, none taken for another."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any
from uuid import uuid5

import pytest

from functions.kit.envelope import NAMESPACE, PLAIN_NAME, derived_id
from functions.kit.model import Decision, Event, on, unchanged
from functions.kit.sweep import timer_message
from tests.kit.conftest import Context, Kit, record
from tests.kit.locker import CONTRACTS, LOCKER, Locker
from tests.kit.test_store import Store, create_table

DOORS = {("street", type): "locker_id" for type in ("ParcelArrived", "CourierWanted", "ParcelSplit", "RuleBroken")}
DOORS |= {("street", "SpaceAdded"): "receipt_id"}
OUTSIDE = replace(CONTRACTS, doors=DOORS)
"""The contracts of the lockers, whose events all come from the street, which is no service."""

NOT_PLAIN = ["ann@example.com", "x" * 129, "", "a/b", "a b", "a#b", "é", 7, True, ["e-1"], {"id": "e-1"}]


@pytest.fixture
def kit(kit: Kit) -> Kit:
    kit.consumer = kit.another_worker(contracts=OUTSIDE)
    kit.stock(small=9)
    return kit


def arrived(locker_id: str, **envelope: Any) -> dict[str, Any]:
    return record("ParcelArrived", {"locker_id": locker_id, "parcels": [{"size": "small"}]}, **envelope)


def wanted(locker_id: str, **envelope: Any) -> dict[str, Any]:
    return record("CourierWanted", {"locker_id": locker_id}, **envelope)


def split(locker_id: str, **envelope: Any) -> dict[str, Any]:
    return record("ParcelSplit", {"locker_id": locker_id}, **envelope)


def published(kit: Kit) -> list[tuple[str, str]]:
    return [(event["type"], event["locker_id"]) for event in kit.bus.events]


def ids(kit: Kit) -> list[str]:
    return [event["event_id"] for event in kit.bus.events]


def logged(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_one_id_for_two_rows_names_two_events_and_so_do_the_ids_of_what_follows(kit: Kit) -> None:
    assert kit.handle(split("l-1", event_id="session-77"), split("l-2", event_id="session-77")) == []

    assert published(kit) == [("ParcelStored", "l-1")] * 2 + [("ParcelStored", "l-2")] * 2
    assert len(set(ids(kit))) == 4
    assert len({event["causation_id"] for event in kit.bus.events}) == 2


def test_one_id_for_two_commands_about_one_row_names_two_events(kit: Kit) -> None:
    assert kit.handle(arrived("l-1", event_id="e-1"), wanted("l-1", event_id="e-1")) == []

    assert published(kit) == [("ParcelStored", "l-1"), ("CourierCalled", "l-1")]


def test_a_reaction_is_told_the_id_that_the_sender_of_a_command_wrote_and_none_where_there_is_none(kit: Kit) -> None:
    told: list[str | None] = []

    def listen(state: Locker | None, event: Event) -> Decision:
        told.append(event.external_id)
        return unchanged(state)

    service = replace(LOCKER, reactions=(on("ParcelSplit", listen, reads=("locker_id",)),), timer=None)
    records = [split("l-1", event_id="session-77"), split("l-2", event_id=None)]
    kit.another_worker(service=service, contracts=OUTSIDE).handle({"Records": records}, Context())  # type: ignore[arg-type]

    assert told == ["session-77", None]


def test_a_command_sent_again_is_a_duplicate_whatever_id_eventbridge_gives_it(kit: Kit) -> None:
    first, again = split("l-1"), split("l-1")
    again["body"] = again["body"].replace('"bridge-1"', '"bridge-2"')

    assert kit.handle(first) == kit.handle(again) == []

    assert len(published(kit)) == 2


def test_without_an_id_each_command_that_eventbridge_took_is_one_and_its_redelivery_a_duplicate(kit: Kit) -> None:
    first, other = split("l-1", event_id=None), split("l-1", event_id=None)
    other["body"] = other["body"].replace('"bridge-1"', '"bridge-2"')

    assert kit.handle(first, first, other) == []

    assert len(published(kit)) == 4


@pytest.mark.parametrize("change", [{"locker_id": "l-1", "note": "another"}, {"locker_id": "l-1", "note": None}])
def test_the_same_id_with_another_content_is_refused_and_changes_nothing(kit: Kit, change: dict[str, Any]) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1", "note": "this"}))
    other = record("ParcelSplit", change, message_id="m-2")

    assert kit.handle(other) == []

    reason = "ContractViolation: an event with the same id was handled, and its fields had other values"
    assert kit.dead_letters() == [(other["body"], reason)]
    assert len(published(kit)) == 2


def test_the_same_content_in_another_order_of_its_keys_is_a_duplicate(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1", "note": {"a": 1, "b": 2}}))

    assert kit.handle(record("ParcelSplit", {"note": {"b": 2, "a": 1}, "locker_id": "l-1"})) == []

    assert kit.dead_letters() == []
    assert len(published(kit)) == 2


ALIKE = {
    "1.0 is 1": ('{"weight": 1}', '{"weight": 1.0}'),
    "1e3 is 1000": ('{"weights": [1000]}', '{"weights": [1e3]}'),
    "1e22 is a one and 22 noughts": (f'{{"weight": 1{"0" * 22}}}', '{"weight": 1e22}'),
    "-0.0 is 0": ('{"weight": 0}', '{"weight": -0.0}'),
    "null is absence": ("{}", '{"weight": null}'),
    "null is absence in an element of a list": ('[{"weight": 1}]', '[{"weight": 1.0, "height": null}]'),
    "0.10 is 0.1": ('{"weight": 0.1}', '{"weight": 0.10}'),
    "an escape is its character": ('{"name": "\u00e9"}', '{"name": "\\u00e9"}'),
}


@pytest.mark.parametrize(("first", "again"), ALIKE.values(), ids=ALIKE)
def test_the_same_content_in_the_words_of_another_serializer_is_a_duplicate(kit: Kit, first: str, again: str) -> None:
    for said in (first, again, first):
        came = split("l-1")
        came["body"] = came["body"].replace('"locker_id"', f'"note": {said}, "locker_id"')
        assert kit.handle(came) == []

    assert kit.dead_letters() == []
    assert len(published(kit)) == 2


DIFFERENT = {
    "a text is no number": ('"1"', "1"),
    "a truth is no number": ("true", "1"),
    "null in a list is an element": ("[1, null]", "[1]"),
    "nearly one is not one": ("1", "1.0000000000000002"),
    "a letter with its accent is not both in one": ('"e\u0301"', '"\u00e9"'),
    "what only reads as null": ('"null"', "null"),
}


@pytest.mark.parametrize(("first", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_what_only_looks_alike_is_another_content(kit: Kit, first: str, other: str) -> None:
    for said in (first, other):
        came = split("l-1")
        came["body"] = came["body"].replace('"locker_id"', f'"note": {said}, "locker_id"')
        kit.handle(came)

    assert len(kit.dead_letters()) == 1


def test_the_content_is_compared_as_it_was_sent_not_as_it_was_upcast(kit: Kit) -> None:
    older = record("ParcelArrived", {"locker_id": "l-1", "size": "small"}, version="0.9")
    other = record("ParcelArrived", {"locker_id": "l-1", "size": "small", "gone": 1}, version="0.9", message_id="m-2")

    assert kit.handle(older) == kit.handle(older) == kit.handle(other) == []

    assert [body for body, _ in kit.dead_letters()] == [other["body"]]
    assert kit.state("locker_id#l-1")["status"] == "stored"


@pytest.mark.parametrize("name", ["event_id", "correlation_id"])
@pytest.mark.parametrize("value", NOT_PLAIN, ids=str)
def test_an_id_that_is_no_plain_name_is_refused_at_the_door_and_repeated_nowhere(
    kit: Kit, log: io.StringIO, name: str, value: Any
) -> None:
    bad = split("l-1", **{"event_id": "e-1"} | {name: value})
    bad["body"] = json.dumps(json.loads(bad["body"]) | {"detail": json.loads(bad["body"])["detail"] | {name: value}})

    assert kit.handle(bad) == []

    assert kit.dead_letters() == [
        (bad["body"], f"ContractViolation: the sender's {name} is no plain name: {PLAIN_NAME}")
    ]
    assert published(kit) == []
    assert not (isinstance(value, str) and len(value) > 3 and value in log.getvalue())


@pytest.mark.parametrize("value", [one for one in NOT_PLAIN if one != ""], ids=str)
def test_a_row_key_that_is_no_plain_name_is_refused_from_inside_too(kit: Kit, value: Any) -> None:
    bad = record("ParcelSplit", {"locker_id": value})
    kit.consumer = kit.another_worker()  # here the street is a service

    assert kit.handle(bad) == []

    reason = f"ContractViolation: the locker_id of ParcelSplit, which finds the row, is no name: {PLAIN_NAME}"
    assert kit.dead_letters() == [(bad["body"], reason)]


@pytest.mark.parametrize("name", ["event_id", "correlation_id", "causation_id"])
def test_an_id_that_is_no_plain_name_is_refused_from_inside_too(kit: Kit, name: str) -> None:
    kit.consumer = kit.another_worker()

    assert kit.handle(split("l-1", **{name: "x" * 129})) == []

    assert [reason for _, reason in kit.dead_letters()] == [
        f"ContractViolation: the envelope's {name} is no plain name: {PLAIN_NAME}"
    ]


@pytest.mark.parametrize("null", ["event_id", "correlation_id", "causation_id", "hops"])
def test_null_in_the_place_of_an_id_is_none(kit: Kit, null: str) -> None:
    assert kit.handle(split("l-1", **{"event_id": "e-1"} | {null: None})) == []

    assert len(published(kit)) == 2


@pytest.mark.parametrize("hops", [29, 10**9, -3, "0", None, 2.5])
def test_a_command_starts_at_no_hops_whatever_came_with_it(kit: Kit, hops: Any) -> None:
    assert kit.handle(split("l-1", hops=hops)) == []

    assert [event["hops"] for event in kit.bus.events] == [1, 1]


@pytest.mark.parametrize(("hops", "next_hops"), [("1", 2), ("1.0", 2), ("0.0", 1), ("8.0", 9), ("null", 1)])
def test_the_hops_of_an_event_of_a_service_are_a_whole_number_however_it_is_written(
    kit: Kit, hops: str, next_hops: int
) -> None:
    kit.consumer = kit.another_worker()  # here the street is a service
    came = split("l-1")
    came["body"] = came["body"].replace('"hops": 0', f'"hops": {hops}')

    assert kit.handle(came) == []

    assert [repr(event["hops"]) for event in kit.bus.events] == [repr(next_hops)] * 2


@pytest.mark.parametrize("hops", ["-1", "-1000000", "-1.0", '"0"', "2.5", "true", "[1]", "{}"])
def test_hops_that_count_nothing_are_refused_for_what_they_are_and_get_round_no_limit(kit: Kit, hops: str) -> None:
    kit.consumer = kit.another_worker()
    came = split("l-1")
    came["body"] = came["body"].replace('"hops": 0', f'"hops": {hops}')

    kit.handle(came)

    assert [reason for _, reason in kit.dead_letters()] == [
        "ContractViolation: the envelope's hops are no whole number from 0 on"
    ]


def test_a_command_is_its_own_cause_and_what_follows_from_it_names_it(kit: Kit) -> None:
    kit.handle(split("l-1", event_id="e-1", causation_id="the event that I say"))

    (cause,) = {event["causation_id"] for event in kit.bus.events}
    assert cause == derived_id("outside", "street", "ParcelSplit", "locker_id#l-1", "e-1")


def test_commands_about_one_row_are_of_one_workflow_and_those_about_another_are_not(kit: Kit) -> None:
    kit.handle(*(one("l-1", event_id=None) for one in (arrived, wanted)), arrived("l-2", event_id=None))

    workflows = [event["correlation_id"] for event in kit.bus.events]
    assert workflows == [derived_id("workflow", f"locker_id#{one}") for one in ("l-1", "l-1", "l-2")]


@pytest.mark.parametrize("other", ["another-workflow", None])
def test_what_concerns_a_workflow_joins_it_whatever_correlation_id_came_with_it(
    kit: Kit, log: io.StringIO, other: str | None
) -> None:
    kit.handle(arrived("l-1", correlation_id="c-1"))

    kit.handle(wanted("l-1", event_id="e-2", correlation_id=other))

    assert {event["correlation_id"] for event in kit.bus.events} == {"c-1"}
    assert [line["correlation_id"] for line in logged(log) if line["message"] == "EventHandled"] == ["c-1", "c-1"]


def test_the_senders_id_is_found_in_the_log_beside_ours(kit: Kit, log: io.StringIO) -> None:
    kit.handle(split("l-1", event_id="session-77"), split("l-2", event_id=None))
    kit.handle(record("ParcelSplit", {}, event_id="session-78"))

    first, second, refused = logged(log)
    assert (first["external_id"], first["event_id"]) == ("session-77", kit.bus.events[0]["causation_id"])
    assert "external_id" not in second
    assert (refused["message"], refused["external_id"]) == ("EventDeadLettered", "session-78")


def test_what_is_refused_at_the_door_is_logged_with_what_can_be_named(kit: Kit, log: io.StringIO) -> None:
    kit.handle(split("l-1", event_id="session-77", correlation_id="ann@example.com"))

    (line,) = logged(log)
    assert (line["type"], line["external_id"], line["row_key"]) == ("ParcelSplit", "session-77", "locker_id#l-1")
    assert line.keys().isdisjoint({"event_id", "correlation_id"})


@pytest.mark.parametrize("sent", ["e-1", "what it likes"])
def test_an_external_id_that_its_sender_writes_itself_is_none_of_ours(kit: Kit, log: io.StringIO, sent: str) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1", "external_id": sent}, event_id=None))

    assert len(published(kit)) == 2
    assert "external_id" not in logged(log)[0]


def test_no_sender_meets_a_timer_by_its_id(kit: Kit) -> None:
    kit.handle(arrived("l-1"))
    deadline = kit.state("locker_id#l-1")["deadline"]
    timer = timer_message("locker", "locker_id#l-1", deadline, "2026-01-01T13:00:00.000Z")["id"]
    kit.handle(arrived("l-1", event_id=timer), arrived("l-2", event_id=timer, correlation_id=timer))

    kit.consumer.handle({"time": "2026-01-01T13:00:00Z"}, Context())  # type: ignore[arg-type]
    messages = kit.messages()

    assert timer in {json.loads(message["body"])["id"] for message in messages}
    assert kit.handle(*messages) == []
    assert kit.dead_letters() == []
    assert ("ParcelRefused", "l-1") in published(kit)


def test_no_sender_takes_the_place_of_an_event_to_come(kit: Kit) -> None:
    cause = derived_id("outside", "street", "ParcelArrived", "locker_id#l-1", "e-1")
    to_come = derived_id("caused", cause, "locker", "locker_id#l-1", "ParcelStored", "0")
    kit.handle(split("l-1", event_id=to_come))
    kit.handle(split("l-2", event_id=to_come))

    kit.handle(arrived("l-3", event_id=to_come), arrived("l-1", event_id="e-1"))

    assert to_come not in {event["causation_id"] for event in kit.bus.events}
    assert len(set(ids(kit))) == len(ids(kit))


def test_the_door_of_a_service_is_not_that_of_another_source(kit: Kit) -> None:
    kit.handle(split("l-1", source="thief", event_id="e-1"))

    assert [reason for _, reason in kit.dead_letters()] == [
        "ContractViolation: ParcelSplit is not an event that thief may publish"
    ]


# In the event store


@pytest.fixture
def filing(kit: Kit) -> Store:
    create_table(kit.dynamodb)
    return Store(kit, kit.dynamodb, OUTSIDE)


@pytest.mark.parametrize(
    "envelope", [{}, {"event_id": None}, {"correlation_id": None}, {"correlation_id": "c-9", "hops": 29}]
)
def test_a_command_lies_in_the_workflow_of_what_follows_from_it_under_the_id_that_they_name(
    kit: Kit, filing: Store, envelope: dict[str, Any]
) -> None:
    command = split("l-1", **envelope)
    kit.handle(command)

    filing.handle(command)

    event = kit.bus.events[0]
    assert filing.ids(event["correlation_id"]) == [event["causation_id"]]
    assert filing.texts(event["correlation_id"]) == [command["body"]]


def test_one_id_for_two_rows_takes_two_places_in_the_event_store(filing: Store) -> None:
    filing.handle(*(one(row, event_id="session-77") for one in (split, wanted) for row in ("l-1", "l-2")))

    assert len(filing.all()) == 4


@pytest.mark.parametrize("name", ["event_id", "correlation_id", "locker_id"])
@pytest.mark.parametrize("value", NOT_PLAIN, ids=str)
def test_what_is_refused_at_the_door_is_stored_all_the_same(kit: Kit, filing: Store, name: str, value: Any) -> None:
    command = record("ParcelSplit", {"locker_id": "l-1", name: value})

    assert filing.handle(command) == []

    assert len(filing.all()) == 1
    assert kit.dead_letters() == []


def test_no_command_takes_the_place_of_an_event_to_come_in_the_event_store(kit: Kit, filing: Store) -> None:
    kit.handle(split("l-1", event_id="e-1"))
    event = kit.bus.events[0]
    told = record("ParcelStored", event, source="locker", **{name: event[name] for name in ("event_id", "hops")})

    filing.handle(split("l-2", **{name: event[name] for name in ("event_id", "correlation_id", "timestamp")}), told)

    assert len(filing.all()) == 2


def test_a_service_whose_rows_are_found_by_the_event_or_by_its_workflow_has_a_door_too(kit: Kit) -> None:
    for key in ("event_id", "correlation_id"):
        reactions = tuple(one for one in LOCKER.reactions if one.event == "ParcelSplit")
        service = replace(LOCKER, key=key, timer=None, reactions=reactions)
        contracts = replace(CONTRACTS, doors={("street", "ParcelSplit"): key})
        kit.consumer = kit.another_worker(service=service, contracts=contracts)

        another = split("l-2", event_id=None, correlation_id="c-2")
        another["body"] = another["body"].replace('"bridge-1"', '"bridge-2"')

        assert kit.handle(split("l-1"), split("l-1", event_id=None), another) == []

    assert kit.dead_letters() == []
    assert len(published(kit)) == 12


@pytest.mark.parametrize("number", range(20))
def test_an_id_that_is_derived_is_a_uuid_of_version_5(number: int) -> None:
    parts = ("caused", f"Zoë-{number}", "order#1")

    assert derived_id(*parts) == str(uuid5(NAMESPACE, "/".join(parts)))
