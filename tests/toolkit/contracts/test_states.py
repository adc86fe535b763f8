"""What was written in the shape that is recorded is read by the present code, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, make_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Any, Literal

import pytest

from ensemble.contracts.states.evolution import Recorded, broken_states, contract_of, file_of, hurried
from ensemble.contracts.states.examples import states_of
from ensemble.contracts.states.reading import misreads
from ensemble.contracts.states.shape import shape_of, with_examples
from functions.kit.model import Decision, Service, Upcast, on, on_every_event, on_timer, unchanged
from functions.kit.states import plain, reader


class Status(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"


class Fewer(StrEnum):
    REQUESTED = "requested"


class More(StrEnum):
    REQUESTED = "requested"
    GRANTED = "granted"
    LOST = "lost"


class Respelt(StrEnum):
    REQUESTED = "requested"
    GRANTED = "Granted"


class Level(Enum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Book:
    title: str
    copies: int = 1


@dataclass(frozen=True)
class Renamed:
    name: str
    copies: int = 1


@dataclass(frozen=True)
class Retyped:
    title: str
    copies: str = "1"


@dataclass(frozen=True)
class Grown:
    title: str
    copies: int = 1
    shelf: str = ""


@dataclass(frozen=True)
class Demanding:
    title: str
    shelf: str
    copies: int = 1


@dataclass(frozen=True)
class Box:
    label: str
    inside: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Crate:
    label: str
    inside: tuple[Crate, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True)
class Closed:
    label: str
    within: tuple[Closed, ...] = ()


Fields = dict[str, Any]
"""A state's fields: a type, or a type and the default."""


def keep(state: Any, event: Any) -> Decision:
    return unchanged(state)


HEARD = on("LoanRequested", keep, reads=())


def state(fields: Fields) -> type:
    """Make a dataclass; a tuple is a type and its default."""
    given = [
        (name, kind[0], field(default_factory=kind[1]) if callable(kind[1]) else field(default=kind[1]))
        if isinstance(kind, tuple)
        else (name, kind)
        for name, kind in sorted(fields.items(), key=lambda one: isinstance(one[1], tuple))
    ]
    return make_dataclass("Loan", given, frozen=True)


def service(fields: Fields, upcast_state: dict[int, Upcast] | None = None, **others: Any) -> Service:
    made: dict[str, Any] = {"name": "loan", "key": "loan_id", "state": state(fields), "reactions": (HEARD,)}
    return Service(**{**made, "upcast_state": upcast_state or {}, **others})


def recorded(*services: Service, stage: str = "prod") -> dict[str, dict[str, Recorded]]:
    """Return what is recorded of services, as it comes from a file."""
    contracts = {file_of(one.name): contract_of(one) for one in services}
    return {stage: json.loads(json.dumps(contracts))}


def problems(before: Service, now: Service) -> list[str]:
    return [str(finding) for finding in broken_states(recorded(before), [now])]


LOAN: Fields = {"loan_id": str, "reader": (str, "")}

WRONG: dict[str, tuple[Fields, Fields, str]] = {
    "a field is removed": (LOAN, {"loan_id": str}, "Loan has no reader any more, which rows have"),
    "a field is renamed": (LOAN, {"loan_id": str, "member": (str, "")}, "no reader any more (is it member now?)"),
    "a field without a default is renamed": (LOAN, {"id": str, "reader": (str, "")}, "no loan_id any more (is it id"),
    "a field is new and has no default": (
        LOAN,
        {**LOAN, "branch": str},
        "branch: this code needs 'branch', which may be missing",
    ),
    "a default is taken away": (LOAN, {"loan_id": str, "reader": str}, "this code needs 'reader'"),
    "a text is a number": ({"fee": str}, {"fee": int}, "fee: it may be string, this code takes integer"),
    "a float is an int": ({"fee": float}, {"fee": int}, "fee: it may be number, this code takes integer"),
    "a flag is a number": ({"late": bool}, {"late": int}, "late: it may be boolean, this code takes integer"),
    "a text is an amount": ({"fee": str}, {"fee": Decimal}, "this code takes a decimal"),
    "a text is an instant": ({"due": str}, {"due": datetime}, "this code takes a datetime"),
    "an instant is a day": ({"due": datetime}, {"due": date}, "this code takes a date"),
    "a day is an instant": ({"due": date}, {"due": datetime}, "this code takes a datetime"),
    "a value of an enum is taken away": ({"s": Status}, {"s": Fewer}, "it may be 'granted', which is not among"),
    "a value of an enum is written otherwise": ({"s": Status}, {"s": Respelt}, "it may be 'granted'"),
    "a value of a Literal is taken away": ({"s": Literal["a", "b"]}, {"s": Literal["a"]}, "it may be 'b'"),
    "a text is one of a few": ({"s": str}, {"s": Status}, "which is not among this code's values"),
    "an enum of numbers is one of texts": ({"s": Level}, {"s": Status}, "it may be 1, which is not among"),
    "what may be None may not": ({"note": str | None}, {"note": str}, "it may be null, this code takes string"),
    "a nested field is renamed": ({"b": Book}, {"b": Renamed}, "Loan has no b.title any more"),
    "a nested field is retyped": ({"b": Book}, {"b": Retyped}, "b.copies: it may be integer, this code takes string"),
    "a nested field is demanded": ({"b": Book}, {"b": Demanding}, "b.shelf: this code needs 'shelf'"),
    "one in a list is renamed": ({"b": list[Book]}, {"b": list[Renamed]}, "Loan has no b[].title any more"),
    "one in a dict is renamed": ({"b": dict[str, Book]}, {"b": dict[str, Renamed]}, "Loan has no b.*.title any more"),
    "one in an optional is renamed": (
        {"b": (Book | None, None)},
        {"b": (Renamed | None, None)},
        "Loan has no b.title any more",
    ),
    "one in a dataclass of its own kind is renamed": ({"b": Box}, {"b": Closed}, "Loan has no b.inside any more"),
    "a list is a dict": ({"b": list[str]}, {"b": dict[str, str]}, "it may be array, this code takes object"),
    "a list is a set, and would lose what it has twice": ({"b": list[str]}, {"b": set[str]}, "may repeat an element"),
    "the elements are others": ({"b": list[int]}, {"b": list[str]}, "b[]: it may be integer"),
    "the places of a tuple change": ({"p": tuple[int, str]}, {"p": tuple[str, int]}, "it may be integer"),
    "a tuple has a place more": ({"p": tuple[int, str]}, {"p": tuple[int, str, int]}, "this code needs '2'"),
    "the values of a dict are others": ({"m": dict[str, int]}, {"m": dict[str, str]}, "m.*: it may be integer"),
    "what may be anything is a dataclass": ({"b": dict[str, Any]}, {"b": Book}, "under any name"),
}

RIGHT: dict[str, tuple[Fields, Fields]] = {
    "nothing changes": (LOAN, LOAN),
    "a field is new and has a default": (LOAN, {**LOAN, "branch": (str, "")}),
    "a field is new and has a default factory": (LOAN, {**LOAN, "news": (list[str], list)}),
    "a field is new and may be None": (LOAN, {**LOAN, "branch": (str | None, None)}),
    "the order of the fields changes": (LOAN, {"reader": (str, ""), "loan_id": (str, "")}),
    "a field gets a default": ({"loan_id": str}, {"loan_id": (str, "")}),
    "a default is another": (LOAN, {"loan_id": str, "reader": (str, "nobody")}),
    "an enum has a value more": ({"s": Status}, {"s": More}),
    "a Literal has a value more": ({"s": Literal["a"]}, {"s": Literal["a", "b"]}),
    "a Literal becomes an enum of the same values": ({"s": Literal["requested", "granted"]}, {"s": Status}),
    "an enum becomes a text": ({"s": Status}, {"s": str}),
    "an int becomes a float": ({"fee": int}, {"fee": float}),
    "what was there may be None": ({"note": str}, {"note": str | None}),
    "a nested field is new and has a default": ({"b": Book}, {"b": Grown}),
    "a nested class has another name": ({"b": Box}, {"b": Crate}),
    "one in a list has a field more": ({"b": list[Book]}, {"b": list[Grown]}),
    "one in a dict has a field more": ({"b": dict[str, Book]}, {"b": dict[str, Grown]}),
    "one in an optional has a field more": ({"b": Book | None}, {"b": Grown | None}),
    "a list is a tuple": ({"b": list[Book]}, {"b": tuple[Book, ...]}),
    "a tuple is as it was": ({"p": tuple[int, Book, date]}, {"p": tuple[int, Grown, date]}),
    "a set is a frozenset": ({"b": set[str]}, {"b": frozenset[str]}),
    "a text becomes anything": ({"b": str}, {"b": Any}),
}


@pytest.mark.parametrize(("before", "now", "told"), WRONG.values(), ids=WRONG)
def test_a_change_that_rows_would_not_bear_is_refused_in_one_message(before: Fields, now: Fields, told: str) -> None:
    (message,) = problems(service(before), service(now))

    assert told in message
    assert "Harmed: the workflows that loan has under way in prod" in message
    assert "upcast_state={2: ...} of loan" in message


@pytest.mark.parametrize(("before", "now"), RIGHT.values(), ids=RIGHT)
def test_a_change_that_rows_bear_is_not_refused(before: Fields, now: Fields) -> None:
    assert problems(service(before), service(now)) == []


@pytest.mark.parametrize(("before", "now"), RIGHT.values(), ids=RIGHT)
def test_what_the_check_says_is_read_is_read(before: Fields, now: Fields) -> None:
    """The proof, on examples, by the kit itself."""
    for stored in states_of(shape_of(state(before))):
        assert misreads(shape_of(state(now)), stored) == ""
        read = reader(state(now), "loan")(stored)
        assert stored.items() <= plain(read).items() or stored.keys() <= {
            "b",
            "p",
        }  # a nested one has its new fields too


OLD_FIELDS: Fields = {"loan_id": str, "reader": (str, ""), "fee": (float, 0.0), "due": (str, "")}
NEW_FIELDS: Fields = {"loan_id": str, "member": (str, ""), "fee": (int, 0), "due": (datetime | None, None)}


def right(fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "loan_id": fields["loan_id"],
        "member": fields.get("reader", ""),
        "fee": round(fields.get("fee", 0) * 100),
        "due": fields.get("due") or None,
    }


def in_place(fields: dict[str, Any]) -> dict[str, Any]:
    fields["member"] = fields.pop("reader", "")
    return right(fields)


def counting() -> Callable[[dict[str, Any]], dict[str, Any]]:
    numbers = iter(range(10**6))
    return lambda fields: {**right(fields), "fee": next(numbers)}


UPCASTS: dict[str, tuple[Upcast, str]] = {
    "it takes for granted what has a default": (
        lambda fields: {**right(fields), "member": fields["reader"]},
        "fails with KeyError: 'reader'",
    ),
    "it leaves the old name": (lambda fields: {**right(fields), "reader": ""}, "reader: the state has no such field"),
    "it forgets what is required": (
        lambda fields: {name: one for name, one in right(fields).items() if name != "loan_id"},
        "loan_id: this code needs 'loan_id'",
    ),
    "it forgets to retype": (lambda fields: {**right(fields), "fee": 0.5}, "fee: it may be number"),
    "it returns what is not stored so": (
        lambda fields: {**right(fields), "due": datetime(2026, 1, 1)},
        "which cannot be stored: Object of type datetime",
    ),
    "it makes a text that is no instant": (
        lambda fields: {**right(fields), "due": ""},
        "due: it may be '', this code takes a datetime",
    ),
    "it changes what it was given": (in_place, "changes what it was given"),
    "it is not pure": (counting(), "returns something else each time"),
    "it returns nothing": (lambda fields: None, "this code takes object"),  # type: ignore[dict-item, return-value]
    "it returns what JSON cannot say": (lambda fields: {**right(fields), "fee": float("nan")}, "cannot be stored"),
}


def with_reached(before: Service, *states: Any) -> dict[str, dict[str, Recorded]]:
    """Return what is recorded of a service whose states were seen."""
    whole: Any = recorded(before)
    shapes = whole["prod"][file_of(before.name)]["states"]
    shapes["1"] = with_examples(shapes["1"], states)
    return whole  # type: ignore[no-any-return]


def reached() -> dict[str, dict[str, Recorded]]:
    before = service(OLD_FIELDS)
    return with_reached(
        before,
        before.state("l-1", "ada", 12.5, "2026-01-01T12:00:00.000Z"),
        before.state("l-2"),  # a tombstone
    )


@pytest.mark.parametrize(("upcast", "told"), UPCASTS.values(), ids=UPCASTS)
def test_an_upcast_that_makes_what_cannot_be_read_is_refused(upcast: Upcast, told: str) -> None:
    (message,) = map(str, broken_states(reached(), [service(NEW_FIELDS, {2: upcast})]))

    assert "upcast_state, given {" in message
    assert told in message
    assert "Fix: let upcast_state of loan return a new dict with what Loan has, as it is stored" in message


def test_an_upcast_that_makes_the_newest_shape_of_all_that_may_be_there_is_right() -> None:
    assert not list(broken_states(reached(), [service(NEW_FIELDS, {2: right})]))


def test_a_text_is_only_ever_what_a_state_really_had_so_that_it_may_be_parsed() -> None:
    def parsed(fields: dict[str, Any]) -> dict[str, Any]:
        due = fields.get("due")
        return {**right(fields), "due": datetime.fromisoformat(due).isoformat() if due else None}

    assert not list(broken_states(reached(), [service(NEW_FIELDS, {2: parsed})]))


def test_versions_that_were_deployed_before_are_upcast_by_all_steps() -> None:
    whole: Any = reached()
    middle = service({"loan_id": str, "member": (str, ""), "fee": (float, 0.0), "due": (str, "")}, {2: dict})
    whole["prod"][file_of("loan")]["states"]["2"] = shape_of(middle.state)

    def renamed(fields: dict[str, Any]) -> dict[str, Any]:
        others = {name: one for name, one in fields.items() if name != "reader"}
        return {**others, "member": fields.get("reader", "")}

    def retyped(fields: dict[str, Any]) -> dict[str, Any]:
        # Of the generated examples some have another text in `due` than an instant.
        due = fields.get("due") or ""
        return {**fields, "fee": round(fields.get("fee", 0) * 100), "due": due if due.startswith("2026") else None}

    assert not list(broken_states(whole, [service(NEW_FIELDS, {2: renamed, 3: retyped})]))
    (missing,) = broken_states(whole, [service(NEW_FIELDS, {3: retyped})])
    assert "rows of version 1 may be there, and upcast_state of loan has no step 2" in missing.problem
    assert "ensemble backfill loan --stage prod" in missing.fix


def test_a_version_that_is_taken_back_is_refused_as_its_rows_would_wait() -> None:
    before = service(NEW_FIELDS, {2: right})

    (message,) = map(str, broken_states(recorded(before), [service(NEW_FIELDS)]))

    assert "Loan is of version 1, and rows of version 2 may be there, which wait for newer code" in message
    assert "keep `upcast_state` of loan with its step 2" in message


KEYS: dict[str, tuple[Service, str]] = {
    "the service has another key": (
        service(LOAN, key="reader_id"),
        "LoanRequested finds its row by reader_id, and the rows in prod are found by loan_id",
    ),
    "a reaction gets a key of its own": (
        service(LOAN, reactions=(replace(HEARD, key="request_id"),)),
        "LoanRequested finds its row by request_id",
    ),
}


@pytest.mark.parametrize(("now", "told"), KEYS.values(), ids=KEYS)
def test_another_key_is_refused(now: Service, told: str) -> None:
    (message,) = problems(service(LOAN), now)

    assert told in message
    assert "handle again what they have handled. Harmed: the workflows that loan has under way in prod" in message
    assert "make a new service beside this one" in message


def test_what_keeps_the_keys_is_right() -> None:
    before = service(LOAN, reactions=(HEARD, on("CopiesAdded", keep, reads=(), key="receipt_id")))

    assert problems(before, service(LOAN, key="other_id", reactions=(replace(HEARD, key="loan_id"),))) == []
    assert problems(before, service(LOAN, reactions=(HEARD, on("Other", keep, reads=(), key="other_id")))) == []


def test_a_timer_has_no_key() -> None:
    before = service(LOAN, timer=lambda loan: None, reactions=(HEARD, on_timer(keep)))

    assert recorded(before)["prod"][file_of("loan")]["keys"] == {"LoanRequested": "loan_id"}


def test_a_renamed_service_is_refused_with_what_to_do() -> None:
    now = [service(LOAN, name="lending"), service(LOAN, name="shelf")]

    (message,) = map(str, broken_states(recorded(service(LOAN), now[1]), now))

    assert message.startswith("functions/loan/service.py: the service loan is deployed to prod, and it is gone")
    assert "if it is lending now, call it loan again" in message
    assert "delete its entry in deployed/prod.json" in message


def test_an_event_store_keeps_its_name_and_remains_one() -> None:
    journal = Service("journal", reactions=(on_every_event(),))

    assert not list(broken_states(recorded(journal), [journal]))
    assert "its table in prod keeps events" in problems(journal, service(LOAN, name="journal"))[0]
    assert "its table in prod keeps rows" in problems(service(LOAN), replace(journal, name="loan"))[0]
    assert "the service journal is deployed to prod, and it is gone" in problems(journal, service(LOAN))[0]


def test_stages_in_which_the_same_is_recorded_are_named_in_one_message() -> None:
    both = {**recorded(service(LOAN), stage="dev"), **recorded(service(LOAN), stage="prod")}

    (message,) = map(str, broken_states(both, [service({"loan_id": str})]))

    assert "Harmed: the workflows that loan has under way in dev and prod" in message


def test_a_stage_that_is_ahead_adds_no_second_message() -> None:
    grown = service({**LOAN, "branch": (str, "")})
    both = {**recorded(grown, stage="dev"), **recorded(service(LOAN), stage="prod")}

    assert len(list(broken_states(both, [service({"loan_id": str})]))) == 1


HURRIED: dict[str, tuple[Fields, Fields, str]] = {
    "an enum has a value more": ({"s": Status}, {"s": More}, "it may be 'lost'"),
    "a text may be None": ({"note": str}, {"note": str | None}, "it may be null, this code takes string"),
    "an int is a float": ({"fee": int}, {"fee": float}, "it may be number"),
}


@pytest.mark.parametrize(("before", "now", "told"), HURRIED.values(), ids=HURRIED)
def test_what_the_version_before_would_misread_is_advice(before: Fields, now: Fields, told: str) -> None:
    (advice,) = hurried(recorded(service(before)), [service(now)])

    assert told in advice.problem
    assert "what is deployed to prod runs beside this code for a while" in advice.problem
    assert "let the older code wait: upcast_state={2: ...} of loan" in advice.fix


@pytest.mark.parametrize("now", [LOAN, {**LOAN, "branch": (str, "")}, {"loan_id": (str, ""), "reader": (str, "")}])
def test_a_new_field_is_no_reason_for_advice(now: Fields) -> None:
    assert not list(hurried(recorded(service(LOAN)), [service(now)]))


def test_a_shape_says_nothing_of_classes_and_is_the_same_each_time() -> None:
    shape = shape_of(state({"box": Box, "books": (list[Book], list), "at": datetime | None}))

    assert json.loads(json.dumps(shape)) == shape
    assert shape["properties"]["at"] == {"anyOf": [{"type": "string", "format": "datetime"}, {"type": "null"}]}
    assert shape["required"] == ["at", "box"]
    assert shape["definitions"]["Box"]["properties"]["inside"] == {
        "type": "array",
        "items": {"$ref": "#/definitions/Box"},
    }


def test_two_classes_of_one_name_are_told_apart() -> None:
    other = make_dataclass("Book", [("isbn", str)])

    shape = shape_of(state({"one": Book, "other": other}))

    assert sorted(shape["definitions"]) == ["Book", "Book2"]
    assert problems(service({"one": Book, "other": other}), service({"one": other, "other": Book}))


def test_examples_are_few_and_each_has_something_new() -> None:
    kind = state({"number": int})

    shape = with_examples(shape_of(kind), [kind(number) for number in (1, 1, 2, *range(100))])

    assert [one["number"] for one in shape["examples"]] == [1, 2, 0, 3, 4, 5, 6, 7]
    assert "examples" not in with_examples(shape_of(kind), [])
