"""What a service's declaration refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.kit.errors import ServiceMisdeclared, SettingMissing, StateRefused
from functions.kit.model import (
    ENVELOPE,
    KIT_FIELDS,
    Decision,
    Service,
    on,
    on_every_event,
    on_timer,
    publish,
    unchanged,
)
from functions.kit.settings import ConsumerSettings

REMINDING = on_timer(lambda state, event: unchanged(state))


def test_two_reactions_on_one_event_are_refused() -> None:
    row = on("ParcelArrived", lambda state, event: unchanged(state), reads=())

    with pytest.raises(ServiceMisdeclared, match="locker has two reactions on ParcelArrived"):
        Service("locker", "locker_id", dict, (row, row))


def test_compensating_what_the_service_never_emits_is_refused() -> None:
    row = on("ParcelLost", lambda state, event: unchanged(state), reads=(), compensates="ParcelStored")

    with pytest.raises(ServiceMisdeclared, match="compensates ParcelStored, which no reaction of it declares"):
        Service("locker", "locker_id", dict, (row,))


def test_an_intent_publishes_and_moves_nothing() -> None:
    with pytest.raises(ServiceMisdeclared, match="publishes and moves nothing yet"):
        Decision(None, publish("ParcelStored"), effect=object(), then=lambda *_: unchanged(None))


def test_an_effect_without_a_next_step_is_refused() -> None:
    with pytest.raises(ServiceMisdeclared, match="needs `then`"):
        Decision(None, effect=object())


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(SettingMissing, match="TABLE_NAME"):
        ConsumerSettings.from_environment({"ID_MEMORY_SECONDS": "60"})


def test_a_service_that_publishes_nothing_and_has_no_timer_needs_neither_bus_nor_queue() -> None:
    variables = {"TABLE_NAME": "t", "ID_MEMORY_SECONDS": "60", "HOP_LIMIT": "8"}

    assert ConsumerSettings.from_environment(variables) == ConsumerSettings("t", 60, 8, "", "")


def test_a_row_may_go_as_its_service_says_and_stays_when_it_says_nothing() -> None:
    silent = Service("locker", "locker_id", dict, ())
    week = Service("locker", "locker_id", dict, (), forgets=lambda state: timedelta(days=7))

    assert (silent.lifetime({}), week.lifetime({})) == (None, timedelta(days=7))
    assert silent.lifetime(None) == timedelta(), "it only remembers what it handled"


@pytest.mark.parametrize("instant", ["2026-01-01T13:00:00+01:00", "2026-01-01T12:00:00Z", "2026-01-01T12:00:00.000Z"])
def test_a_timer_is_listed_by_its_instant_however_it_is_written(instant: str) -> None:
    service = Service("locker", "locker_id", dict, (REMINDING,), timer=lambda state: state["at"])

    assert service.due_at({"at": instant}) == "2026-01-01T12:00:00.000Z"


@pytest.mark.parametrize("instant", ["tomorrow", 12, "0001-01-01T00:00:00+14:00"])
def test_a_timer_that_is_no_instant_is_refused(instant: object) -> None:
    service = Service("locker", "locker_id", dict, (REMINDING,), timer=lambda state: state["at"])

    with pytest.raises(StateRefused, match="the timer of locker is no instant"):
        service.due_at({"at": instant})


@pytest.mark.parametrize(
    ("policy", "complaint"), [({"tries": 0}, "has 0 tries"), ({"patience": timedelta()}, "patience")]
)
def test_a_reaction_with_no_patience_or_no_try_is_refused(policy: Any, complaint: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=complaint):
        on("ParcelArrived", lambda state, event: unchanged(state), reads=(), **policy)


def test_what_is_decided_otherwise_has_no_effect() -> None:
    intent = Decision(None, effect=object(), then=lambda *_: unchanged(None))

    with pytest.raises(ServiceMisdeclared, match="`otherwise` is committed at once"):
        Decision(None, takes={"space": 1}, otherwise=intent)


@pytest.mark.parametrize("name", KIT_FIELDS)
def test_a_service_does_not_write_the_envelope(name: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=f"ParcelStored is published with .'{name}'. of the envelope"):
        publish("ParcelStored", **{"locker_id": "l-1", name: "x"})


def test_an_event_is_published_by_its_name_and_a_field_that_is_none_is_left_out() -> None:
    named: Any = publish  # mypy knows the events of a service by its stub

    assert named.ParcelStored(locker_id="l-1", note=None) == publish("ParcelStored", locker_id="l-1")
    assert not hasattr(publish, "anything_else")


def test_an_event_says_done_or_no_and_never_both() -> None:
    with pytest.raises(ServiceMisdeclared, match="ParcelLost declares ParcelRefused in `emits` and in `refusals`"):
        on(
            "ParcelLost",
            lambda state, event: unchanged(state),
            reads=(),
            emits=("ParcelRefused",),
            refusals=("ParcelRefused",),
        )


@pytest.mark.parametrize("key", ENVELOPE)
def test_a_timer_finds_its_row_by_a_business_field(key: str) -> None:
    timer = on_timer(lambda state, event: unchanged(state))
    Service("locker", "locker_id", dict, (timer,), timer=lambda state: None)

    with pytest.raises(ServiceMisdeclared, match=f"has a timer and finds its rows by '{key}' of the envelope"):
        Service("locker", key, dict, (timer,), timer=lambda state: None)


def test_a_reaction_to_every_event_is_the_only_one() -> None:
    every = on_every_event()
    one = on("ParcelLost", lambda state, event: unchanged(state), reads=())

    with pytest.raises(ServiceMisdeclared, match="hears every event, unchecked"):
        Service("locker", "locker_id", dict, (every, one))


def test_a_timer_and_its_reaction_come_together() -> None:
    with pytest.raises(ServiceMisdeclared, match="needs both: a reaction on_timer"):
        Service("locker", "locker_id", dict, (on_timer(lambda state, event: unchanged(state)),))
    with pytest.raises(ServiceMisdeclared, match="needs both: a reaction on_timer"):
        Service("locker", "locker_id", dict, (), timer=lambda state: None)


def test_who_stores_every_event_has_no_rows_and_everybody_else_has() -> None:
    with pytest.raises(ServiceMisdeclared, match="has no rows"):
        Service("archive", "event_id", dict, (on_every_event(),))
    with pytest.raises(ServiceMisdeclared, match="locker has no `key`"):
        Service("locker", reactions=(on("ParcelLost", lambda state, event: unchanged(state), reads=()),))

    assert Service("archive", reactions=(on_every_event(),)).stores_events


@pytest.mark.parametrize("seconds", [-1, 301])
def test_events_are_gathered_for_five_minutes_at_most(seconds: int) -> None:
    row = on("ParcelArrived", lambda state, event: unchanged(state), reads=())
    Service("locker", "locker_id", dict, (row,), batching_seconds=300)

    with pytest.raises(ServiceMisdeclared, match=f"batching_seconds of locker are {seconds}. Fix: take 0 to 300"):
        Service("locker", "locker_id", dict, (row,), batching_seconds=seconds)


def test_a_forgotten_comma_is_told() -> None:
    with pytest.raises(ServiceMisdeclared, match=r"""ParcelLost needs a comma: emits=\("ParcelStored",\)"""):
        on("ParcelLost", lambda state, event: unchanged(state), reads=(), emits=("ParcelStored"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "what", [{"emits": ("ParcelStored",)}, {"refusals": ("ParcelLost",)}, {"effects": {str: None}}]
)
def test_a_reaction_that_hears_replays_publishes_nothing_and_has_no_effects(what: dict[str, Any]) -> None:
    with pytest.raises(ServiceMisdeclared, match="ParcelArrived hears replays, and publishes or has effects"):
        on("ParcelArrived", lambda state, event: unchanged(state), reads=(), replay=True, **what)


def test_a_service_with_timers_hears_no_replays() -> None:
    counts = on("ParcelArrived", lambda state, event: unchanged(state), reads=(), replay=True)
    due = on_timer(lambda state, event: unchanged(state))

    with pytest.raises(ServiceMisdeclared, match="locker has timers and hears replays"):
        Service("locker", "locker_id", dict, (counts, due), timer=lambda state: None)


@pytest.mark.parametrize("name", ["kit", "counter", "totals"])
def test_a_key_that_begins_like_the_kits_own_rows_is_refused(name: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=f"locker has the key '{name}', as the kit's own rows begin"):
        Service("locker", name, dict)
    with pytest.raises(ServiceMisdeclared, match=f"locker has the key '{name}'"):
        Service("locker", "id", dict, (on("ParcelLost", lambda state, event: unchanged(state), reads=(), key=name),))
