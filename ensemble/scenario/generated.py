"""Commands made from schemas: for whoever has written no scenario, or no example in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.examples import plausible
from ensemble.contracts.schemas import Schemas
from ensemble.scenario.declaration import Command, Scenario, Story
from functions.kit.model import Service

UNIQUE, UNIQUE_UUID = "{unique}", "{unique uuid}"
"""In an example's texts: stands for a text, or for a UUID, that is another one in each command."""


def example(type: str, services: Iterable[Service], schemas: Schemas, scenario: Scenario | None) -> dict[str, Any]:
    """Return the fields of an example of a type, texts with `{unique}` in them as they are.

    It is the scenario's, or else made from the schema and the examples in it: then with a row of its own.
    """
    if scenario is not None and type in scenario.examples:
        return dict(scenario.examples[type])
    schema = schemas.versions[type][schemas.newest(type)]
    fields: dict[str, Any] = plausible(schema)
    keys = commands_from_outside(services, schemas).get(type, frozenset())
    return fields | {
        key: _key(key, schema["properties"][key], fields[key]) for key in keys if isinstance(fields.get(key), str)
    }


def _key(name: str, schema: Mapping[str, Any], given: str) -> str:
    """Return what finds the row of a command: another one for each, where its form leaves room for it."""
    if schema.get("format") == "uuid":
        return UNIQUE_UUID
    is_free = schema.keys().isdisjoint({"pattern", "format", "enum"})
    return f"{name.removesuffix('_id')}-{UNIQUE}" if is_free else given


def filled_in(value: Any, unique: str) -> Any:
    """Return an example's value with its unique texts."""
    if isinstance(value, str):
        return value.replace(UNIQUE, unique).replace(UNIQUE_UUID, str(uuid5(NAMESPACE_OID, unique)))
    if isinstance(value, Mapping):
        return {name: filled_in(inner, unique) for name, inner in value.items()}
    if isinstance(value, list):
        return [filled_in(inner, unique) for inner in value]
    return value


def generated_stories(services: Iterable[Service], schemas: Schemas, scenario: Scenario | None) -> tuple[Story, ...]:
    """Return a story for each command from outside, made from its example; none of them says how it must end."""
    services = tuple(services)
    return tuple(
        Story(type, commands=(command,), end=())
        for number, type in enumerate(commands_from_outside(services, schemas), start=1)
        for command in [_command(type, str(number), services, schemas, scenario)]
    )


def _command(
    type: str, unique: str, services: Iterable[Service], schemas: Schemas, scenario: Scenario | None
) -> Command:
    return Command(type, schemas.publishers[type], filled_in(example(type, services, schemas, scenario), unique))
