"""The schema files: which events there are, who owns them, and in which versions.

A file describes the business fields of one event version; the envelope is the same for all and stands here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from infrastructure.schema_profile import Json, SchemaMisdeclared, check

DRAFT_4 = "http://json-schema.org/draft-04/schema#"

ENVELOPE: Json = {
    "event_id": {"type": "string", "minLength": 1, "description": "Names the event; a retry makes the same id."},
    "type": {"type": "string", "description": "What happened, or what is asked for."},
    "version": {"type": "string", "description": "The version of this schema: major.minor."},
    "timestamp": {"type": "string", "format": "date-time", "description": "When it happened."},
    "correlation_id": {"type": "string", "minLength": 1, "description": "Names the workflow."},
    "causation_id": {"type": "string", "minLength": 1, "description": "The event that this one follows from."},
    "hops": {"type": "integer", "minimum": 0, "description": "How many events led to this one."},
}
"""The fields that every event has beside its own; all are required."""

_NUMBER = r"(?:0|[1-9][0-9]*)"
_FILE = re.compile(rf"([a-z][a-z0-9-]*)/([A-Z][A-Za-z0-9]*)/({_NUMBER}\.{_NUMBER})\.json")


@dataclass(frozen=True, slots=True)
class Schemas:
    """All schemas. `publishers`: event -> who owns it. `versions`: event -> version -> schema, oldest first."""

    publishers: Mapping[str, str]
    versions: Mapping[str, Mapping[str, Json]]

    def newest(self, event: str) -> str:
        """Return the newest version of the event: the one that is published."""
        return list(self.versions[event])[-1]

    def published_by(self, publisher: str) -> tuple[str, ...]:
        """Return the events that a publisher owns, sorted."""
        return tuple(sorted(event for event, owner in self.publishers.items() if owner == publisher))

    def sensitive(self, event: str, version: str) -> tuple[str, ...]:
        """Return the paths of the fields that must not be logged, such as `address.street`."""
        return tuple(path for path, field in fields(self.versions[event][version]) if "x-sensitive" in field)


def load_schemas(root: Path) -> Schemas:
    """Read `root/<publisher>/<Event>/<major>.<minor>.json`.

    Raises SchemaMisdeclared when a file is misplaced or outside the profile, when an event has two
    publishers, or when there is no schema at all.
    """
    publishers: dict[str, str] = {}
    versions: dict[str, dict[str, Json]] = {}
    for path in sorted(root.rglob("*.json"), key=_age):
        file = path.relative_to(root).as_posix()
        place = _FILE.fullmatch(file)
        if place is None:
            raise SchemaMisdeclared(f"{file}: a schema's place is <publisher>/<Event>/<major>.<minor>.json")
        publisher, event, version = place.groups()
        if publishers.setdefault(event, publisher) != publisher:
            raise SchemaMisdeclared(f"{file}: {event} is also published by {publishers[event]}; it has one owner")
        versions.setdefault(event, {})[version] = _read(path, file)
    if not versions:
        raise SchemaMisdeclared(f"there is no schema under {root}")
    return Schemas(publishers, versions)


def fields(schema: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every property with its path, nested ones too: `total`, `address.street`, `items[].sku`."""
    for name, field in schema.get("properties", {}).items():
        yield prefix + name, field
        inner, mark = field, "."
        while inner["type"] == "array":
            inner, mark = inner["items"], "[]" + mark
        yield from fields(inner, prefix + name + mark)


def detail_schema(event: str, version: str, schema: Json) -> Json:
    """Return the schema of the whole detail of an event: its own fields and the envelope's."""
    fixed = {"type": ENVELOPE["type"] | {"enum": [event]}, "version": ENVELOPE["version"] | {"enum": [version]}}
    return {
        "description": schema["description"],
        "type": "object",
        "required": [*ENVELOPE, *schema.get("required", [])],
        "properties": {**ENVELOPE, **fixed, **schema["properties"]},
    }


def registry_schemas(schemas: Schemas) -> list[tuple[str, str]]:
    """Return (name, content) for each event version, for AWS::EventSchemas::Schema of type JSONSchemaDraft4.

    The name follows the registry's own, `source@DetailType`, with our version; the content describes the
    whole event as EventBridge delivers it (EventBridge User Guide, "Events": the event structure).
    """
    return [
        (f"{publisher}@{event}-{version}", json.dumps(_bridge_schema(publisher, event, version, schema)))
        for event, publisher in sorted(schemas.publishers.items())
        for version, schema in schemas.versions[event].items()
    ]


def _bridge_schema(publisher: str, event: str, version: str, schema: Json) -> Json:
    text: Json = {"type": "string"}
    properties: Json = {
        "version": text,
        "id": text,
        "detail-type": {"type": "string", "enum": [event]},
        "source": {"type": "string", "enum": [publisher]},
        "account": text,
        "time": {"type": "string", "format": "date-time"},
        "region": text,
        "resources": {"type": "array", "items": text},
        "detail": detail_schema(event, version, schema),
    }
    title = f"{event} {version}"
    return {"$schema": DRAFT_4, "title": title, "type": "object", "required": [*properties], "properties": properties}


def _age(path: Path) -> tuple[str, tuple[int, ...]]:
    """Order by folder, then by version as numbers: 1.10 is newer than 1.9."""
    return str(path.parent), tuple(int(part) for part in path.stem.split(".") if part.isdigit())


def _read(path: Path, file: str) -> Json:
    try:
        schema = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise SchemaMisdeclared(f"{file} is not JSON: {error}") from error
    check(schema, file)
    if schema["type"] != "object" or "properties" not in schema or "description" not in schema:
        raise SchemaMisdeclared(f"{file}: $ must be an object with a `description` and `properties`")
    for name in schema["properties"]:
        if name in ENVELOPE:
            raise SchemaMisdeclared(f"{file}: $.properties.{name} is a field of the envelope, which every event has")
    return schema  # type: ignore[no-any-return]
