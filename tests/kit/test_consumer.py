"""The consumer on moto: every record's fate, and never its neighbour's."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.kit import clock
from functions.kit.envelope import DEEPEST, NAMESPACE
from functions.kit.errors import SettingRefused, VersionConflict
from functions.kit.inbox import entry, place_of
from functions.kit.model import TIMER, Decision, Event, Index, on, publish
from functions.kit.rows import CROWDED, Commit, Row, RowStore, due_partition
from tests.kit.conftest import NOON, Context, EndingContext, Kit, record
from tests.kit.locker import CONTRACTS, LOCKER, CallCourier, Locker

PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small", "weight": 2}]}
NEVER = entry(10**6)
"""An event that is not forgotten."""


def test_an_event_changes_the_row_and_publishes_what_was_decided(kit: Kit) -> None:
    kit.stock(small=3)

    failed = kit.handle(record("ParcelArrived", PARCEL))

    assert failed == []
    assert kit.state("locker_id#l-1")["status"] == "stored"
    assert kit.counter("space#small") == 2
    (event,) = kit.bus.events
    assert event["type"] == "ParcelStored"
    assert (event["correlation_id"], event["causation_id"], event["hops"]) == ("c-1", "e-1", 1)
    assert event["timestamp"] == "2026-01-01T12:00:00.000Z"
    assert kit.unpublished("locker_id#l-1") == []


def test_a_duplicate_changes_nothing(kit: Kit) -> None:
    kit.stock(small=3)
    kit.handle(record("ParcelArrived", PARCEL))
    before = kit.item("locker_id#l-1")

    failed = kit.handle(record("ParcelArrived", PARCEL), record("ParcelArrived", PARCEL, message_id="m-2"))

    assert failed == []
    assert kit.item("locker_id#l-1") == before
    assert kit.counter("space#small") == 2


def test_commands_repeated_without_end_do_not_fill_the_row_that_the_workflow_needs(kit: Kit) -> None:
    handled = dict.fromkeys(map(str, range(CROWDED - 1)), NEVER)
    stored = {"status": "stored", "deadline": None, "reference": None}
    kit.rows.commit(Commit(Row("locker_id#l-1", state=stored, inbox=handled, correlation_id="c-1")), 0.0)
    for number in range(3):
        assert kit.handle(record("ParcelArrived", PARCEL, event_id=f"e-{number}")) == []
    remembered = len(kit.item("locker_id#l-1")["inbox"]["M"])

    failed = kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="wanted"))

    assert failed == []
    assert kit.state("locker_id#l-1")["status"] == "called"
    assert (remembered, len(kit.item("locker_id#l-1")["inbox"]["M"])) == (CROWDED, CROWDED + 1)


def test_a_crowded_row_remembers_an_event_that_had_an_effect_though_its_state_is_the_same(kit: Kit) -> None:
    handled = dict.fromkeys(map(str, range(CROWDED)), NEVER)
    kit.rows.commit(Commit(Row("locker_id#l-1", state={"status": "calling"}, inbox=handled)), 0.0)
    reaction = on("CourierWanted", ring, reads=("locker_id",), effects={CallCourier: str})
    service = replace(LOCKER, reactions=(reaction,), timer=None)
    wanted = record("CourierWanted", {"locker_id": "l-1"}, event_id="wanted")

    for _ in range(2):
        kit.another_worker(service=service).handle({"Records": [wanted]}, Context())  # type: ignore[arg-type]

    assert kit.courier.calls == ["l-1"]


def test_a_crowded_row_answers_without_remembering_whom(kit: Kit) -> None:
    handled = dict.fromkeys(map(str, range(CROWDED)), NEVER)
    stored = {"status": "stored", "deadline": None, "reference": None}
    kit.rows.commit(Commit(Row("locker_id#l-1", state=stored, inbox=handled, correlation_id="c-1")), 0.0)
    answering = on("ParcelArrived", tell, reads=("locker_id",), emits=("ParcelStored",))
    service = replace(LOCKER, reactions=(answering,), timer=None)
    records = [record("ParcelArrived", PARCEL, event_id=f"e-{number}") for number in range(3)]

    for one in records:
        kit.another_worker(service=service).handle({"Records": [one]}, Context())  # type: ignore[arg-type]

    assert [event["type"] for event in kit.bus.events] == ["ParcelStored"] * 3
    assert len(kit.item("locker_id#l-1")["inbox"]["M"]) == CROWDED
    assert kit.unpublished("locker_id#l-1") == []


def test_a_crowded_row_can_lose_its_state(kit: Kit) -> None:
    handled = dict.fromkeys(map(str, range(CROWDED)), NEVER)
    kit.rows.commit(Commit(Row("locker_id#l-1", state={"status": "calling"}, inbox=handled)), 0.0)
    reaction = on("CourierWanted", lambda *_: Decision(None), reads=("locker_id",))
    service = replace(LOCKER, reactions=(reaction,), timer=None)
    wanted = record("CourierWanted", {"locker_id": "l-1"}, event_id="wanted")

    answer = kit.another_worker(service=service).handle({"Records": [wanted]}, Context())  # type: ignore[arg-type]

    assert answer == {"batchItemFailures": []}
    assert kit.state("locker_id#l-1") is None


def tell(locker: Locker | None, event: Event) -> Decision:
    """Say that it is stored, and change nothing."""
    return Decision(locker, publish("ParcelStored", locker_id=event["locker_id"]))


def ring(locker: Locker | None, event: Event) -> Decision:
    """Call the courier, and note nothing about it."""
    return Decision(locker, effect=CallCourier(event["locker_id"]), then=lambda locker, *_: Decision(locker))


def test_a_counter_below_what_is_taken_decides_otherwise_and_moves_nothing(kit: Kit) -> None:
    kit.stock(small=3, large=0)
    parcels = {"locker_id": "l-1", "parcels": [{"size": "small"}, {"size": "large"}]}

    kit.handle(record("ParcelArrived", parcels))

    assert kit.state("locker_id#l-1")["status"] == "refused"
    assert [event["type"] for event in kit.bus.events] == ["ParcelRefused"]
    assert (kit.counter("space#small"), kit.counter("space#large")) == (3, 0)


def test_a_counter_is_given_to_under_the_reactions_own_key(kit: Kit) -> None:
    fields = {"receipt_id": "r-1", "size": "small", "amount": 5}

    kit.handle(record("SpaceAdded", fields))
    kit.handle(record("SpaceAdded", fields))

    assert kit.counter("space#small") == 5
    assert kit.state("receipt_id#r-1")["status"] == "added"


def test_an_effect_is_performed_between_intent_and_outcome(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))

    assert kit.state("locker_id#l-1") == {
        "status": "called",
        "deadline": "2026-01-01T13:00:00.000Z",
        "reference": "courier for l-1",
    }
    *_, event = kit.bus.events
    assert (event["type"], event["version"], event["reference"]) == ("CourierCalled", "2.1", "courier for l-1")


def test_after_an_effect_that_timed_out_the_intent_repeats_it_with_the_same_key(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.courier.failures = 1
    wanted = kit.queued("CourierWanted", {"locker_id": "l-1"}, event_id="e-2")

    first = kit.handle(wanted)
    intent = kit.state("locker_id#l-1")["status"], len(kit.bus.events)
    second = kit.handle(wanted)

    assert first == [wanted["messageId"]]
    assert intent == ("calling", 1)
    assert second == []
    assert kit.courier.calls == ["l-1", "l-1"]
    assert kit.state("locker_id#l-1")["status"] == "called"


def test_a_record_that_must_wait_comes_back_later_by_its_own_visibility(kit: Kit) -> None:
    wanted = kit.queued("CourierWanted", {"locker_id": "l-9"})

    failed = kit.handle(wanted)

    assert failed == [wanted["messageId"]]
    hidden = kit.sqs.get_queue_attributes(QueueUrl=kit.queue_url, AttributeNames=["All"])["Attributes"]
    assert hidden["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_a_record_that_waited_longer_than_its_reaction_has_patience_goes_to_the_dlq_with_its_reason(kit: Kit) -> None:
    patient = tuple(replace(reaction, patience=timedelta(hours=1)) for reaction in LOCKER.reactions)
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=patient))
    wanted = record("CourierWanted", {"locker_id": "l-9"})

    kit.handle(first_received(wanted, NOON - 3_500))
    before = kit.dead_letters()
    failed = kit.handle(first_received(wanted, NOON - 3_600))

    assert (before, failed) == ([], [])
    assert kit.dead_letters() == [
        (wanted["body"], "NotYet: nothing is stored yet (waited 3,600 s, 0 times; tried 0 times)")
    ]


def test_when_the_dlq_cannot_be_reached_the_record_stays_in_its_queue(kit: Kit) -> None:
    kit.sqs.delete_queue(QueueUrl=kit.dlq_url)

    failed = kit.handle(record("ParcelLost", PARCEL))

    assert failed == ["m-1"]


def first_received(record: dict[str, Any], instant: float) -> dict[str, Any]:
    """Return the record as if it had been received first at this instant, in seconds."""
    attributes = record["attributes"] | {"ApproximateFirstReceiveTimestamp": str(int(instant * 1_000))}
    return record | {"attributes": attributes}


def nested(depth: int) -> Any:
    """Return lists in each other."""
    inner: list[Any] = []
    for _ in range(depth - 1):
        inner = [inner]
    return inner


BAD_RECORDS = {
    "ParcelArrived 1.0: data must contain parcels": record("ParcelArrived", {"locker_id": "l-2"}),
    "ParcelArrived has no live major version 7.0": record("ParcelArrived", PARCEL, version="7.0"),
    "the envelope's version is not <major>.<minor>": record("ParcelArrived", PARCEL, version="v1"),
    f"the record is nested over {DEEPEST} deep": record("ParcelArrived", PARCEL | {"more": nested(500)}),
    "ParcelArrived 0.9, upcast to 1.x: data must contain parcels": record(
        "ParcelArrived", {"locker_id": "l-1"}, version="0.9"
    ),
    "ParcelLost is not an event that street may publish": record("ParcelLost", PARCEL),
    "ParcelArrived is not an event that thief may publish": record("ParcelArrived", PARCEL, source="thief"),
    "ParcelArrived has over 8 hops: the events go in a circle": record("ParcelArrived", PARCEL, hops=9),
    "SpaceAdded has no receipt_id, which finds the row": record("SpaceAdded", {"size": "small", "amount": 1}),
    "the envelope's correlation_id is no plain name: 1 to 128 letters, digits and ._:-": record(
        "ParcelArrived", PARCEL, correlation_id=7
    ),
    "the envelope's timestamp is not an instant of the past, with an offset": record(
        "ParcelArrived", PARCEL, timestamp="noon"
    ),
    "the envelope's type is not the detail-type that the bus saw": record(
        "ParcelArrived", PARCEL | {"type": "SpaceAdded"}
    ),
    "the record holds a half of a surrogate pair, which is no character": record(
        "ParcelArrived", PARCEL | {"locker_id": "\ud800"}
    ),
    "the record is not an EventBridge event": record("ParcelArrived", PARCEL) | {"body": "no JSON"},
    "the record's time is no instant": record("ParcelArrived", PARCEL)
    | {"body": '{"id": "1", "source": "street", "detail-type": "ParcelArrived", "time": "x", "detail": {}}'},
}


@pytest.mark.parametrize("reason", BAD_RECORDS)
def test_an_event_that_can_never_be_handled_goes_to_the_dlq_at_once_and_its_neighbours_are_handled(
    kit: Kit, reason: str
) -> None:
    kit.stock(small=2)
    bad = BAD_RECORDS[reason]
    before = record("ParcelArrived", PARCEL | {"locker_id": "before"}, event_id="e-2", message_id="m-2")
    after = record("ParcelArrived", PARCEL | {"locker_id": "after"}, event_id="e-3", message_id="m-3")

    failed = kit.handle(before, bad, after)

    assert failed == []
    assert kit.dead_letters() == [(bad["body"], f"ContractViolation: {reason}")]
    assert kit.state("locker_id#before")["status"] == kit.state("locker_id#after")["status"] == "stored"
    assert kit.item("locker_id#l-1") == kit.item("locker_id#l-2") == {}


def test_a_record_nested_deeper_than_anything_reads_goes_to_the_dlq_and_its_neighbour_is_handled(kit: Kit) -> None:
    kit.stock(small=1)
    deep = record("ParcelArrived", PARCEL, message_id="m-2") | {"body": '{"detail":' * 5_000 + "{}" + "}" * 5_000}

    failed = kit.handle(deep, record("ParcelArrived", PARCEL))

    assert failed == []
    assert kit.dead_letters() == [(deep["body"], "ContractViolation: the record is not an EventBridge event")]
    assert kit.state("locker_id#l-1")["status"] == "stored"


@pytest.mark.parametrize("depth", [DEEPEST - 2, DEEPEST - 1])
def test_what_nobody_reads_may_be_nested_as_deep_as_an_event_may_be(kit: Kit, depth: int) -> None:
    kit.stock(small=1)

    kit.handle(record("ParcelArrived", PARCEL | {"more": nested(depth)}))

    assert len(kit.dead_letters()) == (depth + 2 > DEEPEST)


@pytest.mark.parametrize(
    "version",
    [
        "01.0",
        "1.00",
        "1.01",
        "\u0661.\u0660",
        "1.\u0660",
        "9" * 5_000 + ".0",
        "1." + "9" * 5_000,
        "1.0\n",
        "1",
        "1.",
        "-1.0",
    ],
)
def test_a_version_that_no_schema_can_have_is_refused_at_once_and_briefly(kit: Kit, version: str) -> None:
    kit.handle(record("ParcelArrived", PARCEL, version=version))

    ((_, reason),) = kit.dead_letters()
    assert reason == "ContractViolation: the envelope's version is not <major>.<minor>"


def test_null_in_the_envelope_is_absence_so_that_it_is_filled_in(kit: Kit) -> None:
    kit.stock(small=1)
    unknown: Any = dict.fromkeys(("version", "timestamp", "correlation_id", "causation_id", "hops"))

    kit.handle(record("ParcelArrived", PARCEL, **unknown))

    assert kit.dead_letters() == []
    assert kit.state("locker_id#l-1")["status"] == "stored"


@pytest.mark.parametrize(
    "timestamp", ["9999-12-31T23:59:59Z", "2026-02-30T12:00:00Z", "2026-01-01T14:00:00Z", "2026-01-01T11:00:00"]
)
def test_an_event_dated_in_the_future_or_on_no_day_or_without_an_offset_is_refused(kit: Kit, timestamp: str) -> None:
    kit.handle(record("ParcelArrived", PARCEL, timestamp=timestamp))

    ((_, reason),) = kit.dead_letters()
    assert reason == "ContractViolation: the envelope's timestamp is not an instant of the past, with an offset"


@pytest.mark.parametrize("number", ["1e400", "Infinity", "NaN", "1" + "0" * 309, "-1" + "0" * 4_000, "9" * 5_000])
def test_a_number_that_no_double_reaches_is_refused_however_it_is_written(kit: Kit, number: str) -> None:
    fields = {"receipt_id": "r-1", "size": "small", "amount": 5}
    endless = record("SpaceAdded", fields)
    endless["body"] = endless["body"].replace('"amount": 5', f'"amount": {number}')

    kit.handle(endless)

    assert [reason for _, reason in kit.dead_letters()] == ["ContractViolation: the record is not an EventBridge event"]


def test_the_largest_number_that_a_double_reaches_is_taken(kit: Kit) -> None:
    largest = record("SpaceAdded", {"receipt_id": "r-1", "size": "small", "amount": 5, "weight": 1})
    largest["body"] = largest["body"].replace('"weight": 1', f'"weight": {int(sys.float_info.max)}')

    kit.handle(largest)

    assert kit.dead_letters() == []


def test_a_number_that_becomes_infinite_in_a_reaction_is_never_published(kit: Kit) -> None:
    huge = record("RuleBroken", {"locker_id": "l-1", "emit": "ParcelStored", "number": 1e308})

    kit.handle(huge)

    ((_, reason),) = kit.dead_letters()
    assert reason == "PublicationRefused: RuleBroken: an event holds what JSON cannot say"
    assert kit.item("locker_id#l-1") == {}


@pytest.mark.parametrize(
    ("emit", "reason"),
    [
        ("CourierCalled", "UndeclaredEmission: the reaction to RuleBroken does not declare CourierCalled in `emits`"),
        ("ParcelStored", "PublicationRefused: ParcelStored: data breaks the rule 'additionalProperties'"),
    ],
)
def test_a_reaction_that_breaks_its_declaration_commits_nothing_and_says_why(kit: Kit, emit: str, reason: str) -> None:
    broken = record("RuleBroken", {"locker_id": "l-1", "emit": emit})

    kit.handle(broken)

    assert kit.dead_letters() == [(broken["body"], reason)]
    assert kit.item("locker_id#l-1") == {}


def test_a_faults_message_is_kept_out_of_the_log(kit: Kit, log: io.StringIO) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.courier.failures = 1

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2"))

    assert "TimeoutError" in log.getvalue()
    assert "4242" not in log.getvalue()


def test_without_time_left_the_rest_of_the_batch_is_left_for_a_later_invocation(kit: Kit) -> None:
    kit.stock(small=2)
    first = record("ParcelArrived", PARCEL)
    second = record("ParcelArrived", PARCEL | {"locker_id": "l-2"}, event_id="e-2", message_id="m-2")

    failed = kit.handle(first, second, context=EndingContext(lambda: kit.calls["UpdateItem"] > 0))

    assert failed == ["m-2"]
    assert kit.item("locker_id#l-2") == {}


def test_an_effect_is_not_begun_when_its_answer_could_come_too_late(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.calls.clear()
    wanted = kit.queued("CourierWanted", {"locker_id": "l-1"}, event_id="e-2")

    failed = kit.handle(wanted, context=EndingContext(lambda: kit.calls["PutItem"] > 0))

    assert failed == [wanted["messageId"]]
    assert kit.courier.calls == []
    assert kit.state("locker_id#l-1")["status"] == "calling"


def test_a_command_put_by_hand_needs_no_envelope_and_its_redelivery_is_a_duplicate(kit: Kit) -> None:
    kit.stock(small=2)
    by_hand = record("ParcelArrived", PARCEL, event_id=None)

    kit.handle(by_hand)
    kit.handle(by_hand)

    (event,) = kit.bus.events
    assert event["causation_id"] == event["correlation_id"]
    assert kit.counter("space#small") == 1
    assert str(NAMESPACE) not in event.values()


def test_what_a_row_says_later_belongs_to_the_workflow_that_began_it(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL, correlation_id="first"))

    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-2", correlation_id="by-hand"))

    assert [event["correlation_id"] for event in kit.bus.events] == ["first", "first"]


def test_a_retry_makes_the_same_event_id(kit: Kit) -> None:
    kit.stock(small=2)
    kit.handle(record("ParcelArrived", PARCEL))
    (first,) = kit.bus.events
    kit.dynamodb.delete_item(TableName="table", Key={"pk": {"S": "locker_id#l-1"}})

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.bus.events == [first, first]


def test_two_events_of_one_type_in_one_decision_have_ids_of_their_own(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))

    assert len({event["event_id"] for event in kit.bus.events}) == 2


def test_a_command_without_a_version_is_taken_as_the_newest() -> None:
    assert CONTRACTS.newest_version("ParcelArrived") == "1.10"
    assert CONTRACTS.newest_version("Unheard") == "1.0"


def test_an_event_of_an_older_major_version_is_handed_over_in_the_newest_shape(kit: Kit) -> None:
    kit.stock(small=1)

    failed = kit.handle(record("ParcelArrived", {"locker_id": "l-1", "size": "small"}, version="0.9"))

    assert failed == []
    assert kit.state("locker_id#l-1")["status"] == "stored"
    assert kit.counter("space#small") == 0


def test_an_event_in_two_versions_is_one_event(kit: Kit) -> None:
    kit.stock(small=2)

    kit.handle(record("ParcelArrived", {"locker_id": "l-1", "size": "small"}, version="0.9", event_id="e-1"))
    kit.handle(record("ParcelArrived", PARCEL, event_id="e-1"))

    assert kit.counter("space#small") == 1


def test_a_minor_version_newer_than_the_bundle_is_read_as_the_newest_one_it_knows(kit: Kit) -> None:
    kit.stock(small=1)

    failed = kit.handle(record("ParcelArrived", {**PARCEL, "later": "idea"}, version="1.11"))

    assert failed == []
    assert kit.dead_letters() == []
    assert kit.state("locker_id#l-1")["status"] == "stored"


def test_a_reaction_in_a_declared_cycle_refuses_an_event_with_more_hops_than_its_bound(kit: Kit) -> None:
    bound = tuple(replace(reaction, hop_bound=2) for reaction in LOCKER.reactions)
    consumer = kit.another_worker(service=replace(LOCKER, reactions=bound))
    records = [record("CourierWanted", {"locker_id": "l-1"}, hops=3)]

    consumer.handle({"Records": records}, Context())  # type: ignore[arg-type]

    assert [reason for _, reason in kit.dead_letters()] == [
        "ContractViolation: CourierWanted has over 2 hops: the events go in a circle"
    ]


class Interfering(RowStore):
    """A row store in which another worker commits the same row just before we do, a number of times."""

    times = 1

    def commit(self, commit: Commit, now: float) -> Row:
        if self.times:
            self.times -= 1
            row = self.load(commit.row.key)
            handled = {**row.inbox, f"other-{self.times}": NEVER}
            other = Row(row.key, row.version, row.state, handled, row.correlation_id or "c-1")
            RowStore.commit(self, Commit(other), now)
        return super().commit(commit, now)


def test_after_a_version_conflict_the_event_is_decided_anew_on_the_changed_row(kit: Kit) -> None:
    kit.stock(small=1)
    kit.consumer = kit.another_worker(rows=Interfering(kit.dynamodb, "table", 3600))

    failed = kit.handle(record("ParcelArrived", PARCEL))

    assert failed == []
    assert kit.item("locker_id#l-1")["inbox"]["M"].keys() == {place_of("e-1"), "other-0"}
    assert kit.counter("space#small") == 0


def test_conflict_upon_conflict_leaves_the_record_to_the_queue(kit: Kit) -> None:
    rows = Interfering(kit.dynamodb, "table", 3600)
    rows.times = 99
    kit.consumer = kit.another_worker(rows=rows)

    arrived = kit.queued("ParcelArrived", PARCEL)

    failed = kit.handle(arrived)

    assert failed == [arrived["messageId"]]
    assert rows.times == 96


def crash_after_commit(rows: RowStore) -> Any:
    def commit(commit: Commit, now: float) -> Row:
        RowStore.commit(rows, commit, now)
        raise KeyboardInterrupt

    return commit


def test_a_worker_killed_after_its_commit_has_decided_all_and_the_redelivery_publishes_it(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.stock(small=2)
    with monkeypatch.context() as patch:
        patch.setattr(kit.rows, "commit", crash_after_commit(kit.rows))
        with pytest.raises(KeyboardInterrupt):
            kit.handle(record("ParcelArrived", PARCEL))
    left, published = kit.unpublished("locker_id#l-1"), list(kit.bus.events)

    failed = kit.handle(record("ParcelArrived", PARCEL))

    assert failed == []
    assert ([event["type"] for event in left], published) == (["ParcelStored"], [])
    assert kit.bus.events == left
    assert kit.unpublished("locker_id#l-1") == []
    assert kit.counter("space#small") == 1


def test_a_worker_killed_before_its_commit_has_done_nothing_and_the_redelivery_does_all(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.stock(small=2)

    def killed(commit: Commit, now: float) -> Row:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(kit.rows, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            kit.handle(record("ParcelArrived", PARCEL))
    assert kit.item("locker_id#l-1") == {}

    kit.handle(record("ParcelArrived", PARCEL))

    assert kit.state("locker_id#l-1")["status"] == "stored"
    assert kit.counter("space#small") == 1


def tick(kit: Kit, time: str) -> None:
    """Let the sweep send what is due, and handle it."""
    kit.consumer.handle({"source": "aws.events", "time": time}, Context())  # type: ignore[arg-type]
    kit.handle(*kit.messages())


def test_the_timer_of_each_row_that_came_due_is_handled_once(kit: Kit) -> None:
    kit.stock(small=2)
    kit.handle(record("ParcelArrived", PARCEL))
    later = record("ParcelArrived", PARCEL | {"locker_id": "l-2"}, event_id="e-2", timestamp="2026-01-01T12:30:00.000Z")
    kit.handle(later)

    tick(kit, "2026-01-01T12:59:59Z")
    early = kit.state("locker_id#l-1")["status"]
    tick(kit, "2026-01-01T13:00:00Z")
    tick(kit, "2026-01-01T13:01:00Z")

    assert early == "stored"
    assert kit.state("locker_id#l-1")["status"] == "overdue"
    assert kit.state("locker_id#l-2")["status"] == "stored"
    assert [(event["type"], event["correlation_id"]) for event in kit.bus.events[2:]] == [("ParcelRefused", "c-1")]


def test_the_sweep_leaves_a_row_alone_that_the_index_lists_by_an_instant_it_no_longer_has(kit: Kit) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    key = {"pk": {"S": "locker_id#l-1"}}
    stale = {":stale": {"S": "2026-01-01T12:00:00.000Z"}}
    update = "SET index_position = :stale"
    kit.dynamodb.update_item(TableName="table", Key=key, UpdateExpression=update, ExpressionAttributeValues=stale)

    tick(kit, "2026-01-01T12:30:00Z")

    assert kit.state("locker_id#l-1")["status"] == "stored"


def test_a_row_found_by_a_reactions_own_key_comes_due_as_well(kit: Kit) -> None:
    row = Row("receipt_id#r-1", state={"status": "stored", "deadline": "2026-01-01T12:00:00.000Z"})
    kit.rows.commit(Commit(row, index=Index(due_partition(row.key), "2026-01-01T12:00:00.000Z")), 0)

    tick(kit, "2026-01-01T12:30:00Z")

    assert kit.state("receipt_id#r-1")["status"] == "overdue"


def test_a_timer_that_is_long_due_when_its_row_is_written_is_raised_at_the_next_tick(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.stock(small=1)
    tick(kit, "2026-01-01T15:00:00Z")
    monkeypatch.setattr(clock, "now", lambda: NOON + 3 * 3_600)

    kit.handle(record("ParcelArrived", PARCEL))
    tick(kit, "2026-01-01T15:01:00Z")

    assert kit.state("locker_id#l-1")["status"] == "overdue"


def test_a_state_written_by_another_version_of_the_service_is_read_by_the_fields_it_knows(kit: Kit) -> None:
    kit.rows.commit(Commit(Row("locker_id#l-1", state={"status": "stored", "added_later": 1})), 0)

    failed = kit.handle(record("CourierWanted", {"locker_id": "l-1"}))

    assert failed == []
    assert kit.state("locker_id#l-1")["status"] == "called"


def test_switching_powertools_idempotency_off_is_refused(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POWERTOOLS_IDEMPOTENCY_DISABLED", "true")

    with pytest.raises(SettingRefused, match="POWERTOOLS_IDEMPOTENCY_DISABLED"):
        kit.another_worker()


def test_a_row_whose_timer_fails_does_not_keep_the_others_waiting(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    kit.stock(small=2)
    for name in ("l-1", "l-2"):
        kit.handle(record("ParcelArrived", PARCEL | {"locker_id": name}, event_id=name))
    load = kit.rows.load

    def failing(key: str) -> Row:
        if key == "locker_id#l-1":
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")
        return load(key)

    with monkeypatch.context() as patch:
        patch.setattr(kit.rows, "load", failing)
        tick(kit, "2026-01-01T13:00:00Z")

    assert kit.state("locker_id#l-1")["status"] == "stored"
    assert kit.state("locker_id#l-2")["status"] == "overdue"
    assert kit.dead_letters() == []


def test_the_log_of_a_handled_event_has_its_type_and_ids(kit: Kit, log: io.StringIO) -> None:
    kit.handle(record("SpaceAdded", {"receipt_id": "r-1", "size": "small", "amount": 5}))

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    (line,) = [line for line in lines if line["message"] == "EventHandled"]
    assert (line["type"], line["event_id"], line["correlation_id"]) == ("SpaceAdded", "e-1", "c-1")


def failures(log: io.StringIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in lines if line["message"] in ("EventPostponed", "EventDeadLettered")]


def ids(line: dict[str, Any]) -> list[Any]:
    return [line["message"], *(line.get(name) for name in ("type", "event_id", "correlation_id"))]


def test_the_log_of_a_postponed_event_has_its_type_and_ids_and_how_often_it_was_received(
    kit: Kit, log: io.StringIO
) -> None:
    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, receives=2))

    (line,) = failures(log)
    assert ids(line) == ["EventPostponed", "CourierWanted", "e-1", "c-1"]
    assert line["attempt"] == 2


def test_the_log_of_a_dead_letter_has_its_type_and_ids(kit: Kit, log: io.StringIO) -> None:
    kit.handle(record("CourierWanted", {"locker_id": "l-1", "hops": 9}))
    kit.handle(record("Unheard", {}, event_id="e-2"))

    assert [ids(line) for line in failures(log)] == [
        ["EventDeadLettered", "CourierWanted", "e-1", "c-1"],
        ["EventDeadLettered", "Unheard", "e-2", "c-1"],
    ]


def test_the_log_of_a_failure_leaves_out_what_is_no_plain_name(kit: Kit, log: io.StringIO) -> None:
    kit.handle(record("Unheard", {}, event_id="person@example.org", correlation_id="c" * 129))
    kit.handle({**record("CourierWanted", {}), "body": "no event"})

    assert [ids(line) for line in failures(log)] == [
        ["EventDeadLettered", "Unheard", None, None],
        ["EventDeadLettered", None, None, None],
    ]


def test_the_log_of_a_timer_that_fails_has_its_event_id(
    kit: Kit, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))

    def failing(key: str) -> Row:
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")

    kit.consumer.handle({"source": "aws.events", "time": "2026-01-01T13:00:00Z"}, Context())  # type: ignore[arg-type]
    monkeypatch.setattr(kit.rows, "load", failing)
    kit.handle(*kit.messages())

    (line,) = failures(log)
    assert ids(line)[:2] == ["EventPostponed", TIMER]
    assert line["event_id"] == line["correlation_id"]
    assert line["row_key"] == "locker_id#l-1"


def test_a_conflict_is_named_by_its_row(kit: Kit) -> None:
    kit.rows.commit(Commit(Row("locker_id#l-1")), 0)

    with pytest.raises(VersionConflict, match="locker_id#l-1"):
        kit.rows.commit(Commit(Row("locker_id#l-1")), 0)
