"""The schema profile, and the validators compiled from it: closed to write, open to read, discreet."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import fastjsonschema
import pytest

from ensemble.contracts import evolution
from ensemble.contracts.doors import doors_in, doors_of
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.profile import NO_RULES, PROFILE, SchemaMisdeclared
from ensemble.contracts.registry import registry_schemas
from ensemble.contracts.schemas import Schemas, detail_schema
from ensemble.contracts.validators import GeneratedCodeUnknown, source_of
from functions.kit.errors import SchemaViolation, ServiceMisdeclared
from functions.kit.model import ENVELOPE as KIT_ENVELOPE
from functions.kit.model import Decision, Event, Reaction, Service, on, on_every_event, on_timer, unchanged
from infrastructure.contracts import compile_contracts
from tests.conftest import LENDING, ROOT

Json = dict[str, Any]

LETTER: Json = {
    "description": "A letter was posted.",
    "type": "object",
    "required": ["letter_id", "sender"],
    "properties": {
        "letter_id": {"type": "string", "description": "The letter.", "minLength": 1},
        "sender": {
            "type": "object",
            "description": "Who.",
            "required": ["name"],
            "properties": {"name": {"type": "string", "description": "The name.", "x-sensitive": True}},
        },
        "stamps": {
            "type": "array",
            "description": "The postage.",
            "items": {
                "type": "object",
                "required": ["cents"],
                "properties": {"cents": {"type": "integer", "description": "The worth.", "minimum": 1}},
            },
        },
        "weights": {
            "type": "object",
            "description": "Grams by sheet.",
            "additionalProperties": {"type": "integer", "minimum": 1},
        },
        "due_at": {"type": "string", "description": "When.", "format": "date-time"},
    },
}

ENVELOPE: Json = {
    "event_id": "e-1",
    "type": "LetterPosted",
    "version": "1.0",
    "timestamp": "2026-01-01T12:00:00.000Z",
    "correlation_id": "c-1",
    "causation_id": "e-0",
    "hops": 3,
}

POSTED: Json = ENVELOPE | {
    "letter_id": "l-1",
    "sender": {"name": "Ada"},
    "stamps": [{"cents": 80}],
    "weights": {"one": 5},
    "due_at": "2026-01-02T12:00:00Z",
}


def keep(state: Any, event: Event) -> Decision:
    return unchanged(state)


def put(root: Path, file: str, schema: Json) -> None:
    path = root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(schema))


def schemas_of(root: Path, **changes: Json) -> Schemas:
    """Load a copy of LETTER with some of its properties replaced."""
    put(root, "office/LetterPosted/1.0.json", LETTER | {"properties": LETTER["properties"] | changes})
    return load_schemas(root)


def office(*reactions: Reaction, name: str = "office", emits: tuple[str, ...] = ()) -> Service:
    extra = (on_timer(keep, emits=emits),) if emits else ()
    timer = (lambda _: None) if emits else None
    return Service(name=name, key="letter_id", state=dict, reactions=reactions + extra, timer=timer)


def compiled(service: Service, schemas: Schemas) -> ModuleType:
    module = ModuleType("functions.contracts")
    exec(compile_contracts(service, schemas), module.__dict__)
    return module


@pytest.fixture
def schemas(tmp_path: Path) -> Schemas:
    return schemas_of(tmp_path)


@pytest.fixture
def contracts(schemas: Schemas) -> ModuleType:
    """What the office has that publishes LetterPosted and hears it as well."""
    return compiled(office(on("LetterPosted", keep, reads=()), emits=("LetterPosted",)), schemas)


def read(contracts: ModuleType, detail: Json) -> None:
    contracts.READERS["LetterPosted", 1](detail)


def write(contracts: ModuleType, detail: Json) -> None:
    contracts.WRITERS["LetterPosted"][1](detail)


# The files


def test_a_schema_tells_its_publisher_versions_and_what_must_not_be_logged(schemas: Schemas) -> None:
    assert schemas.publishers == {"LetterPosted": "office"}
    assert list(schemas.versions["LetterPosted"]) == ["1.0"]
    assert schemas.sensitive("LetterPosted", "1.0") == ("sender.name",)


def test_versions_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    versions = [*(f"1.{minor}" for minor in range(12)), "2.0", "10.0"]
    for version in reversed(versions):
        put(tmp_path, f"office/LetterPosted/{version}.json", LETTER)
    for major in (2, 10):
        (tmp_path / f"office/LetterPosted/upcast_to_{major}.py").touch()

    schemas = load_schemas(tmp_path)

    assert list(schemas.versions["LetterPosted"]) == versions
    assert schemas.newest("LetterPosted") == "10.0"


def test_an_event_with_two_publishers_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "office/LetterPosted/1.0.json", LETTER)
    put(tmp_path, "street/LetterPosted/1.0.json", LETTER)

    with pytest.raises(SchemaMisdeclared, match="LetterPosted is also published by office"):
        load_schemas(tmp_path)


@pytest.mark.parametrize(
    "file",
    ["LetterPosted/1.0.json", "office/LetterPosted/1.json", "office/letter/1.0.json", "office/LetterPosted/1.00.json"],
)
def test_a_misplaced_file_is_refused(tmp_path: Path, file: str) -> None:
    put(tmp_path, file, LETTER)

    with pytest.raises(SchemaMisdeclared, match=file):
        load_schemas(tmp_path)


def test_a_folder_without_schemas_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SchemaMisdeclared, match="no schema"):
        load_schemas(tmp_path / "missing")


def test_a_file_that_is_not_json_is_refused_by_name(tmp_path: Path) -> None:
    put(tmp_path, "office/LetterPosted/1.0.json", LETTER)
    (tmp_path / "office/LetterPosted/1.1.json").write_text("{")

    with pytest.raises(SchemaMisdeclared, match=r"1\.1\.json: it is not JSON"):
        load_schemas(tmp_path)


TEXT = {"type": "string", "description": "A text."}


@pytest.mark.parametrize(
    ("field", "complaint"),
    [
        (TEXT | {"pattern": "^a"}, r"\$\.properties\.extra: the keyword 'pattern' cannot be '\^a': .* anywhere"),
        (TEXT | {"format": "date", "pattern": "^a$"}, "extra: 'format' and 'pattern' say the form of a text twice"),
        (TEXT | {"format": "date", "maxLength": 3}, "extra: no text has this format and this length"),
        ({"$ref": "#/x", "description": "d"}, r"extra: '\$ref' '#/x' leads to no schema"),
        ({"$ref": "#", "description": "d"}, r"extra: '\$ref' '#' leads out of the file, or to all of it"),
        ({"$ref": "money.json#/a"}, r"leads out of the file, .* write what it refers to in its place"),
        ({"$ref": "#/properties/extra"}, r"leads into itself, and an event is finite"),
        (TEXT | {"$ref": "#/properties/letter_id"}, r"extra: the keyword '\$ref' is not in the profile"),
        (TEXT | {"allOf": [TEXT]}, "'allOf' is not in the profile.* merge its parts"),
        (TEXT | {"colour": "red"}, "'colour' is not in the profile: some validator .* use type, "),
        (TEXT | {"const": 1.5}, "'const' is not in the profile: only a text or a whole number"),
        (TEXT | {"const": "a", "enum": ["b"]}, "'const' is not in the profile"),
        (TEXT | {"const": 1}, "the value 1 of 'enum' breaks another rule"),
        (TEXT | {"enum": ["a", "abc"], "maxLength": 2}, "the value 'abc' of 'enum' breaks another rule"),
        (TEXT | {"enum": ["a", 1]}, "'enum' cannot be .* list different texts"),
        (TEXT | {"enum": [True]}, "'enum' cannot be"),
        ({"type": "integer", "description": "d", "enum": [2**53]}, "'enum' cannot be"),
        ({"type": "integer", "description": "d", "maximum": 2**53}, "'maximum' is beyond 9007199254740991"),
        ({"type": "integer", "description": "d", "minimum": -(2**53)}, "'minimum' is beyond 9007199254740991"),
        (TEXT | {"minimum": 1}, "the keyword 'minimum' does not fit the type string"),
        (TEXT | {"exclusiveMinimum": 1}, "'exclusiveMinimum'"),
        (TEXT | {"minLength": "1"}, "the keyword 'minLength' cannot be '1'"),
        (TEXT | {"minLength": -1}, "'minLength' cannot be -1"),
        (TEXT | {"minLength": True}, "'minLength' cannot be True"),
        (TEXT | {"enum": []}, "'enum' cannot be"),
        (TEXT | {"enum": ["a", "a"]}, "'enum' cannot be"),
        (
            TEXT | {"format": "email"},
            "'format' cannot be 'email': only date-time, date, uuid .* no two validators agree",
        ),
        (TEXT | {"x-sensitive": False}, "'x-sensitive' cannot be False"),
        (TEXT | {"examples": []}, "'examples' cannot be"),
        (TEXT | {"maxLength": 2, "examples": ["ab", "abc"]}, "extra: the schema does not accept its own example 'abc'"),
        (TEXT | {"x-kind": "event"}, "the keyword 'x-kind' does not fit the type string"),
        (
            {"type": "object", "description": "d", "properties": {"a": TEXT}, "x-kind": "event"},
            "extra: 'x-kind' belongs at the top of the file",
        ),
        ({"type": "string"}, "extra needs a `description`"),
        (
            {"type": "array", "description": "d", "items": {"type": ["string", "null"]}},
            "extra.items: the type cannot be null: .* leave the field out",
        ),
        ({"type": ["string", "integer"], "description": "d"}, "extra: the type cannot be a list"),
        ({"type": "null", "description": "d"}, "extra: the type cannot be null"),
        ({"type": {}, "description": "d"}, "extra needs a `type`"),
        ({"description": "d"}, "extra needs a `type`"),
        ("string", "extra is not a schema"),
        ({"type": "number", "description": "d", "minimum": "0"}, "'minimum' cannot be '0'"),
        ({"type": "number", "description": "d", "maximum": float("inf")}, "Infinity, which is no JSON number"),
        ({"type": "number", "description": "d", "minimum": 5, "maximum": 1}, "'minimum' is above 'maximum'"),
        (TEXT | {"minLength": 9, "maxLength": 2}, "'minLength' is above 'maxLength'"),
        ({"type": "array", "description": "d"}, "extra is an array and needs `items`"),
        ({"type": "array", "description": "d", "items": [TEXT]}, "'items' cannot be"),
        ({"type": "array", "description": "d", "items": TEXT | {"x-sensitive": True}}, "extra.items: 'x-sensitive'"),
        ({"type": "object", "description": "d"}, "needs either `properties` or `additionalProperties`"),
        ({"type": "object", "description": "d", "additionalProperties": False}, "'additionalProperties' cannot be"),
        (
            {"type": "object", "description": "d", "properties": {"a": TEXT}, "additionalProperties": TEXT},
            "needs either",
        ),
        (
            {"type": "object", "description": "d", "additionalProperties": {"type": "array", "items": TEXT}},
            "the values of a map are scalars",
        ),
        ({"type": "object", "description": "d", "properties": {"a": TEXT}, "required": ["b"]}, "'required' names 'b'"),
        ({"type": "object", "description": "d", "properties": {"a-b": TEXT}}, r"extra\.properties\.a-b: .*camelCase"),
        (
            {"type": "array", "description": "d", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            r"extra\.items\.properties\.a needs a `description`",
        ),
    ],
)
def test_what_is_outside_the_profile_is_refused_with_file_place_and_keyword(
    tmp_path: Path, field: Any, complaint: str
) -> None:
    with pytest.raises(SchemaMisdeclared, match=rf"office/LetterPosted/1\.0\.json.*{complaint}"):
        schemas_of(tmp_path, extra=field)


@pytest.mark.parametrize("kind", ["fact", "", True, None, ["event"]])
def test_a_kind_is_event_or_command(tmp_path: Path, kind: Any) -> None:
    put(tmp_path, "office/LetterPosted/1.0.json", LETTER | {"x-kind": kind})

    with pytest.raises(SchemaMisdeclared, match="'x-kind' cannot be"):
        load_schemas(tmp_path)


@pytest.mark.parametrize("kind", ["event", "command"])
def test_the_newest_version_says_what_its_event_is_and_nothing_that_is_built_holds_it(
    tmp_path: Path, schemas: Schemas, kind: str
) -> None:
    put(tmp_path, "office/LetterPosted/1.1.json", LETTER | {"x-kind": kind})
    with_kind = load_schemas(tmp_path)

    assert with_kind.declared_kind("LetterPosted") == kind
    assert schemas.declared_kind("LetterPosted") is None
    assert not [content for _, content in registry_schemas(with_kind) if "x-kind" in content]
    assert "x-kind" not in compile_contracts(office(on("LetterPosted", keep, reads=("letter_id",))), with_kind)
    assert not evolution.violations(with_kind, ())


def test_a_field_of_the_envelope_cannot_be_declared_again(tmp_path: Path) -> None:
    for name in ("event_id", "external_id", "traceparent"):
        with pytest.raises(SchemaMisdeclared, match=f"{name} is a field of the envelope"):
            schemas_of(tmp_path, **{name: TEXT})


@pytest.mark.parametrize("schema", [TEXT, {"type": "object", "properties": {"a": TEXT}}])
def test_a_schema_is_a_described_object(tmp_path: Path, schema: Json) -> None:
    put(tmp_path, "office/LetterPosted/1.0.json", schema)

    with pytest.raises(SchemaMisdeclared, match="must be an object with a `description` and `properties`"):
        load_schemas(tmp_path)


# The validators


def test_an_event_that_fits_is_read_and_written_unchanged(contracts: ModuleType) -> None:
    detail = json.loads(json.dumps(POSTED))

    read(contracts, detail)
    write(contracts, detail)

    assert detail == POSTED


UNDECLARED = [
    POSTED | {"extra": 1},
    POSTED | {"sender": {"name": "Ada", "extra": 1}},
    POSTED | {"stamps": [{"cents": 80}, {"cents": 90, "extra": 1}]},
]


@pytest.mark.parametrize("detail", UNDECLARED)
def test_a_reader_ignores_undeclared_fields_at_every_level(contracts: ModuleType, detail: Json) -> None:
    read(contracts, detail)


@pytest.mark.parametrize("detail", UNDECLARED)
def test_a_writer_refuses_undeclared_fields_at_every_level(contracts: ModuleType, detail: Json) -> None:
    with pytest.raises(SchemaViolation, match="additionalProperties"):
        write(contracts, detail)


def test_a_declared_map_may_have_any_key_in_a_writer(contracts: ModuleType) -> None:
    write(contracts, POSTED | {"weights": {"one": 5, "another": 6}})


def without(name: str) -> Json:
    return {key: value for key, value in POSTED.items() if key != name}


@pytest.mark.parametrize(
    ("detail", "complaint"),
    [
        (POSTED | {"letter_id": ""}, r"data\.letter_id breaks the rule 'minLength'"),
        (POSTED | {"letter_id": None}, r"data\.letter_id breaks the rule 'type'"),
        (POSTED | {"stamps": [{"cents": 0}]}, r"data\.stamps\[0\]\.cents breaks the rule 'minimum'"),
        (POSTED | {"stamps": [{"cents": True}]}, r"data\.stamps\[0\]\.cents breaks the rule 'type'"),
        (POSTED | {"weights": {"one": 0}}, r"data\.weights\.\* breaks the rule 'minimum'"),
        (POSTED | {"due_at": "tomorrow"}, r"data\.due_at breaks the rule 'format'"),
        (POSTED | {"timestamp": "2026-01-01T12:00:00+01:00"}, r"data\.timestamp breaks the rule 'format'"),
        (POSTED | {"type": "LetterLost"}, r"data\.type breaks the rule 'enum'"),
        (POSTED | {"hops": -1}, r"data\.hops breaks the rule 'minimum'"),
        (without("sender"), r"^data must contain \['sender'\] properties$"),
        *((without(name), rf"^data must contain \['{name}'\] properties$") for name in ENVELOPE),
    ],
)
def test_both_validators_refuse_what_does_not_fit_and_name_the_field_and_the_rule(
    contracts: ModuleType, detail: Json, complaint: str
) -> None:
    for validate in (read, write):
        with pytest.raises(SchemaViolation, match=complaint):
            validate(contracts, detail)


def test_a_reader_takes_any_minor_version_and_a_writer_only_its_own(contracts: ModuleType) -> None:
    later = POSTED | {"version": "1.1"}

    read(contracts, later)

    with pytest.raises(SchemaViolation, match=r"data\.version breaks the rule 'enum'"):
        write(contracts, later)


@pytest.mark.parametrize(
    "detail",
    [
        POSTED | {"letter_id": ["secret"]},
        POSTED | {"sender": {"name": ["secret"]}},
        POSTED | {"sender": {"secret": "secret"}},
        POSTED | {"weights": {"secret": 0}},
        POSTED | {"secret": 1},
        POSTED | {"due_at": "secret"},
    ],
)
def test_a_violation_never_tells_a_value_or_a_key_of_the_event(contracts: ModuleType, detail: Json) -> None:
    with pytest.raises(SchemaViolation) as refused:
        write(contracts, detail)

    assert "secret" not in repr(refused.value) + repr(vars(refused.value))


# The module


def test_a_module_holds_a_reader_of_each_live_major_version_and_a_writer_of_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.1", "2.0", "2.1"):
        put(tmp_path, f"office/LetterPosted/{version}.json", LETTER)
    upcast_to_2 = ModuleType("upcast_to_2")
    upcast_to_2.upcast = dict  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "schemas.office.LetterPosted.upcast_to_2", upcast_to_2)
    (tmp_path / "office/LetterPosted/upcast_to_2.py").touch()
    schemas = schemas_of(tmp_path)

    service = office(on("LetterPosted", keep, reads=()), emits=("LetterPosted",))
    contracts = compiled(service, schemas)

    assert contracts.SOURCES == {"LetterPosted": "office"}
    assert contracts.NEWEST == {"LetterPosted": "2.1"}
    assert set(contracts.READERS) == {("LetterPosted", 1), ("LetterPosted", 2)}
    assert dict(contracts.UPCASTERS) == {("LetterPosted", 1): (2, dict)}
    assert contracts.WRITERS["LetterPosted"][0] == "2.1"


def test_a_module_needs_only_the_standard_library_and_the_kit_s_errors(schemas: Schemas) -> None:
    source = compile_contracts(office(emits=("LetterPosted",)), schemas)

    imports = [
        node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert imports == ["re", "decimal", "importlib", "functions.kit.errors"]
    assert "jsonschema" not in source.lower()


def test_a_service_that_hears_everything_needs_no_reader(schemas: Schemas) -> None:
    contracts = compiled(Service("office", reactions=(on_every_event(),)), schemas)

    assert (contracts.SOURCES, contracts.READERS, contracts.WRITERS) == ({}, {}, {})


def test_a_module_does_not_change_with_what_the_service_does_not_need(tmp_path: Path, schemas: Schemas) -> None:
    service = office(on("LetterPosted", keep, reads=()))
    before = compile_contracts(service, schemas)
    put(tmp_path, "street/ParcelPosted/1.0.json", LETTER)
    reworded = LETTER["properties"]["sender"] | {"description": "Other words.", "x-sensitive": True}

    assert compile_contracts(service, schemas_of(tmp_path, sender=reworded)) == before


def test_no_row_is_found_by_what_must_not_be_logged(tmp_path: Path) -> None:
    marked = schemas_of(tmp_path, letter_id=LETTER["properties"]["letter_id"] | {"x-sensitive": True})

    with pytest.raises(ServiceMisdeclared, match=r"office finds its row by 'letter_id', .* marks as x-sensitive"):
        compile_contracts(office(on("LetterPosted", keep, reads=())), marked)


def test_what_comes_from_outside_is_compiled_with_the_field_that_finds_its_row(schemas: Schemas) -> None:
    post = Service(name="post", key="letter_id", state=dict, reactions=(on("LetterPosted", keep, reads=()),))
    by_sender = Service(name="street", key="receipt_id", state=dict, reactions=post.reactions)
    log = Service("log", reactions=(on_every_event(),))

    assert compiled(post, schemas).DOORS == {("office", "LetterPosted"): "letter_id"}
    assert doors_of(log, (post, log), schemas) == {("office", "LetterPosted"): "letter_id"}
    assert doors_of(log, (post, by_sender, log), schemas) == {}
    assert doors_of(by_sender, (post, by_sender), schemas) == {("office", "LetterPosted"): "receipt_id"}


def test_what_a_service_of_the_project_publishes_does_not_come_from_outside(schemas: Schemas) -> None:
    post = Service(name="post", key="letter_id", state=dict, reactions=(on("LetterPosted", keep, reads=()),))

    assert doors_of(post, (post, office(emits=("LetterPosted",))), schemas) == {}


def test_the_doors_of_built_bundles_are_read_again(tmp_path: Path, schemas: Schemas) -> None:
    post = Service(name="post", key="letter_id", state=dict, reactions=(on("LetterPosted", keep, reads=()),))
    for name, text in (("new", compile_contracts(post, schemas)), ("earlier", "WRITERS = {}\n")):
        file = tmp_path / name / "functions" / "contracts.py"
        file.parent.mkdir(parents=True)
        file.write_text(text)

    assert doors_in([tmp_path / "new", tmp_path / "earlier", tmp_path / "no bundle"]) == {
        ("office", "LetterPosted"): "letter_id"
    }


def test_what_an_older_kit_hears_has_no_door_yet(tmp_path: Path, schemas: Schemas) -> None:
    log = Service(name="log", reactions=(on_every_event(),))
    post = Service(name="post", key="letter_id", state=dict, reactions=(on("LetterPosted", keep, reads=()),))
    whole = compile_contracts(post, schemas)
    older, _, _ = whole.partition("DOORS = {")
    for name, text in (("post", older), ("log", compile_contracts(log, schemas, (post, log)))):
        file = tmp_path / name / "functions" / "contracts.py"
        file.parent.mkdir(parents=True)
        file.write_text(text)

    assert doors_in([tmp_path / "log"]) == {("office", "LetterPosted"): "letter_id"}
    assert doors_in([tmp_path / "log", tmp_path / "post"]) == {}


def test_the_text_of_a_module_does_not_depend_on_the_hash_seed() -> None:
    program = (
        f"import sys; sys.path.append({str(LENDING)!r}); from functions.loan.service import LOAN; "
        "from ensemble.contracts.loading import load_schemas; from infrastructure.contracts import compile_contracts; "
        f"from pathlib import Path; print(compile_contracts(LOAN, load_schemas(Path({str(LENDING / 'schemas')!r}))))"
    )

    texts = {
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }

    assert len(texts) == 1


def test_a_reaction_to_an_event_without_schema_is_refused_with_what_to_do(schemas: Schemas) -> None:
    with pytest.raises(ServiceMisdeclared, match=r"office reacts to LetterLost, .* add schemas/<publisher>/LetterLost"):
        compile_contracts(office(on("LetterLost", keep, reads=())), schemas)


@pytest.mark.parametrize(
    ("name", "event", "complaint"),
    [
        ("street", "LetterPosted", "street emits LetterPosted, which belongs to office .* schemas/street/"),
        ("office", "LetterLost", "office emits LetterLost, which has no schema: .* schemas/office/"),
    ],
)
def test_a_service_publishes_only_its_own_events(schemas: Schemas, name: str, event: str, complaint: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=complaint):
        compile_contracts(office(name=name, emits=(event,)), schemas)


@pytest.mark.parametrize(
    "path", ["letter_id", "letter_id?", "sender.name", "stamps?[].cents", "weights?", "timestamp", "hops"]
)
def test_a_declared_field_can_be_read(schemas: Schemas, path: str) -> None:
    compile_contracts(office(on("LetterPosted", keep, reads=(path,))), schemas)


@pytest.mark.parametrize(
    ("path", "complaint"),
    [
        ("weights", "'weights' is optional. Fix: read 'weights\\?' and expect that it is absent"),
        ("stamps[].cents", "'stamps' is optional"),
        ("sender..name", "'sender..name' is not a path such as"),
        ("letter_id.first", "letter_id has no declared fields but is of type string"),
        ("sender[].name", "sender is no array but of type object"),
        ("colour", "office reads LetterPosted by schemas/office/LetterPosted/1.0.json: 'colour' is not a field"),
        ("sender", "'sender' is read as a whole. Fix: declare its fields, sender.name"),
        ("stamps?", r"'stamps\?\[\]' is read as a whole. Fix: declare its fields, stamps\?\[\].cents"),
    ],
)
def test_a_read_of_an_unknown_field_or_of_a_whole_object_is_refused(
    schemas: Schemas, path: str, complaint: str
) -> None:
    with pytest.raises(ServiceMisdeclared, match=complaint):
        compile_contracts(office(on("LetterPosted", keep, reads=(path,))), schemas)


@pytest.mark.parametrize("key", ["due_at", "colour", "hops"])
def test_a_key_that_an_event_need_not_have_as_a_string_is_refused(schemas: Schemas, key: str) -> None:
    complaint = f"office finds its row by '{key}', which schemas/office/LetterPosted/1.0.json does not require"
    with pytest.raises(ServiceMisdeclared, match=complaint):
        compile_contracts(office(on("LetterPosted", keep, reads=(), key=key)), schemas)


NAMES = (
    {"minLength": 1},
    {"minLength": 128},
    {"pattern": "^.+$"},
    {"format": "uuid"},
    {"format": "date-time"},
    {"enum": ["a"]},
)
NO_NAMES = (
    {"minLength": 129},
    {"pattern": "^[^@]+@[^@]+$"},
    {"pattern": "^é.*$"},
    {"maxLength": 0},
    {"enum": ["a", "a b"]},
)


@pytest.mark.parametrize(("rules", "is_name"), [(one, True) for one in NAMES] + [(one, False) for one in NO_NAMES])
def test_a_key_that_can_never_be_the_name_of_a_row_is_refused(rules: Json, is_name: bool) -> None:
    letter = LETTER | {"properties": LETTER["properties"] | {"letter_id": {"type": "string", **rules}}}
    schemas = Schemas({"LetterPosted": "office"}, {"LetterPosted": {"1.0": letter}}, {}, {})
    reader = office(on("LetterPosted", keep, reads=()))

    if is_name:
        compile_contracts(reader, schemas)
        return
    with pytest.raises(ServiceMisdeclared, match="is no name of a row: 1 to 128 letters"):
        compile_contracts(reader, schemas)


def test_generated_code_of_another_kind_is_refused(schemas: Schemas) -> None:
    whole = detail_schema("LetterPosted", schemas.versions["LetterPosted"]["1.0"], "1.0")

    with pytest.raises(GeneratedCodeUnknown):
        source_of("read", whole | {"definitions": {"a": TEXT}, "not": {"$ref": "#/definitions/a"}})


@pytest.mark.parametrize(
    "written",
    [
        "",
        "def check(data): return data",
        "print('hello')",
        "def validate(data): raise ValueError(data)",
        "def validate(data): raise JsonSchemaValueException('', name='', value='', definition={}, rule='')",
        "REGEX_PATTERNS = {}\ndef validate(data): return isinstance(data, NoneType)",
    ],
)
def test_code_that_another_fastjsonschema_might_write_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setattr(fastjsonschema, "compile_to_code", lambda definition, formats: written)

    with pytest.raises(GeneratedCodeUnknown):
        source_of("read", LETTER)


# The registry


def test_the_registry_is_given_the_whole_event_of_every_version(tmp_path: Path) -> None:
    put(tmp_path, "office/LetterPosted/1.1.json", LETTER)

    registered = registry_schemas(schemas_of(tmp_path))

    assert [name for name, _ in registered] == ["office@LetterPosted-1.0", "office@LetterPosted-1.1"]
    content = json.loads(registered[0][1])
    assert content["$schema"] == "http://json-schema.org/draft-04/schema#"
    assert content["properties"]["source"]["enum"] == ["office"]
    assert content["properties"]["detail-type"]["enum"] == ["LetterPosted"]
    assert content["properties"]["detail"]["properties"]["letter_id"] == LETTER["properties"]["letter_id"]
    assert set(ENVELOPE) <= set(content["properties"]["detail"]["required"])
    detail = content["properties"]["detail"]
    assert "traceparent" in detail["properties"].keys() - set(detail["required"])


def test_the_registry_takes_every_schema_of_a_project() -> None:
    registered = registry_schemas(load_schemas(LENDING / "schemas"))

    assert len({name for name, _ in registered}) == len(registered)
    assert max(len(content) for _, content in registered) < 100_000  # Schemas API reference, CreateSchema: Content


BROKEN_RULES: list[tuple[Json, Any]] = [
    ({"type": "array", "items": {"type": "string"}, "minItems": 2}, ["a"]),
    ({"type": "array", "items": {"type": "string"}, "maxItems": 1}, ["a", "b"]),
    ({"type": "string", "enum": ["a"]}, "b"),
    ({"type": "string", "minLength": 2}, "a"),
    ({"type": "string", "maxLength": 1}, "ab"),
    ({"type": "string", "pattern": "^[A-Z]{2}$"}, "AAA"),
    ({"type": "string", "pattern": "^[A-Z]{2}$"}, "AA\n"),
    ({"type": "string", "format": "date-time"}, "a"),
    ({"type": "string", "format": "date"}, "2026-13-01"),
    ({"type": "string", "format": "date"}, "2026-12-01\n"),
    ({"type": "string", "format": "uuid"}, "7"),
    ({"type": "number", "minimum": 1}, 0.5),
    ({"type": "number", "maximum": 1}, 1.5),
    ({"type": "integer"}, 1.5),
    ({"type": "integer"}, 2**53),
    ({"type": "integer"}, -(2**53)),
    ({"type": "integer"}, 1e300),
    ({"type": "integer", "enum": [1, 2]}, 3),
    ({"type": "boolean"}, 1),
    ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": "b"}),
]


def test_every_keyword_that_is_a_rule_is_broken_by_a_sample() -> None:
    elsewhere = {"properties", "required"}

    assert {keyword for field, _ in BROKEN_RULES for keyword in field} == set(PROFILE) - NO_RULES - elsewhere


@pytest.mark.parametrize(("field", "value"), BROKEN_RULES)
def test_every_rule_of_the_profile_is_enforced(tmp_path: Path, field: Json, value: Any) -> None:
    schemas = schemas_of(tmp_path, extra=field | {"description": "d"})
    contracts = compiled(office(on("LetterPosted", keep, reads=())), schemas)

    with pytest.raises(SchemaViolation, match="extra"):
        read(contracts, POSTED | {"extra": value})


def test_the_envelope_that_the_schemas_describe_is_the_one_that_the_kit_writes() -> None:
    assert tuple(ENVELOPE) == KIT_ENVELOPE
