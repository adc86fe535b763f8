"""The engine: order, idleness, background work, virtual and real time."""

from __future__ import annotations

import threading

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
