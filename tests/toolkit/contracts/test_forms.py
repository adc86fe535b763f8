"""Null of an optional field is absence, and 1.0 is 1, wherever an event is read or published."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from ensemble.contracts.forms import shape_of
from ensemble.contracts.schemas import Schemas
from functions.kit.contracts import Contracts
from functions.kit.envelope import Detail
from functions.kit.errors import ContractViolation, PublicationRefused
from functions.kit.model import Decision, Event, Service, on, on_timer, unchanged
from infrastructure.contracts import compile_contracts
from tests.toolkit.contracts.parcels import a, an_object

PARCEL = an_object(
    "channel",
    "sender",
    "weights",
    "codes",
    "fragile",
    "sent_at",
    parcel_id=a("string"),
    count=a("integer", minimum=1),
    fee=a("number"),
    lines=a("array", items=an_object("note", "pieces", sku=a("string"), note=a("string"), pieces=a("integer"))),
    channel=a("string"),
    sender=an_object("name", name=a("string")),
    weights=a("object", additionalProperties={"type": "integer"}),
    codes=a("array", items={"type": "string"}),
    fragile=a("boolean"),
    sent_at=a("string", format="date-time"),
)

SENT: Detail = {
    "event_id": "e-1",
    "type": "ParcelSent",
    "version": "1.0",
    "timestamp": "2026-01-01T12:00:00.000Z",
    "correlation_id": "c-1",
    "causation_id": "e-0",
    "hops": 0,
    "parcel_id": "p-1",
    "count": 2,
    "fee": 1.0,
    "lines": [{"sku": "s-1"}],
}


def keep(state: Any, event: Event) -> Decision:
    return unchanged(state)


@pytest.fixture(scope="module")
def contracts() -> Contracts:
    """What a depot has that publishes ParcelSent and hears it as well."""
    reactions = (on("ParcelSent", keep, reads=()), on_timer(keep, emits=("ParcelSent",)))
    depot = Service("depot", "parcel_id", dict, reactions, timer=lambda _: None)
    schemas = Schemas({"ParcelSent": "depot"}, {"ParcelSent": {"1.0": PARCEL}}, {}, {})
    module = ModuleType("functions.contracts")
    exec(compile_contracts(depot, schemas), module.__dict__)
    return Contracts.of(module)


MEANT: dict[str, tuple[Detail, Detail]] = {
    "a null of a text": ({"channel": None}, {}),
    "a null of an object": ({"sender": None}, {}),
    "a null of a list": ({"codes": None}, {}),
    "a null of a map": ({"weights": None}, {}),
    "a null of a truth": ({"fragile": None}, {}),
    "a null of an instant": ({"sent_at": None}, {}),
    "a null in an object": ({"sender": {"name": None}}, {"sender": {}}),
    "a null in an object of a list": ({"lines": [{"sku": "s-1", "note": None}]}, {"lines": [{"sku": "s-1"}]}),
    "a null in a map": ({"weights": {"one": None, "two": 2}}, {"weights": {"two": 2}}),
    "1.0": ({"count": 1.0}, {"count": 1}),
    "-0.0 pieces": ({"lines": [{"sku": "s-1", "pieces": -0.0}]}, {"lines": [{"sku": "s-1", "pieces": 0}]}),
    "1e3 in a map": ({"weights": {"one": 1e3}}, {"weights": {"one": 1000}}),
    "all at once": (
        {"channel": None, "count": 3.0, "lines": [{"sku": "s-1", "note": None, "pieces": 2.0}]},
        {"count": 3, "lines": [{"sku": "s-1", "pieces": 2}]},
    ),
}


@pytest.mark.parametrize(("given", "meant"), MEANT.values(), ids=MEANT)
def test_what_is_said_in_another_way_is_read_and_published_as_it_is_meant(
    contracts: Contracts, given: Detail, meant: Detail
) -> None:
    for detail in (contracts.received("depot", SENT | given), contracts.check_published(SENT | given)):
        assert detail == SENT | meant
        assert repr(detail) == repr(SENT | meant)  # 1 == 1.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"parcel_id": None},
        {"count": None},
        {"lines": None},
        {"lines": [None]},
        {"lines": [{"sku": None}]},
        {"codes": [None]},
        {"count": 1.5},
        {"count": 0.0},
        {"count": True},
        {"count": "1"},
        {"lines": {"sku": "s-1", "note": None}},
        {"channel": None, "sender": {"name": 7}},
    ],
    ids=repr,
)
def test_a_null_where_a_value_is_required_and_a_number_that_is_not_whole_are_refused(
    contracts: Contracts, wrong: Detail
) -> None:
    with pytest.raises(ContractViolation, match=r"^ParcelSent 1\.0: data\."):
        contracts.received("depot", SENT | wrong)
    with pytest.raises(PublicationRefused, match=r"^ParcelSent: data\."):
        contracts.check_published(SENT | wrong)


def test_what_was_given_is_left_as_it_is(contracts: Contracts) -> None:
    given = SENT | {"channel": None, "lines": [{"sku": "s-1", "note": None}]}

    contracts.received("depot", given)

    assert given == SENT | {"channel": None, "lines": [{"sku": "s-1", "note": None}]}


def test_an_event_without_null_is_not_looked_at_twice(contracts: Contracts) -> None:
    assert contracts.received("depot", SENT) is SENT
    assert contracts.check_published(SENT) is SENT


def test_a_field_that_nobody_declares_keeps_its_null_and_a_publisher_may_not_have_it(contracts: Contracts) -> None:
    assert contracts.received("depot", SENT | {"more": None, "channel": None})["more"] is None
    with pytest.raises(PublicationRefused, match="additionalProperties"):
        contracts.check_published(SENT | {"more": None})


def test_a_number_that_is_not_whole_stays_as_it_is(contracts: Contracts) -> None:
    assert repr(contracts.received("depot", SENT | {"fee": 1.0, "count": 2.0})["fee"]) == "1.0"


def test_a_bundle_holds_only_what_there_is_to_say() -> None:
    plain = an_object(parcel_id=a("string"), codes=a("array", items={"type": "string"}), fee=an_object(net=a("number")))

    assert shape_of(plain) is None
    assert shape_of(an_object("fee", fee=a("number"), parcel_id=a("string"))) == {"fee?": None}
