"""The schemas of a project: which events there are, who owns them, and in which live versions.

A file describes the business fields of one event version; the envelope is the same for all and stands here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from ensemble.contracts.profile import Json, with_bounds

Kind = Literal["event", "command"]

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

TRACED: Json = {
    "traceparent": {"type": "string", "description": "Its trace, where that is recorded: W3C Trace Context, level 1."}
}
"""What an event has as well where its workflow is traced. No schema refuses what stands there: a reader leaves out what
is none, and it is written when the event goes out."""


@dataclass(frozen=True, slots=True)
class End:
    """How a version ends: since when nobody publishes it, and since when nobody can receive it any more."""

    deprecated: date
    retired: date | None = None


@dataclass(frozen=True, slots=True)
class Schemas:
    """All schemas. `publishers`: event -> who owns it. `versions`: event -> live version -> schema, oldest first.

    `ends`: event -> version -> how it ends, retired versions too. `upcasters`: event -> major versions that an
    upcaster leads to, each from the live major version before it. `retired`: event -> version -> schema of what nothing
    can deliver any more, and what is stored may still have.
    """

    publishers: Mapping[str, str]
    versions: Mapping[str, Mapping[str, Json]]
    ends: Mapping[str, Mapping[str, End]]
    upcasters: Mapping[str, frozenset[int]]
    retired: Mapping[str, Mapping[str, Json]] = dataclasses.field(default_factory=dict)

    def newest(self, event: str) -> str:
        """Return the newest version of the event: the one that is published, and that reactions are handed."""
        return list(self.versions[event])[-1]

    def majors(self, event: str) -> dict[int, str]:
        """Return the newest minor version of each live major version, oldest first.

        It reads whatever its elders wrote: within a major version each minor one is backward compatible.
        """
        return {major_of(version): version for version in self.versions[event]}

    def ever(self, event: str) -> list[Json]:
        """Return all versions of an event that there ever were; nothing for one without a schema."""
        return [*self.retired.get(event, {}).values(), *self.versions.get(event, {}).values()]

    def published_by(self, publisher: str) -> tuple[str, ...]:
        """Return the events that a publisher owns, sorted."""
        return tuple(sorted(event for event, owner in self.publishers.items() if owner == publisher))

    def declared_kind(self, event: str) -> Kind | None:
        """Return what the newest version of the event says that it is by `x-kind`; None when it says nothing."""
        kind: Kind | None = self.versions[event][self.newest(event)].get("x-kind")
        return kind

    def sensitive(self, event: str, version: str) -> tuple[str, ...]:
        """Return the paths of the fields that must not be logged, such as `address.street`."""
        return tuple(path for path, field in fields(self.versions[event][version]) if "x-sensitive" in field)

    def subjects(self, event: str, version: str) -> tuple[str, ...]:
        """Return the paths of the fields that say whom the event is about, such as `reader.card`."""
        return tuple(path for path, field in fields(self.versions[event][version]) if "x-subject" in field)

    def file(self, event: str, version: str) -> str:
        """Return the path of a version's file in the project."""
        return f"schemas/{self.publishers[event]}/{event}/{version}.json"


def major_of(version: str) -> int:
    """Return the major number of a version such as "2.1"."""
    return int(version.partition(".")[0])


def upcaster_file(publisher: str, event: str, major: int) -> str:
    """Return the path in the project of the module that makes the major version from the one before."""
    return f"schemas/{publisher}/{event}/upcast_to_{major}.py"


def fields(schema: Json, prefix: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every property with its path, nested ones too: `total`, `address.street`, `lines[].name`."""
    for name, field in schema.get("properties", {}).items():
        yield prefix + name, field
        inner, mark = field, "."
        while inner["type"] == "array":
            inner, mark = inner["items"], "[]" + mark
        yield from fields(inner, prefix + name + mark)


def detail_schema(event: str, schema: Json, version: str | None = None) -> Json:
    """Return the schema of the whole detail of an event: its own fields and the envelope's, whole numbers with bounds.

    With a version it is that of exactly this version; without, the envelope may name any.
    """
    fixed = {"type": ENVELOPE["type"] | {"enum": [event]}}
    if version is not None:
        fixed["version"] = ENVELOPE["version"] | {"enum": [version]}
    whole = {
        "description": schema["description"],
        "type": "object",
        "required": [*ENVELOPE, *schema.get("required", [])],
        "properties": {**ENVELOPE, **fixed, **schema["properties"]},
    }
    return with_bounds(whole)


def described_schema(event: str, schema: Json, version: str) -> Json:
    """Return the schema of the whole detail of a version as others read it, with what only some events have."""
    whole = detail_schema(event, schema, version)
    return {**whole, "properties": {**whole["properties"], **TRACED}}
