"""Whatever stands in a file, it is read or refused in a sentence; what refers to itself is not written out for ever."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.contracts.profile import FORMATS, PROFILE, SchemaMisdeclared
from ensemble.contracts.rewriting import ANNOTATIONS, AT_THE_TOP
from tests.toolkit.contracts.migration import file_with, rows

Json = Any

KEYWORDS = sorted({*PROFILE, *ANNOTATIONS, *AT_THE_TOP, *(keyword for row in rows() for keyword in row.have)})


ANY = {"type": "object", "description": "An event."}


def loaded(folder: Path, schema: Json) -> Json:
    file = folder / "schemas" / "depot" / "ParcelSent" / "1.0.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(schema))
    return load_schemas(folder / "schemas").versions["ParcelSent"]["1.0"]


def something(random: Random, depth: int = 3) -> Json:
    """Return any JSON value that a keyword could wrongly have, or rightly."""
    kind = random.choice(["plain", "plain", "list", "schema"] if depth else ["plain"])
    match kind:
        case "list":
            return [something(random, depth - 1) for _ in range(random.randint(0, 3))]
        case "schema":
            return {random.choice(KEYWORDS): something(random, depth - 1) for _ in range(random.randint(0, 5))}
    plain = (
        None,
        True,
        False,
        0,
        1,
        -1,
        1.0,
        0.5,
        2**53,
        "",
        "a",
        "^a$",
        "^(a",
        "string",
        "integer",
        "number",
        "array",
    )
    return random.choice([*plain, "object", "null", "#/definitions/a", "#", "#/properties/field", *FORMATS, "int32"])


def test_a_file_of_any_content_is_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    random, outcomes = Random(14), {"read": 0, "refused": 0}
    for _ in range(1_500):
        field = {"type": random.choice(["string", "integer", "number", "array", "object"]), **something_of(random)}
        whole = {
            **ANY,
            "properties": {"field": {"description": "One.", **field}},
            "definitions": {"a": something(random)},
        }
        try:
            loaded(tmp_path, whole)
            outcomes["read"] += 1
        except SchemaMisdeclared:
            outcomes["refused"] += 1

    assert min(outcomes.values()) > 100


def something_of(random: Random) -> dict[str, Json]:
    return {random.choice(KEYWORDS): something(random) for _ in range(random.randint(0, 3))}


def test_references_to_references_are_written_out_up_to_a_bound(tmp_path: Path) -> None:
    def level(number: int) -> Json:
        fields = {name: {"$ref": f"#/definitions/level{number + 1}"} for name in "abcdefgh"}
        return {"type": "object", "description": "A level.", "properties": fields}

    laughs = {f"level{number}": level(number) for number in range(30)} | {"level30": {"type": "string"}}
    bomb = {**file_with({"$ref": "#/definitions/level0"}), "definitions": laughs}

    with pytest.raises(SchemaMisdeclared, match="written out it has over 5000 places"):
        loaded(tmp_path, bomb)


@pytest.mark.parametrize(
    "definitions",
    [
        {"a": {"$ref": "#/definitions/a"}},
        {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}},
        {"a": {"type": "array", "items": {"$ref": "#/definitions/a"}}},
        {"a": {"allOf": [{"$ref": "#/definitions/a"}]}},
        {"a": {"anyOf": [{"type": "null"}, {"type": "array", "items": {"$ref": "#/definitions/a"}}]}},
    ],
    ids=str,
)
def test_a_reference_into_itself_is_refused(tmp_path: Path, definitions: Json) -> None:
    with pytest.raises(SchemaMisdeclared, match="leads into itself"):
        loaded(tmp_path, {**file_with({"$ref": "#/definitions/a"}), "definitions": definitions})


def test_one_definition_may_be_used_in_two_places_each_with_a_description_of_its_own(tmp_path: Path) -> None:
    money = {"type": "object", "description": "Money.", "properties": {"cents": {"type": "integer", "title": "Cents"}}}
    properties = {
        "net": {"$ref": "#/definitions/Money"},
        "gross": {"$ref": "#/definitions/Money", "description": "With tax.", "x-sensitive": True},
    }
    schema = {"type": "object", "description": "d", "properties": properties, "definitions": {"Money": money}}

    read = loaded(tmp_path, schema)["properties"]

    assert (read["net"]["description"], read["gross"]["description"]) == ("Money.", "With tax.")
    assert "x-sensitive" in read["gross"]
    assert read["net"]["properties"] == {"cents": {"type": "integer", "description": "Cents"}}


def test_null_in_what_a_list_or_a_required_field_refers_to_is_refused(tmp_path: Path) -> None:
    definitions = {"Name": {"type": ["string", "null"]}}
    reference = {"$ref": "#/definitions/Name"}

    assert loaded(tmp_path, {**file_with(reference), "definitions": definitions})["properties"]["field"]
    for field in ({"type": "array", "items": reference}, {"type": "object", "additionalProperties": reference}):
        with pytest.raises(SchemaMisdeclared, match="the type cannot be null"):
            loaded(tmp_path, {**file_with(field), "definitions": definitions})
    with pytest.raises(SchemaMisdeclared, match="the type cannot be null"):
        loaded(tmp_path, {**file_with(reference), "definitions": definitions, "required": ["parcel_id", "field"]})


def test_a_property_may_be_called_like_a_keyword(tmp_path: Path) -> None:
    names = ["title", "default", "definitions", "id", "const", "nullable", "required", "properties", "example"]
    fields = {name: {"type": "string", "description": "One."} for name in names}

    read = loaded(tmp_path, {"type": "object", "description": "d", "properties": fields, "required": names})

    assert list(read["properties"]) == names
