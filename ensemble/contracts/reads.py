"""What a reaction reads of an event, as a schema of its own: the consumer's half of the contract.

A read is a path such as `total`, `address.country` or `lines[].name`; a `?` after a name says that the event may
come without it: `coupon?`, `gift?.message`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ensemble.contracts.profile import NAME, Json
from functions.kit.errors import EnsembleError


class ReadRefused(EnsembleError):
    """Raised when a path is not one of the schema, or relies on more than the schema promises."""


_STEP = re.compile(rf"({NAME})(\??)((?:\[\])*)")


def projection(schema: Json, reads: Sequence[str]) -> Json:
    """Return the schema of the part of an event that the reads name, required unless marked with `?`.

    Raises ReadRefused when a path is not in the schema, stops at an object that lists its fields (what is
    undeclared there would be handed over too), or takes for granted what the schema leaves optional.
    """
    result: Json = {"type": "object", "required": [], "properties": {}}
    for path in reads:
        steps = [_step(step, path) for step in path.split(".")]
        _grow(result, schema, steps, path, "")
    return result


def _step(text: str, path: str) -> tuple[str, int, bool]:
    """Return the name, how many arrays deep its value is taken, and whether it may be absent."""
    match = _STEP.fullmatch(text)
    if match is None:
        raise ReadRefused(f"{path!r} is not a path such as total, address.country, lines[].name or coupon?")
    return match[1], len(match[3]) // 2, bool(match[2])


def _grow(result: Json, schema: Json, steps: list[tuple[str, int, bool]], path: str, above: str) -> None:
    (name, depth, optional), rest = steps[0], steps[1:]
    place = above + name
    properties = schema.get("properties", {})
    if name not in properties:
        raise ReadRefused(
            f"{path!r} is not a field. Fix: read one of {', '.join(above + known for known in properties)}"
        )
    if not optional and name not in schema.get("required", []):
        raise ReadRefused(f"{place!r} is optional. Fix: read '{place}?' and expect that it is absent")
    if not optional and name not in result["required"]:
        result["required"].append(name)
    source, target = properties[name], result["properties"].setdefault(name, {})
    for _ in range(depth):
        if source["type"] != "array":
            raise ReadRefused(f"{path!r}: {place} is no array but of type {source['type']}")
        target["type"] = "array"
        source, target = source["items"], target.setdefault("items", {})
    if not rest:
        _refuse_whole(source, path)
        target.update(source)
        return
    if source["type"] != "object" or "properties" not in source:
        raise ReadRefused(f"{path!r}: {place} has no declared fields but is of type {source['type']}")
    target.update(
        {"type": "object", "required": target.get("required", []), "properties": target.get("properties", {})}
    )
    _grow(target, source, rest, path, f"{place}.")


def _refuse_whole(schema: Json, path: str) -> None:
    """Refuse to read an object as a whole when it lists its fields."""
    if schema["type"] == "array":
        _refuse_whole(schema["items"], f"{path}[]")
    elif "properties" in schema:
        fields = ", ".join(f"{path}.{name}" for name in schema["properties"])
        raise ReadRefused(f"{path!r} is read as a whole. Fix: declare its fields, {fields}")
