"""A validator is written once, and kept for the next synthesis."""

from __future__ import annotations

from pathlib import Path

import pytest

from ensemble.contracts import validators
from ensemble.contracts.profile import Json
from ensemble.contracts.validators import KEPT, source_of

TITLE = {"type": "string", "pattern": "^[a-z]+$"}
SCHEMA = {"type": "object", "required": ["title"], "properties": {"title": {**TITLE, "maxLength": 9}}}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the validators that were written, in order."""
    names: list[str] = []
    write = validators._written

    def noted(name: str, schema: Json) -> tuple[str, str]:
        names.append(name)
        return write(name, schema)

    monkeypatch.setattr(validators, "_written", noted)
    return names


def test_a_validator_is_written_once_and_is_the_same_afterwards(tmp_path: Path, written: list[str]) -> None:
    assert source_of("read_1", SCHEMA, tmp_path) == source_of("read_1", SCHEMA, tmp_path)
    assert written == ["read_1"]


def test_another_name_and_another_schema_are_another_validator(tmp_path: Path, written: list[str]) -> None:
    other = {**SCHEMA, "properties": {"title": TITLE}}
    made = {source_of(*one, tmp_path) for one in (("read_1", SCHEMA), ("read_2", SCHEMA), ("read_1", other))}

    assert len(made) == len(written) == 3


def test_a_kept_file_that_cannot_be_read_is_written_anew(tmp_path: Path, written: list[str]) -> None:
    before = source_of("read_1", SCHEMA, tmp_path)
    (kept,) = (tmp_path / KEPT).iterdir()
    kept.write_text("{")

    assert source_of("read_1", SCHEMA, tmp_path) == before
    assert source_of("read_1", SCHEMA, tmp_path) == before
    assert written == ["read_1", "read_1"]


def test_a_project_that_cannot_be_written_to_has_validators_all_the_same(tmp_path: Path) -> None:
    (tmp_path / KEPT.parts[0]).write_text("a file where the folder would be")

    assert source_of("read_1", SCHEMA, tmp_path)[0].startswith("def read_1(")
