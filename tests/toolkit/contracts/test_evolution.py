"""Which changes of schemas may go out, and what is said of those that may not."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import inf
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ensemble.contracts import evolution
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.ownership import unowned
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Decision, Service, on, unchanged

Json = dict[str, Any]
Upcast = Callable[[Json], Json]

LETTER: Json = {
    "description": "A letter was posted.",
    "type": "object",
    "required": ["letter_id", "weight"],
    "properties": {
        "letter_id": {"type": "string", "description": "The letter."},
        "weight": {"type": "number", "description": "Grams.", "minimum": 0},
        "kind": {"type": "string", "description": "What it is.", "enum": ["letter", "card"]},
    },
}


def keep(state: Any, event: Any) -> Decision:
    return unchanged(state)


READER = Service("reader", "letter_id", dict, (on("LetterPosted", keep, reads=("letter_id", "weight")),))
OTHER = Service("other", "letter_id", dict, (on("LetterPosted", keep, reads=("letter_id",)),))
SERVICES = (OTHER, READER)


def changed(**properties: Json) -> Json:
    return LETTER | {"properties": LETTER["properties"] | properties}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "schemas" / "office" / "LetterPosted"
    made.mkdir(parents=True)
    return made


def schemas(folder: Path, upcast: bool = False, lifecycle: Json | None = None, /, **versions: Json) -> Schemas:
    """Write versions given as `v1_0=...` and load them."""
    for name, schema in versions.items():
        (folder / f"{name[1:].replace('_', '.')}.json").write_text(json.dumps(schema))
    if upcast:
        (folder / "upcast_to_2.py").touch()
    if lifecycle is not None:
        (folder / "lifecycle.json").write_text(json.dumps(lifecycle))
    return load_schemas(folder.parents[1])


@pytest.fixture
def upcast_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Upcast], None]:
    """Return a function that puts an upcaster where its module would be."""

    def put(upcast: Upcast) -> None:
        module = ModuleType("upcast_to_2")
        module.upcast = upcast  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "schemas.office.LetterPosted.upcast_to_2", module)

    return put


# Minor versions


def test_an_optional_field_more_is_no_reason_to_refuse(folder: Path) -> None:
    more = changed(stamp={"type": "string", "description": "The postage."})

    assert evolution.violations(schemas(folder, v1_0=LETTER, v1_1=more), SERVICES) == []


def test_a_minor_version_that_refuses_what_its_elder_wrote_is_refused_with_its_readers_first(folder: Path) -> None:
    heavier = changed(weight={"type": "number", "description": "Grams.", "minimum": 1})

    (message,) = map(str, evolution.violations(schemas(folder, v1_0=LETTER, v1_1=heavier), SERVICES))

    assert message.startswith(
        "schemas/office/LetterPosted/1.1.json: 1.1 does not read what 1.0 wrote, which is live: $.weight:"
    )
    assert "Harmed: reader (reads weight), other" in message
    assert (
        "Fix: take the change back, or make it version 2.0 with schemas/office/LetterPosted/upcast_to_2.py" in message
    )
    assert '"weight": 0' in message  # the witness


def test_of_a_number_that_becomes_an_integer_that_is_the_only_cause(folder: Path) -> None:
    whole = schemas(folder, v1_0=LETTER, v1_1=changed(weight={"type": "integer", "description": "Grams."}))

    (found,) = evolution.violations(whole, SERVICES)

    assert found.problem.count("$.weight: ") == 1
    assert "$.weight: the writer may send number, the reader takes integer (refused: " in found.problem


def test_compatibility_is_judged_over_all_live_versions_not_only_neighbours(folder: Path) -> None:
    with_stamp = changed(stamp={"type": "string", "description": "The postage."})
    other_stamp = changed(stamp={"type": "integer", "description": "The postage."})

    found = schemas(folder, v1_0=with_stamp, v1_1=LETTER, v1_2=other_stamp)
    (message,) = map(str, evolution.violations(found, SERVICES))

    assert message.startswith("schemas/office/LetterPosted/1.2.json: 1.2 does not read what 1.0 wrote")


def test_a_retired_version_need_not_be_read_any_more(folder: Path) -> None:
    ends = {"1.0": {"deprecated": "2026-01-01", "retired": "2026-09-01"}}
    heavier = changed(weight={"type": "number", "description": "Grams.", "minimum": 1})

    found = schemas(folder, False, ends, v1_0=LETTER, v1_1=heavier)

    assert list(found.versions["LetterPosted"]) == ["1.1"]
    assert evolution.violations(found, SERVICES) == []


def test_the_format_that_validators_enforce_is_no_annotation_here(folder: Path) -> None:
    text = changed(sent_at={"type": "string", "description": "When."})
    instant = changed(sent_at={"type": "string", "description": "When.", "format": "date-time"})

    assert evolution.violations(schemas(folder, v1_0=text, v1_1=instant), SERVICES)


def test_what_only_old_consumers_refuse_is_told_as_an_order_to_deploy_in(folder: Path) -> None:
    more = changed(kind={"type": "string", "description": "What it is.", "enum": ["letter", "card", "parcel"]})
    found = schemas(folder, v1_0=LETTER, v1_1=more)

    assert evolution.violations(found, SERVICES) == []
    (advice,) = evolution.unsafe_orders(found, {("LetterPosted", "1.1")})
    assert advice.file == "schemas/office/LetterPosted/1.1.json"
    assert advice.fix == "deploy its consumers before its publisher"


def test_an_order_is_told_for_new_versions_only(folder: Path) -> None:
    more = changed(kind={"type": "string", "description": "What it is.", "enum": ["letter", "card", "parcel"]})

    assert not list(evolution.unsafe_orders(schemas(folder, v1_0=LETTER, v1_1=more), set()))


# Major versions


KILOS = changed(weight={"type": "integer", "description": "Kilograms.", "minimum": 0})


def test_a_major_version_without_an_upcaster_is_refused(folder: Path) -> None:
    with pytest.raises(SchemaMisdeclared, match=r"schemas/office/LetterPosted/2\.0\.json: a new major version needs"):
        schemas(folder, v1_0=LETTER, v2_0=KILOS)


def test_an_upcaster_that_makes_what_the_next_version_accepts_passes(
    folder: Path, upcast_by: Callable[[Upcast], None]
) -> None:
    upcast_by(lambda fields: {**fields, "weight": int(fields["weight"]) // 1000})

    assert evolution.violations(schemas(folder, True, v1_0=LETTER, v2_0=KILOS), SERVICES) == []


@pytest.mark.parametrize(
    ("upcast", "complaint"),
    [
        (lambda fields: {**fields, "weight": str(fields["weight"])}, "which does not fit"),
        (lambda fields: {**fields, "weight": 1, "more": 1}, "which does not fit"),
        (lambda fields: {**fields, "weight": 1, "kind": fields["kind"]}, "fails with KeyError: 'kind'"),
        (lambda fields: fields | {"weight": fields.pop("weight") and 1}, "is changed in place"),
    ],
)
def test_an_upcaster_that_fails_on_some_example_is_refused(
    upcast: Upcast, complaint: str, folder: Path, upcast_by: Callable[[Upcast], None]
) -> None:
    upcast_by(upcast)

    (message,) = map(str, evolution.violations(schemas(folder, True, v1_0=LETTER, v2_0=KILOS), SERVICES))

    assert message.startswith("schemas/office/LetterPosted/upcast_to_2.py: the ")
    assert complaint in message
    assert "Harmed: other, reader" in message


# What consumers read


def test_a_read_that_an_older_live_version_leaves_out_is_refused(folder: Path) -> None:
    bare = {**LETTER, "required": ["letter_id"]}
    found = replace(schemas(folder, v1_0=LETTER), versions={"LetterPosted": {"1.0": bare, "1.1": LETTER}})

    (message,) = map(str, evolution.unsupplied(found, (READER,)))

    assert "schemas/office/LetterPosted/1.0.json does not always supply what reader reads of LetterPosted" in message
    assert "$.weight" in message


# Owners


def test_what_a_service_publishes_lies_in_its_own_folder(folder: Path) -> None:
    street = Service("street", "letter_id", dict, (on("LetterPosted", keep, reads=(), emits=("LetterPosted",)),))

    (message,) = map(str, unowned(schemas(folder, v1_0=LETTER), (street, READER)))

    assert message.startswith("schemas/office/LetterPosted/: street publishes LetterPosted")
    assert "Harmed: reader, street" in message


def test_what_a_service_hears_has_a_schema(folder: Path) -> None:
    deaf = Service("deaf", "letter_id", dict, (on("LettrPosted", keep, reads=()),))

    (message,) = map(str, unowned(schemas(folder, v1_0=LETTER), (deaf,)))

    assert message == (
        "functions/deaf/service.py: LettrPosted has no schema, so that deaf waits in vain. "
        "Fix: did you mean LetterPosted?"
    )


# Ends


def ended(folder: Path, deprecated: str, retired: str | None = None) -> Schemas:
    end = {"deprecated": deprecated} | ({"retired": retired} if retired else {})
    return schemas(folder, False, {"1.0": end}, v1_0=LETTER, v1_1=LETTER)


TODAY = date(2026, 11, 24)


def test_a_deprecated_version_is_still_live(folder: Path) -> None:
    found = ended(folder, "2026-11-01")

    assert list(found.versions["LetterPosted"]) == ["1.0", "1.1"]
    assert not list(evolution.ended_too_early(found, TODAY, 45))


@pytest.mark.parametrize(("retired", "refusals"), [("2026-10-15", 1), ("2026-10-16", 0)])
def test_a_version_is_retired_only_when_nothing_can_deliver_it_any_more(
    retired: str, refusals: int, folder: Path
) -> None:
    found = ended(folder, "2026-09-01", retired)

    messages = list(map(str, evolution.ended_too_early(found, TODAY, 45)))

    assert len(messages) == refusals
    assert all("Fix: retire it on 2026-10-16 or later" in message for message in messages)


def test_a_version_that_is_kept_for_ever_cannot_be_retired(folder: Path) -> None:
    (message,) = map(str, evolution.ended_too_early(ended(folder, "2026-01-01", "2026-10-01"), TODAY, inf))

    assert "Fix: it cannot be retired" in message


@pytest.mark.parametrize(("deprecated", "retired"), [("2026-11-25", None), ("2026-01-01", "2026-11-25")])
def test_a_version_does_not_end_in_the_future(deprecated: str, retired: str | None, folder: Path) -> None:
    (message,) = map(str, evolution.ended_too_early(ended(folder, deprecated, retired), TODAY, 45))

    assert "1.0 ends in the future" in message


@pytest.mark.parametrize(
    ("lifecycle", "complaint"),
    [
        ({"1.1": {"deprecated": "2026-01-01"}}, "1.1 is the newest version"),
        ({"0.9": {"deprecated": "2026-01-01"}}, "there is no version 0.9"),
        ({"1.0": {"retired": "2026-01-01"}}, "1.0 cannot end by"),
        ({"1.0": "2026-01-01"}, "1.0 cannot end by"),
        ({"1.0": {"deprecated": "soon"}}, "1.0 cannot end by"),
    ],
)
def test_a_lifecycle_that_makes_no_sense_is_refused(lifecycle: Json, complaint: str, folder: Path) -> None:
    with pytest.raises(SchemaMisdeclared, match=complaint):
        schemas(folder, False, lifecycle, v1_0=LETTER, v1_1=LETTER)


def test_versions_are_retired_oldest_first(folder: Path) -> None:
    lifecycle = {"1.1": {"deprecated": "2026-01-01", "retired": "2026-09-01"}}

    with pytest.raises(SchemaMisdeclared, match=r"1\.1 is retired but the older 1\.0 is not"):
        schemas(folder, False, lifecycle, v1_0=LETTER, v1_1=LETTER, v1_2=LETTER)


def test_history_is_not_rewritten() -> None:
    before = {"1.0": {"deprecated": "2026-01-01"}}

    assert not list(
        evolution.rewritten_ends(before, {"1.0": {"deprecated": "2026-01-01", "retired": "2026-05-01"}}, "f")
    )
    (message,) = map(str, evolution.rewritten_ends(before, {"1.0": {"deprecated": "2025-01-01"}}, "f"))
    assert message == "f: 1.0 was deprecated on 2026-01-01, which is history. Fix: write that day again"
