"""Which sagas are recorded as deployed to a stage, and that none of them is under way: in `deployed/<stage>.json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ensemble.command_line.errors import UsageRefused
from ensemble.contracts.states.evolution import Recorded
from ensemble.project.deployed import record_services, recorded
from functions.kit.model import Service
from functions.kit.saga import Saga


def sagas_of(services: Iterable[Service]) -> Iterable[Saga]:
    """Return those of the services that conduct others."""
    return (one for one in services if isinstance(one, Saga))


def recorded_sagas(root: Path, stage: str) -> dict[str, Recorded]:
    """Return what is recorded as deployed of each saga, by its name: some may be gone from the tree."""
    known = next((one.services for one in recorded(root) if one.stage == stage), {})
    return {file.split("/")[1]: one for file, one in known.items() if "sagas" in one}


def note_drained(root: Path, stage: str, sagas: Iterable[str]) -> None:
    """Note in what is recorded of a stage that no row of these sagas is under way."""
    for name in sagas:
        record_services(root, stage, name, lambda known: {**known, "sagas": []})


def refuse_unrecorded(sagas: Mapping[str, Recorded], services: Sequence[Service], stage: str) -> None:
    """Raise UsageRefused where it is not recorded by which table the next sagas of a stage will be under way."""
    unrecorded = [one.name for one in sagas_of(services) if one.name in sagas and not sagas[one.name]["sagas"]]
    if unrecorded:
        raise UsageRefused(
            f"what is deployed of {', '.join(unrecorded)} is not recorded since it was drained, and nothing would hold "
            f"the next change against it. Fix: ensemble deployed {stage}"
        )
