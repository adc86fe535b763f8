"""What is sensitive of a subject, or old, is erased in every table, and nothing else is."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any, Literal

import pytest
from moto import mock_aws
from rich.console import Console

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage.erasing import FORGOTTEN, Erasing
from ensemble.command_line.stage.forget import Report, erase, refuse_what_cannot_be_found, shapes_of, wanted_of
from ensemble.command_line.stage.forgetting import Data
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.stored_events import StoredEvent, stored_in
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import contract_of, file_of
from ensemble.contracts.states.shape import shape_of
from ensemble.project.deployed import record
from functions.kit import clients, inbox
from functions.kit.history import Handling
from functions.kit.model import Decision, Sensitive, Service, on, unchanged
from functions.kit.rows import Commit, Row, RowStore
from functions.kit.states import plain, reader
from functions.kit.store import PART_BYTES, PLAIN_BYTES, filed, items, unpacked
from infrastructure.services import discover
from tests.conftest import LENDING
from tests.toolkit.command_line.conftest import Command

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
SCHEMAS = load_schemas(LENDING / "schemas")
ADA, BEN = "Ada Lovelace", "Ben Franklin"


def asked(reader: str, loan: str, **more: Any) -> dict[str, Any]:
    """Return the fields of a RequestLoan, with values that are nobody else's."""
    fields = {
        "loan_id": loan,
        "reader": {"name": reader, "email": f"mail-of-{loan}"},
        "books": [{"title": "Emma", "copies": 1}],
        "place": {"town": "Oslo", "street": f"street-of-{loan}"},
    }
    return {**fields, **more}


def on_bus(type: str, detail: dict[str, Any], *, source: str, at: datetime, number: int = 1) -> str:
    event = {
        "version": "0",
        "id": f"bridge-{number}",
        "detail-type": type,
        "source": source,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "resources": [],
        "detail": detail,
    }
    return json.dumps(event, ensure_ascii=False)


class Stage:
    """The tables of the library, and what lies in them."""

    def __init__(self, client: Any, root: Path) -> None:
        self.dynamodb, self.services, self.schemas = client, discover(LENDING), SCHEMAS
        self.tables = {one.name: f"lending-dev-{one.name}" for one in self.services}
        self.root, self.shown, self._number = root, io.StringIO(), 0
        for one in self.services:
            names = ["pk", "position"] if one.stores_events else ["pk"]
            client.create_table(
                TableName=self.tables[one.name],
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
                KeySchema=[
                    {"AttributeName": name, "KeyType": kind}
                    for name, kind in zip(names, ("HASH", "RANGE"), strict=False)
                ],
            )
        (root / "manifest.json").write_text('{"artifacts": {}}')

    def client(self, service: str) -> Any:
        return self.dynamodb

    def store(
        self,
        type: str,
        fields: Any,
        *,
        workflow: str,
        source: str = "desk",
        at: datetime = NOW - timedelta(days=2),
        **more: Any,
    ) -> str:
        """Store an event as the event store does; return its id."""
        self._number += 1
        envelope = {"event_id": f"e-{self._number}", "correlation_id": workflow, "version": "1.0", "hops": 0}
        detail = {**envelope, **more, **fields} if isinstance(fields, dict) else fields
        kept = filed(on_bus(type, detail, source=source, at=at, number=self._number), {})
        for item in items({**kept, "correlation_id": workflow}, ""):
            self.dynamodb.put_item(TableName=self.tables["journal"], Item=item)
        return f"e-{self._number}"

    def row(self, service: str, key: str, state: Any, *handled: str, workflow: str, **more: Any) -> None:
        known = {inbox.place_of(one): inbox.entry(30_000, "digest-8") for one in handled}
        store = RowStore(self.dynamodb, self.tables[service], 3600)
        store.commit(Commit(Row(f"loan_id#{key}", 0, state, known, workflow, **more)), NOW.timestamp())

    def loan(self, loan: str, workflow: str, *handled: str, service: str = "loan", **more: Any) -> None:
        state = {"status": "granted", "loan_id": loan, "reader": {"email": f"mail-of-{loan}"}, "deposit": {}}
        self.row(service, loan, state, *handled, workflow=workflow, state_version=2, **more)

    def forget(self, *subjects: str, older_than: str | None = None, **options: Any) -> Report:
        options = {"even_under_way": False, "is_dry": False, **options}
        wanted = wanted_of(subjects, older_than, NOW, **options)
        shapes = {one.name: {one.state_version: shape_of(one.state)} for one in self.services if not one.stores_events}
        data = Data(self.services, self.schemas, self.tables, shapes)
        console = Console(file=self.shown, width=200)
        place = Place("dev", None, is_laptop=True)
        return erase(console, self, data, wanted, place, self.root, NOW)  # type: ignore[arg-type]

    def items(self, service: str) -> list[dict[str, Any]]:
        return list(self.dynamodb.scan(TableName=self.tables[service])["Items"])

    def events(self) -> list[StoredEvent]:
        def unreadable(item: Any, fault: Exception) -> None:
            raise AssertionError(item) from fault

        return list(stored_in(self.items("journal"), unreadable))

    def text(self) -> str:
        rows = [self.items(one.name) for one in self.services if not one.stores_events]
        return json.dumps(rows, default=str) + json.dumps([one.body for one in self.events()])

    def state(self, loan: str) -> dict[str, Any]:
        (item,) = [one for one in self.items("loan") if one["pk"]["S"] == f"loan_id#{loan}"]
        return dict(json.loads(item["state"]["S"]))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with mock_aws():
        yield Stage(clients.dynamodb(), tmp_path)


# What is erased


def test_the_values_of_a_subject_go_in_events_and_states_and_those_of_others_stay(stage: Stage) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    granted = {
        "loan_id": "l-1",
        "email": "mail-of-l-1",
        "deposit": {"minor_units": 1, "currency": "EUR"},
        "parcel": "p",
    }
    two = stage.store("LoanGranted", granted, workflow="w-1", source="loan")
    other = stage.store("RequestLoan", asked(BEN, "l-2"), workflow="w-2")
    stage.loan("l-1", "w-1", one)
    stage.loan("l-2", "w-2", other)
    for service in ("figures", "mail"):
        stage.row(service, "l-1", None, two, workflow="w-1")
    places = [event.positions for event in stage.events()]

    assert stage.forget(ADA).is_done

    assert "mail-of-l-1" not in stage.text()
    assert "street-of-l-1" not in stage.text()
    assert stage.text().count("mail-of-l-2") == 2
    assert stage.text().count("street-of-l-2") == 1
    assert [event.positions for event in stage.events()] == places
    first, second, _ = stage.events()
    assert first.fields == asked(ADA, "l-1") | {
        "reader": {"name": ADA, "email": FORGOTTEN},
        "place": {"town": "Oslo", "street": FORGOTTEN},
    }
    assert second.fields == {**granted, "email": FORGOTTEN}
    assert stage.state("l-1")["reader"] == {"email": FORGOTTEN}


def test_the_history_of_a_row_goes_since_it_has_earlier_states(stage: Stage) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    other = stage.store("RequestLoan", asked(BEN, "l-2"), workflow="w-2")
    for loan, workflow, event in (("l-1", "w-1", one), ("l-2", "w-2", other)):
        stage.loan(loan, workflow, event)
        store = RowStore(stage.dynamodb, stage.tables["loan"], 3600)
        row = store.load(f"loan_id#{loan}")
        left = replace(row, state={**row.state, "reader": {"email": ""}})
        store.commit(Commit(left, handling=Handling(event, 0.0, 0, 1)), NOW.timestamp())
    assert "mail-of-l-1" in str(stage.items("loan"))

    report = stage.forget(ADA)
    again = stage.forget(ADA)

    assert "mail-of-l-1" not in stage.text()
    assert "mail-of-l-2" in str(stage.items("loan"))
    assert report.found.tables[stage.tables["loan"]].histories == 1
    assert "and the earlier states of 1 row of 1 item erased" in "\n".join(line for line, _ in report.as_text())
    assert again.found.tables[stage.tables["loan"]].items == 0


def test_what_no_schema_declares_goes_too_and_the_envelope_stays(stage: Stage) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1", phone="555-1", books="Ada's diary"), workflow="w-1")
    stage.store("BookPraised", {"by": "ada@example.com", "stars": 5}, workflow="w-1", source="elsewhere")
    stage.store("BookPraised", "ada@example.com", workflow="w-1", source="elsewhere")

    stage.forget(ADA, even_under_way=True)

    assert not {"555-1", "diary", "ada@example.com"} & set(stage.text().replace('"', " ").split())
    assert "555-1" not in stage.text()
    assert "diary" not in stage.text()
    ids = [event.body["detail"].get("event_id") for event in stage.events() if isinstance(event.body["detail"], dict)]
    assert ids == ["e-1", "e-2"]


def test_a_subject_in_an_object_is_that_of_the_object_alone(stage: Stage) -> None:
    guests = {
        "type": "object",
        "description": "Guests.",
        "properties": {
            "guests": {
                "type": "array",
                "description": "All.",
                "items": {
                    "type": "object",
                    "properties": {
                        "id": {"type": "string", "description": "Who.", "x-subject": True},
                        "name": {"type": "string", "description": "The name.", "x-sensitive": True},
                    },
                },
            },
            "note": {"type": "string", "description": "A note.", "x-sensitive": True},
        },
    }
    stage.schemas = replace(SCHEMAS, versions={**SCHEMAS.versions, "GuestsInvited": {"1.0": guests}})
    fields = {"guests": [{"id": "7", "name": "Ada"}, {"id": "8", "name": "Ben"}], "note": "both"}
    stage.store("GuestsInvited", fields, workflow="w-1", source="elsewhere")

    report = stage.forget("7")

    (event,) = stage.events()
    assert event.fields == {
        "guests": [{"id": "7", "name": FORGOTTEN}, {"id": "8", "name": "Ben"}],
        "note": FORGOTTEN,
    }
    assert report.found.shared == {"w-1"}


@pytest.mark.parametrize("size", [PLAIN_BYTES, PART_BYTES, 3 * PART_BYTES])
@pytest.mark.parametrize("field", ["branch", "town", "street"])
def test_events_of_any_size_keep_their_items(stage: Stage, size: int, field: str) -> None:
    noise = "".join(Random(7).choices(ascii_letters + digits, k=size))
    fields = asked(ADA, "l-1")
    (fields["place"] if field != "branch" else fields)[field] = noise
    stage.store("RequestLoan", fields, workflow="w-1")
    before = stage.items("journal")

    stage.forget(ADA, even_under_way=True)

    after = stage.items("journal")
    assert len(before) == {PLAIN_BYTES: 1, PART_BYTES: 1, 3 * PART_BYTES: 3}[size]
    assert [(item["pk"], item["position"]) for item in after] == [(item["pk"], item["position"]) for item in before]
    text = unpacked(*(part for item in after for part in item["event"].values()))
    assert json.loads(text)["detail"]["reader"]["email"] == FORGOTTEN
    assert (noise in text) == (field != "street")
    if field == "street":
        assert sum(len(part) for item in after for part in item["event"].values()) < 1_000


def test_an_event_that_cannot_be_read_whole_is_erased_as_far_as_it_can(stage: Stage) -> None:
    deep = "[" * 5_000 + "]" * 5_000
    body = on_bus("RequestLoan", {**asked(ADA, "l-1"), "x": 0, "y": 0}, source="desk", at=NOW - timedelta(days=2))
    body = body.replace('"x": 0', f'"x": {deep}').replace('"y": 0', f'"y": {"9" * 5_000}')
    for item in items({**filed(body, {}), "correlation_id": "w-1"}, ""):
        stage.dynamodb.put_item(TableName=stage.tables["journal"], Item=item)

    stage.forget(ADA, even_under_way=True)  # nested too deep to be read: its reader is not known
    stage.forget(older_than="1d", even_under_way=True)

    (event,) = stage.events()
    assert "l-1" in json.dumps(event.fields)
    assert "street-of" not in json.dumps(event.fields)


@pytest.mark.parametrize(
    ("event", "fault"),
    [({"B": b"no pack"}, "error"), ({"S": "{"}, "JSONDecodeError"), ({"S": "[]"}, "TypeError"), (None, "KeyError")],
)
def test_a_stored_event_that_somebody_wrote_otherwise_is_told_and_the_others_are_erased(
    stage: Stage, event: dict[str, Any] | None, fault: str
) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    odd = {"pk": {"S": "w-1"}, "position": {"S": "2026#odd"}, "type": {"S": "LoanGranted"}}
    stage.dynamodb.put_item(TableName=stage.tables["journal"], Item=odd | ({"event": event} if event else {}))

    report = stage.forget(ADA, even_under_way=True)

    assert not report.is_done
    why = f"it cannot be read ({fault}), so nobody knows whose it is"
    assert report.found.kept == {"LoanGranted 2026#odd of w-1 in lending-dev-journal": why}
    stage.dynamodb.delete_item(TableName=stage.tables["journal"], Key={name: odd[name] for name in ("pk", "position")})
    assert "street-of-l-1" not in stage.text()


@pytest.mark.parametrize(
    ("changed", "fault"), [({"state": {"S": "{"}}, "JSONDecodeError"), ({"version": {"S": "x"}}, "KeyError")]
)
def test_a_row_that_somebody_wrote_otherwise_is_told_and_the_others_are_erased(
    stage: Stage, changed: dict[str, Any], fault: str
) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    for loan in ("l-1", "l-2"):
        stage.loan(loan, "w-1", one)
    (row,) = [item for item in stage.items("loan") if item["pk"]["S"].endswith("l-2")]
    stage.dynamodb.put_item(TableName=stage.tables["loan"], Item={**row, **changed})

    report = stage.forget(ADA, even_under_way=True)

    assert not report.is_done
    why = f"it cannot be read ({fault}), so nobody knows whose it is"
    assert report.found.kept == {"loan_id#l-2 of loan": why}
    assert stage.state("l-1")["reader"] == {"email": FORGOTTEN}


def test_the_counters_and_the_kits_own_rows_are_left_alone(stage: Stage) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    for key in ("kit#sweep", "counter#copies", "totals#all"):
        stage.dynamodb.put_item(
            TableName=stage.tables["loan"], Item={"pk": {"S": key}, "version": {"N": "1"}, "email": {"S": "x"}}
        )
    before = stage.items("loan")

    stage.forget(ADA, even_under_way=True)

    assert stage.items("loan") == before


def test_a_row_whose_key_is_the_subject_is_theirs(stage: Stage) -> None:
    @dataclass(frozen=True)
    class Member:
        email: Sensitive[str] = ""

    named = json.loads(json.dumps(SCHEMAS.versions["CopiesSent"]["1.0"]))
    named["properties"]["loan_id"]["x-subject"] = True
    stage.schemas = replace(SCHEMAS, versions={**SCHEMAS.versions, "CopiesSent": {"1.0": named}})
    heard = Service("mail", "loan_id", Member, (on("CopiesSent", keep, reads=()),))
    stage.services = tuple(heard if one.name == "mail" else one for one in stage.services)
    stage.row("mail", "ada-7", {"email": "ada@x"}, workflow="of-somebody")
    stage.row("mail", "ben-8", {"email": "ben@x"}, workflow="of-somebody")

    report = stage.forget("ada-7")

    assert report.is_done
    assert "ada@x" not in stage.text()
    assert "ben@x" in stage.text()


def keep(state: Any, event: Any) -> Decision:
    return unchanged(state)


# States come back


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True)
class Address:
    street: str
    lines: tuple[str, ...] = ()
    since: date | None = None


@dataclass(frozen=True)
class Everything:
    """One field for each type that may be marked."""

    text: Sensitive[str]
    number: Sensitive[int]
    share: Sensitive[float]
    yes: Sensitive[bool]
    day: Sensitive[date]
    at: Sensitive[datetime]
    price: Sensitive[Decimal]
    size: Sensitive[Size]
    kind: Sensitive[Literal["x", "y"]]
    place: Sensitive[Address]
    pair: Sensitive[tuple[str, Address]]
    names: list[Sensitive[str]]
    seen: Sensitive[frozenset[str]]
    by_name: Sensitive[dict[str, int]]
    fields: Sensitive[dict[str, Any]]
    inner: tuple[Everything, ...] = ()
    missing: Sensitive[str | None] = None
    some: Sensitive[str] | None = None
    anything: Sensitive[Any] = None
    open: str = "open"
    places: dict[str, Address] = field(default_factory=dict)


EVERYTHING = Everything(
    text="secret",
    number=7777,
    share=0.7777,
    yes=True,
    day=date(2026, 7, 7),
    at=datetime(2026, 7, 7, tzinfo=UTC),
    price=Decimal("77.77"),
    size=Size.LARGE,
    kind="y",
    place=Address("secret", ("secret", "secret"), date(2026, 7, 7)),
    pair=("secret", Address("secret")),
    names=["secret"],
    seen=frozenset({"secret"}),
    by_name={"secret": 7777},
    fields={"email": "secret", "more": [{"number": 7777}]},
    some="secret",
    anything={"x": ["secret"]},
    places={"home": Address("open")},
)


def test_each_type_of_a_state_comes_back_as_what_it_was_with_another_value() -> None:
    shape, whole = shape_of(Everything), replace(EVERYTHING, inner=(EVERYTHING,))
    stored = json.loads(json.dumps(plain(whole)))
    erasing = Erasing(shape, subjects=None, is_state=True)

    left = erasing.of(stored, [shape])

    read = reader(Everything, "all")(left)
    assert not {"secret", "77"} & {found for found in ("secret", "77") if found in json.dumps(left)}
    assert {name: type(value) for name, value in vars(read).items()} == {
        name: type(value) for name, value in vars(whole).items()
    }
    assert read.inner[0].text == read.text == FORGOTTEN
    assert (read.day, read.price, read.size, read.kind) == (date(1970, 1, 1), Decimal(0), Size.SMALL, "x")
    assert read.place == Address(FORGOTTEN, (FORGOTTEN, FORGOTTEN), date(1970, 1, 1))
    assert read.fields == {"email": FORGOTTEN, "more": [{"number": 0}]}
    assert (read.by_name, read.missing, read.open, read.places) == ({}, None, "open", {"home": Address("open")})


def test_to_erase_again_changes_nothing() -> None:
    shape = shape_of(Everything)
    once = Erasing(shape, subjects=None, is_state=True).of(json.loads(json.dumps(plain(EVERYTHING))), [shape])
    again = Erasing(shape, subjects=None, is_state=True)

    assert again.of(once, [shape]) == once
    assert again.fields == 0


def test_a_field_of_a_state_that_nobody_declares_goes(stage: Stage) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    state = {"status": "granted", "loan_id": "l-1", "member": {"phone": "555-1"}, "old": "555-1"}
    stage.row("loan", "l-1", state, one, workflow="w-1", state_version=2)

    assert stage.forget(ADA).is_done

    assert stage.state("l-1") == {"status": "granted", "loan_id": "l-1", "member": {}, "old": FORGOTTEN}


def test_a_state_of_a_version_whose_shape_nobody_knows_is_kept_and_told(stage: Stage) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.row("loan", "l-1", {"status": "granted", "member": {"email": "ada@x"}}, one, workflow="w-1")

    report = stage.forget(ADA)

    assert "its state is of version 1, whose shape nothing says" in report.found.kept["loan_id#l-1 of loan"]
    assert "✗ kept: loan_id#l-1 of loan" in "".join(line for line, _ in report.as_text())
    assert not report.is_done


# What is under way


def test_what_was_not_handled_within_a_day_is_under_way(stage: Stage) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1", at=NOW - timedelta(hours=23))

    assert stage.forget(ADA).found.left == {"w-1": "loan has not handled RequestLoan for loan_id#l-1"}
    assert "mail-of-l-1" in stage.text()


def test_a_row_that_changes_meanwhile_is_erased_as_it_is_then(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.loan("l-1", "w-1", one)
    update, changes = stage.dynamodb.update_item, ["returned"]

    def meanwhile(**sent: Any) -> Any:
        if changes and "version" in sent.get("ConditionExpression", ""):
            rows = RowStore(stage.dynamodb, stage.tables["loan"], 3600)
            row = rows.load("loan_id#l-1")
            rows.commit(Commit(replace(row, state={**row.state, "status": changes.pop()})), NOW.timestamp())
        return update(**sent)

    monkeypatch.setattr(stage.dynamodb, "update_item", meanwhile)

    assert stage.forget(ADA).is_done
    assert stage.state("l-1")["status"] == "returned"
    assert stage.state("l-1")["reader"] == {"email": FORGOTTEN}


def test_a_workflow_that_goes_on_meanwhile_is_left(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.loan("l-1", "w-1", one)
    update = stage.dynamodb.update_item

    def meanwhile(**sent: Any) -> Any:
        rows = RowStore(stage.dynamodb, stage.tables["loan"], 3600)
        row = rows.load("loan_id#l-1")
        if not row.unpublished:
            rows.commit(Commit(replace(row, unpublished={"e-9": "{}"})), NOW.timestamp())
        return update(**sent)

    monkeypatch.setattr(stage.dynamodb, "update_item", meanwhile)

    report = stage.forget(ADA)

    assert report.found.left == {"w-1": "loan_id#l-1 of loan has something to publish"}
    assert stage.text().count("mail-of-l-1") == 2
    (row,) = stage.items("loan")
    assert row["unpublished"]["M"] == {"e-9": {"S": "{}"}}


def test_even_under_way_leaves_what_is_to_be_published_and_says_so(stage: Stage) -> None:
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.loan("l-1", "w-1", one, unpublished={"e-9": '{"email":"mail-of-l-1"}'})

    report = stage.forget(ADA, even_under_way=True)

    assert report.found.kept == {"loan_id#l-1 of loan": "what it has to publish stays until it is out"}
    assert stage.text().count("mail-of-l-1") == 1


# Commands of a workflow of their own


def test_a_command_about_a_row_of_theirs_is_theirs_whatever_its_workflow(stage: Stage) -> None:
    noted = json.loads(json.dumps(SCHEMAS.versions["CancelLoan"]["1.0"]))
    noted["properties"]["reason"]["x-sensitive"] = True
    stage.schemas = replace(SCHEMAS, versions={**SCHEMAS.versions, "CancelLoan": {"1.0": noted}})
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.store("CancelLoan", {"loan_id": "l-1", "reason": "ada is ill"}, workflow="w-7")
    stage.store("CancelLoan", {"loan_id": "l-2", "reason": "ben is ill"}, workflow="w-8")
    stage.loan("l-1", "w-1", one)

    assert stage.forget(ADA).is_done

    assert "ada is ill" not in stage.text()
    assert "ben is ill" in stage.text()


def test_a_row_that_an_earlier_command_began_under_another_workflow_is_theirs(stage: Stage) -> None:
    early = stage.store("CancelLoan", {"loan_id": "l-1"}, workflow="w-0")
    one = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")
    stage.loan("l-1", "w-0", early, one)

    assert stage.forget(ADA).is_done

    assert "mail-of-l-1" not in stage.text()


# By age


def test_what_is_older_goes_by_the_last_event_of_its_workflow(stage: Stage) -> None:
    old = stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1", at=NOW - timedelta(days=500))
    began = stage.store("RequestLoan", asked(BEN, "l-2"), workflow="w-2", at=NOW - timedelta(days=500))
    stage.store("CancelLoan", {"loan_id": "l-2"}, workflow="w-2", at=NOW - timedelta(days=300))
    stage.loan("l-1", "w-1", old)
    stage.loan("l-2", "w-2", began)

    assert stage.forget(older_than="400d").is_done

    assert "of-l-1" not in stage.text()
    assert stage.text().count("mail-of-l-2") == 2


def test_a_senders_own_time_makes_nothing_old_or_young(stage: Stage) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1", timestamp="1970-01-01T00:00:00.000Z")
    long_ago = NOW - timedelta(days=500)
    stage.store("RequestLoan", asked(BEN, "l-2"), workflow="w-2", timestamp="2999-01-01T00:00:00.000Z", at=long_ago)

    stage.forget(older_than="400d")

    assert "mail-of-l-1" in stage.text()
    assert "mail-of-l-2" not in stage.text()


def test_several_subjects_and_pages_take_one_scan(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        stage.store("RequestLoan", asked(f"reader {number}", f"l-{number}", branch="b" * 900), workflow=f"w-{number}")
    pages: list[Any] = []
    paginator = stage.dynamodb.get_paginator

    def small(operation: str) -> Any:
        made = paginator(operation)
        paginate = made.paginate

        def noted(**asked: Any) -> Any:
            pages.append(asked)
            return paginate(**asked, PaginationConfig={"PageSize": 7})

        made.paginate = noted
        return made

    monkeypatch.setattr(stage.dynamodb, "get_paginator", small)

    report = stage.forget("reader 3", "reader 41", even_under_way=True)

    assert report.found.tables[stage.tables["journal"]].looked_at == 60
    assert report.found.tables[stage.tables["journal"]].items == 2
    scanned = [one["TableName"] for one in pages if "KeyConditionExpression" not in one]
    assert len(scanned) == len(set(scanned))


# What is refused, and what is told


def test_who_is_not_known_is_told(stage: Stage) -> None:
    stage.store("RequestLoan", asked(ADA, "l-1"), workflow="w-1")

    report = stage.forget("Ada Byron")

    assert not report.is_done
    assert "✗ no event names Ada Byron: is it the value of a field with x-subject?" in [
        line for line, _ in report.as_text()
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "say whose values are to go, or how old they are"),
        (("ada", "--older-than", "400d"), "say whose values are to go, or how old they are"),
        (("--older-than", "13 months"), "'13 months' is no duration: write 90s, 15m, 2h, 1d or 1h30m"),
        (("ada", "--endpoint", "http://127.0.0.1:9"), "--endpoint is for --stage"),
        (("ada", "--stage", "dev", "--port", "5000"), "--port is for a running `ensemble up`, and --stage for what is"),
        (("ada", "--stage", "dev"), "is not recorded as deployed to dev, and what is sensitive there might be"),
        (("ada", "--environment", "moon"), "app.py makes no stage 'moon'"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    in_lending: Path, ensemble: Command, arguments: tuple[str, ...], told: str
) -> None:
    outcome = ensemble("forget", *arguments)

    assert outcome.status == 2
    assert told in outcome.errors
    assert outcome.errors.count("\n") == 1


def test_a_laptop_that_does_not_run_is_told_in_one_line(in_lending: Path, ensemble: Command) -> None:
    outcome = ensemble("forget", "ada", "--port", "9")

    assert outcome.status == 1
    assert "http://127.0.0.1:9" in outcome.errors
    assert "ensemble up" in outcome.errors


def test_a_project_without_an_event_store_or_a_subject_is_refused() -> None:
    services = discover(LENDING)
    bare = Schemas({"LoanAsked": "desk"}, {"LoanAsked": {"1.0": {"properties": {}}}}, {}, {})

    with pytest.raises(UsageRefused, match=r"no service of this project stores every event.*Fix: add one"):
        refuse_what_cannot_be_found([one for one in services if not one.stores_events], SCHEMAS, ["ada"])
    with pytest.raises(UsageRefused, match=r"no schema says whom an event is about. Fix: write \"x-subject\""):
        refuse_what_cannot_be_found(services, bare, ["ada"])
    refuse_what_cannot_be_found(services, bare, [])


def test_on_a_stage_older_states_are_erased_by_their_recorded_shape(tmp_path: Path) -> None:
    (loan,) = [one for one in discover(LENDING) if one.name == "loan"]
    contract = contract_of(loan)
    older = {"1": {"type": "object", "properties": {"member": {"type": "object", "x-sensitive": True}}}}
    record(tmp_path, "prod", {file_of("loan"): {**contract, "states": {**older, **contract["states"]}}})

    assert sorted(shapes_of(tmp_path, Place("prod", None, is_laptop=False), loan)) == [1, 2]
