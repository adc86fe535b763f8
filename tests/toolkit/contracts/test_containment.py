"""What is decided of two schemas, case by case; the traps are where a simpler rule would be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ensemble.contracts.containment import ABSENT, Answer, Containment, accepts, closed, contained

Json = Any

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}
DATED = frozenset({"date-time"})


def record(required: list[str] | None = None, others: Json = None, **properties: Json) -> Json:
    extra = {} if others is None else {"additionalProperties": others}
    return {"type": "object", "properties": properties, "required": required or [], **extra}


def items(inner: Json, **bounds: Json) -> Json:
    return {"type": "array", "items": inner, **bounds}


def tagged(**kinds: Json) -> Json:
    return {"oneOf": [record(["kind", "x"], kind={"const": kind}, x=inner) for kind, inner in kinds.items()]}


TREE = record(["name"], name=TEXT, children=items({"$ref": "#"}))
TALLER_TREE = record(["name"], name=TEXT, age=WHOLE, children=items({"$ref": "#"}))

CONTAINED = {
    "a schema is contained in itself": (record(["a"], a=TEXT), record(["a"], a=TEXT)),
    "anything is contained in what says nothing": (record(["a"], a=TEXT), {}),
    "a whole number is a number": (WHOLE, {"type": "number"}),
    "whole numbers leave out the gap between 0 and 1": (WHOLE, {"anyOf": [{"maximum": 0}, {"minimum": 1}]}),
    "a range may be covered by two that overlap": (
        {"type": "number", "minimum": 0, "maximum": 9},
        {"anyOf": [{"maximum": 5}, {"minimum": 4}]},
    ),
    "two values cover the booleans": ({"type": "boolean"}, {"enum": [False, True, 1]}),
    "one value covers null": ({"type": "null"}, {"const": None}),
    "values are checked one by one": ({"enum": ["a", 3, None]}, {"type": ["string", "integer", "null"]}),
    "one is one point nought": ({"const": 1}, {"enum": [1.0]}),
    "whole numbers above 0 are at least 1": (
        {"type": "integer", "exclusiveMinimum": 0},
        {"type": "integer", "minimum": 1},
    ),
    "draft 4 says by a boolean that a bound is excluded": (
        {"type": "integer", "minimum": 0, "exclusiveMinimum": True},
        {"minimum": 1},
    ),
    "decimals are exact": ({"type": "number", "multipleOf": 0.3}, {"multipleOf": 0.1}),
    "the only multiple in a range is a value": (
        {"type": "number", "multipleOf": 7, "minimum": 1, "maximum": 13},
        {"const": 7},
    ),
    "no whole number lies between 1.5 and 1.6": ({"type": "integer", "minimum": 1.5, "maximum": 1.6}, False),
    "no value of the enum is of the type": ({"type": "integer", "enum": ["a"]}, False),
    "nothing fits a field that is required": (record(["a"], a={"type": "integer", "enum": ["a"]}), False),
    "what is required is forbidden": (record(["b"], False, a=TEXT), False),
    "there are not enough different values": (items({"type": "boolean"}, minItems=3, uniqueItems=True), False),
    "more fields are asked for than there may be": ({**record([], False, a=TEXT), "minProperties": 2}, False),
    "a list of nothing is empty": (items(False), items(TEXT, maxItems=0)),
    "an empty list has elements of any kind": (items(TEXT, maxItems=0), items(WHOLE)),
    "two different values at most": (items({"type": "boolean"}, uniqueItems=True), items(True, maxItems=2)),
    "a list of one repeats nothing": (items(TEXT, maxItems=1), items(TEXT, uniqueItems=True)),
    "a declared field satisfies the rule for others": (record([], False, a=TEXT), {"additionalProperties": TEXT}),
    "a map satisfies the field that is declared": (
        {"type": "object", "additionalProperties": WHOLE},
        record([], a=WHOLE),
    ),
    "a field that cannot be there need not fit": (record([], False, a=TEXT), record([], b=WHOLE)),
    "the same pattern is the same pattern": ({"type": "string", "pattern": "^a"}, {"pattern": "^a"}),
    "a tag decides between the branches": (tagged(a=TEXT, b=WHOLE), tagged(a=TEXT, b={"type": "number"}, c=TEXT)),
    "a tag's values cover the alternatives only together": (
        record(["k"], k={"enum": ["a", "b"]}),
        {"anyOf": [record([], k={"const": "a"}), record([], k={"const": "b"})]},
    ),
    "both parts of allOf hold": ({"allOf": [WHOLE, {"minimum": 3}]}, {"type": "integer", "minimum": 2}),
    "branches that exclude each other are one of": (WHOLE, {"oneOf": [{"maximum": 0}, {"minimum": 1}]}),
    "a recursive type may gain an optional field": (closed(TREE), TALLER_TREE),
    "a reference is what it refers to": (
        {"$defs": {"t": TEXT}, "properties": {"a": {"$ref": "#/$defs/t"}}},
        {"properties": {"a": TEXT}},
    ),
    "annotations say nothing": (
        {**TEXT, "title": "A", "default": 3, "x-sensitive": True},
        {**TEXT, "description": "B"},
    ),
    "what is required makes for enough fields": (record(["a"], a=TEXT), {"type": "object", "minProperties": 1}),
    "the narrower of two lengths holds": (
        {"allOf": [{"type": "string", "minLength": 2, "maxLength": 9}, {"minLength": 1, "maxLength": 3}]},
        {"minLength": 2, "maxLength": 3},
    ),
    "that elements are different may be said beside": (
        {"allOf": [items({"type": "boolean"}, minItems=3), {"uniqueItems": True}]},
        False,
    ),
    "a format is an annotation": (TEXT, {**TEXT, "format": "date-time"}),
}

NOT_CONTAINED = {
    "numbers fill the gap between 0 and 1": ({"type": "number"}, {"anyOf": [{"maximum": 0}, {"minimum": 1}]}),
    "true is not one": ({"const": True}, {"enum": [1]}),
    "a boolean is no number": ({"type": "boolean"}, {"type": "number"}),
    "a hundredth is no tenth": ({"type": "number", "multipleOf": 0.01}, {"multipleOf": 0.1}),
    "a bound is not excluded": ({"type": "number", "minimum": 0}, {"type": "number", "exclusiveMinimum": 0}),
    "lengths count characters": ({"const": "\U0001f600\U0001f600"}, {"maxLength": 1}),
    "a text may be longer": ({"type": "string", "maxLength": 5}, {"maxLength": 4}),
    "an empty text is shorter": (TEXT, {"minLength": 1}),
    "an undeclared field may be required": (record(["a"], a=TEXT), {"required": ["b"]}),
    "a field may be left out": (record([], a=TEXT), record(["a"], a=TEXT)),
    "an open writer sends what is not declared": (record([], a=TEXT), record([], False, a=TEXT)),
    "an open writer sends the reader's field in another type": (record([], a=TEXT), record([], a=TEXT, b=TEXT)),
    "the values of a map differ": (
        {"type": "object", "additionalProperties": WHOLE},
        {"type": "object", "additionalProperties": TEXT},
    ),
    "a value fits two branches of oneOf": (WHOLE, {"oneOf": [{"maximum": 1}, {"minimum": 1}]}),
    "a list may repeat": (items(TEXT), items(TEXT, uniqueItems=True)),
    "a list may be longer": (items(TEXT, maxItems=3), items(TEXT, maxItems=2)),
    "an element lacks a field": (items(record([], a=TEXT)), items(record(["a"], a=TEXT))),
    "a recursive type requires more inside": (closed(TREE), record(["age"], age=WHOLE)),
    "a pattern refuses something": (TEXT, {"pattern": "^a+$"}),
    "there may be more fields": ({"type": "object"}, {"maxProperties": 1}),
    "there may be fewer fields": ({"type": "object"}, {"minProperties": 1}),
    "nothing is accepted at all": (TEXT, False),
    "one field of those that there may be is enough": ({**record([], False, a=TEXT), "minProperties": 1}, False),
    "two booleans are different": (items({"type": "boolean"}, minItems=2, uniqueItems=True), False),
    "a range of one number is not empty": ({"type": "integer", "minimum": 3, "maximum": 3}, {"maximum": 2}),
    "a list is too short": (items(TEXT), items(TEXT, minItems=1)),
}

UNKNOWN = {
    "a keyword of the writer is not known": ({"not": TEXT}, {}, "$", "the keyword 'not' cannot be decided"),
    "a keyword of the reader is not known": (
        record([], a=TEXT),
        record([], a={"if": TEXT}),
        "$.a",
        "the keyword 'if' cannot be decided",
    ),
    "a list of item schemas": (items([TEXT]), items(TEXT), "$", "'items' as a list cannot be decided"),
    "a reference with neighbours": (
        {"$ref": "#/$defs/a", "minimum": 1, "$defs": {"a": {}}},
        {},
        "$",
        "'$ref' beside other keywords",
    ),
    "two patterns": (
        {"type": "string", "pattern": "^ab"},
        {"pattern": "^a"},
        "$",
        "neither a proof nor a counterexample",
    ),
    "a reference that leads nowhere": ({"$ref": "#/nowhere"}, TEXT, "$", "leads nowhere"),
    "a union of itself": (TEXT, {"anyOf": [{"$ref": "#"}]}, "$", "recursion"),
    "a reference to itself": (TEXT, {"$ref": "#"}, "$", "leads to itself"),
    "a reference out of the document": (TEXT, {"$ref": "other.json"}, "$", "leads out of the document"),
    "what is no schema": (TEXT, 7, "$", "this is not a schema"),
}


def is_witness(containment: Containment, writer: Json, reader: Json) -> bool:
    """Whether an independent validator agrees with each finding of a no."""
    if any(isinstance(schema, dict) and schema.get("exclusiveMinimum") is True for schema in (writer, reader)):
        return True  # of draft 4, which this validator is not
    return all(
        Draft202012Validator(writer).is_valid(finding.witness)
        and not Draft202012Validator(reader).is_valid(finding.witness)
        for finding in containment.findings
    )


@pytest.mark.parametrize("case", CONTAINED)
def test_it_is_contained(case: str) -> None:
    writer, reader = CONTAINED[case]

    assert contained(writer, reader) == Containment(Answer.YES)


@pytest.mark.parametrize("case", NOT_CONTAINED)
def test_it_is_not_contained_and_a_witness_shows_it(case: str) -> None:
    writer, reader = NOT_CONTAINED[case]

    containment = contained(writer, reader)

    assert containment.answer is Answer.NO
    assert containment.findings
    assert is_witness(containment, writer, reader)


@pytest.mark.parametrize("case", UNKNOWN)
def test_it_is_unknown_and_the_reason_is_told(case: str) -> None:
    writer, reader, path, reason = UNKNOWN[case]

    containment = contained(writer, reader)

    assert containment.answer is Answer.UNKNOWN
    assert containment.findings[0].path == path
    assert reason in containment.findings[0].change
    assert containment.findings[0].witness is ABSENT


def test_a_format_that_is_enforced_is_decided() -> None:
    dated = {**TEXT, "format": "date-time"}

    assert contained(dated, dated, enforced_formats=DATED).answer is Answer.YES
    assert contained(TEXT, dated, enforced_formats=DATED).answer is Answer.NO
    assert accepts(dated, "2026-01-01T12:00:00Z", enforced_formats=DATED)
    assert not accepts(dated, "yesterday", enforced_formats=DATED)


def test_each_cause_is_a_finding_of_its_own() -> None:
    writer = closed(record(["a", "items"], a=TEXT, c=WHOLE, items=items(record(["sku"], sku=TEXT))))
    reader = record(
        ["a", "b"], a={**TEXT, "minLength": 1}, b=TEXT, c={**WHOLE, "minimum": 0}, items=items(record(["no"]))
    )

    containment = contained(writer, reader)

    assert {finding.path for finding in containment.findings} == {"$.a", "$.b", "$.c", "$.items[].no"}
    assert is_witness(containment, writer, reader)


def test_a_finding_says_what_changed_in_words() -> None:
    (finding,) = contained(record(["a"], a={"enum": ["EUR", "CHF"]}), record(["a"], a={"enum": ["EUR"]})).findings

    assert finding.change == "the writer may send 'CHF', which is not among the reader's values"


@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ({"minimum": 3}, "the writer may send 2, the reader takes what is above or at 3"),
        ({"exclusiveMaximum": 2}, "the writer may send 2, the reader takes what is below 2"),
        ({"multipleOf": 4}, "the writer may send 2, the reader takes multiples of 4"),
        ({"type": "string"}, "the writer may send integer, the reader takes string"),
        ({"type": ["string", "null"]}, "the writer may send integer, the reader takes string or null"),
    ],
)
def test_a_bound_is_told_in_words(reader: Json, words: str) -> None:
    (finding,) = contained({"const": 2}, reader).findings

    assert finding.change == words


def test_closing_reaches_every_object_that_lists_its_properties_and_says_nothing_of_others() -> None:
    schema = {
        **record([], a=record([], b=TEXT)),
        "$defs": {"d": record([], e=TEXT)},
        "anyOf": [{"properties": {}}, {"type": "object"}, record([], True, f=TEXT)],
    }

    made = closed(schema)

    assert made["additionalProperties"] is False
    assert made["properties"]["a"]["additionalProperties"] is False
    assert made["$defs"]["d"]["additionalProperties"] is False
    assert [part.get("additionalProperties") for part in made["anyOf"]] == [False, None, True]


def test_deep_alternatives_are_given_up_and_not_searched_for_ever() -> None:
    wide: Json = TEXT
    for _ in range(12):
        wide = {"anyOf": [wide, items(wide), record([], a=wide)]}

    assert contained(wide, {"anyOf": [wide, WHOLE]}).answer in (Answer.YES, Answer.UNKNOWN)
