"""The bus as a consumer meets it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import pytest

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.answers import Refused
from ensemble.simulator.application import Application
from ensemble.simulator.buses import EVENTBRIDGE, FOR_GOOD, RETRYABLE
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM, Fault, Plan, Profile, made
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.naive_lane import ANYTHING
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START, World

KEY = "a batch"
HOUR = 3_600.0


class Put:
    """A consumer that puts events on the bus of a world."""

    def __init__(
        self,
        application: Application,
        topology: Topology,
        profile: Profile = CALM,
        keep: Collection[str] | None = None,
        plan: Plan | None = None,
    ) -> None:
        self._topology = topology
        self.world = World(topology, Chance(0), profile, CoreLane(application), keep=keep)
        self.buses = AwsAccount(self.world).buses
        consumer = dataclasses.replace(next(iter(topology.functions.values())), permissions=ANYTHING)
        self._active = Invocation(consumer, {}, KEY, plan, 0.0, 0.0, lambda: self.world.now)

    def codes(self, *numbers: int) -> list[str]:
        """Put events, and return the code of each; "" for one that was taken."""
        entries = [_entry(self._topology, number) for number in numbers]
        answer = self.buses.put_events(self._active, {"Entries": entries})
        codes = [one.get("ErrorCode", "") for one in answer["Entries"]]
        assert answer["FailedEntryCount"] == sum(map(bool, codes))
        return codes


def _entry(topology: Topology, number: int) -> dict[str, Any]:
    detail = f'{{"event_id": "{number}", "causation_id": "cause of {number}"}}'
    return {"EventBusName": min(topology.archived), "Source": "nobody", "DetailType": "Nothing", "Detail": detail}


@pytest.mark.parametrize(
    ("keep", "is_refused"), [(None, True), ([f"{Fault.ENTRIES_FAILED}: {KEY}"], True), ([], False)]
)
def test_a_batch_is_refused_in_part_unless_that_disturbance_is_left_out(
    application: Application, topology: Topology, keep: Collection[str] | None, is_refused: bool
) -> None:
    put = Put(application, topology, keep=keep, plan=Plan(Fault.ENTRIES_FAILED, 1))

    codes = put.codes(*range(10))

    assert len(codes) == 10
    assert (0 < sum(map(bool, codes)) < 10) is is_refused
    assert bool(put.world.disturbances) is is_refused


def test_one_call_takes_ten_entries_and_a_megabyte(application: Application, topology: Topology) -> None:
    """By AWS (EventBridge API reference, PutEvents)."""
    put = Put(application, topology)

    assert put.codes(*range(10)) == [""] * 10
    with pytest.raises(Refused, match="ValidationException"):
        put.codes(*range(11))


def test_an_event_that_is_refused_for_good_is_refused_each_time_until_all_heals(
    application: Application, topology: Topology
) -> None:
    put = Put(application, topology, made({Fault.ENTRY_REFUSED: 0.5}, HOUR))

    first, second = put.codes(*range(10)), put.codes(*range(10))
    put.world.now = START + HOUR
    healed = put.codes(*range(10))

    assert set(first) - {""} <= set(FOR_GOOD)
    assert 0 < sum(map(bool, first)) < 10
    assert second == first
    assert healed == [""] * 10


def test_while_eventbridge_is_down_it_takes_nothing_and_says_what_passes(
    application: Application, topology: Topology
) -> None:
    put = Put(application, topology)
    put.world.open_window(Fault.BUS_DOWN, EVENTBRIDGE, START, START + HOUR)

    found = {_outcome(put) for _ in range(20)}
    put.world.now = START + HOUR

    assert found <= {*RETRYABLE, "ThrottlingException", "InternalException"}
    assert put.buses.accepted == []
    assert len(put.world.vain[Fault.BUS_DOWN, EVENTBRIDGE, put._active.function.service]) == 20
    assert put.codes(1) == [""]


def _outcome(put: Put) -> str:
    try:
        return put.codes(1)[0]
    except Refused as refusal:
        return refusal.code
    finally:
        put._active.calls += 1
