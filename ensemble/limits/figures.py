"""What one workflow takes of a service, measured on a few that do not hurry: units, calls, and time of workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ensemble.limits.items import INDEX, Place
from ensemble.limits.load import Load, Service
from ensemble.limits.workers import workers_of

WORKFLOWS = 64
RATE = 4.0
"""So many workflows, so many a second: they hardly meet, and fall on the partitions of an index as many would."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one workflow takes of a service.

    `shared`: write units of the items that every workflow writes. `listed`: those of the busiest partition of an index.
    `written`: of the whole table with its index. `worker_seconds`: of all workers, `by_queue` of each queue's.
    """

    shared: Mapping[Place, float]
    listed: Mapping[Place, float]
    written: float
    worker_seconds: float
    by_queue: Mapping[str, float]

    def guess(self, service: Service) -> float:
        """Return about how many workflows a second the workers of a service have time for."""
        rates = [workers_of(service.topology.mappings[name]) / used for name, used in self.by_queue.items() if used]
        return min(rates)


def figures(service: Service) -> Figures:
    """Let some workflows pass, and say what one of them takes."""
    load = Load(service, WORKFLOWS)
    load.offer(RATE, WORKFLOWS / RATE)
    units: Counter[Place] = load.world.contention.units
    places = {place: used / WORKFLOWS for place, used in units.items()}
    items = {place: used for place, used in places.items() if not place[1].startswith(INDEX)}
    partitions = {place: used for place, used in places.items() if place[1].startswith(INDEX)}
    are_shared = len(partitions) < WORKFLOWS / 2  # else each workflow has one of its own
    busiest = sorted(partitions, key=lambda place: partitions[place])[-1:] if are_shared else []
    return Figures(
        shared={place: used for place, used in items.items() if units[place] >= WORKFLOWS},
        listed={place: partitions[place] for place in busiest},
        written=units.total() / WORKFLOWS,
        worker_seconds=sum(load.world.worked.values()) / WORKFLOWS,
        by_queue={name: load.world.worked[name] / WORKFLOWS for name in service.queues},
    )
