"""docs/observability.md lists every line and every metric, as they are, and no other."""

from __future__ import annotations

import ast
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import cache
from typing import Any

import pytest

from ensemble.meter.prices import prices
from ensemble.meter.units import Unit
from functions.kit import clock, outcomes, telemetry
from functions.kit.consumer import RESERVED_MILLISECONDS
from functions.kit.errors import Unavailable
from functions.kit.model import Decision, Event, publish
from functions.kit.outcomes import MOST_PUBLISHED
from functions.kit.waiting import History
from tests.conftest import ROOT
from tests.docs import documented_lines as documented
from tests.kit.conftest import NOON, Context, Kit, kit_on_moto, record
from tests.kit.locker import CONTRACTS, CallCourier, Locker
from tests.kit.test_bad_day import calling, raising, reading_more, service
from tests.kit.test_identity import OUTSIDE
from tests.kit.test_store import Store, create_table
from tests.kit.test_together import SHELF

KIT = sorted((ROOT / "functions" / "kit").glob("*.py"))
WANTED = {"locker_id": "l-1"}
PARCEL = {"locker_id": "l-1", "parcels": [{"size": "small"}]}
NO_EVENT = record("ParcelSplit", WANTED) | {"body": "no event"}
MARKED = {"since": NOON - 60, "marked": True}


def with_history(record: dict[str, Any], **history: Any) -> dict[str, Any]:
    text = json.dumps(asdict(History(**history)))
    return {**record, "messageAttributes": {"history": {"stringValue": text}}}


def failing(*_: Any, **__: Any) -> Any:
    raise Unavailable("no answer")


def outside(kit: Kit) -> None:
    """Let all events come from outside, so that their senders' ids are external ids."""
    kit.consumer = kit.another_worker(contracts=OUTSIDE)


# What brings each line about, with all that it may hold and without


def handled(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    kit.handle(record("SpaceAdded", {"receipt_id": "r-1", "size": "small", "amount": 5}))
    outside(kit)
    kit.handle(record("ParcelSplit", WANTED))


def came_again(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    outside(kit)
    with patch.context() as down:
        down.setattr(kit.rows, "published", failing)
        kit.handle(record("ParcelSplit", WANTED))
    kit.handle(record("ParcelSplit", WANTED))
    patch.setattr(kit.consumer._copies, "has_newer", lambda _: True)
    kit.handle(with_history(record("ParcelSplit", WANTED), **MARKED))
    kit.handle(with_history(NO_EVENT, **MARKED))


def postponed(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    outside(kit)
    kit.handle(record("CourierWanted", WANTED))
    kit.handle(NO_EVENT, context=Context(RESERVED_MILLISECONDS - 1))
    kit.consumer = kit.another_worker(service=service(raising(ZeroDivisionError())))
    kit.handle(record("CourierWanted", WANTED, receives=3))


def dead_lettered(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    kit.handle(NO_EVENT)
    kit.consumer = kit.another_worker(service=service(reading_more), contracts=OUTSIDE)
    kit.handle(record("CourierWanted", WANTED))
    kit.consumer = kit.another_worker(service=service(raising(ZeroDivisionError()), tries=1))
    kit.handle(record("CourierWanted", WANTED))


def contradicted(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    create_table(kit.dynamodb)
    store = Store(kit, kit.dynamodb, replace(CONTRACTS, doors={("street", "ParcelSplit"): "locker_id"}))
    two = [record("ParcelSplit", WANTED | {"colour": colour}) for colour in ("red", "blue")]
    store.handle(*two)
    head = {"id": "1", "source": "desk", "time": "2026-01-01T12:00:00Z", "detail-type": "a b"}
    odd = [head | {"detail": {"event_id": "a b", "timestamp": number}} for number in (1, 2)]
    store.handle(*(record("ParcelSplit", WANTED) | {"body": json.dumps(event)} for event in odd))


def broken_and_mended(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    now = NOON
    patch.setattr(clock, "now", lambda: now)
    kit.consumer = kit.another_worker(service=service(calling), adapters={CallCourier: failing})
    for number in range(9):
        kit.handle(record("CourierWanted", {"locker_id": f"l-{number}"}, event_id=f"e-{number}", receives=3))
    now += 120
    kit.consumer = kit.another_worker(service=service(calling))
    kit.handle(record("CourierWanted", {"locker_id": "l-1"}, event_id="e-1"))


def not_settled(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    kit.sqs.delete_queue(QueueUrl=kit.dlq_url)
    outside(kit)
    kit.handle(NO_EVENT, record("CourierWanted", WANTED | {"hops": 99}), record("Unheard", WANTED))


def not_noted(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kit.rows, "published", failing)
    kit.handle(record("ParcelSplit", WANTED))
    outside(kit)
    kit.handle(record("ParcelSplit", {"locker_id": "l-2"}))
    load = kit.rows.load
    patch.setattr(kit.rows, "load", lambda key: failing() if key.startswith("kit#copies") else load(key))
    kit.handle(with_history(record("ParcelSplit", {"locker_id": "l-3"}), **MARKED))
    patch.setattr(kit.consumer._copies, "begin", lambda _: None)
    kit.handle(with_history(record("ParcelSplit", {"locker_id": "l-4"}), **MARKED))


def one_by_one(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(kit.rows, "load_together", failing)
    kit.consumer = kit.another_worker(service=SHELF, adapters={})
    kit.handle(*(record("ParcelSplit", {"locker_id": f"l-{one}"}, event_id=f"e-{one}") for one in (1, 2)))


def timer_late(kit: Kit, patch: pytest.MonkeyPatch, seconds: float = 180) -> None:
    now = NOON
    patch.setattr(clock, "now", lambda: now)
    kit.stock(small=1)
    kit.handle(record("ParcelArrived", PARCEL))
    now += 3600 + seconds
    kit.consumer.handle({"time": "2026-01-01T13:03:00Z"}, Context())  # type: ignore[arg-type]
    kit.handle(*kit.messages())


def not_logged(kit: Kit, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outcomes, "_times", failing)
    kit.handle(record("ParcelSplit", WANTED))


SCENES: list[Callable[[Kit, pytest.MonkeyPatch], None]] = [
    *(handled, came_again, postponed, dead_lettered, contradicted, broken_and_mended, not_settled, not_noted),
    *(one_by_one, timer_late, not_logged),
]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the metrics that are counted."""
    names: list[str] = []
    monkeypatch.setattr(telemetry.metrics, "add_metric", lambda name, **_: names.append(name))
    return names


def test_every_line_that_is_documented_is_written_with_each_of_its_fields_and_levels_and_every_metric_is_counted(
    virtual_noon: None, log: io.StringIO, counted: list[str]
) -> None:
    for scene in SCENES:
        with pytest.MonkeyPatch.context() as patch, kit_on_moto() as kit:
            scene(kit, patch)

    written = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [fault for line in written for fault in documented.undocumented(line)] == []
    levels: dict[str, set[str]] = defaultdict(set)
    names: dict[str, set[str]] = defaultdict(set)
    always: dict[str, set[str]] = {}
    for line in written:
        levels[line["message"]].add(line["level"])
        names[line["message"]] |= line.keys()
        always[line["message"]] = always.get(line["message"], line.keys()) & line.keys()
    assert levels == {message: line.levels for message, line in documented.lines().items()}
    assert names == {message: line.all for message, line in documented.lines().items()}
    assert always == {message: line.always for message, line in documented.lines().items()}
    assert {pattern for pattern in documented.metrics() if not documented.named(pattern, counted)} == set()
    assert [name for name in counted if not documented.is_documented_metric(name)] == []


# What the code says


@cache
def calls() -> list[ast.Call]:
    """Return all calls in the kit's code."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in KIT]
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]


def text_of(argument: ast.expr) -> str:
    """Return a text that is an argument; `<reason>` stands for what is put into it."""
    if isinstance(argument, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else "<reason>" for part in argument.values)  # type: ignore[misc]
    assert isinstance(argument, ast.Constant), f"a name that a reader of the code cannot see: {ast.unparse(argument)}"
    return str(argument.value)


def test_the_document_has_each_line_and_each_metric_that_the_code_has() -> None:
    logged = [call for call in calls() if any(keyword.arg == "extra" for keyword in call.keywords)]
    elsewhere = [call for call in calls() if ast.unparse(call.func).startswith("logger.") and call not in logged]
    counts = [call for call in calls() if ast.unparse(call.func) == "count"]

    assert [ast.unparse(call) for call in calls() if ast.unparse(call.func) in ("print", "logging.getLogger")] == []
    assert elsewhere == []
    assert {text_of(call.args[0]) for call in logged} == documented.lines().keys()
    assert {text_of(call.args[0]) for call in counts} == documented.metrics()


def test_each_field_of_a_line_has_a_meaning_and_no_other_has() -> None:
    named = {name for line in documented.lines().values() for name in line.all}

    assert documented.fields().keys() == named


def test_a_metric_is_of_the_stage_and_the_service_and_a_count(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.metrics.clear_metrics()  # of other tests
    telemetry.count("TimerLate")
    telemetry.flush()

    (line,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (declared,) = line["_aws"]["CloudWatchMetrics"]
    assert declared == {
        "Namespace": "Ensemble",
        "Dimensions": [["service"]],
        "Metrics": [{"Name": "TimerLate", "Unit": "Count"}],
    }
    assert (line["service"], line["TimerLate"]) == ("locker", [1.0])
    assert len(json.dumps(line)) == pytest.approx(BYTES_OF_A_METRIC, abs=30)


BYTES_OF_A_METRIC = int(re.findall(r"about (\d+) bytes", documented.section("Metrics"))[0])


def test_a_metric_costs_what_the_meter_takes_for_it() -> None:
    (said,) = re.findall(r"costs ([\d.]+) USD a month", documented.section("Metrics"))

    assert float(said) == prices()[Unit.METRIC].usd


def test_of_many_events_that_are_published_a_line_names_a_hundred(kit: Kit, log: io.StringIO) -> None:
    def react(locker: Locker | None, event: Event) -> Decision:
        return Decision(
            Locker("split"), *(publish("CourierCalled", locker_id="l-1") for _ in range(MOST_PUBLISHED + 1))
        )

    kit.consumer = kit.another_worker(service=service(react))

    assert kit.handle(record("CourierWanted", WANTED)) == []

    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert len(kit.bus.events) == MOST_PUBLISHED + 1
    assert [one["event_id"] for one in line["published"]] == [e["event_id"] for e in kit.bus.events[:MOST_PUBLISHED]]


def test_the_times_of_a_line_are_those_of_its_record_and_of_its_event(
    kit: Kit, log: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = NOON + 2.5

    def react(locker: Locker | None, event: Event) -> Decision:
        nonlocal now
        now += 0.25
        return Decision(Locker("split"))

    monkeypatch.setattr(clock, "now", lambda: now)
    kit.consumer = kit.another_worker(service=service(react))
    wanted = record("CourierWanted", WANTED, timestamp="2026-01-01T11:59:59.5Z")
    copy = with_history(record("CourierWanted", {"locker_id": "l-2"}, event_id="e-2"), since=NOON - 60, waits=9)

    kit.handle(wanted)
    kit.handle(copy)

    times = [[json.loads(line)[name] for name in TIMES] for line in log.getvalue().splitlines()]
    assert times == [[1, 2_500, 3_000, 250], [10, 62_750, 2_750, 250]]


@pytest.mark.parametrize(("seconds", "counts"), [(179.9, []), (180, ["TimerLate"])])
def test_a_timer_is_late_three_minutes_after_it_was_due(
    kit: Kit, log: io.StringIO, counted: list[str], monkeypatch: pytest.MonkeyPatch, seconds: float, counts: list[str]
) -> None:
    timer_late(kit, monkeypatch, seconds)

    *_, line = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["message"], line["type"], line["lag"]) == ("EventHandled", "timer", 1_000 * seconds)
    assert counted == counts


@pytest.mark.parametrize("since", [float("-inf"), float("nan"), -1e308, 1e308])
def test_a_history_that_is_out_of_all_time_hurts_no_line_and_no_neighbour(
    kit: Kit, log: io.StringIO, since: float
) -> None:
    odd = with_history(record("ParcelSplit", WANTED), since=since, copies=1)

    assert kit.handle(odd, record("ParcelSplit", {"locker_id": "l-2"}, event_id="e-2")) == []

    assert [json.loads(line)["message"] for line in log.getvalue().splitlines()] == ["EventHandled"] * 2


@pytest.mark.parametrize(
    ("records", "dead_letters"),
    [([record("ParcelSplit", WANTED), record("ParcelSplit", WANTED)], 0), ([NO_EVENT], 1)],
    ids=["handled, and again", "given up"],
)
def test_a_line_that_cannot_be_made_is_told_of_and_changes_nothing_of_what_became_of_its_record(
    kit: Kit, log: io.StringIO, monkeypatch: pytest.MonkeyPatch, records: list[Any], dead_letters: int
) -> None:
    monkeypatch.setattr(outcomes, "_times", failing)

    assert kit.handle(*records) == []

    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["OutcomeNotLogged"] * len(records)
    assert {line["reason"] for line in lines} == {"Unavailable: no answer"}
    assert len(kit.dead_letters()) == dead_letters


TIMES = ("attempt", "queue_wait", "lag", "duration")
