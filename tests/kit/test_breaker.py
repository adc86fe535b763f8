"""What is down is asked once a minute by all workers together, and what is well costs nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError
from greenlet import getcurrent, greenlet

from functions.kit import clock
from functions.kit.breaker import LONGEST_PROBE_SECONDS, OPENS_AT, PROBE_SECONDS, Breakers, Circuit, OwnCircuits
from functions.kit.errors import BreakerOpen, NotYet, Unavailable, VersionConflict
from functions.kit.rows import BREAKER, RowStore
from functions.kit.telemetry import flush, metrics
from tests.kit.conftest import NOON, Kit

SYSTEM = "the courier"
HOUR = 3600


class Shared:
    """Circuits as the row store keeps them, without a table: both pass the test of their versions."""

    def __init__(self) -> None:
        self.kept: dict[str, Circuit] = {}
        self.reads = self.writes = 0
        self.is_down = False
        self.wait: Callable[[], object] = lambda: None

    def read_circuit(self, system: str) -> Circuit:
        self._answer()
        self.reads += 1
        return self.kept.get(system, Circuit(system))

    def write_circuit(self, circuit: Circuit) -> Circuit:
        self._answer()
        if self.kept.get(circuit.system, Circuit(circuit.system)).version != circuit.version:
            raise VersionConflict(circuit.system)
        self.writes += 1
        self.kept[circuit.system] = replace(circuit, version=circuit.version + 1)
        return self.kept[circuit.system]

    def _answer(self) -> None:
        self.wait()
        if self.is_down:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")


class System:
    """A system outside, on a clock of its own, that workers ask through their breakers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.circuits = Shared()
        self.now = NOON
        self.calls: list[float] = []
        self.answers: Callable[[], bool] = lambda: True
        self.fault: Exception = Unavailable("no")
        monkeypatch.setattr(clock, "now", lambda: self.now)

    def worker(self) -> Breakers:
        return Breakers(self.circuits)

    def call(self, worker: Breakers) -> bool | None:
        """Call as the reactor does; return whether it answered, or None if it was not asked."""
        try:
            worker.ask(SYSTEM)
        except BreakerOpen:
            return None
        return self.begun(worker, self.answers())

    def begun(self, worker: Breakers, answers: bool) -> bool:
        """Make a call that was allowed."""
        self.calls.append(self.now)
        try:
            with worker.calling(SYSTEM):
                if not answers:
                    raise self.fault
        except type(self.fault):
            return False
        return True

    def outage(self, workers: list[Breakers], seconds: int, every: float = 1.0) -> int:
        """Let all workers try every second while the system is down; return how many calls were made."""
        before, self.answers = len(self.calls), lambda: False
        end = self.now + seconds
        while self.now < end:
            for worker in workers:
                self.call(worker)
            self.now += every
        self.answers = lambda: True
        return len(self.calls) - before

    def fail_at_once(self, workers: list[Breakers]) -> None:
        """Let all workers make a call that fails; each request to the table waits for those of the others."""
        here = getcurrent()
        self.circuits.wait = here.switch
        running = [greenlet(partial(self.begun, worker, False)) for worker in workers]
        while running:
            for one in running:
                one.switch()
            running = [one for one in running if not one.dead]
        self.circuits.wait = lambda: None

    @property
    def is_open(self) -> bool:
        return self.circuits.read_circuit(SYSTEM).is_open


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> System:
    return System(monkeypatch)


def opened(system: System, workers: int = 1) -> list[Breakers]:
    """Return workers whose breaker has just opened."""
    made = [system.worker() for _ in range(workers)]
    while not system.is_open:
        system.outage(made, 1)
    return made


# Opening


def test_a_single_worker_opens_it_after_eight_failures_and_the_one_that_begins_them(system: System) -> None:
    worker = system.worker()

    calls = system.outage([worker], 30)

    assert calls == OPENS_AT + 1 == 9


@pytest.mark.parametrize("workers", [1, 4, 12])
@pytest.mark.parametrize("is_new", [True, False])
def test_an_outage_of_an_hour_is_asked_once_a_minute_beside_what_opens_the_breaker(
    system: System, workers: int, is_new: bool
) -> None:
    made = [system.worker() for _ in range(workers)]
    if not is_new:
        assert all(system.call(worker) for worker in made)

    calls = system.outage(made, HOUR)

    assert calls <= workers + OPENS_AT + HOUR / PROBE_SECONDS
    assert calls <= 20 + HOUR / PROBE_SECONDS


@pytest.mark.parametrize("workers", [1, 4, 12, 50])
def test_calls_that_are_under_way_at_once_are_two_for_each_worker_at_most_when_it_opens(
    system: System, workers: int
) -> None:
    made = [system.worker() for _ in range(workers)]
    calls = 0
    for _ in range(600):
        begun = [worker for worker in made if is_allowed(worker)]
        calls += len(begun)
        for worker in begun:
            system.begun(worker, False)
        system.now += 1

    assert calls <= workers + max(workers, OPENS_AT) + 600 / PROBE_SECONDS


@pytest.mark.parametrize("workers", [8, 12, 50])
def test_workers_that_all_fail_at_the_same_moment_open_it_with_their_second_failures(
    system: System, workers: int
) -> None:
    made = [system.worker() for _ in range(workers)]

    system.fail_at_once(made)
    first = system.is_open
    system.fail_at_once(made)

    assert (first, system.is_open) == (False, True)


def is_allowed(worker: Breakers) -> bool:
    try:
        worker.ask(SYSTEM)
    except BreakerOpen:
        return False
    return True


def test_workers_that_come_and_go_in_an_outage_ask_no_more(system: System) -> None:
    opened(system)
    calls = 0

    for _ in range(600):
        calls += system.outage([system.worker()], 1)

    assert calls <= 600 / PROBE_SECONDS + 1


def test_the_hour_of_an_outage_costs_few_reads_and_writes(system: System) -> None:
    made = [system.worker() for _ in range(12)]
    system.outage(made, HOUR)

    minutes = HOUR / PROBE_SECONDS
    assert system.circuits.writes <= OPENS_AT + minutes + 12
    assert system.circuits.reads <= (len(made) + 2) * (minutes + 2)


@pytest.mark.parametrize("workers", [1, 4, 12, 50])
def test_a_fifth_of_all_calls_failing_does_not_open_it(system: System, workers: int) -> None:
    chance = Random(7)
    system.answers = lambda: chance.random() >= 0.2
    made = [system.worker() for _ in range(workers)]

    results = [system.call(chance.choice(made)) for _ in range(10_000)]

    assert None not in results
    assert len(system.calls) == 10_000


def test_while_all_is_well_nothing_is_read_or_written_but_once_by_a_new_worker(system: System) -> None:
    worker = system.worker()
    for _ in range(100):
        system.call(worker)

    assert (system.circuits.reads, system.circuits.writes) == (1, 0)


@pytest.mark.parametrize("fault", [NotYet("no"), ValueError(), ClientError({"Error": {"Code": "NoSuchKey"}}, "Get")])
def test_a_fault_that_is_an_answer_does_not_open_it(system: System, fault: Exception) -> None:
    system.fault = fault
    worker = system.worker()

    assert system.outage([worker], 100) == 100
    assert not system.is_open


def test_systems_are_down_by_themselves(system: System) -> None:
    (worker,) = opened(system)

    worker.ask("another system")
    with pytest.raises(BreakerOpen, match="the courier does not answer, and is asked again later"):
        worker.ask(SYSTEM)


# Probing


def test_while_it_is_open_the_workers_are_told_when_the_next_probe_is(system: System) -> None:
    opened(system)
    system.now += 17

    with pytest.raises(BreakerOpen) as told:
        system.worker().ask(SYSTEM)
    assert told.value.retry_after is not None
    assert 0 < told.value.retry_after <= PROBE_SECONDS - 17


def test_two_workers_that_take_the_probe_at_once_make_one_call(system: System, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = opened(system, 2)
    system.now += PROBE_SECONDS
    read = system.circuits.read_circuit

    def overtaken(name: str) -> Circuit:
        circuit = read(name)
        monkeypatch.setattr(system.circuits, "read_circuit", read)
        one.ask(SYSTEM)
        return circuit

    monkeypatch.setattr(system.circuits, "read_circuit", overtaken)
    with pytest.raises(BreakerOpen) as told:
        other.ask(SYSTEM)

    assert told.value.retry_after == PROBE_SECONDS


def test_a_worker_that_dies_with_the_probe_holds_the_others_up_for_a_minute(system: System) -> None:
    one, other = opened(system, 2)
    system.now += PROBE_SECONDS
    one.ask(SYSTEM)

    assert system.call(other) is None
    system.now += PROBE_SECONDS
    assert system.call(other)


def test_a_worker_that_took_the_probe_keeps_it_until_it_calls_and_no_longer_than_a_minute(system: System) -> None:
    one, other = opened(system, 2)
    system.now += PROBE_SECONDS
    one.ask(SYSTEM)
    one.ask(SYSTEM)
    assert system.call(other) is None

    assert system.begun(one, False) is False
    assert system.call(one) is None
    system.now += PROBE_SECONDS
    other.ask(SYSTEM)
    system.now += PROBE_SECONDS

    assert system.call(one)


@pytest.mark.parametrize("workers", [1, 4, 12])
def test_within_two_minutes_of_the_recovery_every_worker_asks_again(system: System, workers: int) -> None:
    made = [system.worker() for _ in range(workers)]
    system.outage(made, HOUR)
    recovered = system.now

    while not all(system.call(worker) for worker in made):
        system.now += 1

    assert system.now - recovered <= 2 * PROBE_SECONDS
    assert not system.is_open


# Closing


def test_after_it_has_closed_eight_new_failures_open_it(system: System) -> None:
    (worker,) = opened(system)
    system.now += PROBE_SECONDS
    assert system.call(worker)

    assert system.outage([worker], 30) == OPENS_AT + 1


def test_it_is_said_to_open_and_to_close_once_for_an_outage_and_never_for_a_few_failures(
    system: System, log: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = system.worker()
    for _ in range(OPENS_AT // 2):  # fewer failures than open it
        system.outage([worker], 2)
        assert system.call(worker)
    assert log.getvalue() == ""

    metrics.clear_metrics()  # of other tests
    system.outage([worker], 300)
    system.now += PROBE_SECONDS
    assert system.call(worker)
    flush()

    assert [json.loads(line)["message"] for line in log.getvalue().splitlines()] == ["BreakerOpened", "BreakerClosed"]
    counted = json.loads(capsys.readouterr().out)
    assert (counted["BreakerOpened"], counted["BreakerClosed"]) == ([1.0], [1.0])


@pytest.mark.parametrize("stragglers", [1, OPENS_AT - 1])
def test_calls_that_fail_after_it_has_closed_do_not_open_it(system: System, stragglers: int) -> None:
    late = [system.worker() for _ in range(stragglers)]
    for worker in late:
        worker.ask(SYSTEM)
        system.begun(worker, False)
        worker.ask(SYSTEM)
    (probing,) = opened(system)
    system.now += PROBE_SECONDS
    assert system.call(probing)

    for worker in late:
        system.begun(worker, False)

    assert not system.is_open
    assert all(system.call(worker) for worker in late)


def test_a_success_that_was_begun_before_it_opened_does_not_close_it(system: System) -> None:
    slow = system.worker()
    slow.ask(SYSTEM)
    opened(system)

    system.begun(slow, True)

    assert system.is_open


def test_a_worker_that_knows_of_no_outage_asks_once_more_and_then_waits(system: System) -> None:
    well = system.worker()
    assert system.call(well)
    opened(system)

    assert system.outage([well], 30) == 1


# What a system says itself


@pytest.mark.parametrize(
    ("wanted", "pause"),
    [
        (1.0, PROBE_SECONDS),
        (300.0, 300.0),
        (1e9, LONGEST_PROBE_SECONDS),
        (float("inf"), PROBE_SECONDS),
        (float("nan"), PROBE_SECONDS),
        (-5.0, PROBE_SECONDS),
        (None, PROBE_SECONDS),
    ],
)
def test_a_system_that_says_when_to_ask_again_is_asked_then_within_bounds(
    system: System, wanted: float | None, pause: float
) -> None:
    system.fault = Unavailable("no", retry_after=wanted)
    (worker,) = opened(system)
    opened_at = system.calls[-1]

    system.outage([worker], 2000)

    assert system.calls[OPENS_AT + 1] - opened_at == pause


def test_a_probe_that_is_told_to_come_later_puts_off_the_next(system: System) -> None:
    (worker,) = opened(system)
    system.fault = Unavailable("no", retry_after=200)

    system.outage([worker], 500)

    first, second = system.calls[OPENS_AT + 1 :][:2]
    assert second - first == 200


# Where circuits are kept


def test_an_outage_while_the_table_is_down_too_is_told_and_not_counted(system: System) -> None:
    worker = system.worker()
    system.call(worker)
    system.circuits.is_down = True

    assert not system.begun(worker, False)
    assert not system.begun(worker, False)
    with pytest.raises(ClientError):
        worker.ask(SYSTEM)

    system.circuits.is_down = False
    assert system.call(worker)


def test_a_table_that_is_down_when_the_breaker_would_close_leaves_it_to_the_next_call(system: System) -> None:
    (worker,) = opened(system)
    system.now += PROBE_SECONDS
    worker.ask(SYSTEM)
    system.circuits.is_down = True
    assert system.begun(worker, True)
    system.circuits.is_down = False

    assert system.call(worker)
    system.now += PROBE_SECONDS
    assert system.call(system.worker())
    assert not system.is_open


def test_the_tables_own_breaker_is_in_each_workers_memory(system: System) -> None:
    workers = [Breakers(OwnCircuits()) for _ in range(3)]

    calls = system.outage(workers, HOUR)

    assert calls <= 3 * (OPENS_AT + 1 + HOUR / PROBE_SECONDS)
    assert (system.circuits.reads, system.circuits.writes) == (0, 0)


@pytest.fixture(params=["shared", "table"])
def circuits(request: pytest.FixtureRequest, kit: Kit) -> Shared | RowStore:
    return Shared() if request.param == "shared" else kit.rows


def test_circuits_are_written_by_their_version(circuits: Shared | RowStore) -> None:
    first = circuits.read_circuit(SYSTEM)
    written = circuits.write_circuit(replace(first, failures=3, probe_at=NOON + 0.5))

    assert (first.version, written.version) == (0, 1)
    assert circuits.read_circuit(SYSTEM) == written == Circuit(SYSTEM, 1, 3, NOON + 0.5)
    with pytest.raises(VersionConflict):
        circuits.write_circuit(first)


def test_what_the_table_keeps_of_a_system_is_a_row_of_the_kit_without_an_end(kit: Kit) -> None:
    kit.rows.write_circuit(Circuit(SYSTEM, failures=OPENS_AT))

    assert kit.item(BREAKER + SYSTEM).keys() == {"pk", "version", "state", "correlation_id"}


def test_a_throttled_table_is_asked_little_by_a_worker(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []

    def throttled(**call: Any) -> Any:
        calls.append(call)
        raise ClientError({"Error": {"Code": "ThrottlingException"}}, "GetItem")

    monkeypatch.setattr(kit.dynamodb, "get_item", throttled)
    for second in range(HOUR):
        monkeypatch.setattr(clock, "now", lambda second=second: NOON + second)
        with pytest.raises((ClientError, BreakerOpen)):
            kit.rows.load("x")

    assert len(calls) <= OPENS_AT + 1 + HOUR / PROBE_SECONDS
