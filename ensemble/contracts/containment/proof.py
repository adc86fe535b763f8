"""Proves that one schema accepts all that another one does. What it cannot prove, it leaves open: it is never wrong.

The writer is a conjunction of schemas, split into cases (by JSON type, by the branches of its `anyOf` and `oneOf`)
until each case is plain; the reader is taken apart keyword by keyword, each of which the case has to imply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ensemble.contracts.containment.cases import ONLY, cases, synthetic
from ensemble.contracts.containment.dialect import Node
from ensemble.contracts.containment.emptiness import DEPTH, STEPS, Emptiness
from ensemble.contracts.containment.evaluation import Formats, fits
from ensemble.contracts.containment.formats import PATTERNS
from ensemble.contracts.containment.keywords import is_as_long, is_typed, is_within, ranges
from ensemble.contracts.containment.shapes import (
    All,
    Numbers,
    Sizes,
    declared,
    elements,
    field,
    flat,
    forms,
    is_unique,
    other_field,
    required,
    texts,
)
from ensemble.contracts.containment.values import exact
from ensemble.contracts.patterns import Lengths, Texts, TooMany, outside, pattern

SPLITS = 3
"""How often a case is split again."""


class Proof:
    """One attempt. `stuck`: the places and keywords of the reader where it came to an end, latest last."""

    def __init__(self, formats: Formats) -> None:
        self._formats = formats
        self._assumed: dict[tuple[tuple[int, ...], int], int] = {}
        self._kept: list[Node] = []
        self._empty = Emptiness(formats)
        self._splits = self._steps = 0
        self.stuck: list[tuple[str, str]] = []

    def holds(self, writer: Sequence[Node], reader: Node, path: str = "$", depth: int = 0) -> bool:
        """Return whether it is proven that the reader accepts whatever all the writer's schemas accept.

        A question that comes up again deeper in the document is assumed to be answered: a document is finite,
        so that a smallest one that disproves it cannot exist.
        """
        nodes, reader = flat(writer), reader.resolved()
        if reader.schema is True or reader.schema == {}:
            return True
        self._steps += 1
        if depth > DEPTH or self._steps > STEPS:
            return False
        question = (tuple(id(node.schema) for node in nodes), id(reader.schema))
        if question in self._assumed:
            return self._assumed[question] < depth
        self._kept.extend([*nodes, reader])  # an id is one schema's for as long as the schema lives
        self._assumed[question] = depth
        try:
            return all(self._case(case, kind, reader, path, depth) for case, kind in cases(nodes))
        finally:
            del self._assumed[question]

    def _case(self, nodes: All, kind: str, reader: Node, path: str, depth: int) -> bool:
        values = self._empty.values(nodes, kind)
        if values is not None:
            proven = all(fits(reader, value, self._formats) for value in values)
            return proven or self._is_stuck(path, "enum")
        if self._empty.is_empty_case(nodes, kind, depth):
            return True
        if reader.schema is False:
            return self._is_stuck(path, "false")
        return all(
            self._implies(nodes, kind, reader, keyword, path, depth) or self._is_stuck(path, keyword)
            for keyword in reader.schema
        )

    def _is_stuck(self, path: str, keyword: str) -> bool:
        self.stuck.append((path, keyword))
        return False

    def _implies(self, nodes: All, kind: str, reader: Node, keyword: str, path: str, depth: int) -> bool:
        """Return whether it is proven that each document of the case satisfies one keyword of the reader."""
        match keyword:
            case "type":
                return is_typed(nodes, kind, reader)
            case "enum" | "const":
                return self._split(nodes, kind, reader, path, depth)
            case "anyOf":
                return self._any(nodes, kind, [reader.at(part) for part in reader.schema["anyOf"]], path, depth)
            case "oneOf":
                return self._one(nodes, kind, [reader.at(part) for part in reader.schema["oneOf"]], path, depth)
            case "allOf":
                return all(self._part(nodes, kind, reader.at(part), path, depth) for part in reader.schema["allOf"])
            case "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum":
                return kind != "number" or is_within(Numbers.of(nodes), reader)
            case "multipleOf":
                step = Numbers.of(nodes).step if kind == "number" else None
                return kind != "number" or (
                    step is not None and (step / exact(reader.schema["multipleOf"])).denominator == 1
                )
            case "minLength" | "maxLength":
                return kind != "string" or self._is_of_length(nodes, reader)
            case "minItems" | "maxItems":
                return kind != "array" or self._has_as_many(nodes, reader, depth)
            case "minProperties" | "maxProperties":
                return kind != "object" or self._has_as_many_fields(nodes, reader, depth)
            case "pattern":
                asked = reader.schema["pattern"]
                return kind != "string" or asked in texts(nodes, "pattern") or self._is_of(nodes, pattern(asked))
            case "format":
                asked = reader.schema["format"]
                if kind != "string" or asked not in self._formats or asked in texts(nodes, "format"):
                    return True
                return self._is_of(nodes, pattern(PATTERNS[asked]))
            case "uniqueItems":
                most = Sizes.of(nodes, "minItems", "maxItems").high
                few = most is not None and most <= 1
                return kind != "array" or not reader.schema["uniqueItems"] or few or is_unique(nodes)
            case "items":
                inner = reader.at(reader.schema["items"])
                return kind != "array" or self.holds(elements(nodes), inner, f"{path}[]", depth + 1)
            case "properties":
                return kind != "object" or self._has_properties(nodes, reader, path, depth)
            case "required":
                return kind != "object" or required(nodes) >= set(reader.schema["required"])
            case "additionalProperties":
                return kind != "object" or self._has_no_others(nodes, reader, path, depth)
        return True  # an annotation

    def _is_of_length(self, nodes: All, reader: Node) -> bool:
        sizes = Sizes.of((reader,), "minLength", "maxLength")
        return is_as_long(nodes, reader, "minLength", "maxLength") or self._is_of(nodes, Lengths(sizes.low, sizes.high))

    def _is_of(self, nodes: All, asked: Texts | None) -> bool:
        """Return whether all texts of the case are proven to be of the asked form."""
        try:
            return asked is not None and outside(forms(nodes, self._formats), asked) is None
        except TooMany:
            return False

    def _part(self, nodes: All, kind: str, reader: Node, path: str, depth: int) -> bool:
        """Return whether the case is proven to satisfy a schema about the same document, not one inside it."""
        return self.holds([*nodes, ONLY[kind]], reader, path, depth)

    def _any(self, nodes: All, kind: str, parts: list[Node], path: str, depth: int) -> bool:
        if any(self._part(nodes, kind, part, path, depth) for part in parts):
            return True
        together = Node({"anyOf": [part.schema for part in parts]}, parts[0].root)
        return self._split(nodes, kind, together, path, depth)

    def _one(self, nodes: All, kind: str, parts: list[Node], path: str, depth: int) -> bool:
        for chosen in parts:
            others = [part for part in parts if part is not chosen]
            if self._part(nodes, kind, chosen, path, depth) and all(
                self._empty.is_empty([*nodes, ONLY[kind], other], depth + 1) for other in others
            ):
                return True
        together = Node({"oneOf": [part.schema for part in parts]}, parts[0].root)
        return self._split(nodes, kind, together, path, depth)

    def _split(self, nodes: All, kind: str, reader: Node, path: str, depth: int) -> bool:
        """Prove it for each of the parts that the case falls into, if it does."""
        if self._splits == SPLITS:
            return False
        self._splits += 1
        try:
            return any(
                all(self.holds([*nodes, part], reader, path, depth + 1) for part in parts)
                for parts in self._partitions(nodes, kind, reader)
            )
        finally:
            self._splits -= 1

    def _partitions(self, nodes: All, kind: str, reader: Node) -> Iterator[list[Node]]:
        """Yield lists of schemas, one of each of which holds of any document of the case."""
        if kind == "number":
            yield from ranges(reader)
        if kind == "object":
            for name in sorted(required(nodes)):
                some = [self._empty.values(case, inner) for case, inner in cases(field(nodes, name))]
                values = [value for few in some for value in few or []]
                if None not in some and len(values) > 1:
                    yield [synthetic({"properties": {name: {"const": value}}}) for value in values]

    def _has_as_many(self, nodes: All, reader: Node, depth: int) -> bool:
        if is_as_long(nodes, reader, "minItems", "maxItems"):
            return True
        low = Sizes.of(nodes, "minItems", "maxItems").low
        nothing = low >= reader.get("minItems", 0) and self._empty.is_empty(elements(nodes), depth + 1)
        different = self._empty.different(elements(nodes)) if is_unique(nodes) else None
        few = different is not None and different <= reader.get("maxItems", different)
        return nothing or (few and low >= reader.get("minItems", 0))

    def _has_as_many_fields(self, nodes: All, reader: Node, depth: int) -> bool:
        sizes = Sizes.of(nodes, "minProperties", "maxProperties")
        most = min(self._empty.most_fields(nodes, depth), float("inf") if sizes.high is None else sizes.high)
        least = max(sizes.low, len(required(nodes)))
        return bool(least >= reader.get("minProperties", 0) and most <= reader.get("maxProperties", most))

    def _has_properties(self, nodes: All, reader: Node, path: str, depth: int) -> bool:
        return all(
            self.holds(field(nodes, name), reader.at(inner), f"{path}.{name}", depth + 1)
            for name, inner in reader.schema["properties"].items()
        )

    def _has_no_others(self, nodes: All, reader: Node, path: str, depth: int) -> bool:
        """Return whether what the reader does not list, listed by the writer or not, satisfies its rule for others."""
        others = reader.at(reader.schema["additionalProperties"])
        listed = reader.get("properties", {})
        return all(
            self.holds(field(nodes, name), others, f"{path}.{name}", depth + 1)
            for name in declared(nodes)
            if name not in listed
        ) and self.holds(other_field(nodes), others, f"{path}.*", depth + 1)
