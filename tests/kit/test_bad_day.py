"""The consumer on a bad day, on moto: what waits, what is given up at once, and what is said of it."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from functions.kit import clock
from functions.kit.errors import NotYet, Unavailable
from functions.kit.model import Decision, Event, Service, on, on_timer, publish
from functions.kit.states import ALLOWED
from functions.kit.telemetry import LONGEST_REASON, MOST_PLACES, described
from functions.kit.waiting import GIVEN_UP, History
from tests.conftest import ROOT
from tests.kit.conftest import NOON, Context, Kit, record
from tests.kit.locker import LOCKER, CallCourier, Locker, call

MINUTE, DAY = 60.0, 86_400.0
WANTED = {"locker_id": "l-1"}
NEIGHBOUR = record("ParcelSplit", {"locker_id": "l-9"}, event_id="e-9", message_id="m-9")


def service(react: Any, **declared: Any) -> Service:
    """Return the toy service with another reaction to CourierWanted."""
    others = tuple(one for one in LOCKER.reactions if one.event != "CourierWanted")
    declared = {"reads": ("locker_id",), "emits": ("CourierCalled",), "effects": {CallCourier: str}} | declared
    return replace(LOCKER, reactions=(*others, on("CourierWanted", react, **declared)))


def raising(fault: Exception) -> Any:
    def react(locker: Locker | None, event: Event) -> Decision:
        raise fault

    return react


def with_history(record: Mapping[str, Any], receives: int = 1, **history: Any) -> dict[str, Any]:
    """Return the record as a copy that carries this history."""
    text = json.dumps(asdict(History(**history)))
    attributes = {**record["attributes"], "ApproximateReceiveCount": str(receives)}
    return {**record, "attributes": attributes, "messageAttributes": {"history": {"stringValue": text}}}


def calling(locker: Locker | None, event: Event) -> Decision:
    return call(Locker("stored"), event)


class Copies:
    """What the consumer sends to queues, as the records that come of it; each sets the clock to when it comes."""

    def __init__(self, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[dict[str, Any]] = []
        self.now = NOON
        monkeypatch.setattr(clock, "now", lambda: self.now)
        client = kit.consumer._waiting._client
        client.meta.events.register("provide-client-params.sqs.SendMessage", lambda params, **_: self._note(params))

    def _note(self, params: dict[str, Any]) -> None:
        self.sent.append(
            {"to": params["QueueUrl"].rpartition("/")[2], "at": self.now + params["DelaySeconds"], **params}
        )

    def next(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """Return the record as the last copy of it is received, at its time."""
        copy = self.sent[-1]
        self.now = copy["at"]
        attributes = {name: {"stringValue": one["StringValue"]} for name, one in copy["MessageAttributes"].items()}
        return {**record, "messageAttributes": attributes}


# What can never be handled


def too_large(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("x" * 410_000))


def over_a_hundred_counters(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("added"), gives={f"space#{number}": 1 for number in range(101)})


def reading_more(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker(event["colour"]))


def publishing_more(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("stored"), publish("ParcelStored", locker_id="l-1"))


def publishing_another_shape(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("called"), publish("CourierCalled", colour="red"))


def storing_a_complex(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("stored", reference=1j))  # type: ignore[arg-type]


def storing(locker: Locker | None, event: Event) -> Decision:
    return Decision(Locker("stored"))


NEVER = {
    "an item over 400 kB": (
        service(too_large),
        WANTED,
        "RowTooLarge: locker_id#l-1 would have 410130 bytes, over 390000: its state is the largest part, with 410051. "
        "Fix: let the state hold less, and what is long lie elsewhere (a bucket), with its key here",
    ),
    "a key of 129 characters": (
        service(storing),
        {"locker_id": "l" * 129},
        "ContractViolation: the locker_id of CourierWanted, which finds the row, is no name: "
        "1 to 128 letters, digits and ._:-",
    ),
    "over a hundred actions": (
        service(over_a_hundred_counters),
        WANTED,
        "ClientError: TransactWriteItems ValidationException",
    ),
    "a field that it does not declare": (
        service(reading_more),
        WANTED,
        "UndeclaredRead: CourierWanted was handed to the reaction without the field 'colour': add it to `reads`",
    ),
    "an event that it does not declare": (
        service(publishing_more),
        WANTED,
        "UndeclaredEmission: the reaction to CourierWanted does not declare ParcelStored in `emits`",
    ),
    "an effect that it does not declare": (
        service(calling, effects={}),
        WANTED,
        "UndeclaredEffect: the reaction to CourierWanted does not declare CallCourier in `effects`",
    ),
    "an event that breaks its schema": (
        service(publishing_another_shape),
        WANTED,
        "PublicationRefused: CourierCalled: data breaks the rule 'additionalProperties'",
    ),
    "a state that is no JSON": (
        service(storing_a_complex),
        WANTED,
        f"StateRefused: a complex cannot be stored. A state may have: {ALLOWED}",
    ),
}


@pytest.mark.parametrize("what", NEVER)
def test_what_no_try_can_help_goes_to_the_dlq_at_once_with_its_reason_and_its_neighbour_is_handled(
    kit: Kit, what: str
) -> None:
    made, fields, reason = NEVER[what]
    kit.consumer = kit.another_worker(service=made)
    bad = record("CourierWanted", fields)

    failed = kit.handle(bad, NEIGHBOUR)

    assert failed == []
    assert kit.dead_letters() == [(bad["body"], reason)]
    assert kit.item("locker_id#l-1") == {}
    assert kit.state("locker_id#l-9")["status"] == "split"


def test_an_effect_whose_adapter_is_gone_goes_to_the_dlq_at_once(kit: Kit) -> None:
    adapters: dict[type, Any] = {CallCourier: kit.courier.call}
    kit.consumer = kit.another_worker(
        service=service(lambda _, event: call(Locker("stored"), event)), adapters=adapters
    )
    adapters.clear()

    assert kit.handle(record("CourierWanted", WANTED)) == []

    assert [reason for _, reason in kit.dead_letters()] == [
        "EffectNotProvided: locker's handler has no adapter for CallCourier"
    ]


def test_a_timer_whose_reaction_leaves_it_due_goes_to_the_dlq_at_once(kit: Kit) -> None:
    timer = on_timer(lambda locker, event: Decision(locker))
    others = tuple(one for one in LOCKER.reactions if one.event != "timer")
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=(*others, timer)))
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", {"locker_id": "l-1", "parcels": [{"size": "small"}]}))

    kit.consumer.handle({"time": "2026-01-01T13:00:00Z"}, Context())  # type: ignore[arg-type]
    kit.handle(*kit.messages())

    ((_, reason),) = kit.dead_letters()
    assert reason.startswith("TimerLeftDue: the reaction to the timer of 2026-01-01T13:00:00.000Z leaves its row due")


# What may go away


def test_a_fault_that_nobody_declared_is_tried_five_times_within_two_minutes_and_told(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kit.consumer = kit.another_worker(service=service(raising(ZeroDivisionError())))
    copies = Copies(kit, monkeypatch)
    wanted = record("CourierWanted", WANTED)

    tries = 0
    while not kit.dead_letters():
        assert kit.handle(copies.next(wanted) if tries else wanted) == []
        tries += 1

    assert tries == 5
    assert copies.now - NOON <= 2 * MINUTE
    ((body, reason),) = kit.dead_letters()
    assert body == wanted["body"]
    assert reason.startswith("ZeroDivisionError (waited ")
    assert reason.endswith("tried 5 times)")


def test_a_reaction_says_itself_how_often_it_is_tried(kit: Kit) -> None:
    kit.consumer = kit.another_worker(service=service(raising(ZeroDivisionError()), tries=1))

    assert kit.handle(record("CourierWanted", WANTED)) == []

    assert len(kit.dead_letters()) == 1


WAITING = {"what must come first": NotYet("not stored"), "what is down": Unavailable("the courier does not answer")}


@pytest.mark.parametrize("what", WAITING)
def test_waiting_spends_no_try_however_often_and_long(kit: Kit, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    kit.consumer = kit.another_worker(service=service(raising(WAITING[what])))
    copies = Copies(kit, monkeypatch)
    copies.now = NOON + 12 * DAY
    waited = with_history(record("CourierWanted", WANTED), receives=200, since=NOON, waits=18_000, attempts=4)

    assert kit.handle(waited) == []

    ((to, history),) = [
        (one["to"], json.loads(one["MessageAttributes"]["history"]["StringValue"])) for one in copies.sent
    ]
    assert to == "test-locker-events"
    assert history == {"since": NOON, "waits": 18_200, "attempts": 4, "marked": False, "copies": 1}


@pytest.mark.parametrize("what", WAITING)
def test_why_a_record_was_sent_again_or_given_up_is_noted_beside_its_order(kit: Kit, what: str) -> None:
    patient = service(raising(WAITING[what]), patience=timedelta(hours=2))
    kit.consumer = kit.another_worker(service=patient)
    reason = described(WAITING[what])

    def noted(**history: Any) -> dict[str, Any]:
        waited = with_history(record("CourierWanted", WANTED), **history)
        kit.handle(waited)
        digest = sha256(waited["body"].encode()).hexdigest()[:32]
        return dict(json.loads(kit.item(f"kit#copies#{digest}")["state"]["S"]))

    given_up, again = noted(since=NOON - 2 * 3_600, waits=120), noted(receives=3, since=NOON - MINUTE)

    assert (again["copies"], again["reason"]) == (1, reason)
    assert given_up["copies"] == GIVEN_UP
    assert given_up["reason"].startswith(f"{reason} (waited")


@pytest.mark.parametrize("what", WAITING)
def test_who_has_waited_longer_than_the_declared_patience_is_told_of(kit: Kit, what: str) -> None:
    patient = service(raising(WAITING[what]), patience=timedelta(hours=2))
    kit.consumer = kit.another_worker(service=patient)

    kit.handle(with_history(record("CourierWanted", WANTED), since=NOON - 2 * 3600, waits=120))

    ((_, reason),) = kit.dead_letters()
    assert reason.endswith("(waited 7,200 s, 120 times; tried 0 times)")


def test_what_is_down_is_asked_a_few_times_by_all_workers_and_nothing_is_written_that_was_not_tried(kit: Kit) -> None:
    asked: list[str] = []

    def down(effect: CallCourier) -> str:
        asked.append(effect.key)
        raise Unavailable("the courier does not answer")

    workers = [kit.another_worker(service=service(calling), adapters={CallCourier: down}) for _ in range(3)]

    for number in range(60):
        wanted = record("CourierWanted", {"locker_id": f"l-{number}"}, event_id=f"e-{number}", receives=3)
        workers[number % 3].handle({"Records": [wanted]}, Context())  # type: ignore[arg-type]

    assert len(asked) < 20
    assert json.loads(kit.item("kit#breaker#CallCourier")["state"]["S"])["probe_at"] == NOON + MINUTE
    written = [number for number in range(60) if kit.item(f"locker_id#l-{number}")]
    assert [f"l-{number}" for number in written] == asked
    assert kit.dead_letters() == []


# What the bus refuses


def test_one_refused_event_is_told_of_at_once_stays_in_its_row_and_is_published_when_its_cause_is_redriven(
    kit: Kit,
) -> None:
    kit.bus.codes = [None, "MalformedDetail"]
    split = record("ParcelSplit", {"locker_id": "l-1"})

    failed = kit.handle(split, NEIGHBOUR)

    assert failed == []
    first, second = kit.unpublished("locker_id#l-1")
    assert kit.dead_letters() == [
        (split["body"], f"EventRefused: the bus refused ParcelStored {second['event_id']} by MalformedDetail")
    ]
    assert len(kit.bus.events) == 3, "the other one of its row, and both of its neighbour"

    assert kit.handle(split) == []

    assert kit.bus.events[3:] == [first, second]
    assert kit.unpublished("locker_id#l-1") == []


@pytest.mark.parametrize("code", ["ThrottlingException", "InternalFailure"])
def test_what_the_bus_cannot_take_now_waits(kit: Kit, code: str) -> None:
    kit.bus.codes = [code, None]
    split = kit.queued("ParcelSplit", {"locker_id": "l-1"})

    assert kit.handle(split) == [split["messageId"]]
    assert kit.handle(split) == []

    assert kit.dead_letters() == []
    assert {event["event_id"] for event in kit.bus.events} == {event["event_id"] for event in kit.bus.events[1:]}
    assert kit.unpublished("locker_id#l-1") == []


def test_an_outbox_that_cannot_be_read_holds_up_no_neighbour(kit: Kit) -> None:
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))
    kit.dynamodb.update_item(
        TableName="table",
        Key={"pk": {"S": "locker_id#l-1"}},
        UpdateExpression="SET unpublished = :spoilt",
        ExpressionAttributeValues={":spoilt": {"M": {"e-1": {"S": "no JSON"}}}},
    )

    failed = kit.handle(record("ParcelSplit", {"locker_id": "l-1"}), NEIGHBOUR)

    assert failed == []  # it is sent again, as one of five tries
    assert kit.state("locker_id#l-9")["status"] == "split"


def test_an_integer_beyond_64_bits_is_published_as_it_is(kit: Kit) -> None:
    def react(locker: Locker | None, event: Event) -> Decision:
        return Decision(Locker("called"), publish("CourierCalled", locker_id="l-1", reference=2**70))

    kit.consumer = kit.another_worker(service=service(react))

    assert kit.handle(record("CourierWanted", WANTED)) == []

    assert [event["reference"] for event in kit.bus.events] == [2**70]


def scans() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return the filters of the scans that the runbook shows, by what their value is called."""
    text = (ROOT / "docs" / "runbook.md").read_text()
    found = re.findall(r'--filter-expression "([^"]+)" \\\n +--expression-attribute-values \'([^\']+)\'', text)
    return {next(iter(json.loads(values))): (filter, json.loads(values)) for filter, values in found}


def test_the_scan_of_the_runbook_shows_open_breakers(kit: Kit) -> None:
    kit.handle(NEIGHBOUR)
    kit.bus.codes = ["MalformedDetail"] * 2
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))
    kit.bus.fault = Unavailable("the bus does not answer")
    for _ in range(2):
        kit.handle(record("ParcelSplit", {"locker_id": "l-1"}, receives=3))
    filter, values = scans()[":breakers"]

    answer = kit.dynamodb.scan(TableName="table", FilterExpression=filter, ExpressionAttributeValues=values)

    assert [item["pk"]["S"] for item in answer["Items"]] == ["kit#breaker#EventBridge"]


# What ends the function


def test_an_event_at_which_the_function_dies_is_set_apart_and_then_given_up_with_its_reason(
    kit: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies = Copies(kit, monkeypatch)
    deadly = record("ParcelSplit", WANTED, receives=4)
    assert kit.handle(deadly, NEIGHBOUR) == []
    marked = copies.next(deadly)

    with monkeypatch.context() as patch:
        patch.setattr(kit.rows, "published", dying)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                kit.handle(marked)
    assert kit.handle(marked) == []

    assert kit.state("locker_id#l-9")["status"] == "split"
    ((body, reason),) = kit.dead_letters()
    assert body == deadly["body"]
    assert reason.startswith("FunctionDied: the function ended before it had handled the event, 3 times")


def test_a_marked_event_that_never_got_its_turn_is_not_given_up_however_often_it_was_received(kit: Kit) -> None:
    thrown_away = with_history(record("ParcelSplit", WANTED), receives=900, marked=True)

    assert kit.handle(thrown_away) == []

    assert kit.dead_letters() == []
    assert kit.state("locker_id#l-1")["status"] == "split"


def dying(*_: object) -> None:
    raise KeyboardInterrupt


# What is said of a failure


def logged(log: io.StringIO, message: str) -> dict[str, Any]:
    (line,) = [json.loads(line) for line in log.getvalue().splitlines() if json.loads(line)["message"] == message]
    return dict(line)


FAILURES: dict[str, tuple[Exception, str]] = {
    "never": (Unavailable("x"), "EventDeadLettered"),
    "perhaps": (ZeroDivisionError(), "EventPostponed"),
    "outage": (Unavailable("the courier does not answer"), "EventPostponed"),
    "not yet": (NotYet("not stored"), "EventPostponed"),
}


@pytest.mark.parametrize("kind", FAILURES)
def test_a_failures_line_has_the_event_its_workflow_its_key_and_how_often_it_waited_and_was_tried(
    kit: Kit, log: io.StringIO, kind: str
) -> None:
    fault, message = FAILURES[kind]
    kit.consumer = kit.another_worker(service=service(reading_more if kind == "never" else raising(fault)))

    kit.handle(with_history(record("CourierWanted", WANTED), receives=2, since=NOON, waits=3, attempts=1))

    line = logged(log, message)
    about = ("type", "version", "event_id", "correlation_id", "causation_id", "row_key")
    assert {name: line[name] for name in about} == {
        "type": "CourierWanted",
        "version": "1.0",
        "event_id": "e-1",
        "correlation_id": "c-1",
        "causation_id": "cause-1",
        "row_key": "locker_id#l-1",
    }
    assert (line["kind"], line["attempt"], line["tries"]) == (kind, 5, 1)


@pytest.mark.parametrize("name", ["name", "message", "module", "args", "reason", "level"])
def test_a_key_may_be_called_as_a_part_of_a_line_is(kit: Kit, log: io.StringIO, name: str) -> None:
    fails = on("CourierWanted", raising(NotYet("not stored")), reads=(name,), key=name)
    handles = on("ParcelSplit", lambda _, event: Decision(Locker("split")), reads=(name,), key=name)
    kit.consumer = kit.another_worker(service=replace(LOCKER, reactions=(fails, handles), timer=None), adapters={})
    fields = {"locker_id": "l-1", name: "n-1"}

    kit.handle(record("CourierWanted", fields, receives=3), record("ParcelSplit", fields, event_id="e-2"))

    lines = [logged(log, message) for message in ("EventPostponed", "EventHandled")]
    assert [line["row_key"] for line in lines] == [f"{name}#n-1"] * 2


def test_a_key_that_is_no_plain_name_is_left_out_of_the_line(kit: Kit, log: io.StringIO) -> None:
    kit.consumer = kit.another_worker(service=service(raising(ZeroDivisionError())))

    kit.handle(record("CourierWanted", {"locker_id": "ada@example.com"}))

    assert "row_key" not in logged(log, "EventDeadLettered")
    assert "ada@" not in log.getvalue()


def test_a_reason_is_bounded_in_the_log_and_in_the_dlq(kit: Kit, log: io.StringIO) -> None:
    kit.consumer = kit.another_worker(service=service(raising(NotYet("x" * 100_000)), patience=timedelta(seconds=1)))

    kit.handle(with_history(record("CourierWanted", WANTED), since=NOON - MINUTE))

    ((_, reason),) = kit.dead_letters()
    assert len(reason) <= LONGEST_REASON
    assert reason.endswith("tried 0 times)")
    assert len(logged(log, "EventDeadLettered")["reason"]) <= LONGEST_REASON


def test_the_places_of_an_endless_recursion_are_bounded(kit: Kit, log: io.StringIO) -> None:
    def endless(locker: Locker | None, event: Event) -> Decision:
        return endless(locker, event)

    kit.consumer = kit.another_worker(service=service(endless))

    kit.handle(record("CourierWanted", WANTED))

    line = logged(log, "EventPostponed")
    assert line["reason"] == "RecursionError"
    assert len(line["code"]) == MOST_PLACES
    assert len(log.getvalue()) < 10_000
