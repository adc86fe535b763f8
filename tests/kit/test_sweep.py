"""The sweep sends each timer once it is due, whatever happens to a tick, and handles none itself."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.kit import clock
from functions.kit.errors import Unavailable
from functions.kit.model import TIMER, Decision, Event, Index, Service, on, on_timer, publish, rfc3339, unchanged
from functions.kit.rows import DUE_PARTITIONS, Commit, Row, due_partition
from functions.kit.sweep import MESSAGES_PER_CALL, PROGRESS, Sweep
from tests.kit.conftest import NOON, Context, Kit, record
from tests.kit.locker import LOCKER, Locker

AT_NOON = datetime.fromtimestamp(NOON, UTC)


@dataclass
class Queue:
    """A queue that takes messages, refuses some, or fails at a call."""

    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: int = 0
    fails_at: int | None = None
    refuses: Callable[[str], bool] = lambda key: False

    def send_message_batch(self, **call: Any) -> dict[str, Any]:
        self.calls += 1
        assert call["QueueUrl"] == "queue"
        assert 1 <= len(call["Entries"]) <= MESSAGES_PER_CALL
        assert len({entry["Id"] for entry in call["Entries"]}) == len(call["Entries"])
        if self.calls == self.fails_at:
            raise ClientError({"Error": {"Code": "RequestThrottled"}}, "SendMessageBatch")
        failed = []
        for entry in call["Entries"]:
            message = json.loads(entry["MessageBody"])
            if self.refuses(message["detail"]["row_key"]):
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
            else:
                self.sent.append(message)
        return {"Failed": failed} if failed else {"Successful": []}

    @property
    def keys(self) -> Counter[str]:
        return Counter(message["detail"]["row_key"] for message in self.sent)


class Swept:
    """A sweep over the rows of the toy service, at a tick some minutes after noon."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.queue = Queue()

    def want(self, *keys: str, minutes: float = -1.0, partition: str | None = None, position: str = "") -> None:
        """Store rows whose timer is due so many minutes after noon."""
        instant = position or rfc3339(AT_NOON + timedelta(minutes=minutes))
        for key in keys:
            row = Row(key, state={"status": "stored", "deadline": instant})
            stored = self.kit.rows.load(key)
            index = Index(partition or due_partition(key), instant)
            self.kit.rows.commit(Commit(replace(row, version=stored.version), index), 0.0)

    def tick(self, minutes: float = 0.0, *, calls: int = 1_000_000) -> int:
        """Send what is due; the time is up after so many calls."""
        sweep = Sweep("locker", self.kit.rows, lambda: self.queue, "queue")  # type: ignore[arg-type, return-value]
        until = self.queue.calls + calls
        time = (AT_NOON + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        return sweep.send_due(time, lambda: self.queue.calls < until)


@pytest.fixture
def swept(kit: Kit) -> Swept:
    return Swept(kit)


def keys(number: int, first: int = 0) -> list[str]:
    return [f"locker_id#l-{one}" for one in range(first, first + number)]


def test_rows_of_every_partition_are_sent_once_and_those_that_are_not_due_are_not(swept: Swept) -> None:
    swept.want(*keys(60))
    swept.want("locker_id#later", minutes=1)

    assert swept.tick() == 60

    assert swept.queue.keys == Counter(keys(60))
    assert {due_partition(key) for key in keys(60)} == {f"due#{number}" for number in range(DUE_PARTITIONS)}


def test_ten_timers_go_in_a_call(swept: Swept) -> None:
    swept.want(*keys(25), partition="due#0")

    swept.tick()

    assert swept.queue.calls == 3


def test_more_than_a_page_of_the_index_is_sent(swept: Swept) -> None:
    def small(params: Any, **_: Any) -> None:
        params["Limit"] = 7

    swept.want(*keys(25), partition="due#3")
    swept.kit.dynamodb.meta.events.register("provide-client-params.dynamodb.Query", small)
    swept.kit.calls.clear()

    swept.tick()

    assert swept.queue.keys == Counter(keys(25))
    assert swept.kit.calls["Query"] == 1 + DUE_PARTITIONS + 25 // 7


def test_what_the_sweep_sends_is_an_event_of_the_service_with_one_id_for_a_row_and_an_instant(swept: Swept) -> None:
    swept.want("locker_id#l#1", minutes=-0.5)
    swept.tick()
    swept.tick()
    swept.want("locker_id#l#1", minutes=1.5)
    swept.tick(2)

    first, again, other = swept.queue.sent
    assert (first["source"], first["detail-type"], first["detail"]["type"]) == ("locker", TIMER, TIMER)
    assert (first["detail"]["locker_id"], first["detail"]["row_key"]) == ("l#1", "locker_id#l#1")
    assert first["detail"]["due_at"] == "2026-01-01T11:59:30.000Z"
    assert first["id"] == first["detail"]["event_id"] == again["id"] != other["id"]


# A tick that does not come to its end


@pytest.mark.parametrize("is_one_instant", [True, False])
def test_a_tick_whose_time_is_up_is_gone_on_with_by_the_next(swept: Swept, is_one_instant: bool) -> None:
    for number, key in enumerate(keys(60)):
        swept.want(key, partition="due#2", minutes=-1 if is_one_instant else -number - 1)

    sent = [swept.tick(number, calls=1) for number in range(6)]

    assert sent == [10] * 6
    assert swept.queue.keys == Counter(keys(60))


def test_a_tick_that_goes_on_also_sends_what_came_due_meanwhile(swept: Swept) -> None:
    swept.want(*keys(20), partition="due#2")
    swept.tick(0, calls=1)
    swept.want("locker_id#new", partition="due#2", minutes=2)

    swept.tick(3)

    assert swept.queue.keys == Counter([*keys(20), "locker_id#new"])


def test_a_call_that_fails_loses_nothing_and_the_next_tick_goes_on(swept: Swept) -> None:
    swept.want(*keys(40), partition="due#5")
    swept.queue.fails_at = 3

    with pytest.raises(ClientError):
        swept.tick()
    before = swept.queue.keys
    swept.tick(1)

    assert sum(before.values()) == 20
    assert swept.queue.keys == Counter(keys(40))


def test_a_timer_that_the_queue_did_not_take_is_told_and_sent_by_the_next_tick(swept: Swept) -> None:
    swept.want(*keys(12), partition="due#5")
    swept.queue.refuses = lambda key: key == "locker_id#l-3"

    with pytest.raises(Unavailable, match="the queue did not take 1 of 10 timers: InternalError"):
        swept.tick()
    swept.queue.refuses = lambda key: False
    swept.tick(1)

    assert swept.queue.keys.keys() == {*keys(12)}


def test_a_partition_whose_calls_fail_holds_up_no_other(swept: Swept) -> None:
    swept.want("locker_id#bad", partition="due#1")
    swept.want(*keys(3), partition="due#6")
    swept.queue.refuses = lambda key: key == "locker_id#bad"

    with pytest.raises(Unavailable):
        swept.tick()

    assert swept.queue.keys == Counter(keys(3))


def test_a_tick_without_time_sends_nothing_and_forgets_nothing(swept: Swept) -> None:
    swept.want(*keys(3))

    assert swept.tick(0, calls=0) == 0

    assert swept.tick(1) == 3


def test_two_ticks_at_once_send_everything_and_harm_nothing(swept: Swept, monkeypatch: pytest.MonkeyPatch) -> None:
    swept.want(*keys(30), minutes=-10)
    commit = swept.kit.rows.commit

    def overtaken(made: Commit, now: float) -> Row:
        monkeypatch.setattr(swept.kit.rows, "commit", commit)
        swept.tick()
        return commit(made, now)

    monkeypatch.setattr(swept.kit.rows, "commit", overtaken)
    swept.tick()
    swept.tick(1)

    assert swept.queue.keys == Counter(keys(30) * 2)


# How far it got


@pytest.mark.parametrize("minutes", [[3], range(10)], ids=["one minute", "ten minutes"])
def test_what_was_sent_and_is_still_due_is_sent_again_three_times_that_day_at_most(
    swept: Swept, minutes: Sequence[int]
) -> None:
    for minute in minutes:
        swept.want(*(f"{key}-{minute}" for key in keys(3)), minutes=minute + 0.5)

    for number in range(120):
        swept.tick(number)

    assert len(swept.queue.keys) == 3 * len(minutes)
    assert all(2 <= times <= 4 for times in swept.queue.keys.values())


@pytest.mark.parametrize("minute", range(10))
def test_what_a_clock_lists_that_is_five_minutes_slow_is_sent_within_ten_minutes(swept: Swept, minute: int) -> None:
    for number in range(minute + 1):
        swept.tick(number)
    swept.want("locker_id#past", minutes=minute - 5)

    for number in range(minute + 1, minute + 11):
        swept.tick(number)

    assert 1 <= swept.queue.keys["locker_id#past"] <= 2


def test_what_the_index_shows_a_minute_late_is_sent(swept: Swept) -> None:
    swept.tick(0)
    swept.tick(1)
    swept.want("locker_id#late", minutes=0.5)

    swept.tick(2)

    assert swept.queue.keys == Counter(["locker_id#late"])


def test_all_that_is_due_is_sent_again_once_a_day(swept: Swept) -> None:
    swept.want(*keys(3), minutes=-60)
    for number in (0, 60, 24 * 60 - 1, 24 * 60, 24 * 60 + 1, 2 * 24 * 60 - 1):
        swept.tick(number)

    assert swept.queue.keys == Counter(keys(3) * 2)


def test_the_first_tick_after_a_long_pause_sends_what_came_due_in_it(swept: Swept) -> None:
    swept.tick(0)
    swept.want(*keys(3), minutes=60)

    swept.tick(12 * 60)

    assert swept.queue.keys == Counter(keys(3))


def test_a_timer_a_year_ahead_is_sent_then(swept: Swept) -> None:
    swept.want("locker_id#far", minutes=365 * 24 * 60)
    swept.tick(0)
    assert swept.queue.sent == []

    swept.tick(365 * 24 * 60)

    assert swept.queue.keys == Counter(["locker_id#far"])


def test_what_the_sweep_remembers_is_kept_for_ever_and_listed_nowhere(swept: Swept) -> None:
    swept.tick()

    assert swept.kit.item(PROGRESS).keys() == {"pk", "version", "state", "correlation_id"}


def test_rows_of_the_last_version_are_sent_from_the_one_partition_that_it_had(swept: Swept) -> None:
    swept.want(*keys(12), partition=TIMER)

    swept.tick()

    assert swept.queue.keys == Counter(keys(12))


# From the row to the reaction

PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small"}]}


def at(monkeypatch: pytest.MonkeyPatch, minutes: float) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON + 60 * minutes)


def play(kit: Kit, minutes: float) -> None:
    """Let the sweep send what is due, and handle it."""
    time = rfc3339(AT_NOON + timedelta(minutes=minutes))
    kit.consumer.handle({"time": time}, Context())  # type: ignore[arg-type]
    while messages := kit.messages():
        kit.handle(*messages)
        for message in messages:
            kit.sqs.delete_message(QueueUrl=kit.queue_url, ReceiptHandle=message["receiptHandle"])


def with_timer(kit: Kit, react: Any, timer: Any = LOCKER.timer) -> None:
    others = tuple(one for one in LOCKER.reactions if one.event != TIMER)
    service: Service = replace(
        LOCKER, timer=timer, reactions=(*others, on_timer(react, emits=("ParcelRefused", "ParcelStored")))
    )
    kit.consumer = kit.another_worker(service=service)


def test_a_timer_that_is_past_already_when_its_row_is_written_is_handled_at_the_next_tick(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.stock(small=1)
    play(kit, -1)

    kit.handle(record("ParcelArrived", PARCEL, timestamp="2026-01-01T09:00:00.000Z"))
    play(kit, 1)

    assert kit.state("locker_id#l-1")["status"] == "overdue"


def test_a_timer_that_is_wanted_again_after_it_was_put_aside_is_handled(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def switch(status: str, minutes: float) -> None:
        """Write the state as an event would that comes so many minutes after noon."""
        at(monkeypatch, minutes)
        reaction = on(
            "ParcelSplit", lambda locker, event: Decision(replace(locker, status=status)), reads=("locker_id",)
        )
        others = tuple(one for one in LOCKER.reactions if one.event != "ParcelSplit")
        worker = kit.another_worker(service=replace(LOCKER, reactions=(*others, reaction)))
        split = record("ParcelSplit", {"locker_id": "l-1"}, event_id=f"to-{status}")
        assert worker.handle({"Records": [split]}, Context()) == {"batchItemFailures": []}  # type: ignore[arg-type]

    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    kit.consumer.handle({"time": "2026-01-01T13:00:00Z"}, Context())  # type: ignore[arg-type]
    switch("calling", 60)
    kit.handle(*kit.messages())
    aside = kit.state("locker_id#l-1")["status"]
    switch("stored", 70)
    play(kit, 71)

    assert (aside, kit.state("locker_id#l-1")["status"]) == ("calling", "overdue")


def hourly(locker: Locker | None, event: Event) -> Decision:
    assert locker is not None
    assert locker.deadline is not None
    later = datetime.fromisoformat(locker.deadline) + timedelta(hours=1)
    return Decision(replace(locker, deadline=later.isoformat()), publish("ParcelRefused", locker_id=event["locker_id"]))


def test_a_timer_that_repeats_catches_up_after_an_outage(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    with_timer(kit, hourly)
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))

    for minute in range(300, 306):
        at(monkeypatch, minute)
        play(kit, minute)

    assert [event["type"] for event in kit.bus.events] == ["ParcelStored", *["ParcelRefused"] * 5]
    assert kit.dead_letters() == []


@pytest.mark.parametrize(
    ("written", "is_told"),
    [
        ("2026-01-01T13:00:00Z", False),
        ("2026-01-01T18:30:00+05:30", False),
        ("2026-01-01T05:00:00.000000-08:00", False),
        ("2026-01-01 13:00:00+00:00", False),
        ("tomorrow", True),
        ("", True),
        ("9999-12-31T23:59:59-23:59", True),
    ],
)
def test_a_timer_may_be_written_with_any_offset_and_what_is_no_instant_is_refused(
    kit: Kit, monkeypatch: pytest.MonkeyPatch, written: str, is_told: bool
) -> None:
    with_timer(
        kit, lambda locker, event: Decision(replace(locker, status="overdue")), lambda locker: due(locker, written)
    )
    kit.stock(small=1)

    kit.handle(record("ParcelArrived", PARCEL))

    if is_told:
        ((_, reason),) = kit.dead_letters()
        assert reason == "StateRefused: the timer of locker is no instant: write it as RFC 3339, with an offset"
        return
    assert kit.item("locker_id#l-1")["index_position"] == {"S": "2026-01-01T13:00:00.000Z"}
    play(kit, 60)
    assert kit.state("locker_id#l-1")["status"] == "overdue"


def due(locker: Locker, written: str) -> str | None:
    return written if locker.status == "stored" else None


def test_a_timer_without_an_offset_is_refused(kit: Kit) -> None:
    with_timer(kit, unchanged, lambda locker: "2026-01-01T13:00:00")
    kit.stock(small=1)

    kit.handle(record("ParcelArrived", PARCEL))

    ((_, reason),) = kit.dead_letters()
    assert reason.startswith("StateRefused: the timer of locker is no instant")
