"""A record waits without spending anything, is given up with a reason, and never takes a neighbour with it."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from random import Random
from typing import Any

import pytest

from functions.kit import clock
from functions.kit.breaker import Breakers, OwnCircuits
from functions.kit.consumer import Consumer
from functions.kit.copies import Copies
from functions.kit.errors import ContractViolation, NotYet, Unavailable
from functions.kit.model import ENVELOPE
from functions.kit.reactor import Work
from functions.kit.rows import Commit, Row
from functions.kit.settings import ConsumerSettings
from functions.kit.telemetry import logger
from functions.kit.waiting import (
    APART_SECONDS,
    LONGEST_REASON,
    ROOM_FOR_ATTRIBUTES,
    History,
    Policy,
    Settled,
    Waiting,
    history_of,
)
from tests.kit.conftest import NOON, QUEUE, Context, record
from tests.kit.locker import CONTRACTS, LOCKER, CallCourier
from tests.kit.virtual_queues import MAXIMUM_BYTES, Died, VirtualQueues

Handle = Callable[[str], None]
"""What handling the event with this id does: nothing, an exception, or the end of the function."""

URL = f"https://sqs/1/{QUEUE}"
Handled = Callable[[list[dict[str, Any]]], list[str]]
"""Handles records and returns the ids of those that failed."""

DLQ = f"{QUEUE}-dlq"
HOUR = 60 * 60.0
DAY = 24 * HOUR


class Handling:
    """Stands where load, react and commit would be."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle

    def handle(self, work: Work, load: Any) -> bool:
        self._handle(work.detail["event_id"])
        return True


class KeptRows:
    """Rows in memory: those that the kit keeps for itself."""

    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self.breakers = Breakers(OwnCircuits())

    def load(self, key: str) -> Row:
        return self._rows.get(key, Row(key))

    def commit(self, commit: Commit, now: float) -> Row:
        self._rows[commit.row.key] = commit.row
        return commit.row


class Worker:
    """The real consumer on virtual queues, whose events meet what a test says."""

    def __init__(self, queues: VirtualQueues, handle: Handle, rows: Any = None, client: Any = None) -> None:
        self.queues, self.rows = queues, rows or KeptRows()
        self.consumer = Consumer(
            LOCKER,
            CONTRACTS,
            self.rows,  # type: ignore[arg-type]
            {CallCourier: str},
            ConsumerSettings("table", 3600, 8, "bus", URL),
            queues=lambda: client or queues,  # type: ignore[arg-type, return-value]
            guard=lambda reactor: Handling(handle),
        )

    def send(self, *event_ids: str, **history: Any) -> None:
        attributes = {}
        if history:
            attributes["history"] = {"DataType": "String", "StringValue": json.dumps(asdict(History(**history)))}
        for event_id in event_ids:
            body = record("ParcelSplit", {"locker_id": "l-1"}, event_id=event_id)["body"]
            self.queues.send_message(QueueUrl=URL, MessageBody=body, MessageAttributes=attributes)

    def handle(self, records: list[dict[str, Any]]) -> list[str]:
        answer = self.consumer.handle({"Records": records}, Context())  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def work(self, seconds: float = DAY, most: int = 10, dies: Callable[[], None] = lambda: None) -> None:
        """Handle what is in the queue until nothing is left, or for so long; `dies` may end an invocation."""

        def handle(records: list[dict[str, Any]]) -> list[str]:
            failed = self.handle(records)
            dies()
            return failed

        self.queues.poll(QUEUE, handle, self.queues.now + seconds, most)

    def redrive(self) -> None:
        """Send what is given up to its queue again."""
        for message in self.queues.queues.pop(DLQ, {}).values():
            self.queues.send_message(QueueUrl=URL, MessageBody=message.body)

    @property
    def waiting(self) -> list[History]:
        attributes = [message.attributes.get("history") for message in self.queues.queue(QUEUE).values()]
        return [History(**json.loads(one["StringValue"])) if one else History() for one in attributes]

    @property
    def dead_letters(self) -> dict[str, str]:
        """The reason by the id of the event."""
        messages = self.queues.queue(DLQ).values()
        return {json.loads(one.body)["detail"]["event_id"]: one.attributes["reason"]["StringValue"] for one in messages}


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[VirtualQueues]:
    made = VirtualQueues(NOON)
    monkeypatch.setattr(clock, "now", lambda: made.now)
    before = logger.log_level
    logger.setLevel(logging.CRITICAL)
    yield made
    logger.setLevel(before)


def crashing(*bad: str) -> tuple[Handle, Counter[str], Counter[str]]:
    """Return what ends the function at some events, with a count of its ends and one of what was handled."""
    ends: Counter[str] = Counter()
    handled: Counter[str] = Counter()

    def handle(event_id: str) -> None:
        if event_id in bad:
            ends[event_id] += 1
            raise Died
        handled[event_id] += 1

    return handle, ends, handled


def raising(fault: Exception) -> Handle:
    def handle(event_id: str) -> None:
        raise fault

    return handle


def test_a_crash_loop_is_given_up_after_six_ends_of_the_function_with_its_reason(queues: VirtualQueues) -> None:
    handle, ends, _ = crashing("bad")
    worker = Worker(queues, handle)
    worker.send("bad")

    worker.work()

    assert ends == {"bad": 6}
    assert worker.dead_letters["bad"].startswith("FunctionDied: the function ended before it had handled the event")
    assert queues.now - NOON < 25 * 60


@pytest.mark.parametrize(("bad", "good", "runs"), [(1, 9, 700), (3, 27, 250), (8, 32, 50)])
def test_whoever_comes_in_the_batches_of_a_crash_loop_is_handled_and_never_given_up(
    queues: VirtualQueues, bad: int, good: int, runs: int
) -> None:
    for seed in range(runs):
        queues.queues.clear()
        queues.now, queues.chance = NOON, Random(seed)
        handle, ends, handled = crashing(*(f"bad-{number}" for number in range(bad)))
        worker = Worker(queues, handle)
        worker.send(*(f"bad-{number}" for number in range(bad)), *(f"good-{number}" for number in range(good)))

        worker.work()

        assert worker.dead_letters.keys() == ends.keys() == {f"bad-{number}" for number in range(bad)}, seed
        assert len(handled) == good, seed
        assert max(ends.values()) <= 6, seed


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 1.0])
def test_what_lambda_had_no_room_for_is_handled_once_it_has_however_often_that_was(
    queues: VirtualQueues, share: float
) -> None:
    handled: Counter[str] = Counter()
    worker = Worker(queues, lambda event_id: handled.update([event_id]))
    worker.send(*(f"e-{number}" for number in range(300)))

    def handle_if_there_is_room(records: list[dict[str, Any]]) -> list[str]:
        if queues.now < NOON + HOUR and queues.chance.random() < share:
            raise Died
        return worker.handle(records)

    queues.poll(QUEUE, handle_if_there_is_room, NOON + DAY, 10)

    assert (len(handled), worker.dead_letters) == (300, {})
    assert queues.now < NOON + HOUR + 5 * 60


def test_what_is_set_apart_is_spread_so_that_it_does_not_come_again_together(queues: VirtualQueues) -> None:
    handle, _, _ = crashing("bad")
    worker = Worker(queues, handle)
    worker.send(*(f"e-{number}" for number in range(10)))
    for message in queues.queue(QUEUE).values():
        message.receives = 3

    assert worker.handle(queues.receive(QUEUE, 10)) == []

    copies = [one for one in queues.queue(QUEUE).values() if one.attributes]
    assert all(history.marked and history.waits == 4 for history in worker.waiting if history.waits)
    assert len({copy.visible_at for copy in copies}) > 6
    assert max(copy.visible_at for copy in copies) <= NOON + APART_SECONDS


def test_a_marked_record_that_meets_a_fault_waits_as_others_do(queues: VirtualQueues) -> None:
    worker = Worker(queues, raising(NotYet("no")))
    worker.send("e-1", marked=True, waits=4, since=NOON)

    worker.work(0)

    assert worker.waiting == [History(NOON, 0, 0, False, copies=1)]


def test_a_marked_record_that_waited_is_given_up_soon_if_the_function_dies_at_it_after_all(
    queues: VirtualQueues,
) -> None:
    begins = 0

    def handle(event_id: str) -> None:
        nonlocal begins
        begins += 1
        raise NotYet("no") if begins == 1 else Died

    worker = Worker(queues, handle)
    worker.send("e-1", marked=True, waits=500, since=NOON)

    worker.work()

    assert worker.dead_letters.keys() == {"e-1"}
    assert begins <= 8


# How a record waits


USUAL = Policy()


def settled(queues: VirtualQueues, fault: Exception, *, policy: Policy = USUAL, reason: str = "no") -> Handled:
    """Return what lets every record wait because of one fault, without a consumer."""
    copies = Copies(KeptRows())  # type: ignore[arg-type]
    waiting = Waiting(lambda: queues, copies)  # type: ignore[arg-type, return-value]

    def handle(records: list[dict[str, Any]]) -> list[str]:
        hidden = Settled.HIDDEN
        return [one["messageId"] for one in records if waiting.settle(one, fault, reason, policy) is hidden]

    return handle


def sent(queues: VirtualQueues, number: int = 1) -> None:
    Worker(queues, lambda event_id: None).send(*(f"e-{one}" for one in range(number)))


def test_a_record_is_hidden_and_sent_again_at_few_of_its_waits(queues: VirtualQueues) -> None:
    sent(queues)
    copied, waits, pauses = [], 0, []
    handle = settled(queues, NotYet("no"))

    def noting(records: list[dict[str, Any]]) -> list[str]:
        nonlocal waits
        waits += 1
        before = queues.sent
        failed = handle(records)
        (message,) = [one for one in queues.queue(QUEUE).values() if failed or one.id != records[0]["messageId"]]
        pauses.append(message.visible_at - queues.now)
        if queues.sent > before:
            copied.append(waits)
        return failed

    queues.poll(QUEUE, noting, NOON + 7 * DAY, 1)

    assert copied[:6] == [3, 9, 27, 81, 243, 443]
    assert len(copied) <= 86
    assert pauses[:3] == sorted(pauses[:3])
    assert 45 <= min(pauses[6:]) <= max(pauses) <= 60


def test_a_copy_knows_since_when_how_often_and_how_many_times_it_was_tried(queues: VirtualQueues) -> None:
    sent(queues)
    queues.poll(QUEUE, settled(queues, NotYet("no")), NOON + 20, 1)
    queues.poll(QUEUE, settled(queues, ValueError()), queues.now + 120, 1)

    ((message,), reason) = queues.queue(DLQ).values(), "no (waited"
    assert message.attributes["reason"]["StringValue"].startswith(reason)
    assert message.attributes["reason"]["StringValue"].endswith("tried 5 times)")


@pytest.mark.parametrize("tries", [1, 2, 5, 9])
def test_a_fault_that_nobody_declared_is_tried_so_often_within_minutes(queues: VirtualQueues, tries: int) -> None:
    sent(queues)
    calls = 0
    handle = settled(queues, ValueError(), policy=Policy(tries=tries))

    def counted(records: list[dict[str, Any]]) -> list[str]:
        nonlocal calls
        calls += 1
        return handle(records)

    queues.poll(QUEUE, counted, NOON + DAY, 1)

    assert calls == tries
    assert len(queues.queue(DLQ)) == 1
    assert queues.now - NOON <= max(0, tries - 1) * 60


@pytest.mark.parametrize("fault", [NotYet("no"), Unavailable("no")])
@pytest.mark.parametrize("patience", [60.0, HOUR, DAY])
def test_a_record_is_given_up_when_the_patience_of_its_reaction_would_end_before_it_came_again(
    queues: VirtualQueues, fault: Exception, patience: float
) -> None:
    sent(queues)

    queues.poll(QUEUE, settled(queues, fault, policy=Policy(patience=patience)), NOON + 2 * DAY, 1)

    assert len(queues.queue(DLQ)) == 1
    assert patience - 61 <= queues.now - NOON <= patience


def test_an_outage_of_twelve_days_gives_nothing_up_and_one_of_fourteen_does_with_its_length(
    queues: VirtualQueues,
) -> None:
    sent(queues)
    handle = settled(queues, Unavailable("no", retry_after=880))

    queues.poll(QUEUE, handle, NOON + 12 * DAY, 1)
    assert (len(queues.queue(QUEUE)), len(queues.queue(DLQ))) == (1, 0)
    queues.poll(QUEUE, handle, NOON + 14 * DAY, 1)

    ((letter,), waited) = queues.queue(DLQ).values(), 13 * DAY
    text = letter.attributes["reason"]["StringValue"]
    assert text.startswith("no (waited 1,12")
    assert queues.now - NOON <= waited


@pytest.mark.parametrize("wanted", [0.0, -1.0, 1e12, float("inf"), float("nan")])
def test_whatever_a_system_says_of_when_to_ask_again_the_record_comes_again_within_bounds(
    queues: VirtualQueues, wanted: float
) -> None:
    sent(queues)
    queues.poll(QUEUE, settled(queues, Unavailable("no", retry_after=wanted)), NOON, 1)

    (message,) = queues.queue(QUEUE).values()
    assert NOON < message.visible_at <= NOON + 900


def test_records_that_met_an_outage_together_do_not_come_again_together(queues: VirtualQueues) -> None:
    sent(queues, 50)
    for _ in range(7):
        handle = settled(queues, NotYet("no"))
        records = queues.receive(QUEUE, 50)
        for done in {one["messageId"] for one in records} - set(handle(records)):
            del queues.queue(QUEUE)[done]
        queues.now += 70

    assert len({one.visible_at for one in queues.queue(QUEUE).values()}) >= 10


@pytest.mark.parametrize("share", [0.05, 0.5])
def test_a_function_that_dies_now_and_then_multiplies_what_waits_only_a_little(
    queues: VirtualQueues, share: float
) -> None:
    """An invocation that dies at its end leaves what it sent again there twice."""
    sent(queues, 10)
    handle = settled(queues, Unavailable("no"))

    def dying(records: list[dict[str, Any]]) -> list[str]:
        failed = handle(records)
        if queues.chance.random() < share:
            raise Died
        return failed

    queues.poll(QUEUE, dying, NOON + DAY, 10)

    assert 10 <= len(queues.queue(QUEUE)) <= 10 * 2
    assert not queues.queue(DLQ)


# Copies of one event


class Unreliable:
    """Queues whose answers are lost and a table that does not answer, each at so many of its calls, until it heals."""

    def __init__(self, queues: VirtualQueues, rows: KeptRows, heals_at: float, chance: Random) -> None:
        self.chance, self.share, self.heals_at = chance, chance.choice([0.05, 0.1, 0.2]), heals_at
        self._queues, self._rows, self.breakers = queues, rows, rows.breakers
        self.meta = queues.meta
        self.change_message_visibility = queues.change_message_visibility
        self.delete_message = queues.delete_message

    def send_message(self, **call: Any) -> dict[str, Any]:
        answer = self._queues.send_message(**call)
        self.strike(TimeoutError())
        return answer

    def load(self, key: str) -> Row:
        self.strike(TimeoutError())
        return self._rows.load(key)

    def commit(self, commit: Commit, now: float) -> Row:
        written = self._rows.commit(commit, now)
        self.strike(TimeoutError())
        return written

    def strike(self, fault: BaseException) -> None:
        if self._queues.now < self.heals_at and self.chance.random() < self.share:
            raise fault


@pytest.mark.parametrize(("fault", "seeds"), [(Unavailable, 4), (ValueError, 20), (Died, 20)])
def test_copies_of_an_event_stay_few_and_none_is_lost_whatever_is_lost_of_the_answers(
    queues: VirtualQueues, fault: type[BaseException], seeds: int
) -> None:
    """What is given up is redriven each hour, for a day. In an outage that are as many invocations in 4 seeds as else
    in 20."""
    for seed in range(seeds):
        queues.queues.clear()
        queues.now, queues.chance = NOON, Random(seed)
        handled: Counter[str] = Counter()
        unreliable = Unreliable(queues, KeptRows(), NOON + DAY, Random(seed))

        def handle(event_id: str, at: Unreliable = unreliable, noted: Counter[str] = handled) -> None:
            if queues.now < at.heals_at:
                raise fault("no")
            noted[event_id] += 1

        worker = Worker(queues, handle, unreliable, unreliable)
        worker.send("e-1", "e-2", "e-3")
        most = 0
        for hour in range(1, 25):
            worker.work(HOUR, dies=lambda at=unreliable: at.strike(Died()))  # type: ignore[misc]
            queues.now = max(queues.now, NOON + hour * HOUR)
            most = max(most, len(queues.queue(QUEUE)) + len(queues.queue(DLQ)))
            worker.redrive()
        worker.work(DAY)
        worker.redrive()
        worker.work(DAY)

        assert handled.keys() == {"e-1", "e-2", "e-3"}, seed
        assert most <= 24, seed


def test_copies_stay_few_while_the_table_is_out_for_a_worker_remembers_them_itself(queues: VirtualQueues) -> None:
    """One invocation in five dies at its end, and one such in ten takes its environment with it."""
    chance, rows = Random(1), KeptRows()

    def out(*_: Any) -> Row:
        raise TimeoutError

    rows.load = rows.commit = out  # type: ignore[method-assign, assignment]
    workers = [Worker(queues, raising(Unavailable("no")), rows)]
    workers[0].send("e-1", "e-2")

    def handle(records: list[dict[str, Any]]) -> list[str]:
        failed = workers[-1].handle(records)
        if chance.random() < 0.2:
            if chance.random() < 0.1:
                workers.append(Worker(queues, raising(Unavailable("no")), rows))
            raise Died
        return failed

    queues.poll(QUEUE, handle, NOON + DAY, 10)

    assert len(workers) > 10
    assert len(queues.queue(QUEUE)) <= 12


def test_of_two_copies_that_are_given_up_one_becomes_a_dead_letter(queues: VirtualQueues) -> None:
    handle, _, _ = crashing("bad")
    worker = Worker(queues, handle)
    worker.send("bad", "bad")

    worker.work()
    assert len(queues.queue(DLQ)) == 1

    worker.redrive()
    worker.work()
    assert len(queues.queue(DLQ)) == 1


def test_a_copy_that_its_queue_itself_gave_up_is_handled_when_it_is_redriven(queues: VirtualQueues) -> None:
    """SQS moves a message with its attributes, so that it comes as the copy that it was."""
    handled: list[str] = []
    worker = Worker(queues, raising(ValueError()))
    worker.send("e-1")
    worker.work(0)
    (copy,) = queues.queue(QUEUE).values()
    copy.id, copy.receives, copy.first_receive = "m-redriven", 0, 0.0
    queues.queues[QUEUE] = {copy.id: copy}

    Worker(queues, handled.append, worker.rows).work()

    assert handled == ["e-1"]


# What is said in the DLQ


@pytest.mark.parametrize("fault", [NotYet("no"), ValueError()])
def test_a_reason_is_bounded_and_says_how_long_it_took_however_long_it_is(
    queues: VirtualQueues, fault: Exception
) -> None:
    sent(queues)
    queues.poll(QUEUE, settled(queues, fault, policy=Policy(patience=0.5, tries=1), reason="x" * 9_999), NOON, 1)

    (letter,) = queues.queue(DLQ).values()
    text = letter.attributes["reason"]["StringValue"]
    assert len(text) == LONGEST_REASON
    assert text.endswith(f"tried {int(isinstance(fault, ValueError))} times)")


def test_a_reason_has_no_character_that_a_queue_refuses(queues: VirtualQueues) -> None:
    sent(queues)
    reason = "a\x00b\nc\ud800d\uffffe\U0001f600ä"
    queues.poll(QUEUE, settled(queues, ContractViolation("no"), reason=reason), NOON, 1)

    (letter,) = queues.queue(DLQ).values()
    assert letter.attributes["reason"]["StringValue"] == "a b c d e\U0001f600ä"


def test_what_is_redriven_begins_anew(queues: VirtualQueues) -> None:
    sent(queues)
    queues.poll(QUEUE, settled(queues, ValueError()), NOON + DAY, 1)
    (letter,) = queues.queue(DLQ).values()
    queues.now += 5 * DAY
    queues.send_message(QueueUrl=URL, MessageBody=letter.body, MessageAttributes=letter.attributes)

    queues.poll(QUEUE, settled(queues, NotYet("no"), policy=Policy(patience=HOUR)), queues.now + HOUR / 2, 1)

    assert len(queues.queue(QUEUE)) == 1
    (message,) = queues.queue(QUEUE).values()
    assert message.attributes.keys() == {"history"}
    assert json.loads(message.attributes["history"]["StringValue"])["attempts"] == 0


# What anybody may send to a queue


@pytest.mark.parametrize(
    "history",
    [
        *("", "{", "null", "[]", "7", '{"since": 1}', '{"since": "x", "waits": 0, "attempts": 0, "marked": false}'),
        '{"since": 1, "waits": 1e999, "attempts": 0, "marked": false, "copies": 0}',
    ],
)
def test_a_history_that_cannot_be_read_is_none_and_hurts_no_neighbour(queues: VirtualQueues, history: str) -> None:
    handle, _, handled = crashing()
    worker = Worker(queues, handle)
    worker.send("a", "b")
    first = next(iter(queues.queue(QUEUE).values()))
    first.attributes = {"history": {"DataType": "String", "StringValue": history}}

    worker.work(0)

    assert handled == {"a": 1, "b": 1}


def test_a_history_of_a_newer_version_is_read_by_what_is_known_of_it(queues: VirtualQueues) -> None:
    sent(queues)
    (message,) = queues.queue(QUEUE).values()
    told = json.dumps(asdict(History(NOON - HOUR, 4, 2, False)) | {"of_a_later_version": 1})
    message.attributes = {"history": {"DataType": "String", "StringValue": told}}

    (received,) = queues.receive(QUEUE, 1)

    assert history_of(received) == History(NOON - HOUR, 4, 2, False)


@pytest.mark.parametrize(("fault", "place"), [(ValueError(), QUEUE), (ContractViolation("x"), DLQ)])
def test_what_is_said_of_redrives_stays_with_the_event(queues: VirtualQueues, fault: Exception, place: str) -> None:
    sent(queues)
    (message,) = queues.queue(QUEUE).values()
    message.attributes = {"redrives": {"DataType": "String", "StringValue": "[1, []]"}}

    queues.poll(QUEUE, settled(queues, fault), NOON, 1)

    (next_one,) = (one for one in queues.queue(place).values() if one is not message)
    assert next_one.attributes["redrives"]["StringValue"] == "[1, []]"
    assert len(next_one.attributes) == 2


@pytest.mark.parametrize("room", [0, ROOM_FOR_ATTRIBUTES - 1])
@pytest.mark.parametrize("fault", [ValueError(), ContractViolation("x" * 999)])
def test_a_record_that_leaves_no_room_for_attributes_goes_to_the_dlq_without_them(
    queues: VirtualQueues, fault: Exception, room: int
) -> None:
    body = "€" * 1000 + "x" * (MAXIMUM_BYTES - room - 3000)
    queues.send_message(QueueUrl=URL, MessageBody=body)

    queues.poll(QUEUE, settled(queues, fault), NOON, 1)

    (letter,) = queues.queue(DLQ).values()
    assert (letter.body, letter.attributes) == (body, {})


def test_a_record_with_just_enough_room_is_sent_again_and_given_up_with_its_reason(queues: VirtualQueues) -> None:
    queues.send_message(QueueUrl=URL, MessageBody="x" * (MAXIMUM_BYTES - ROOM_FOR_ATTRIBUTES))

    queues.poll(QUEUE, settled(queues, ValueError(), reason="\U0001f600" * 999), NOON + DAY, 1)

    (letter,) = queues.queue(DLQ).values()
    assert letter.attributes["reason"]["StringValue"].startswith("\U0001f600")


POISON: dict[str, dict[str, Any]] = {
    "an id that is a number": {"id": 5, "detail": {"locker_id": "l-1"}},
    "an id that is nothing": {"id": None, "detail": {"locker_id": "l-1"}},
    "a type that is a list": {"detail-type": ["ParcelSplit"]},
    "a type that is an object": {"detail-type": {"a": 1}, "detail": {}},
    "a source that is a list": {"source": ["street"]},
    "a time that is a number": {"time": 7, "detail": {"locker_id": "l-1"}},
    "a timer of nobody": {"source": "locker", "detail-type": "timer", "detail": {}},
    "an envelope of lists": {"detail": {name: ["x"] for name in ENVELOPE}},
    "a key that is an object": {"detail": {"locker_id": {"a": 1}}},
}


@pytest.mark.parametrize("what", POISON)
def test_whatever_a_body_holds_its_neighbours_are_handled_and_it_ends_in_the_dlq_with_a_reason(
    queues: VirtualQueues, what: str
) -> None:
    handle, _, handled = crashing()
    worker = Worker(queues, handle)
    body = json.loads(record("ParcelSplit", {"locker_id": "l-1"})["body"]) | POISON[what]
    for one in (body, json.loads(record("ParcelSplit", {"locker_id": "l-1"}, event_id="e-2")["body"])):
        queues.send_message(QueueUrl=URL, MessageBody=json.dumps(one))

    worker.work()

    assert handled["e-2"] == 1
    letters = [letter.attributes["reason"]["StringValue"] for letter in queues.queue(DLQ).values()]
    assert len(letters) == (0 if what == "a key that is an object" else 1)
