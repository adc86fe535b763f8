"""What is recorded of stored states, and compared with what the services are now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ensemble.contracts.findings import Finding
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import Recorded, broken_states, contract_of, file_of, hurried
from ensemble.contracts.states.sagas import broken_sagas
from ensemble.contracts.states.shape import shape_of, with_examples, without_examples
from ensemble.project.deployed import Published, recorded
from ensemble.testing.exploration import Exploration
from functions.kit.model import Service


def refused_states(published: Sequence[Published], services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each change of a service that the rows of a stage would not bear."""
    return broken_states(_by_stage(published), services)


def refused_sagas(published: Sequence[Published], services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each change of a saga's table that its rows of a stage would not bear."""
    return broken_sagas(_by_stage(published), services, schemas)


def hurried_states(published: Sequence[Published], services: Sequence[Service]) -> Iterator[Finding]:
    """Yield what the version that is deployed would misread of the new one's rows, while both run: advice."""
    return hurried(_by_stage(published), services)


def to_record(root: Path, stage: str, services: Sequence[Service]) -> dict[str, Recorded]:
    """Return what is to be recorded of the services, beside what of other versions may still be in their rows."""
    known = next((one.services for one in recorded(root) if one.stage == stage), {})
    return {file: beside(known.get(file, {}), contract) for file, contract in _contracts(root, services)}


def is_recorded(root: Path, stage: str, service: Service) -> bool:
    """Whether what is recorded as deployed to a stage has the state in the shape that the service writes now."""
    known = next((one.services for one in recorded(root) if one.stage == stage), {}).get(file_of(service.name), {})
    shape = known.get("states", {}).get(str(service.state_version), {})
    return without_examples(shape) == shape_of(service.state)


def only_newest(recorded: Recorded, service: Service) -> dict[str, Any]:
    """Return what is recorded of a service once all its rows are of the newest version of its state."""
    newest = str(service.state_version)
    return {**recorded, "states": {newest: recorded["states"][newest]}}


def _by_stage(published: Sequence[Published]) -> Mapping[str, Mapping[str, Recorded]]:
    return {one.stage: one.services for one in published if one.services}


def _contracts(root: Path, services: Sequence[Service]) -> Iterator[tuple[str, dict[str, Any]]]:
    explored = Exploration.of(root)
    for service in services:
        contract = contract_of(service)
        if not service.stores_events:
            newest = str(service.state_version)
            shape = contract["states"][newest]
            contract["states"] = {newest: with_examples(shape, _reached(explored, service))}
        yield file_of(service.name), contract


def _reached(explored: Exploration, service: Service) -> list[Any]:
    """Return the states that the service can reach; none where that cannot be found out."""
    try:
        return [state for state in explored.states(service) if state is not None]
    except Exception:  # whatever its reactions raise: its own tests say so
        return []


def beside(known: Recorded, contract: dict[str, Any]) -> dict[str, Any]:
    """Return a contract with what was recorded before: other versions, events that are not heard any more, and the
    tables by which sagas that are under way began."""
    for name in ("keys", "states"):
        if name in contract:
            contract[name] = {**known.get(name, {}), **contract[name]}
    if "sagas" in contract:
        earlier = [one for one in known.get("sagas", []) if one not in contract["sagas"]]
        contract["sagas"] = [*earlier, *contract["sagas"]]
    return contract
