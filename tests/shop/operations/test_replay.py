"""Stored events are given again to who opted in; analytics rebuilt from nothing is what it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from ensemble.command_line.errors import AwsFailed, CommandFailed, UsageRefused
from ensemble.command_line.replay.putting import ATTEMPTS, Cursor, Progress, Putting
from ensemble.command_line.replay.rebuild import rebuild_at
from ensemble.command_line.replay.replay import replay, told
from ensemble.command_line.replay.replayed_stage import Asked, Stage
from ensemble.command_line.replay.selection import Selection
from ensemble.command_line.replay.stored import Window
from ensemble.command_line.run.look import names_of
from ensemble.command_line.stage.stored_events import stored_in
from functions.kit.envelope import completed
from functions.kit.inbox import content_of
from functions.kit.model import on
from functions.kit.store import filed, items
from tests.shop.operations.replayed import START, figures
from tests.shop.stories.conftest import ShopLaptop
from tests.shop.stories.test_faults import put

ALL = Window()
DAY = Window(START, START + timedelta(days=1))
FAST = 1e6


class Pauses:
    """A clock that only pauses move; `when` is called before so many-th pause."""

    def __init__(self, number: int = 0, when: Callable[[], None] | None = None) -> None:
        self.now, self.number, self._at, self._when = 0.0, 0, number, when

    def __iter__(self) -> Iterator[Any]:
        return iter((lambda: self.now, self.pause))

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.number += 1
        if self.number == self._at and self._when is not None:
            self._when()


def interrupted() -> None:
    raise KeyboardInterrupt


def unreadable(item: object, fault: Exception) -> None:
    raise fault


def quiet() -> Console:
    return Console(file=StringIO(), width=200)


def rebuilt(stage: Stage, pauses: Pauses) -> Progress:
    now, pause = pauses
    return rebuild_at(quiet(), stage, "analytics", FAST, (now, pause))


def replayed(stage: Stage, asked: Asked, pauses: Pauses | None = None) -> Progress:
    now, pause = pauses or Pauses()
    return replay(quiet(), stage, asked, (now, pause))


def duplicates(laptop: ShopLaptop) -> int:
    """Return how many events analytics said that it had handled before."""
    output = laptop.function(names_of(laptop).consumer("analytics")).output
    return sum('"message":"EventDuplicate"' in line for line in output)


def test_a_plan_counts_what_each_consumer_would_get(stage: Stage, played: ShopLaptop) -> None:
    plan = stage.plan(Asked(ALL, rate=10))

    (total,) = [item for key, item in figures(played).items() if key.startswith("totals#")]
    types = {type: f"total:orders_{type[5:].lower()}" for type in ("OrderPlaced", "OrderCompleted", "OrderCancelled")}
    assert plan.by_consumer == {"analytics": {type: total[name] for type, name in types.items()}}
    assert plan.events == sum(total[name] for name in types.values())
    assert plan.seconds == plan.events / 10
    assert plan.usd >= 1e-6 * plan.events
    assert not plan.refusals


def test_a_plan_says_what_it_comes_to(stage: Stage) -> None:
    plan = stage.plan(Asked(DAY, types=("OrderPlaced",), rate=0.5))
    plan.each_usd = {"analytics": 0.01}

    document, text = plan.as_json(), "\n".join(line for line, _ in told(plan))

    (consumer,) = document["consumers"]
    assert (document["from"], document["to"]) == ("2026-01-01T00:00:00.000Z", "2026-01-02T00:00:00.000Z")
    assert consumer["types"] == {"OrderPlaced": document["events"]}
    assert document["usd"] == pytest.approx(0.01 * document["events"], abs=1e-3)
    assert f"analytics: {document['events']} events, 10000.00 USD a million" in text


def test_a_window_in_which_nothing_was_holds_no_events(stage: Stage) -> None:
    later = Window(START + timedelta(days=300), START + timedelta(days=301))

    assert stage.plan(Asked(later)).events == 0


@pytest.mark.parametrize(
    ("services", "types", "reason"),
    [
        (["payment"], [], "payment did not opt in to replays.* Who did: analytics"),
        (["nobody"], [], "there is no service 'nobody'"),
        ([], ["PaymentCharged"], "no reaction to PaymentCharged opted in .*OrderPlaced: analytics"),
    ],
)
def test_who_did_not_opt_in_is_refused(services: list[str], types: list[str], reason: str, stage: Stage) -> None:
    with pytest.raises(UsageRefused, match=reason):
        stage.plan(Asked(ALL, tuple(services), tuple(types)))


def test_a_replay_of_what_rows_may_have_forgotten_is_refused(stage: Stage) -> None:
    years_later = replace(stage, now=START + timedelta(days=700))

    plan = years_later.plan(Asked(ALL))

    (refusal,) = plan.refusals
    assert refusal.startswith("analytics remembers what it has handled for 149 days")
    assert "ensemble replay rebuild analytics" in refusal
    with pytest.raises(CommandFailed, match="might count it a second time"):
        replayed(years_later, Asked(ALL))


def test_what_was_handled_is_a_duplicate_when_it_is_replayed(stage: Stage, played: ShopLaptop) -> None:
    before, known = figures(played), duplicates(played)

    progress = replayed(stage, Asked(DAY, rate=FAST))

    played.run_until_idle()
    assert progress.put == progress.total == duplicates(played) - known > 10
    assert figures(played) == before
    assert not any(played.dead_letters().values())


def test_a_replay_keeps_to_its_rate(stage: Stage, played: ShopLaptop) -> None:
    pauses = Pauses()

    progress = replayed(stage, Asked(DAY, rate=5), pauses)

    assert pauses.now == pytest.approx(progress.put / 5)
    played.run_until_idle()


def test_a_replay_goes_on_where_it_was_stopped_and_begins_anew_after_its_end(stage: Stage, played: ShopLaptop) -> None:
    asked, number = Asked(DAY, rate=FAST), stage.plan(Asked(DAY)).events
    known = duplicates(played)

    with pytest.raises(KeyboardInterrupt):
        replayed(stage, asked, Pauses(1, interrupted))
    assert replayed(stage, asked).put == number
    played.run_until_idle()
    assert duplicates(played) - known == number
    assert replayed(stage, asked).put == number
    played.run_until_idle()
    assert duplicates(played) - known == 2 * number


def test_a_rebuild_is_refused_while_an_event_is_stored_nowhere(stage: Stage, played: ShopLaptop) -> None:
    before, queue = figures(played), stage.stores[0] + "-dlq"
    sqs = stage.account.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="lost")

    with pytest.raises(CommandFailed, match=f"{queue} hold events that are not stored"):
        rebuilt(stage, Pauses())

    sqs.purge_queue(QueueUrl=url)
    assert figures(played) == before


def test_analytics_rebuilt_from_nothing_and_interrupted_twice_is_what_it_was(stage: Stage, played: ShopLaptop) -> None:
    before = figures(played)

    for number in (1, 2):  # before the table is emptied, and while events are put
        with pytest.raises(KeyboardInterrupt):
            rebuilt(stage, Pauses(number, interrupted))
    rebuilt(stage, Pauses())
    played.run_until_idle()
    assert figures(played) == before


def test_what_comes_while_analytics_is_rebuilt_is_counted_once(stage: Stage, played: ShopLaptop) -> None:
    placed = next(event.body for event in stage.reading(ALL).events() if event.type == "OrderPlaced")
    ids = {"order_id": "o-new", "event_id": "e-new", "correlation_id": "w-new", "causation_id": "c-new"}
    new = placed["detail"] | ids
    before = figures(played)

    rebuilt(stage, Pauses(1, lambda: put(played, "order", "OrderPlaced", new)))
    played.run_until_idle()

    after = figures(played)
    assert after.keys() - before.keys() == {"order_id#o-new"}
    (total,) = [key for key in before if key.startswith("totals#")]
    assert after[total]["total:orders_placed"] == before[total]["total:orders_placed"] + 1


def test_the_mappings_are_on_again_whatever_happens(stage: Stage, played: ShopLaptop) -> None:
    with pytest.raises(KeyboardInterrupt):
        rebuilt(stage, Pauses(1, interrupted))

    states = stage.account.client("lambda").list_event_source_mappings(
        FunctionName=names_of(played).consumer("analytics")
    )
    assert {one["State"] for one in states["EventSourceMappings"]} == {"Enabled"}


def test_a_service_that_did_not_opt_in_with_all_is_not_rebuilt(stage: Stage) -> None:
    (analytics,) = [one for one in stage.services if one.name == "analytics"]
    first, *others = analytics.reactions
    partly = replace(analytics, reactions=(on(first.event, first.react, reads=first.reads), *others))
    services = [partly if one is analytics else one for one in stage.services]

    with pytest.raises(UsageRefused, match="analytics hears OrderPlaced without replay=True"):
        rebuilt(replace(stage, services=services), Pauses())


@pytest.mark.parametrize("source", ["desk", "order"])
@pytest.mark.parametrize("named", [{}, {"event_id": "sent-1"}])
def test_an_event_that_is_put_again_is_known_by_its_id(source: str, named: dict[str, str]) -> None:
    doors = {("desk", "PlaceOrder"): "order_id"}
    detail = named | {"order_id": "o-1"}
    head = {"id": "b-1", "source": source, "detail-type": "PlaceOrder", "time": "2026-01-01T00:00:00Z"}
    body = head | {"detail": detail}
    (stored,) = stored_in(items(filed(json.dumps(body), doors), "2026-01-01T00:00:00.000Z"), unreadable)

    entry = Selection({}, doors).entry(stored, "bus")

    again = body | {"id": "another", "detail": json.loads(entry["Detail"])}
    assert completed(again, "1.0", doors)["event_id"] == completed(body, "1.0", doors)["event_id"]
    assert content_of(again["detail"]) == content_of(detail)
    assert (entry["Source"], entry["DetailType"], entry["Time"]) == (source, "PlaceOrder", START)


class Busy:
    """EventBridge that refuses the first entry of each call, so many times."""

    def __init__(self, code: str, times: int) -> None:
        self.code, self.times, self.taken = code, times, list[dict[str, Any]]()

    def put_events(self, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803  # boto3's name
        is_refused = [at == 0 and self.times > 0 for at in range(len(Entries))]
        self.times -= 1
        self.taken += [entry for entry, refused in zip(Entries, is_refused, strict=True) if not refused]
        return {"Entries": [{"ErrorCode": self.code} if refused else {"EventId": "1"} for refused in is_refused]}


def put_on(bus: Busy, stage: Stage, file: Path) -> Progress:
    selection = Selection.of(stage.services, stage.schemas)
    now, pause = Pauses()
    *_, last = Putting(bus, "bus", FAST, now, pause).run(stage.reading(ALL), selection, Cursor(file))
    return last


def test_what_eventbridge_is_too_busy_for_is_put_later(stage: Stage, tmp_path: Path) -> None:
    bus = Busy("ThrottlingException", 3)

    assert put_on(bus, stage, tmp_path / "cursor.json").put == len(bus.taken) > 10


@pytest.mark.parametrize(
    ("code", "times", "reason"),
    [("ThrottlingException", ATTEMPTS, "too busy"), ("MalformedDetail", 1, "EventBridge refuses a .*MalformedDetail")],
)
def test_what_eventbridge_does_not_take_ends_it(
    code: str, times: int, reason: str, stage: Stage, tmp_path: Path
) -> None:
    with pytest.raises(AwsFailed, match=reason):
        put_on(Busy(code, times), stage, tmp_path / "cursor.json")


@pytest.mark.parametrize("typed", ["yesterday", "2026-13-01", ""])
def test_what_is_no_instant_is_refused(typed: str) -> None:
    with pytest.raises(UsageRefused, match="is no instant"):
        Window.of(typed, None)


def test_a_window_ends_after_it_begins() -> None:
    with pytest.raises(UsageRefused, match="is not after"):
        Window.of("2026-01-02", "2026-01-01")


def test_an_instant_without_an_offset_is_in_utc() -> None:
    assert Window.of("2026-01-31", "2026-01-31T13:00:00+01:00") == Window(
        datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 1, 31, 12, tzinfo=UTC)
    )
