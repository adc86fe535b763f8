"""The simulation of this project: its services, its stacks and its workload, in either lane."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ensemble.synthesis import ROOT
from infrastructure.services import discover
from shop_simulation.application import Shop
from simulator.core_lane import CoreLane
from simulator.full_lane import FullLane
from simulator.naive_lane import NaiveLane, permissive
from simulator.schedule import Outcome, simulate
from simulator.topology import read_topology

Runs = Callable[..., Outcome]


def application() -> Shop:
    """Return the application that is simulated. Put your own here when it takes the shop's place."""
    return Shop({service.name: service for service in discover(ROOT)})


def simulation(assembly: Path, lane: str) -> Runs:
    """Return what runs the schedule of a seed, with the options of `simulator.schedule.simulate`."""
    app = application()
    lanes = {"core": CoreLane, "full": FullLane, "naive": NaiveLane}
    topology = read_topology(assembly)
    return partial(
        simulate,
        application=app,
        topology=permissive(topology) if lane == "naive" else topology,
        lane=lanes[lane](app),
    )
