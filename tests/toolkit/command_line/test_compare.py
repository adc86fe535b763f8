"""`ensemble compare` answers for any two files, to people and to programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import LENDING
from tests.toolkit.command_line.conftest import Command

LOAN_REQUESTED = LENDING / "schemas" / "loan" / "LoanRequested"

OLD = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}
WIDER = {"type": "object", "properties": {"a": {"type": ["string", "null"]}}, "required": ["a"]}
DEMANDING = {**OLD, "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
OTHER = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}
STRANGE = {**OLD, "patternProperties": {}}


@pytest.fixture
def compared(ensemble: Command, tmp_path: Path) -> Any:
    def compare(old: Any, new: Any, *options: str) -> Any:
        for name, schema in (("old", old), ("new", new)):
            (tmp_path / f"{name}.json").write_text(json.dumps(schema))
        return ensemble("compare", str(tmp_path / "old.json"), str(tmp_path / "new.json"), *options)

    return compare


@pytest.mark.parametrize(
    ("new", "backward", "forward", "deploy_order"),
    [
        (OLD, True, True, "any"),
        (WIDER, True, False, "consumers first"),
        (DEMANDING, False, True, "publisher first"),
        (OTHER, False, False, "none is safe: a new major version is needed"),
        (STRANGE, "unknown", "unknown", "none is safe: a new major version is needed"),
    ],
)
def test_a_program_is_told_both_answers_and_the_order_to_deploy_in(
    new: Any, backward: Any, forward: Any, deploy_order: str, compared: Any
) -> None:
    outcome = compared(OLD, new, "--json")

    told = json.loads(outcome.output)
    assert (told["backward"], told["forward"], told["deploy_order"]) == (backward, forward, deploy_order)
    assert outcome.status == (0 if (backward, forward) == (True, True) else 1)


def test_a_person_is_told_what_is_refused_and_where(compared: Any) -> None:
    outcome = compared(OLD, DEMANDING)

    assert outcome.output.splitlines() == [
        "backward: no (the new reader takes whatever the old writer sends)",
        "  $.b: the reader requires 'b', which the writer may leave out",
        '    refused: {"a": ""}',
        "forward: yes (the old reader takes whatever the new writer sends)",
        "order to deploy in: publisher first",
    ]


def test_what_cannot_be_decided_is_named_and_has_no_witness(compared: Any) -> None:
    (finding, _) = json.loads(compared(OLD, STRANGE, "--json").output)["findings"]

    assert finding == {
        "direction": "backward",
        "path": "$",
        "change": "the keyword 'patternProperties' cannot be decided",
    }


def test_the_versions_of_an_event_compare_as_they_were_meant(ensemble: Command) -> None:
    minor = ensemble("compare", str(LOAN_REQUESTED / "1.0.json"), str(LOAN_REQUESTED / "1.1.json"))
    major = ensemble("compare", str(LOAN_REQUESTED / "1.1.json"), str(LOAN_REQUESTED / "2.0.json"))

    assert (minor.status, major.status) == (0, 1)
    assert "$.deposit: the writer may send" in major.output


NESTED = '{"items": ' * 3000 + "{}" + "}" * 3000

HOSTILE = {
    '{"multipleOf": 0}': "$: 'multipleOf' cannot be 0",
    '{"minimum": NaN}': "it has NaN, which is no JSON number",
    '{"minimum": 1e400}': "it has the number 1e400, which is too large",
    '{"minimum": "a"}': "$: 'minimum' cannot be 'a'",
    f'{{"minimum": 1{"0" * 5000}}}': "it has a number that cannot be read",
    '{"type": "object", "type": "array"}': "it has 'type' twice in one object",
    '{"properties": {"a": {"pattern": "("}}}': "$.a: 'pattern' cannot be '('",
    '{"properties": []}': "$: 'properties' cannot be []",
    '{"properties": {"a": 5}}': "$.a: 5 is no schema",
    '{"enum": 5}': "$: 'enum' cannot be 5",
    '{"type": "text"}': "$: 'type' cannot be 'text'",
    "[]": "$: [] is no schema",
    NESTED: "nested too deeply",
}


@pytest.mark.parametrize(("content", "complaint"), HOSTILE.items(), ids=[f"{content:.25}" for content in HOSTILE])
@pytest.mark.parametrize("turned", [False, True])
def test_what_is_no_schema_is_one_sentence_and_another_status_than_incompatible(
    content: str, complaint: str, turned: bool, ensemble: Command, tmp_path: Path
) -> None:
    hostile = tmp_path / "hostile.json"
    hostile.write_text(content)
    files = [str(LOAN_REQUESTED / "1.0.json"), str(hostile)]

    outcome = ensemble("compare", *(reversed(files) if turned else files))

    assert outcome.status == 2
    assert outcome.errors.count("\n") == 1
    assert "hostile.json" in outcome.errors
    assert complaint in outcome.errors


def test_a_file_in_another_encoding_is_refused_by_its_name(ensemble: Command, tmp_path: Path) -> None:
    (tmp_path / "old.json").write_bytes('{"description": "ä"}'.encode("latin-1"))

    outcome = ensemble("compare", str(tmp_path / "old.json"), str(LOAN_REQUESTED / "1.0.json"))

    assert outcome.status == 2
    assert "old.json cannot be read as a JSON schema: it is not UTF-8" in outcome.errors


@pytest.mark.parametrize("content", [None, "{"])
def test_a_file_that_is_no_json_is_refused_by_its_name(content: str | None, ensemble: Command, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "new.json").write_text(content)

    outcome = ensemble("compare", str(LOAN_REQUESTED / "1.0.json"), str(tmp_path / "new.json"))

    assert outcome.status == 2
    assert "new.json cannot be read as a JSON schema" in outcome.errors
