"""A service under load: its workers, what they wait for, and the rate that it keeps up with."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from ensemble.limits import times
from ensemble.limits.contention import Contention
from ensemble.limits.figures import figures
from ensemble.limits.load import Load, Service
from ensemble.limits.measuring import Stage
from ensemble.limits.search import find, reason
from ensemble.limits.workers import workers_of
from ensemble.simulator.topology import MappingSpec

SECONDS = 4.0


def workers(mapping: MappingSpec, number: float) -> MappingSpec:
    """Return the mapping with so many invocations under way at most."""
    return replace(mapping, reading=replace(mapping.reading, maximum_concurrency=number))


def with_workers(service: Service, number: int) -> Service:
    """Return the service with so many workers for each queue."""
    mappings = {name: workers(one, number) for name, one in service.topology.mappings.items()}
    return replace(service, topology=replace(service.topology, mappings=mappings))


def test_the_same_trial_has_the_same_figures(shelf: Service) -> None:
    first, second = (Load(shelf, 200).offer(50.0, SECONDS) for _ in range(2))

    assert first == second


def test_no_more_workers_are_under_way_than_the_mapping_lets_be(shelf: Service) -> None:
    load = Load(with_workers(shelf, 2), 400)
    most = 0
    invoke = load.world.invoke

    def counting(*arguments: object, **named: object) -> None:
        nonlocal most
        most = max(most, sum(load.queues.busy.values()))
        invoke(*arguments, **named)  # type: ignore[arg-type]

    load.world.invoke = counting  # type: ignore[method-assign]
    load.offer(100.0, SECONDS)

    assert most == 2


def test_a_message_takes_at_least_what_its_requests_take(shelf: Service) -> None:
    trial = Load(shelf, 8).offer(2.0, SECONDS)

    least = times.SHORTEST * (times.INVOCATION + times.RECORD + times.REQUESTS["TransactWriteItems"])
    assert trial.keeps_up
    assert trial.waits[0] > least


def test_more_workers_keep_up_with_more_where_nothing_is_shared(stage: Stage) -> None:
    service = stage.services["journal"]
    rates = [find(with_workers(service, number), 40.0, SECONDS, 0.2).rate for number in (2, 4)]

    assert rates[1] / rates[0] == pytest.approx(2.0, rel=0.35)


def test_transactions_that_meet_on_one_item_are_the_limit_and_said_to_be(
    shelf: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = with_workers(shelf, 30)
    together = find(many, 100.0, SECONDS, 0.2)
    monkeypatch.setattr(Contention, "_conflict", lambda *_: None)
    alone = find(many, 100.0, SECONDS, 0.2)

    assert reason(together) == "transactions meet: counter#copies#title-1"
    assert alone.rate > 2 * together.rate


def test_an_item_without_units_is_the_limit_and_said_to_be(shelf: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Contention, "_conflict", lambda *_: None)
    monkeypatch.setattr("ensemble.limits.contention.ITEM_WRITES", 40)
    found = find(with_workers(shelf, 20), 40.0, SECONDS, 0.2)

    assert reason(found) == "no units left: counter#copies#title-1"
    assert found.rate == pytest.approx(20.0, rel=0.25)


def test_what_a_batch_commits_together_takes_the_units_of_an_item_once(shelf: Service) -> None:
    load = Load(with_workers(shelf, 1), 400)
    load.offer(100.0, SECONDS)

    units = load.world.contention.units["lending-dev-shelf", "counter#copies#title-1"]
    assert units < 400  # by itself each of the 400 loans takes two


def test_what_nothing_shares_has_no_item_that_is_hot(stage: Stage) -> None:
    assert figures(stage.services["shelf"]).shared == {("lending-dev-shelf", "counter#copies#title-1"): 2.0}
    assert figures(stage.services["courier"]).shared == {}


def test_every_worker_counts(shelf: Service) -> None:
    mapping = next(iter(shelf.topology.mappings.values()))

    assert workers_of(workers(mapping, 7)) == 7
    assert workers_of(workers(mapping, inf)) > 1_000
