"""Evaluates a document against a schema of the dialect: the judge of every witness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.formats import MATCHERS
from ensemble.contracts.containment.values import exact, identity, type_of
from ensemble.contracts.patterns import pattern

Formats = frozenset[str]


@dataclass(frozen=True, slots=True)
class Violation:
    """Where a document breaks a schema (`$.lines[].name`), by which keyword, and how, as the reader sees it."""

    path: str
    keyword: str
    change: str


def violations(node: Node, value: Any, formats: Formats, path: str = "$") -> Iterator[Violation]:
    """Yield what of the schema the value breaks. Raises ReferenceUnresolved."""
    node = node.resolved()
    if isinstance(node.schema, bool):
        if not node.schema:
            yield Violation(path, "false", "the reader accepts nothing here")
        return
    kind = type_of(value)
    for keyword, change in _scalar(node, value, kind, formats):
        yield Violation(path, keyword, change)
    if kind == "array":
        yield from _array(node, value, formats, path)
    if kind == "object":
        yield from _object(node, value, formats, path)
    yield from _combined(node, value, formats, path)


def fits(node: Node, value: Any, formats: Formats) -> bool:
    """Return whether the schema accepts the value."""
    return next(violations(node, value, formats), None) is None


def is_of(kind: str, value: Any, types: Any) -> bool:
    """Return whether a value of the JSON type is of one of the schema's types."""
    listed = types if isinstance(types, list) else [types]
    return kind in listed or (kind == "number" and "integer" in listed and exact(value).denominator == 1)


def bounds(node: Node) -> Iterator[tuple[str, Any, bool]]:
    """Yield ("minimum" or "maximum", the bound, whether it is excluded), in the form of draft 4 and in later ones."""
    for keyword, strict in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        exclusive = node.get(strict)
        if node.get(keyword) is not None:
            yield keyword, node.get(keyword), exclusive is True
        if exclusive is not None and not isinstance(exclusive, bool):
            yield keyword, exclusive, True


def _scalar(node: Node, value: Any, kind: str, formats: Formats) -> Iterator[tuple[str, str]]:
    types = node.get("type")
    if types is not None and not is_of(kind, value, types):
        wanted = " or ".join(types) if isinstance(types, list) else types
        yield "type", f"the writer may send {_named(kind, value)}, the reader takes {wanted}"
        return
    for keyword in ("enum", "const"):
        if keyword in node.schema:
            allowed = node.schema[keyword] if keyword == "enum" else [node.schema[keyword]]
            if identity(value) not in map(identity, allowed):
                yield keyword, f"the writer may send {value!r}, which is not among the reader's values"
    if kind == "number":
        yield from _number(node, value)
    if kind == "string":
        yield from _string(node, value, formats)


def _named(kind: str, value: Any) -> str:
    return "integer" if kind == "number" and exact(value).denominator == 1 else kind


def _number(node: Node, value: Any) -> Iterator[tuple[str, str]]:
    number = exact(value)
    for keyword, bound, excluded in bounds(node):
        low, high = (exact(bound), number) if keyword == "minimum" else (number, exact(bound))
        if low > high or (excluded and low == high):
            side = "above" if keyword == "minimum" else "below"
            but = "" if excluded else " or at"
            yield keyword, f"the writer may send {value}, the reader takes what is {side}{but} {bound}"
    step = node.get("multipleOf")
    if step is not None and (number / exact(step)).denominator != 1:
        yield "multipleOf", f"the writer may send {value}, the reader takes multiples of {step}"


def _string(node: Node, value: str, formats: Formats) -> Iterator[tuple[str, str]]:
    if len(value) < node.get("minLength", 0):
        yield (
            "minLength",
            f"the writer may send {len(value)} characters, the reader takes {node.get('minLength')} or more",
        )
    if len(value) > node.get("maxLength", len(value)):
        yield (
            "maxLength",
            f"the writer may send {len(value)} characters, the reader takes {node.get('maxLength')} at most",
        )
    asked = node.get("pattern")
    if asked is not None and not _matches(asked, value):
        yield "pattern", f"the writer may send {value!r}, the reader takes what matches {asked}"
    name = node.get("format")
    if name in formats and not MATCHERS[name].match(value):
        yield "format", f"the writer may send {value!r}, the reader takes a {name}"


def _matches(asked: str, value: str) -> bool:
    decided = pattern(asked)
    return re.search(asked, value) is not None if decided is None else decided.matches(value)


def _array(node: Node, value: list[Any], formats: Formats, path: str) -> Iterator[Violation]:
    for keyword, broken in (
        ("minItems", len(value) < node.get("minItems", 0)),
        ("maxItems", len(value) > node.get("maxItems", len(value))),
    ):
        if broken:
            side = "or more" if keyword == "minItems" else "at most"
            taken = f"the reader takes {node.get(keyword)} {side}"
            yield Violation(path, keyword, f"the writer may send {len(value)} elements, {taken}")
    if node.get("uniqueItems") and len(set(map(identity, value))) < len(value):
        yield Violation(path, "uniqueItems", "the writer may repeat an element, the reader takes each once")
    if "items" in node.schema:
        for element in value:
            yield from violations(node.at(node.schema["items"]), element, formats, f"{path}[]")


def _object(node: Node, value: dict[str, Any], formats: Formats, path: str) -> Iterator[Violation]:
    declared = node.get("properties", {})
    for name in node.get("required", []):
        if name not in value:
            change = f"the reader requires {name!r}, which the writer may leave out"
            yield Violation(f"{path}.{name}", "required", change)
    for keyword, broken in (
        ("minProperties", len(value) < node.get("minProperties", 0)),
        ("maxProperties", len(value) > node.get("maxProperties", len(value))),
    ):
        if broken:
            yield Violation(path, keyword, f"the writer may send {len(value)} fields, against {keyword} of the reader")
    others = node.get("additionalProperties", True)
    for name, inner in value.items():
        if name in declared:
            yield from violations(node.at(declared[name]), inner, formats, f"{path}.{name}")
        elif others is False:
            change = f"the writer may send {name!r}, which the reader does not allow"
            yield Violation(f"{path}.{name}", "additionalProperties", change)
        elif others is not True:
            yield from violations(node.at(others), inner, formats, f"{path}.*")


def _combined(node: Node, value: Any, formats: Formats, path: str) -> Iterator[Violation]:
    for part in node.get("allOf", []):
        yield from violations(node.at(part), value, formats, path)
    for keyword in ("anyOf", "oneOf"):
        if keyword in node.schema:
            matching = sum(fits(node.at(part), value, formats) for part in node.schema[keyword])
            if matching == 0:
                yield Violation(path, keyword, f"the writer may send what fits none of the reader's {keyword}")
            if matching > 1 and keyword == "oneOf":
                yield Violation(path, keyword, f"the writer may send what fits {matching} of the reader's oneOf")
