"""Every event is decided once and published at least once, wherever the function dies, on moto."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from functions.kit.errors import VersionConflict
from functions.kit.inbox import place_of
from functions.kit.model import Decision, Event, on, publish
from functions.kit.once import ATTEMPTS
from functions.kit.rows import Row
from tests.kit.conftest import Context, EndingContext, Kit, record
from tests.kit.locker import LOCKER, CallCourier, Locker, call, split
from tests.kit.virtual_queues import Died

KEY = "locker_id#l-1"
SPLIT = record("ParcelSplit", {"locker_id": "l-1"})
WANTED = record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2", message_id="m-2")


def dying(*_: Any, **__: Any) -> Any:
    raise Died


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Put a value in the place of an attribute for a while."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, value)
        yield


def service(kit: Kit, *reactions: Any) -> None:
    """Let the toy service react as these say, and otherwise as always."""
    events = {reaction.event for reaction in reactions}
    others = tuple(one for one in LOCKER.reactions if one.event not in events)
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=(*others, *reactions)))


def ids(kit: Kit) -> list[str]:
    return [event["event_id"] for event in kit.bus.events]


# Between the commit and the bus


def test_a_function_that_dies_before_it_published_publishes_when_the_event_comes_again(kit: Kit) -> None:
    with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
        kit.handle(SPLIT)
    left = kit.unpublished(KEY)

    assert kit.handle(SPLIT) == []

    assert kit.bus.events == left
    assert len(left) == 2
    assert kit.unpublished(KEY) == []


def test_a_function_that_dies_before_it_noted_what_is_published_publishes_the_same_events_again(kit: Kit) -> None:
    with replaced(kit.rows, "published", dying), pytest.raises(Died):
        kit.handle(SPLIT)

    assert kit.handle(SPLIT) == []

    first, second, *again = ids(kit)
    assert again == [first, second]
    assert kit.unpublished(KEY) == []


def test_an_event_whose_outbox_cannot_be_taken_out_of_the_row_is_done_all_the_same(kit: Kit) -> None:
    def refused(*_: Any) -> None:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

    with replaced(kit.rows, "published", refused):
        assert kit.handle(SPLIT) == []

    assert len(kit.bus.events) == len(kit.unpublished(KEY)) == 2


def test_a_write_carries_on_what_was_not_noted_and_each_cause_notes_its_own(kit: Kit) -> None:
    with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
        kit.handle(SPLIT)
    service(
        kit,
        on("CourierWanted", lambda locker, event: split(locker, event), reads=("locker_id",), emits=("ParcelStored",)),
    )
    with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
        kit.handle(WANTED)
    both = kit.unpublished(KEY)

    kit.handle(WANTED)
    left = [event["causation_id"] for event in kit.unpublished(KEY)]
    kit.handle(SPLIT)

    assert [event["causation_id"] for event in both] == ["e-1", "e-1", "e-2", "e-2"]
    assert left == ["e-1", "e-1"]
    assert [event["causation_id"] for event in kit.bus.events] == ["e-2", "e-2", "e-1", "e-1"]
    assert kit.unpublished(KEY) == []


def test_an_intent_carries_on_what_was_not_noted_too(kit: Kit) -> None:
    kit.stock(small=1)
    with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
        kit.handle(record("ParcelArrived", {"locker_id": "l-1", "parcels": [{"size": "small"}]}))
    kit.courier.failures = 1

    kit.handle(WANTED)

    assert kit.state(KEY)["status"] == "calling"
    assert [event["type"] for event in kit.unpublished(KEY)] == ["ParcelStored"]


def test_a_worker_that_read_an_outbox_before_it_was_noted_does_not_write_it_back(kit: Kit) -> None:
    with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
        kit.handle(SPLIT)
    react, calls = LOCKER.reactions[1].react, []

    def overtaken(locker: Locker | None, event: Event) -> Decision:
        calls.append(locker)
        if len(calls) == 1:
            kit.another_worker().handle({"Records": [SPLIT]}, Context())  # type: ignore[arg-type]
        return react(Locker("stored"), event)

    service(
        kit, on("CourierWanted", overtaken, reads=("locker_id",), emits=("CourierCalled",), effects={CallCourier: str})
    )
    kit.handle(WANTED)

    assert len(calls) == 2
    assert kit.unpublished(KEY) == []
    assert len(kit.bus.events) == 3


def test_a_refused_event_stays_in_its_row_until_its_cause_is_redriven(kit: Kit) -> None:
    kit.bus.codes = [None, "MalformedDetail"]
    assert kit.handle(SPLIT) == []
    ((body, reason),) = kit.dead_letters()
    parked = kit.unpublished(KEY)

    assert kit.handle({**SPLIT, "body": body}) == []

    assert reason == f"EventRefused: the bus refused ParcelStored {parked[1]['event_id']} by MalformedDetail"
    assert set(ids(kit)) == {event["event_id"] for event in parked}
    assert kit.unpublished(KEY) == []


# Time


def test_what_there_is_no_time_to_publish_waits_in_its_row(kit: Kit) -> None:
    assert kit.handle(SPLIT, context=EndingContext(lambda: kit.calls["PutItem"] > 0)) == ["m-1"]
    waiting = len(kit.unpublished(KEY))
    assert kit.handle(SPLIT) == []

    assert (waiting, len(kit.bus.events), kit.unpublished(KEY)) == (2, 2, [])


def test_what_there_is_no_time_to_note_is_published_and_done(kit: Kit) -> None:
    assert kit.handle(SPLIT, context=EndingContext(lambda: kit.bus.calls > 0)) == []

    assert len(kit.bus.events) == len(kit.unpublished(KEY)) == 2


# Conflicts


def test_a_duplicate_that_another_worker_decided_meanwhile_is_not_decided_again(kit: Kit) -> None:
    calls = []

    def overtaken(locker: Locker | None, event: Event) -> Decision:
        calls.append(locker)
        kit.another_worker().handle({"Records": [SPLIT]}, Context())  # type: ignore[arg-type]
        return split(locker, event)

    service(kit, on("ParcelSplit", overtaken, reads=("locker_id",), emits=("ParcelStored",)))

    assert kit.handle(SPLIT) == []

    assert calls == [None]
    assert len(ids(kit)) == 2
    assert kit.item(KEY)["version"] == {"N": "2"}


def test_a_duplicate_publishes_what_the_worker_that_decided_it_could_not(kit: Kit) -> None:
    def overtaken(locker: Locker | None, event: Event) -> Decision:
        with replaced(kit.bus, "put_events", dying), pytest.raises(Died):
            kit.another_worker().handle({"Records": [SPLIT]}, Context())  # type: ignore[arg-type]
        return split(locker, event)

    service(kit, on("ParcelSplit", overtaken, reads=("locker_id",), emits=("ParcelStored",)))

    assert kit.handle(SPLIT) == []

    assert len(set(ids(kit))) == 2
    assert kit.unpublished(KEY) == []


def test_an_event_that_conflicts_again_and_again_waits_and_has_left_nothing(kit: Kit) -> None:
    loads = []

    def conflicting(commit: Any, now: float) -> Row:
        loads.append(commit)
        raise VersionConflict("no")

    with replaced(kit.rows, "commit", conflicting):
        assert kit.handle(SPLIT) == ["m-1"]

    assert len(loads) == ATTEMPTS
    assert kit.bus.events == []


# A row that is taken to be new


def beginning(react: Any, **declared: Any) -> Any:
    declared = {
        "reads": ("locker_id",),
        "emits": ("ParcelStored", "CourierCalled"),
        "effects": {CallCourier: str},
    } | declared
    return on("ParcelSplit", react, begins=True, **declared)


def test_the_first_event_of_a_row_is_written_without_a_read(kit: Kit) -> None:
    service(kit, beginning(split))
    kit.handle(record("ParcelSplit", {"locker_id": "l-0"}, event_id="e-0"))
    kit.calls.clear()

    assert kit.handle(SPLIT) == []

    assert kit.calls == {"PutItem": 1, "UpdateItem": 1}


def test_a_row_that_is_there_already_is_read_and_decided_on(kit: Kit) -> None:
    kit.handle(SPLIT)
    seen = []

    def note(locker: Locker | None, event: Event) -> Decision:
        seen.append(locker)
        return Decision(Locker("seen"), publish("ParcelStored", locker_id="l-1"))

    service(kit, beginning(note))
    assert kit.handle({**WANTED, "body": SPLIT["body"].replace('"e-1"', '"e-3"')}) == []

    assert seen == [None, Locker("split")]
    assert kit.state(KEY)["status"] == "seen"
    assert set(kit.item(KEY)["inbox"]["M"]) == {place_of("e-1"), place_of("e-3")}


def test_a_duplicate_of_a_row_that_was_taken_to_be_new_publishes_nothing_again(kit: Kit) -> None:
    service(kit, beginning(split))
    kit.handle(SPLIT)

    assert kit.handle(SPLIT) == []

    assert len(kit.bus.events) == 2


def test_what_a_reaction_says_of_a_row_that_is_only_taken_to_be_new_counts_for_nothing(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}, event_id="e-0"))

    def never_new(locker: Locker | None, event: Event) -> Decision:
        assert locker is not None
        return Decision(Locker("seen"))

    service(kit, beginning(never_new))

    assert kit.handle(SPLIT) == []
    assert kit.state(KEY)["status"] == "seen"


def test_an_effect_of_a_row_that_is_new_indeed_is_asked_for_once_and_its_fault_is_told(kit: Kit) -> None:
    service(kit, beginning(lambda locker, event: call(locker or Locker("stored"), event)))
    kit.courier.failures = 1

    assert kit.handle(SPLIT) == ["m-1"]
    calls, intent = list(kit.courier.calls), kit.state(KEY)["status"]
    assert kit.handle(SPLIT) == []

    assert (calls, intent) == (["l-1"], "calling")
    assert kit.courier.calls == ["l-1", "l-1"]
    assert kit.state(KEY)["status"] == "called"
    assert len(kit.bus.events) == 1


def test_an_effect_is_not_asked_for_because_of_a_row_that_was_only_taken_to_be_new(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}, event_id="e-0"))

    def calling_if_new(locker: Locker | None, event: Event) -> Decision:
        return Decision(locker) if locker else call(Locker("stored"), event)

    service(kit, beginning(calling_if_new))

    assert kit.handle(SPLIT) == []
    assert kit.courier.calls == []


def test_a_table_that_does_not_answer_is_not_asked_a_second_time_at_once(kit: Kit) -> None:
    calls = []

    def silent(**_: Any) -> Any:
        calls.append(1)
        raise ReadTimeoutError(endpoint_url="https://x")

    service(kit, beginning(split))
    with replaced(kit.dynamodb, "put_item", silent), replaced(kit.dynamodb, "get_item", silent):
        assert kit.handle(SPLIT) == ["m-1"]

    assert len(calls) == 1
