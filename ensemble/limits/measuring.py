"""Measures the services of a stage, each in a process of its own."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from ensemble.limits.limits import UNKNOWN_REGION, Effort, Measured, measure
from ensemble.limits.load import Service
from ensemble.limits.recording import Recording, record
from ensemble.simulator.application import Application
from ensemble.simulator.topology import Topology, read_topology

Make = Callable[[], Application]


class Stage:
    """A stage with a workflow of it: the services that the workflow comes to, as they are to be measured.

    `story`: the name of the workflow's story; None: the first. Raises KeyError when there is none of that name.
    """

    def __init__(self, application: Application, topology: Topology, story: str | None) -> None:
        self.together = record(application, topology, story, shares=True)
        apart = record(application, topology, story, shares=False)
        self.services = _services(application, topology, self.together)
        self.apart = _services(application, topology, apart)

    def measure(self, name: str, effort: Effort) -> Measured:
        """Measure one of its services."""
        return measure(self.services[name], self.apart[name], effort)


def _services(application: Application, topology: Topology, recording: Recording) -> dict[str, Service]:
    made = (Service(name, application, topology, recording) for name in sorted(application.services))
    return {one.name: one for one in made if one.messages}


def measured(
    make: Make, assembly: Path, story: str | None, names: list[str], effort: Effort, jobs: int | None
) -> Iterator[Measured]:
    """Yield what is measured of each service as it comes. `make` returns, in each process, the application."""
    workers = jobs or min(len(names), os.cpu_count() or 1)
    if workers == 1:
        stage = Stage(make(), read_topology(assembly), story)
        yield from (stage.measure(name, effort) for name in names)
        return
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        for done in as_completed([pool.submit(_measure, make, assembly, story, name, effort) for name in names]):
            yield done.result()


def _measure(make: Make, assembly: Path, story: str | None, name: str, effort: Effort) -> Measured:
    return Stage(make(), read_topology(assembly), story).measure(name, effort)


def region_of(assembly: Path) -> str:
    """Return the region that a stage is made for, or "unknown-region"."""
    artifacts = json.loads((assembly / "manifest.json").read_text(encoding="utf-8"))["artifacts"].values()
    regions = [str(one["environment"]).rpartition("/")[2] for one in artifacts if "environment" in one]
    return regions[0] if regions else UNKNOWN_REGION
