"""What is sensitive of an event is marked in the states that take it, and says whom it is about."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, NewType

import pytest

from ensemble.contracts.evolution import unsubjected
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.states.evolution import broken_states, contract_of, file_of
from ensemble.contracts.states.marks import lost_marks, unmarked_states
from ensemble.contracts.states.shape import shape_of
from ensemble.contracts.subjects import nobodys
from functions.kit.model import Decision, Sensitive, Service, on, on_every_event, unchanged

JOURNAL = Service("journal", reactions=(on_every_event(),))
Address = NewType("Address", Sensitive[str])


@dataclass(frozen=True)
class Place:
    town: str
    street: str = ""


@dataclass(frozen=True)
class MarkedPlace:
    town: str
    street: Sensitive[str] = ""


@dataclass(frozen=True)
class Tree:
    street: Sensitive[str] = ""
    inner: tuple[Tree, ...] = ()


def keep(state: Any, event: Any) -> Decision:
    return unchanged(state)


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", "description": "A text.", **more}


def thing(properties: dict[str, Any], *, required: list[str] | None = None) -> dict[str, Any]:
    return {"type": "object", "description": "A thing.", "properties": properties, "required": required or ["loan_id"]}


REQUESTED = thing(
    {
        "loan_id": text(),
        "email": text(**{"x-sensitive": True}),
        "place": {**thing({"town": text(), "street": text(**{"x-sensitive": True})}, required=["town"])},
        "card": {**thing({"number": text()}, required=["number"]), "x-sensitive": True},
    }
)


def schemas(root: Path, **events: dict[str, Any]) -> Any:
    for name, schema in events.items():
        event, _, version = name.partition("_")
        file = root / "schemas" / "desk" / event / f"{version.replace('_', '.') or '1.0'}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(schema))
    return load_schemas(root / "schemas")


def service(*reads: str, **fields: Any) -> Service:
    given = [(name, kind, field(default=None)) for name, kind in fields.items()]
    return Service("loan", "loan_id", make_dataclass("Loan", given), (on("LoanAsked", keep, reads=reads),))


@pytest.mark.parametrize(
    ("reads", "fields", "told"),
    [
        ("email", {"email": str}, "email of Loan is not marked, and loan reads the sensitive email of LoanAsked"),
        ("email?", {"email": str | None}, "email of Loan"),
        ("place.street", {"place": Place}, "place.street of Loan"),
        ("place.street", {"places": list[Place]}, "street of Loan"),
        ("place.street", {"by_name": dict[str, Place]}, "street of Loan"),
        ("place.street", {"place": dict[str, Any]}, "place of Loan"),
        ("place.street", {"place": Any}, "place of Loan"),
        ("place.street", {"place": dict[str, Any] | None}, "place of Loan"),
        ("place", {"place": dict[str, Any]}, "place of Loan"),
        ("card.number", {"card": dict[str, str]}, "card of Loan"),
        ("card.number", {"number": str}, "number of Loan"),
        ("card.number", {"number": list[Sensitive[str] | int]}, "number of Loan"),
    ],
)
def test_a_field_that_takes_what_is_sensitive_is_to_be_marked(
    tmp_path: Path, reads: str, fields: dict[str, Any], told: str
) -> None:
    (finding,) = unmarked_states([service("loan_id", reads, **fields), JOURNAL], schemas(tmp_path, LoanAsked=REQUESTED))

    assert told in str(finding)
    assert "Harmed: whom it is about" in str(finding)


@pytest.mark.parametrize(
    ("reads", "fields"),
    [
        ("email", {"email": Sensitive[str]}),
        ("email", {"email": Sensitive[str] | None}),
        ("email", {"email": Address}),
        ("place.street", {"place": MarkedPlace}),
        ("place.street", {"place": Sensitive[Place]}),
        ("place.street", {"place": Sensitive[dict[str, Any]]}),
        ("place.street", {"street": list[Sensitive[str]]}),
        ("place.street", {"tree": Tree}),
        ("place.town", {"place": dict[str, Any], "street": str}),
        ("loan_id", {"email": str}),
    ],
)
def test_a_field_that_is_marked_or_takes_nothing_sensitive_is_right(
    tmp_path: Path, reads: str, fields: dict[str, Any]
) -> None:
    assert list(unmarked_states([service("loan_id", reads, **fields)], schemas(tmp_path, LoanAsked=REQUESTED))) == []


@pytest.mark.parametrize(
    ("before", "now", "lost"),
    [
        (Sensitive[str], str, ["one"]),
        (list[Sensitive[str]], list[str], ["one.what it holds"]),
        (MarkedPlace, Place, ["one.street"]),
        (Sensitive[Place], Place, ["one"]),
        (Sensitive[dict[str, Any]], Place, ["one"]),
        (Sensitive[date], date, ["one"]),
        (Sensitive[str], Sensitive[str] | None, []),
        (Sensitive[str], list[Sensitive[str]], []),
        (MarkedPlace, Sensitive[Place], []),
        (str, str, []),
        (Tree, Tree, []),
    ],
)
def test_a_mark_that_is_lost_is_found_wherever_it_was(before: Any, now: Any, lost: list[str]) -> None:
    old, new = make_dataclass("Loan", [("one", before)]), make_dataclass("Loan", [("one", now)])

    assert lost_marks(shape_of(old), shape_of(new)) == lost


def test_a_lost_mark_is_refused_where_it_is_recorded_and_a_new_one_is_not() -> None:
    marked, bare = service("loan_id", email=Sensitive[str]), service("loan_id", email=str)

    def told(before: Service, now: Service) -> list[str]:
        recorded = {"prod": {file_of("loan"): json.loads(json.dumps(contract_of(before)))}}
        return [str(finding) for finding in broken_states(recorded, [now])]

    assert told(bare, marked) == []
    (one,) = told(marked, bare)
    assert "email of Loan has lost the mark of what is sensitive, which is recorded in prod" in one
    assert "Fix: write Sensitive[...] around its type again" in one


def test_a_lost_mark_is_refused_through_an_upcast_too() -> None:
    marked = service("loan_id", email=Sensitive[str])
    upcast = replace(service("loan_id", email=str, note=str), upcast_state={2: lambda fields: dict(fields)})
    recorded = {"prod": {file_of("loan"): json.loads(json.dumps(contract_of(marked)))}}

    (one,) = broken_states(recorded, [upcast])
    assert "email of Loan has lost the mark" in str(one)


@pytest.mark.parametrize(
    ("properties", "told"),
    [
        ({"who": text(**{"x-subject": False})}, "the keyword 'x-subject' cannot be False"),
        ({"who": text(**{"x-subject": True, "x-sensitive": True})}, "'x-subject' and 'x-sensitive' exclude each other"),
        (
            {"who": {**thing({"loan_id": text(**{"x-subject": True})}), "x-sensitive": True}},
            "'x-subject' and 'x-sensitive' exclude each other",
        ),
        (
            {"who": {"type": "array", "description": "All.", "items": {"type": "string", "x-subject": True}}},
            "'x-subject' belongs on a property",
        ),
        (
            {"who": {"type": "number", "description": "A number.", "x-subject": True}},
            "the keyword 'x-subject' does not fit the type number",
        ),
    ],
)
def test_a_subject_that_could_find_nobody_is_refused(tmp_path: Path, properties: dict[str, Any], told: str) -> None:
    with pytest.raises(SchemaMisdeclared) as refused:
        schemas(tmp_path, LoanAsked=thing({"loan_id": text(), **properties}))

    assert told in str(refused.value)
    assert "Fix: " in str(refused.value)


def test_a_version_that_loses_its_subject_is_refused(tmp_path: Path) -> None:
    named, bare = (
        thing({"loan_id": text(), "who": text(**{"x-subject": True})}),
        thing({"loan_id": text(), "who": text()}),
    )

    (lost,) = unsubjected(schemas(tmp_path / "lost", LoanAsked_1_0=named, LoanAsked_1_1=bare))
    assert "who has lost the mark x-subject, which it has in 1.0" in str(lost)
    assert list(unsubjected(schemas(tmp_path / "new", LoanAsked_1_0=bare, LoanAsked_1_1=named))) == []


def test_it_is_advised_where_nobody_says_whom_sensitive_values_are_about(tmp_path: Path) -> None:
    services = [service("loan_id", email=Sensitive[str]), JOURNAL]
    named = {**REQUESTED, "properties": {**REQUESTED["properties"], "who": text(**{"x-subject": True})}}

    (advice,) = nobodys(services, schemas(tmp_path / "nobody", LoanAsked=REQUESTED))
    assert "email, place.street, card of LoanAsked is sensitive" in str(advice)
    assert list(nobodys(services, schemas(tmp_path / "named", LoanAsked=named))) == []
    assert list(nobodys(services[:1], schemas(tmp_path / "unstored", LoanAsked=REQUESTED))) == []


def test_one_event_of_a_workflow_names_the_subject_for_all(tmp_path: Path) -> None:
    hearing = replace(service("loan_id"), reactions=(*service("loan_id").reactions, on("LoanEnded", keep, reads=())))
    asked = thing({"loan_id": text(), "who": text(**{"x-subject": True})})
    ended = thing({"loan_id": text(), "email": text(**{"x-sensitive": True})})

    assert list(nobodys([hearing, JOURNAL], schemas(tmp_path, LoanAsked=asked, LoanEnded=ended))) == []
    assert len(list(nobodys([service("loan_id"), JOURNAL], load_schemas(tmp_path / "schemas")))) == 1
