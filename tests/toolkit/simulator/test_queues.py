"""The queues as a consumer meets them."""

from __future__ import annotations

import dataclasses

import pytest

from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.naive_lane import ANYTHING
from ensemble.simulator.queues import record
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import World

COMMAND = "CancelLoan loan-1"


@pytest.mark.parametrize(
    ("waited", "violations"), [(4_000.0, []), (3_000.0, [f"{COMMAND} is given up after 3000 s: NotYet"])]
)
def test_of_two_deliveries_in_a_batch_the_one_received_most_often_is_judged_when_one_is_given_up(
    application: Application, topology: Topology, waited: float, violations: list[str]
) -> None:
    world = World(topology, Chance(0), CALM, CoreLane(application))
    queues = AwsAccount(world).queues
    name, mapping = next((name, one) for name, one in topology.mappings.items() if name in topology.queues)
    queues.send(name, COMMAND, "the command")
    queues.send(name, COMMAND, "the command")
    queue = queues.all[name]
    old, new = queue.messages.values()
    old.receives, old.first_received_at = 15, world.now - waited
    new.receives, new.first_received_at = 1, world.now
    consumer = dataclasses.replace(topology.functions[mapping.function], permissions=ANYTHING)
    batch = {"Records": [record(queue.spec, message) for message in (new, old)]}
    active = Invocation(consumer, batch, "a batch", None, 0.0, 0.0, lambda: world.now)

    queues.send_message(
        active,
        {
            "QueueUrl": f"https://queues/{queue.spec.dead_letter_queue}",
            "MessageBody": "the command",
            "MessageAttributes": {"reason": {"StringValue": "NotYet"}},
        },
    )

    assert world.violations == violations
