"""Examples fit their schema, broken ones do not, and both reach every bound of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ensemble.contracts.containment import accepts, closed
from ensemble.contracts.examples import bridge_event, broken, examples, full, minimal, typical
from ensemble.contracts.profile import FORMATS, check, with_bounds
from ensemble.contracts.schemas import ENVELOPE
from tests.toolkit.contracts.lending import SCHEMAS

Json = dict[str, Any]

EVERY_VERSION = [(event, version) for event, versions in SCHEMAS.versions.items() for version in versions]

PARCEL: Json = {
    "type": "object",
    "required": ["size", "codes"],
    "properties": {
        "size": {"type": "string", "enum": ["small", "large"]},
        "codes": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string", "maxLength": 3}},
        "weights": {"type": "object", "additionalProperties": {"type": "number", "minimum": 1}},
        "fragile": {"type": "boolean"},
    },
}


def lengths(low: str, high: str, most: int) -> some.SearchStrategy[Json]:
    return some.tuples(some.integers(0, most), some.integers(0, most)).map(
        lambda bounds: {low: min(bounds), high: max(bounds)}
    )


TEXT = lengths("minLength", "maxLength", 12).map(lambda bounds: {"type": "string", **bounds})
WORDS = some.lists(some.text(min_size=1, max_size=4), min_size=1, unique=True).map(
    lambda words: {"type": "string", "enum": words}
)
NUMBER = some.tuples(some.sampled_from(["number", "integer"]), some.integers(-9, 9), some.integers(0, 9)).map(
    lambda given: {"type": given[0], "minimum": given[1], "maximum": given[1] + given[2]}
)
SCALAR = some.one_of(
    TEXT,
    WORDS,
    NUMBER,
    some.just({"type": "boolean"}),
    some.sampled_from(sorted(FORMATS)).map(lambda name: {"type": "string", "format": name}),
    some.lists(some.integers(-9, 9), min_size=1, unique=True).map(lambda values: {"type": "integer", "enum": values}),
    some.sampled_from(["^[A-Z]{2}$", "^[a-z]+(?:-[a-z]+)*$", "^.*$", "^(?:a|b[0-9]{2,4})?$", "^[^@]+@[^@]+$"]).map(
        lambda text: {"type": "string", "pattern": text}
    ),
)


def nested(inner: some.SearchStrategy[Json]) -> some.SearchStrategy[Json]:
    described = inner.map(lambda schema: {**schema, "description": "One."})
    objects = some.dictionaries(some.sampled_from(["a", "b", "c"]), described, min_size=1).flatmap(
        lambda fields: some.lists(some.sampled_from(sorted(fields)), unique=True).map(
            lambda required: {"type": "object", "properties": fields} | ({"required": required} if required else {})
        )
    )
    arrays = some.tuples(inner, lengths("minItems", "maxItems", 3)).map(
        lambda given: {"type": "array", "items": given[0], **given[1]}
    )
    maps = SCALAR.map(lambda values: {"type": "object", "additionalProperties": values})
    return some.one_of(objects, arrays, maps)


PROFILED = some.recursive(SCALAR, nested, max_leaves=6)


@pytest.mark.parametrize(("event", "version"), EVERY_VERSION)
def test_every_example_fits_and_every_broken_one_does_not(event: str, version: str) -> None:
    schema = SCHEMAS.versions[event][version]

    for name, document in examples(schema).items():
        assert accepts(closed(with_bounds(schema)), document, enforced_formats=FORMATS), name
    for name, document in broken(schema).items():
        assert not accepts(with_bounds(schema), document, enforced_formats=FORMATS), name


@given(PROFILED)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_so_it_is_for_any_schema_of_the_profile(schema: Json) -> None:
    check(schema, "generated.json")

    for name, document in examples(schema).items():
        assert accepts(closed(with_bounds(schema)), document, enforced_formats=FORMATS), name
    for name, document in broken(schema).items():
        assert not accepts(with_bounds(schema), document, enforced_formats=FORMATS), name


def test_the_smallest_example_has_what_is_required_and_the_full_one_everything() -> None:
    assert minimal(PARCEL) == {"size": "small", "codes": [""]}
    assert full(PARCEL) == {
        "size": "small",
        "codes": ["cod", "cod"],
        "weights": {"key": 12},
        "fragile": True,
    }


def test_each_bound_is_reached_in_its_place() -> None:
    names = set(examples(PARCEL)) - {"minimal", "full"}

    assert names == {
        "size is small",
        "size is large",
        "codes with the fewest elements",
        "codes with the most elements",
        "codes[] at its shortest",
        "codes[] at its longest",
        "weights empty",
        "weights with odd keys",
        "weights.* at its minimum",
        "weights.* at its maximum",
        "fragile is true",
        "fragile is false",
        "without weights",
        "without fragile",
    }
    assert len(examples(PARCEL)["codes[] at its longest"]["codes"][0]) == 3


def test_each_rule_is_broken_in_its_place() -> None:
    names = set(broken(PARCEL))

    assert {"size not in its enum", "codes with too many elements", "codes[] too long", "without size"} <= names
    assert {"weights.* below its minimum", "fragile of another type", "of another type", "null"} <= names


def test_examples_are_the_same_each_time() -> None:
    assert examples(PARCEL) == examples(PARCEL)


def test_a_whole_event_has_the_envelope_before_its_own_fields() -> None:
    event = bridge_event("office", "LetterPosted", "1.0", {"letter_id": "l-1"})

    assert list(event["detail"]) == [*ENVELOPE, "letter_id"]
    assert (event["source"], event["detail-type"]) == ("office", "LetterPosted")
    assert (event["detail"]["type"], event["detail"]["version"]) == ("LetterPosted", "1.0")


def test_the_typical_documents_have_each_example_that_the_schema_gives() -> None:
    city = {"type": "string", "description": "Where to.", "examples": ["Lisbon", "Porto"]}
    trip = {"type": "string", "description": "The trip."}
    schema = {
        "type": "object",
        "description": "A trip.",
        "required": ["trip_id", "city"],
        "properties": {"trip_id": trip, "city": city},
        "examples": [{"trip_id": "t-1", "city": "Rome"}],
    }

    assert {document["city"] for document in typical(schema)} >= {"Lisbon", "Porto", "Rome"}
