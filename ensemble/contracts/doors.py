"""What comes into a project from outside, and by which field the row of each is found: there its identity is made."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Doors, Service

TABLE = "DOORS"
"""What the table is called in the contracts of a bundle."""


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
    """Return the same, as it is compiled into the bundles of the services.

    While services are deployed, some hear by an older kit, which knows no doors: what one of them hears has none yet.
    """
    keys: dict[tuple[str, str], set[str | None]] = {}
    for bundle in bundles:
        doors = doors_of_bundle(bundle)
        for door in (*doors, *_heard(bundle)):
            keys.setdefault(door, set()).add(doors.get(door))
    return {door: key for door, (key, *more) in keys.items() if key is not None and not more}


@cache
def doors_of_bundle(bundle: Path) -> Doors:
    """Return the doors of one bundle, whose folder is named by its content; version 0.2.0 of the kit has none."""
    doors: Doors = _table(bundle, TABLE)
    return doors


@cache
def _heard(bundle: Path) -> frozenset[tuple[str, str]]:
    """Return what the service of a bundle hears by name, by source and type."""
    sources: dict[str, str] = _table(bundle, "SOURCES")
    return frozenset((source, type) for type, source in sources.items())


def _table(bundle: Path, name: str) -> Any:
    """Return a table of literals of a bundle's contracts; an empty one if it has none."""
    contracts = bundle / "functions" / "contracts.py"
    text = contracts.read_text(encoding="utf-8") if contracts.exists() else ""
    _, _, table = f"\n{text}".partition(f"\n{name} = {{")
    entries, _, _ = table.partition("\n}")
    return ast.literal_eval(f"{{{entries}}}")
