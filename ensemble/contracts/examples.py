"""Documents made from a schema of the profile, always the same ones: for tests, for the graph and for the catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ensemble.contracts.containment import accepts, closed
from ensemble.contracts.forms import shape_of
from ensemble.contracts.patterns import Lengths, Texts, lengths, outside, pattern, texts
from ensemble.contracts.profile import FORMATS, FORMS, LARGEST, Json, with_bounds
from ensemble.contracts.schemas import ENVELOPE
from functions.kit.contracts import meant

INSTANT = "2026-01-01T12:00:00Z"
TYPICAL = {"date-time": INSTANT, "date": "2026-01-01", "uuid": "00000000-0000-4000-8000-000000000000"}
"""A text of each format."""

LONGEST_LIST = 100
"""Elements of an example at most; a list with a higher bound is not filled to it."""

LONGEST_TEXT = 1000
LONGEST_FORM = 200
"""Characters of a text with a pattern."""

WIDE = "\U0001f600"
"""One character that takes two UTF-16 units and four bytes: lengths count characters."""


def unacceptable(schema: Json, place: str = "$") -> Iterator[tuple[str, Any]]:
    """Yield each example in the schema, with its place, that the schema itself does not accept."""
    for example in schema.get("examples", []):
        if not accepts(closed(with_bounds(schema)), example, enforced_formats=FORMATS):
            yield place, example
    for name, field in schema.get("properties", {}).items():
        yield from unacceptable(field, f"{place}.properties.{name}")
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            yield from unacceptable(schema[keyword], f"{place}.{keyword}")


def minimal(schema: Json) -> Any:
    """Return the smallest document: what is required and no more, each value as small as may be."""
    return _value(schema, "", full=False)


def full(schema: Json) -> Any:
    """Return a document that has every field, with plausible values."""
    return _value(schema, "", full=True)


def plausible(schema: Json) -> Any:
    """Return a document that has every field, with the values that the schema itself gives as examples, if it does."""
    if "examples" in schema:
        return schema["examples"][0]
    match schema["type"]:
        case "array":
            size = min(max(1, schema.get("minItems", 0)), schema.get("maxItems", 1))
            return [plausible(schema["items"])] * size
        case "object" if "properties" in schema:
            return {name: _plausible_field(field, name) for name, field in schema["properties"].items()}
    return full(schema)


def _plausible_field(field: Json, name: str) -> Any:
    is_text = field["type"] == "string" and "examples" not in field
    return _text(field, name, full=True) if is_text else plausible(field)


def examples(schema: Json) -> dict[str, Any]:
    """Return documents that the schema accepts, by what is special about them: minimal, full, and at each bound."""
    return {"minimal": minimal(schema), "full": full(schema)} | boundary(schema)


def typical(schema: Json) -> list[Any]:
    """Return the smallest and the fullest document, and those that the schema gives as examples of it or its fields.

    One for each example of a field: a service may accept a text that no rule of the schema names.
    """
    whole, given = plausible(schema), list(schema.get("examples", []))
    for name, field in schema.get("properties", {}).items():
        given += [{**whole, name: example} for example in field.get("examples", [])]
    return [minimal(schema), full(schema), *given]


def boundary(schema: Json) -> dict[str, Any]:
    """Return full documents that are each at one bound in one place, such as "items[].quantity at its minimum"."""
    return {f"{place}{what}": document for place, what, document in _variants(schema, full(schema), "", _bounds)}


def broken(schema: Json) -> dict[str, Any]:
    """Return full documents that each break one rule of the schema in one place, by place and rule.

    Null of an optional field breaks none: it says that the field is absent.
    """
    shape = shape_of(schema)
    return {
        f"{place}{what}": document
        for place, what, document in _variants(schema, full(schema), "", _breaches)
        if meant(document, shape) == document
    }


def bridge_event(publisher: str, event: str, version: str, fields: Json) -> Json:
    """Return an event as EventBridge delivers it, with its whole envelope (EventBridge User Guide, "Events")."""
    envelope = {
        "event_id": "00000000-0000-5000-8000-000000000001",
        "type": event,
        "version": version,
        "timestamp": INSTANT,
        "correlation_id": "00000000-0000-5000-8000-000000000002",
        "causation_id": "00000000-0000-5000-8000-000000000003",
        "hops": 1,
    }
    return {
        "version": "0",
        "id": "00000000-0000-4000-8000-000000000000",
        "detail-type": event,
        "source": publisher,
        "account": "123456789012",
        "time": INSTANT,
        "region": "eu-west-1",
        "resources": [],
        "detail": {**{name: envelope[name] for name in ENVELOPE}, **fields},
    }


def _value(schema: Json, name: str, *, full: bool) -> Any:
    match schema["type"]:
        case "string":
            return _text(schema, name, full)
        case "number" | "integer":
            if "enum" in schema:
                return schema["enum"][0]
            low = schema.get("minimum", min(0, schema.get("maximum", 0)))
            return _whole(schema, low) if not full else _whole(schema, max(low, min(12, schema.get("maximum", 12))))
        case "boolean":
            return full
        case "array":
            size = max(schema.get("minItems", 0), min(2, schema.get("maxItems", 2)) if full else 0)
            return [_value(schema["items"], name, full=full) for _ in range(size)]
    if "additionalProperties" in schema:
        return {"key": _value(schema["additionalProperties"], name, full=full)} if full else {}
    present = schema["properties"] if full else schema.get("required", [])
    return {field: _value(schema["properties"][field], field, full=full) for field in present}


def _whole(schema: Json, number: float) -> float:
    """Return the number, raised to a whole one where that is asked for."""
    return -int(-number // 1) if schema["type"] == "integer" else number


def _text(schema: Json, name: str, full: bool) -> str:
    if "enum" in schema:
        return str(schema["enum"][0])
    if form_of(schema) is not None:
        return next(formed(schema))
    low, high = schema.get("minLength", 0), schema.get("maxLength", LONGEST_TEXT)
    text = f"{name or 'text'}-1" if full else ""
    return text[:high].ljust(low, "x")


def form_of(schema: Json) -> Texts | None:
    """Return what the texts of a schema have to be, by its pattern or its format; None when they may be any."""
    text = schema.get("pattern", FORMS.get(schema.get("format", "")))
    return None if text is None else pattern(text)


def formed(schema: Json) -> Iterator[str]:
    """Yield texts of a schema that has a pattern or a format, a plausible one first; at least one."""
    form, sizes = form_of(schema), _sizes(schema)
    if "format" in schema:
        yield TYPICAL[schema["format"]]
    elif form is not None:
        yield from texts([form, sizes])


def _sizes(schema: Json) -> Lengths:
    return Lengths(schema.get("minLength", 0), schema.get("maxLength"))


def _formed_bounds(schema: Json, form: Texts) -> Iterator[tuple[str, str]]:
    """Yield the shortest and the longest text of a form, as far as one is made."""
    sizes = _sizes(schema)
    fitting = [
        one for one in lengths(form, min(LONGEST_FORM, schema.get("maxLength", LONGEST_FORM))) if one >= sizes.low
    ]
    for what, length in (("shortest", fitting[:1]), ("longest", fitting[-1:])):
        for text in [outside([form, Lengths(one, one)]) for one in length]:
            if text is not None:
                yield f"at its {what}", text


Variant = tuple[str, str, Any]


def _variants(schema: Json, document: Any, place: str, of: Any) -> Iterator[Variant]:
    """Yield (place, what, whole document) for each variant of each place in the document."""
    for what, value in of(schema, document):
        yield place, f" {what}" if place else what, value
    match schema["type"]:
        case "array" if document:
            for inner, what, value in _variants(schema["items"], document[0], f"{place}[]", of):
                yield inner, what, [value, *document[1:]]
        case "object" if "additionalProperties" in schema:
            for inner, what, value in _variants(schema["additionalProperties"], document["key"], f"{place}.*", of):
                yield inner, what, {"key": value}
        case "object":
            for name, field in schema["properties"].items():
                dotted = f"{place}.{name}" if place else name
                for inner, what, value in _variants(field, document[name], dotted, of):
                    yield inner, what, {**document, name: value}


def _bounds(schema: Json, document: Any) -> Iterator[tuple[str, Any]]:
    match schema["type"]:
        case "string" | "integer" if "enum" in schema:
            yield from ((f"is {value}", value) for value in schema["enum"])
        case "string" if schema.get("format") == "date-time":
            yield from (("at midnight", "2026-01-01T00:00:00Z"), ("with a fraction", "2026-12-31T23:59:59.999Z"))
        case "string" if (form := form_of(schema)) is not None:
            yield from _formed_bounds(schema, form)
        case "string":
            yield "at its shortest", WIDE * schema.get("minLength", 0)
            yield "at its longest", WIDE * min(schema.get("maxLength", 40), LONGEST_TEXT)
        case "number" | "integer":
            lowest, most = (-LARGEST, LARGEST) if schema["type"] == "integer" else (-1, 10**12)
            yield "at its minimum", _whole(schema, schema.get("minimum", min(lowest, schema.get("maximum", lowest))))
            highest = schema.get("maximum", max(most, schema.get("minimum", most)))
            yield "at its maximum", highest // 1 if schema["type"] == "integer" else highest
        case "boolean":
            yield from (("is true", True), ("is false", False))
        case "array":
            one = document[0] if document else full(schema["items"])
            yield "with the fewest elements", [one] * schema.get("minItems", 0)
            most = schema.get("maxItems", 3)
            yield "with the most elements", [one] * max(min(most, LONGEST_LIST), schema.get("minItems", 0))
        case "object" if "additionalProperties" in schema:
            yield from (("empty", {}), ("with odd keys", dict.fromkeys(("", "a.b", WIDE), document["key"])))
        case "object":
            optional = set(schema["properties"]) - set(schema.get("required", []))
            for name in sorted(optional):
                yield f"without {name}", {field: value for field, value in document.items() if field != name}


_WRONG = {"string": 7, "number": "7", "integer": 7.5, "boolean": "true", "array": {}, "object": []}


def _breaches(schema: Json, document: Any) -> Iterator[tuple[str, Any]]:
    yield "of another type", _WRONG[schema["type"]]
    yield "null", None
    if "enum" in schema:
        is_number = schema["type"] == "integer"
        yield "not in its enum", max(schema["enum"]) + 1 if is_number else "".join(schema["enum"]) + "-"
    if schema.get("format") == "date-time":
        yield from (("without an offset", "2026-01-01T12:00:00"), ("no date", "2026-13-01T12:00:00Z"))
    if (form := form_of(schema)) is not None and (other := outside([_sizes(schema)], form)) is not None:
        yield "of another form", other
    if schema["type"] == "integer":
        yield from (("larger than whole numbers are", LARGEST + 1), ("smaller than whole numbers are", -LARGEST - 1))
    if schema.get("minLength", 0) > 0:
        yield "too short", WIDE * (schema["minLength"] - 1)
    if "maxLength" in schema:
        yield "too long", WIDE * (schema["maxLength"] + 1)
    if "minimum" in schema:
        yield "below its minimum", schema["minimum"] - 1
    if "maximum" in schema:
        yield "above its maximum", schema["maximum"] + 1
    if schema.get("minItems", 0) > 0:
        yield "with too few elements", [full(schema["items"])] * (schema["minItems"] - 1)
    if "maxItems" in schema:
        yield "with too many elements", [full(schema["items"])] * (schema["maxItems"] + 1)
    for name in schema.get("required", []):
        yield f"without {name}", {field: value for field, value in document.items() if field != name}
