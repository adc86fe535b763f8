"""The engine: order, idleness, background work, virtual and real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from ensemble.laptop import RealClock, VirtualClock
from ensemble.laptop.engine import Engine


def virtual() -> tuple[Engine, list[str]]:
    return Engine(VirtualClock("2026-01-01T00:00:00Z")), []


def run_until_idle(engine: Engine) -> None:
    engine.run(engine.is_idle)


def test_actions_happen_in_order_of_time_and_then_as_they_were_asked_for() -> None:
    engine, done = virtual()
    for seconds, name in ((2, "c"), (1, "a"), (1, "b")):
        engine.after(seconds, lambda name=name: done.append(name))  # type: ignore[misc]
    run_until_idle(engine)

    assert done == ["a", "b", "c"]


def test_virtual_time_jumps_to_what_is_due() -> None:
    engine, _ = virtual()
    start = engine.clock.now()
    engine.after(86_400, lambda: None)
    run_until_idle(engine)

    assert engine.clock.now() - start == 86_400


def test_an_action_may_ask_for_another() -> None:
    engine, done = virtual()

    def ask_again() -> None:
        engine.after(1, lambda: done.append("second"))

    engine.after(1, ask_again)
    run_until_idle(engine)

    assert done == ["second"]


def test_a_cancelled_appointment_does_not_happen_and_keeps_nothing_busy() -> None:
    engine, done = virtual()
    start = engine.clock.now()
    appointment = engine.after(5, lambda: done.append("x"))
    engine.cancel(appointment)
    engine.cancel(appointment)
    run_until_idle(engine)

    assert (done, engine.clock.now(), engine.is_idle()) == ([], start, True)


def test_background_work_happens_as_time_passes_but_keeps_nothing_busy() -> None:
    engine, done = virtual()
    engine.at(engine.clock.now() + 1, lambda: done.append("background"), in_background=True)
    run_until_idle(engine)
    before = list(done)
    engine.after(2, lambda: done.append("work"))
    run_until_idle(engine)

    assert (before, done) == ([], ["background", "work"])


def test_a_deadline_is_reached_also_when_nothing_is_due() -> None:
    engine, done = virtual()
    start = engine.clock.now()
    engine.after(10, lambda: done.append("at"))
    engine.after(11, lambda: done.append("late"))

    assert not engine.run(lambda: False, start + 10)
    assert (done, engine.clock.now() - start) == (["at"], 10)


def test_a_run_ends_when_it_is_done() -> None:
    engine, done = virtual()
    for name in "abc":
        engine.after(1, lambda name=name: done.append(name))  # type: ignore[misc]

    assert engine.run(lambda: "b" in done)
    assert done == ["a", "b"]


def test_a_virtual_run_without_a_deadline_returns_when_nothing_is_due() -> None:
    engine, _ = virtual()

    assert not engine.run(lambda: False)


def test_a_run_can_be_stopped_by_an_action() -> None:
    engine, done = virtual()
    engine.after(1, engine.stop)
    engine.after(2, lambda: done.append("never"))

    assert not engine.run(lambda: False)
    assert done == []


def test_the_engine_rests_at_the_end_of_a_run_also_of_one_that_fails() -> None:
    rests: list[int] = []
    engine = Engine(VirtualClock(), rest=lambda: rests.append(1))

    def fail() -> None:
        raise ValueError("an action's own error is not swallowed")

    engine.after(1, fail)
    try:
        run_until_idle(engine)
    except ValueError:
        rests.append(2)

    assert rests == [1, 2]


def test_on_a_real_clock_another_threads_request_wakes_the_engine_and_stop_ends_the_run() -> None:
    engine, done = Engine(RealClock()), []

    def ask() -> None:
        engine.after(0.01, lambda: done.append("asked"))
        engine.after(0.02, engine.stop)

    threading.Timer(0.01, ask).start()
    engine.run(lambda: False)

    assert done == ["asked"]


def test_on_a_real_clock_a_deadline_ends_a_run() -> None:
    engine = Engine(RealClock())
    start = engine.clock.now()

    assert not engine.run(lambda: False, start + 0.02)
    assert engine.clock.now() - start >= 0.02


def later(engine: Engine, seconds: float, action: Callable[[], None]) -> None:
    engine.after(seconds, action)


def leap(engine: Engine, seconds: float) -> None:
    leap = engine.leap(seconds)
    engine.run(lambda: leap.is_over)


def test_what_is_due_in_a_leap_is_done_in_order_each_at_its_time() -> None:
    engine, _ = virtual()
    began, done = engine.clock.now(), []

    def note() -> None:
        done.append(round(engine.clock.now() - began))

    for seconds in (60, 30, 1_000):
        engine.after(seconds, note)
    engine.after(30, lambda: later(engine, 10, note))

    leap(engine, 900)

    assert done == [30, 40, 60]
    assert engine.clock.now() - began == pytest.approx(900)


def test_a_leap_on_a_real_clock_waits_for_nothing_that_is_due_in_it() -> None:
    engine = Engine(RealClock())
    began, done = time.time(), []
    engine.after(60, lambda: done.append(engine.clock.now() - began))

    leap(engine, 3_600)

    assert [60 <= seconds < 3_600 for seconds in done] == [True]
    assert engine.clock.now() - began >= 3_600
    assert time.time() - began < 60


def test_a_leap_takes_nothing_of_the_time_that_a_run_has() -> None:
    engine, done = Engine(RealClock()), list[str]()
    engine.after(120, lambda: done.append("due in it"))
    leap = engine.leap(3_600)

    is_done = engine.run(lambda: leap.is_over, deadline=engine.clock.now() + 60)

    assert is_done
    assert done == ["due in it"]


def test_a_leap_is_over_when_what_follows_at_once_is_done_too() -> None:
    engine, done = virtual()
    engine.after(900, lambda: later(engine, 0.1, lambda: done.append("follows")))
    engine.at(engine.clock.now() + 902, lambda: done.append("later"), in_background=True)

    leap(engine, 900)

    assert done == ["follows"]


def test_no_time_leaps_over_what_is_outside() -> None:
    engine, released = Engine(RealClock()), threading.Event()
    began, seen = engine.clock.now(), []

    def waits() -> None:
        with engine.outside():
            released.wait(10)
        seen.append(engine.clock.now() - began)

    engine.at(began, waits)
    engine.at(began, lambda: later(engine, 0, released.set))
    leap(engine, 3_600)

    assert [seconds < 3_600 for seconds in seen] == [True]


def test_a_second_leap_begins_when_the_first_is_over() -> None:
    engine = Engine(RealClock())
    began, second = engine.clock.now(), threading.Event()
    first = engine.leap(3_600)

    def again() -> None:
        leap = engine.leap(3_600)
        with engine.lock:
            engine.lock.wait_for(lambda: leap.is_over)
        second.set()
        engine.stop()

    thread = threading.Thread(target=again)
    thread.start()
    engine.run(second.is_set)
    thread.join()

    assert first.is_over
    assert engine.clock.now() - began >= 7_200
