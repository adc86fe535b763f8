"""The probe of a system that is down: who has taken it may call, whatever kept it from the call."""

from __future__ import annotations

import pytest

from functions.kit import clock
from functions.kit.breaker import OPENS_AT, PRECEDENCE_SECONDS, PROBE_SECONDS, Breakers, Circuit, OwnCircuits
from functions.kit.errors import BreakerOpen, Unavailable

NOON = 1_767_268_800.0
SYSTEM = "courier"


@pytest.fixture
def circuits(monkeypatch: pytest.MonkeyPatch) -> OwnCircuits:
    """What workers share of a system that is down and may be probed now."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    shared = OwnCircuits()
    shared.write_circuit(Circuit(SYSTEM, failures=OPENS_AT, probe_at=NOON))
    return shared


def fail(breakers: Breakers) -> None:
    with pytest.raises(Unavailable), breakers.calling(SYSTEM):
        raise Unavailable("no answer")


def test_a_worker_that_took_the_probe_and_could_not_call_asks_again_and_may(circuits: OwnCircuits) -> None:
    worker = Breakers(circuits)

    worker.ask(SYSTEM)
    worker.ask(SYSTEM)

    with pytest.raises(BreakerOpen):
        Breakers(circuits).ask(SYSTEM)


def test_the_probe_is_over_with_the_call(circuits: OwnCircuits) -> None:
    worker = Breakers(circuits)
    worker.ask(SYSTEM)

    fail(worker)

    with pytest.raises(BreakerOpen):
        worker.ask(SYSTEM)


def test_the_probe_is_over_when_the_next_one_may_be_taken(
    circuits: OwnCircuits, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, other = Breakers(circuits), Breakers(circuits)
    worker.ask(SYSTEM)

    monkeypatch.setattr(clock, "now", lambda: NOON + PROBE_SECONDS)
    other.ask(SYSTEM)

    with pytest.raises(BreakerOpen):
        worker.ask(SYSTEM)


def test_what_was_never_tried_lets_go_first_what_was(circuits: OwnCircuits) -> None:
    worker = Breakers(circuits)

    with pytest.raises(BreakerOpen) as told:
        worker.ask(SYSTEM, is_first=True)

    assert told.value.retry_after == PRECEDENCE_SECONDS
    Breakers(circuits).ask(SYSTEM)


def test_what_was_never_tried_probes_where_nothing_was_tried(
    circuits: OwnCircuits, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Breakers(circuits)
    monkeypatch.setattr(clock, "now", lambda: NOON + PRECEDENCE_SECONDS)

    worker.ask(SYSTEM, is_first=True)

    with pytest.raises(BreakerOpen):
        Breakers(circuits).ask(SYSTEM, is_first=True)
