"""Reads an event off the bus: what reports show of it, and which event has caused it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ensemble.command_line.run.results import Observed
from ensemble.contracts.doors import doors_in
from functions.kit.envelope import Detail, completed
from functions.kit.errors import ContractViolation
from functions.kit.model import TIMER, Doors

if TYPE_CHECKING:
    from ensemble.laptop import Laptop

NO_VERSION = "1.0"
"""Stands for the version of a command put without one; nothing here depends on it."""


def doors_of_laptop(laptop: Laptop) -> Doors:
    """Return what comes from outside to the services that a laptop runs (`ensemble.contracts.doors`)."""
    return doors_in({function.bundle.directory for function in laptop.functions.values()})


def known(event: Mapping[str, Any], doors: Doors) -> Detail:
    """Return the detail of an event on the bus as services know it; as it is, where they refuse its ids."""
    try:
        return completed(event, NO_VERSION, doors)
    except ContractViolation:
        return completed(event, NO_VERSION, {})


def identity_of(event: Mapping[str, Any], doors: Doors) -> tuple[str, str]:
    """Return the id of an event on the bus, which an event that it causes names, and its type."""
    return str(known(event, doors)["event_id"]), str(event["detail-type"])


def observe(event: Mapping[str, Any], seconds: float, types: Mapping[str, str], doors: Doors) -> Observed:
    """Return what is observed of an event on the bus. `types`: those of the other events, by their ids."""
    detail = known(event, doors)
    return Observed(
        event_id=detail["event_id"],
        type=event["detail-type"],
        source=event["source"],
        seconds=seconds,
        cause=None if _is_from_outside(detail) else types.get(detail["causation_id"], TIMER),
    )


def _is_from_outside(detail: Mapping[str, Any]) -> bool:
    """Whether an event begins its workflow; any other that no event on the bus has caused was caused by a timer."""
    return bool(detail["causation_id"] == detail["event_id"])
