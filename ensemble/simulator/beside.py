"""What of the stacks carries events and is no service's: the simulator leaves it out, and says so."""

from __future__ import annotations

from pathlib import Path

from ensemble.aws.assembly import account_of, read_assembly
from ensemble.aws.resources import read_resources
from ensemble.aws.service_resources import of_services
from ensemble.aws.types.table import TYPES


def carriers_beside(assembly: Path) -> list[str]:
    """Return the rules, mappings, pipes and schedules that are no service's, each as `pipe NAME`.

    Raises AssemblyUnreadable.
    """
    resources, _ = read_resources(read_assembly(assembly), account_of(assembly))
    simulated = {id(one) for one in of_services(resources)}
    return sorted(
        f"{TYPES[one.type].word or one.type} {one.name}"
        for one in resources
        if TYPES[one.type].carries and id(one) not in simulated
    )
