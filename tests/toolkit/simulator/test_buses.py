"""The bus as a relay meets it."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import Any

import pytest

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM, Fault, Plan
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.naive_lane import ANYTHING
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import World

KEY = "a batch of a relay"


@pytest.mark.parametrize(
    ("keep", "is_refused"), [(None, True), ([f"{Fault.ENTRIES_FAILED}: {KEY}"], True), ([], False)]
)
def test_a_batch_is_refused_in_part_unless_that_disturbance_is_left_out(
    application: Application, topology: Topology, keep: Collection[str] | None, is_refused: bool
) -> None:
    world = World(topology, Chance(0), CALM, CoreLane(application), keep=keep)
    relay = next(one for one in topology.functions.values() if one.is_relay)
    relay = dataclasses.replace(relay, permissions=ANYTHING)
    active = Invocation(relay, {}, KEY, Plan(Fault.ENTRIES_FAILED, 1), 0.0, 0.0, lambda: world.now)

    answer = AwsAccount(world).buses.put_events(active, {"Entries": [_entry(topology, n) for n in range(20)]})

    assert len(answer["Entries"]) == 20
    assert (0 < answer["FailedEntryCount"] < 20) is is_refused
    assert bool(world.disturbances) is is_refused


def _entry(topology: Topology, number: int) -> dict[str, Any]:
    bus = min(topology.archived)
    detail = f'{{"event_id": "{number}"}}'
    return {"EventBusName": bus, "Source": "nobody", "DetailType": "Nothing", "Detail": detail}
