"""What comes into a project from outside, and by which field the row of each is found: there its identity is made."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Doors, Service

TABLE = "DOORS"
"""What the table is called in the contracts of a bundle, of which it is the last."""


def commands_from_outside(services: Iterable[Service], schemas: Schemas) -> dict[str, frozenset[str]]:
    """Return the types that come from outside and that a service hears, each with the fields that find its rows."""
    services = tuple(services)
    names = {service.name for service in services}
    keys: dict[str, set[str]] = {}
    for service in services:
        for reaction in service.subscriptions:
            if reaction.event != EVERY_EVENT and schemas.publishers.get(reaction.event, "") not in names:
                keys.setdefault(reaction.event, set()).add(service.key_of(reaction))
    return {type: frozenset(keys[type]) for type in sorted(keys) if type in schemas.publishers}


def doors_of(service: Service, services: Iterable[Service], schemas: Schemas) -> Doors:
    """Return what a service hears from outside, by source and type, each with the field that finds its row.

    Of a service that stores every event it is all of the application that exactly one field finds.
    """
    services = tuple(services)
    if service.stores_events:
        return all_doors(services, schemas)
    keys = {reaction.event: service.key_of(reaction) for reaction in service.subscriptions}
    outside = commands_from_outside((service, *services), schemas)
    return {(schemas.publishers[type], type): keys[type] for type in outside if type in keys}


def all_doors(services: Iterable[Service], schemas: Schemas) -> Doors:
    """Return what the services hear from outside, as far as they find it by one field and not by several."""
    outside = commands_from_outside(services, schemas).items()
    return {(schemas.publishers[type], type): next(iter(keys)) for type, keys in outside if len(keys) == 1}


def doors_in(bundles: Iterable[Path]) -> Doors:
    """Return the same, as it is compiled into the bundles of the services."""
    keys: dict[tuple[str, str], set[str]] = {}
    for bundle in bundles:
        for door, key in _compiled(bundle).items():
            keys.setdefault(door, set()).add(key)
    return {door: next(iter(found)) for door, found in keys.items() if len(found) == 1}


@cache
def _compiled(bundle: Path) -> Doors:
    """Return the doors of a bundle, whose folder is named by its content; version 0.2.0 of the kit has none."""
    contracts = bundle / "functions" / "contracts.py"
    if not contracts.exists():
        return {}
    _, found, table = contracts.read_text(encoding="utf-8").rpartition(f"\n{TABLE} = ")
    doors: Doors = ast.literal_eval(table) if found else {}
    return doors
