"""Makes the catalogue: one page that needs no network, of all services, events and their versions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ensemble.choreography.graph import Graph
from ensemble.choreography.lanes import lanes
from ensemble.choreography.pictures import hearing_everything, outside, undoing
from ensemble.choreography.sagas import condition, roles, sagas_of, within
from ensemble.contracts.examples import full, minimal
from ensemble.contracts.profile import RULES
from ensemble.contracts.schemas import fields
from functions.kit.model import EVERY_EVENT, Service

PAGE = "catalogue.html"


@dataclass(frozen=True, slots=True)
class Field:
    """A row of a version's table of fields."""

    path: str
    type: str
    is_required: bool
    is_sensitive: bool
    description: str
    rules: str
    readers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A live version of an event: since when it is deprecated, its fields, and examples as JSON text."""

    number: str
    deprecated: str | None
    description: str
    fields: tuple[Field, ...]
    minimal: str
    full: str


@dataclass(frozen=True, slots=True)
class Message:
    """An event or a command: who publishes it, who hears it, its live versions, the newest first.

    `role`: what it is in a saga, as a sentence; nothing where no saga asks by it.
    """

    name: str
    kind: str
    publisher: str
    hearers: tuple[str, ...]
    is_off_path: bool
    is_terminal: bool
    role: str
    versions: tuple[Version, ...]


def catalogue(graph: Graph, *, title: str) -> str:
    """Return the page as HTML."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return templates.get_template(PAGE).render(
        title=title,
        lanes=lanes(graph),
        services=graph.services,
        sagas=sagas_of(graph),
        within=within,
        condition=condition,
        outside={name: graph.schemas.published_by(name) for name in sorted(outside(graph))},
        messages=[_message(graph, event) for event in sorted(graph.schemas.publishers)],
        everything=hearing_everything(graph),
        EVERY_EVENT=EVERY_EVENT,
    )


def _message(graph: Graph, event: str) -> Message:
    versions = reversed(list(graph.schemas.versions[event].items()))
    return Message(
        name=event,
        kind=graph.kind_of(event),
        publisher=graph.schemas.publishers[event],
        hearers=tuple(sorted({edge.service for edge in graph.edges if edge.event == event})),
        is_off_path=event in undoing(graph),
        is_terminal=any(event in service.terminal for service in graph.services),
        role=roles(graph.services).get(event, ""),
        versions=tuple(_version(graph, event, number, schema) for number, schema in versions),
    )


def _version(graph: Graph, event: str, number: str, schema: dict[str, Any]) -> Version:
    end = graph.schemas.ends.get(event, {}).get(number)
    readers = _readers(graph.services, event) if number == graph.schemas.newest(event) else {}
    return Version(
        number=number,
        deprecated=None if end is None else end.deprecated.isoformat(),
        description=schema["description"],
        fields=tuple(_fields(schema, readers, graph.schemas.sensitive(event, number))),
        minimal=_json(minimal(schema)),
        full=_json(full(schema)),
    )


def _fields(schema: dict[str, Any], readers: dict[str, list[str]], sensitive: tuple[str, ...]) -> Iterator[Field]:
    for path, field in fields(schema):
        yield Field(
            path=path,
            type=_type(field),
            is_required=_is_required(schema, path),
            is_sensitive=path in sensitive,
            description=field["description"],
            rules=", ".join(f"{rule} {_said(field[rule])}" for rule in RULES if rule in field),
            readers=tuple(sorted(readers.get(path, []))),
        )


def _readers(services: tuple[Service, ...], event: str) -> dict[str, list[str]]:
    """Return who reads each field: the event in its newest version is what reactions are handed."""
    readers: dict[str, list[str]] = {}
    for service in services:
        for reaction in service.subscriptions:
            for read in reaction.reads if reaction.event == event else ():
                readers.setdefault(read.replace("?", ""), []).append(service.name)
    return readers


def _type(field: dict[str, Any]) -> str:
    if field["type"] == "array":
        return f"list of {_type(field['items'])}"
    if "additionalProperties" in field:
        return f"map of {_type(field['additionalProperties'])}"
    return str(field["type"])


def _is_required(schema: dict[str, Any], path: str) -> bool:
    """Return whether the field is there whenever what holds it is."""
    *above, name = path.split(".")
    for step in above:
        schema = schema["properties"][re.sub(r"\[\]", "", step)]
        for _ in range(step.count("[]")):
            schema = schema["items"]
    return name in schema.get("required", [])


def _said(value: Any) -> str:
    return " | ".join(map(str, value)) if isinstance(value, list) else str(value)


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
