"""The JSON Schema dialect that containment is decided in; what is outside of it is refused, never ignored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
Schema = Any
"""A JSON object, or true or false."""

ANNOTATIONS = frozenset(
    {"$schema", "$id", "id", "$comment", "title", "description", "default", "example", "examples", "deprecated"}
    | {"readOnly", "writeOnly", "definitions", "$defs", "format"}
)
"""Keywords that say nothing of which documents are accepted; `format` does where it is enforced."""

ASSERTIONS = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
    | {"minLength", "maxLength", "pattern", "items", "minItems", "maxItems", "uniqueItems"}
    | {"properties", "required", "additionalProperties", "minProperties", "maxProperties"}
    | {"allOf", "anyOf", "oneOf", "$ref"}
)

LISTS = ("allOf", "anyOf", "oneOf")
MAPS = ("properties", "definitions", "$defs")
SINGLE = ("items", "additionalProperties")


@dataclass(frozen=True, slots=True)
class Node:
    """A schema and the whole document it stands in, which its references are resolved in."""

    schema: Schema
    root: Schema

    def at(self, schema: Schema) -> Node:
        """Return another schema of the same document."""
        return Node(schema, self.root)

    def get(self, keyword: str, default: Json = None) -> Json:
        return self.schema.get(keyword, default) if isinstance(self.schema, Mapping) else default

    def resolved(self) -> Node:
        """Return the schema that a chain of references ends at. Raises ReferenceUnresolved."""
        node, seen = self, set[str]()
        while (reference := node.get("$ref")) is not None:
            if reference in seen:
                raise ReferenceUnresolved(f"$ref {reference} leads to itself")
            seen.add(reference)
            node = node.at(_pointed(node.root, reference))
        return node


class ReferenceUnresolved(Exception):
    """Raised when a `$ref` does not lead to a schema of the same document."""


def _pointed(root: Schema, reference: str) -> Schema:
    if not isinstance(reference, str) or not (reference == "#" or reference.startswith("#/")):
        raise ReferenceUnresolved(f"$ref {reference!r} leads out of the document")
    place = root
    for step in reference.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, Mapping) or name not in place:
            raise ReferenceUnresolved(f"$ref {reference!r} leads nowhere")
        place = place[name]
    return place


def undecided(schema: Schema) -> Iterator[tuple[str, str]]:
    """Yield each place of the schema, with the reason, that is outside the dialect; what stands twice once."""
    seen: set[int] = set()
    waiting = [(schema, "$")]
    while waiting:
        one, path = waiting.pop(0)
        if id(one) in seen or isinstance(one, bool):
            continue
        seen.add(id(one))
        yield from ((path, reason) for reason in _reasons(one))
        if isinstance(one, Mapping) and not isinstance(one.get("items"), list):
            waiting += [(inner, f"{path}{place}") for inner, place in children(one)]


def _reasons(schema: Schema) -> Iterator[str]:
    if not isinstance(schema, Mapping):
        yield "this is not a schema"
        return
    for keyword in schema:
        if keyword not in ANNOTATIONS | ASSERTIONS and not keyword.startswith("x-"):
            yield f"the keyword {keyword!r} cannot be decided"
    if "$ref" in schema and not ASSERTIONS.isdisjoint(schema.keys() - {"$ref"}):
        yield "'$ref' beside other keywords means one thing in draft 4 and another since 2019"
    if isinstance(schema.get("items"), list):
        yield "'items' as a list cannot be decided"


def children(schema: Mapping[str, Json]) -> Iterator[tuple[Schema, str]]:
    """Yield the schemas directly inside, each with its place in the data (`.name`, `[]`, `.*`) or in the schema."""
    for keyword in MAPS:
        for name, inner in schema.get(keyword, {}).items():
            yield inner, f".{name}" if keyword == "properties" else f".{keyword}.{name}"
    for keyword in LISTS:
        for position, inner in enumerate(schema.get(keyword, [])):
            yield inner, f".{keyword}[{position}]"
    for keyword, place in zip(SINGLE, ("[]", ".*"), strict=True):
        if keyword in schema:
            yield schema[keyword], place


def closed(schema: Schema) -> Schema:
    """Return the writer's form: what lists its properties has no others, unless it says itself what else it has."""
    if not isinstance(schema, Mapping):
        return schema
    result = dict(schema)
    for keyword in MAPS:
        if keyword in schema:
            result[keyword] = {name: closed(inner) for name, inner in schema[keyword].items()}
    for keyword in LISTS:
        if keyword in schema:
            result[keyword] = [closed(inner) for inner in schema[keyword]]
    for keyword in SINGLE:
        if keyword in schema:
            result[keyword] = closed(schema[keyword])
    if "properties" in schema:
        result.setdefault("additionalProperties", False)
    return result
