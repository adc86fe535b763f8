"""Pairs of schemas that lie near each other, and documents near the bounds of both, from one seeded generator."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from itertools import islice
from random import Random
from typing import Any

from ensemble.contracts.patterns import pattern, texts

Json = Any

NAMES = ("a", "b", "c", "d")
WORDS = ("", "a", "ab", "abc", "abcd", "b", "€uro", "\U0001f600", "2026-01-01T12:00:00Z")
PATTERNS = (
    "^[ab]{2}$",
    "^[a-c]{2}$",
    "^a*$",
    "^a+$",
    "^[a-z]*$",
    "^(?:a|b[ab])$",
    "^.{0,3}$",
    "^[^b]*$",
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "^[0-9-]+$",
    "[ab]",
    "^(?:a|ab)(?:c|bcd)$",
)
"""Patterns of which many contain each other; the last two are not decided."""

FORMED = {
    text: [*islice(texts([form]), 12)] if (form := pattern(text)) is not None else ["a", "abcd"] for text in PATTERNS
}
"""Texts of each pattern."""

NUMBERS = (-3, -1, -0.5, 0, 0.25, 0.5, 1, 1.0, 1.5, 2, 3, 4, 6, 10, 12, 100)
VALUES: tuple[Json, ...] = (None, True, False, *WORDS, *NUMBERS, [], [1], ["a"], {}, {"a": 1}, {"b": "a"})


def schema(random: Random, depth: int = 3) -> Json:
    """Return a schema of the dialect, small enough that two of them often meet."""
    kinds = ["string", "number", "integer", "boolean", "enum", "types", "any"]
    if depth > 0:
        kinds += ["object", "object", "object", "array", "map", "anyOf", "oneOf", "allOf", "tagged"]
    kind = random.choice(kinds)
    match kind:
        case "string":
            formed = {"pattern": random.choice(PATTERNS)} if random.random() < 0.5 else {}
            return {"type": "string", **some(random, _lengths(random, "minLength", "maxLength")), **formed}
        case "number" | "integer":
            return {"type": kind, **some(random, _bounds(random))}
        case "boolean":
            return {"type": "boolean"}
        case "enum":
            return random.choice(
                [{"enum": random.sample(VALUES, random.randint(1, 4))}, {"const": random.choice(VALUES)}]
            )
        case "types":
            types = ["null", "boolean", "string", "integer", "number", "array", "object"]
            return {"type": random.sample(types, random.randint(1, 3)), **some(random, _bounds(random))}
        case "any":
            return random.choice([{}, True, False, {"minimum": 1}, {"maxLength": 2}, {"required": ["a"]}])
        case "object":
            return _object(random, depth)
        case "map":
            return {"type": "object", "additionalProperties": schema(random, depth - 1)}
        case "array":
            inner = {"type": "array", "items": schema(random, depth - 1)}
            return inner | some(random, _lengths(random, "minItems", "maxItems") | {"uniqueItems": True})
        case "tagged":
            return {"oneOf": [_tagged(random, tag, depth) for tag in random.sample(NAMES, 2)]}
    return {kind: [schema(random, depth - 1) for _ in range(random.randint(1, 3))]}


def _object(random: Random, depth: int) -> Json:
    names = random.sample(NAMES, random.randint(1, 3))
    result = {"type": "object", "properties": {name: schema(random, depth - 1) for name in names}}
    extra = {
        "required": random.sample(NAMES, random.randint(1, 2)),
        "additionalProperties": random.choice([False, False, True, schema(random, 0)]),
        "minProperties": random.randint(0, 2),
        "maxProperties": random.randint(1, 4),
    }
    return result | some(random, extra)


def _tagged(random: Random, tag: str, depth: int) -> Json:
    properties = {"a": {"const": tag}, "b": schema(random, depth - 1)}
    return {"type": "object", "properties": properties, "required": ["a"]}


def _lengths(random: Random, low: str, high: str) -> Json:
    return {low: random.randint(0, 3), high: random.randint(0, 5)}


def _bounds(random: Random) -> Json:
    words = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
    return {word: random.choice(NUMBERS) for word in words} | {"multipleOf": random.choice([0.5, 1, 2, 3, 0.25])}


def some(random: Random, keywords: Json) -> Json:
    """Return some of the keywords, mostly few."""
    return {name: value for name, value in keywords.items() if random.random() < 0.3}


def pair(random: Random) -> tuple[Json, Json]:
    """Return a writer and a reader: mostly one schema and a changed copy, sometimes two of no relation."""
    first = schema(random)
    if random.random() < 0.15:
        return first, schema(random)
    second = copy.deepcopy(first)
    for _ in range(random.randint(0, 3)):
        second = changed(random, second)
    return (first, second) if random.random() < 0.5 else (second, first)


def changed(random: Random, one: Json, depth: int = 2) -> Json:
    """Return the schema with one change, somewhere in it."""
    if not isinstance(one, dict) or random.random() < 0.1:
        return schema(random, depth)
    inside = [
        word for word in ("properties", "items", "additionalProperties", "anyOf", "oneOf", "allOf") if word in one
    ]
    if inside and random.random() < 0.6:
        return _changed_inside(random, one, random.choice(inside), depth)
    other = schema(random, depth)
    merged = {**one, **(other if isinstance(other, dict) and random.random() < 0.3 else {})}
    if merged and random.random() < 0.4:
        del merged[random.choice(list(merged))]
    numeric = [word for word, value in merged.items() if type(value) in (int, float)]
    if numeric and random.random() < 0.7:
        word = random.choice(numeric)
        merged[word] = max(0, merged[word] + random.choice([-1, 1])) or 1
    if "pattern" in merged and random.random() < 0.7:
        merged["pattern"] = random.choice(PATTERNS)
    if "required" in merged and random.random() < 0.5:
        merged["required"] = random.sample(NAMES, random.randint(0, 2))
    if "enum" in merged and random.random() < 0.7:
        merged["enum"] = (merged["enum"] + [random.choice(VALUES)])[random.randint(0, 1) :]
    return merged


def _changed_inside(random: Random, one: Json, word: str, depth: int) -> Json:
    inner = one[word]
    if isinstance(inner, list):
        position = random.randrange(len(inner))
        return {**one, word: [*inner[:position], changed(random, inner[position], depth - 1), *inner[position + 1 :]]}
    if word == "properties":
        name = random.choice(list(inner))
        return {**one, word: {**inner, name: changed(random, inner[name], depth - 1)}}
    return {**one, word: changed(random, inner, depth - 1)}


def documents(random: Random, one: Json, count: int) -> Iterator[Json]:
    """Yield documents that the schema may accept, and some near them."""
    for _ in range(count):
        yield document(random, one)


def document(random: Random, one: Json, depth: int = 5) -> Json:
    """Return a document made along the schema; it often, not always, fits."""
    if not isinstance(one, dict) or depth == 0 or random.random() < 0.03:
        return random.choice(VALUES)
    for word in ("const", "enum"):
        if word in one:
            return one["const"] if word == "const" else random.choice(one["enum"])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in one and random.random() < 0.9:
            rest = {name: value for name, value in one.items() if name != word}
            parts = one[word] if word == "allOf" else [random.choice(one[word])]
            merged = rest
            for part in parts:
                merged = {**merged, **(part if isinstance(part, dict) else {})}
            return document(random, merged, depth - 1)
    types = one.get("type", _implied(random, one))
    kind = random.choice(types) if isinstance(types, list) else types
    match kind:
        case "null":
            return None
        case "boolean":
            return random.random() < 0.5
        case "string":
            if random.random() < 0.8 and one.get("pattern") in FORMED:
                return random.choice(FORMED[one["pattern"]])
            size = random.choice([one.get("minLength", 0), one.get("maxLength", 3), random.randint(0, 5)])
            return random.choice([*(word for word in WORDS if len(word) == size), "a" * size])
        case "number" | "integer":
            return _number(random, one, kind)
        case "array":
            sizes = [one.get("minItems", 0), one.get("maxItems", 3), random.randint(0, 4)]
            return [document(random, one.get("items", {}), depth - 1) for _ in range(random.choice(sizes))]
    return _fields(random, one, depth)


def _implied(random: Random, one: Json) -> str:
    if {"properties", "required", "additionalProperties"} & one.keys():
        return "object" if random.random() < 0.8 else random.choice(["string", "number", "null"])
    return random.choice(["string", "number", "object", "array", "null", "boolean"])


def _number(random: Random, one: Json, kind: str) -> Json:
    edges = [one[word] for word in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if word in one]
    number = random.choice([*edges, *edges, random.choice(NUMBERS)]) + random.choice([0, 0, 1, -1, 0.5, -0.5])
    if "multipleOf" in one:
        number = round(number / one["multipleOf"]) * one["multipleOf"]
    return int(number) if kind == "integer" else number


def _fields(random: Random, one: Json, depth: int) -> Json:
    declared, needed = one.get("properties", {}), one.get("required", [])
    others = one.get("additionalProperties", True)
    result = {}
    for name in NAMES:
        if name in needed or random.random() < (0.5 if name in declared else 0.2 if others else 0.02):
            inner = declared.get(name, others if isinstance(others, dict) else {})
            result[name] = document(random, inner, depth - 1)
    return result
