"""A state comes back as what it was, nested types too, and a type that could not come back is refused at the start."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import TYPE_CHECKING, Any, Literal, NewType

import pytest

from functions.kit.errors import ServiceMisdeclared, StateRefused
from functions.kit.model import Decision, Event, Sensitive, Service, on
from functions.kit.states import plain, reader
from tests.kit.conftest import Kit, record
from tests.kit.locker import LOCKER

if TYPE_CHECKING:
    from fractions import Fraction


class Size(StrEnum):
    SMALL = "small"
    LARGE = "large"


class Level(Enum):
    LOW = 1
    HIGH = 2


@dataclass(frozen=True)
class Line:
    name: str
    size: Size = Size.SMALL


@dataclass(frozen=True)
class Box:
    label: str
    inside: tuple[Box, ...] = ()


@dataclass(frozen=True)
class Cart:
    """One field for each type that a state may have."""

    lines: list[Line]
    sizes: tuple[Size, ...] = ()
    pair: tuple[str, Line] | None = None
    by_name: dict[str, Line] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()
    days: set[date] = field(default_factory=set)
    level: Level = Level.LOW
    at: datetime | None = None
    price: Decimal = Decimal(0)
    box: Box | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    kind: Literal["a", "b"] = "a"
    share: float = 0.0
    note: str | None = None
    email: Sensitive[str] = ""
    days_off: Sensitive[tuple[date, ...]] = ()
    names: list[Sensitive[str]] = field(default_factory=list)


CART = Cart(
    lines=[Line("a"), Line("b", Size.LARGE)],
    sizes=(Size.LARGE, Size.SMALL),
    pair=("first", Line("c")),
    by_name={"d": Line("d")},
    seen=frozenset({"x", "y"}),
    days={date(2026, 1, 1), date(2026, 1, 2)},
    level=Level.HIGH,
    at=datetime(2026, 1, 1, 12, tzinfo=UTC),
    price=Decimal("12.50"),
    box=Box("outer", (Box("inner"),)),
    fields={"any": [1, {"b": None}]},
    kind="b",
    share=0.25,
    email="a@b.c",
    days_off=(date(2026, 1, 3),),
    names=["d"],
)


def stored(state: Any) -> Any:
    """Return a state as it comes from DynamoDB."""
    return json.loads(json.dumps(plain(state)))


def test_a_state_comes_back_with_all_that_it_holds_as_it_was() -> None:
    read = reader(Cart, "stall")(stored(CART))

    assert read == CART
    assert [type(value) for value in vars(read).values()] == [type(value) for value in vars(CART).values()]


def test_what_is_empty_comes_back_empty_and_none_as_none() -> None:
    assert reader(Cart, "stall")(stored(Cart([]))) == Cart([])


def test_fields_of_another_version_are_left_out_in_nested_states_too() -> None:
    value = stored(Cart([Line("a")])) | {"newer": 1}
    value["lines"][0]["newer"] = 2
    del value["lines"][0]["size"]

    assert reader(Cart, "stall")(value) == Cart([Line("a")])


UserId = NewType("UserId", str)


class Corner(Enum):
    """An enum whose values JSON does not have as they are."""

    LEFT = (0, 1)
    RIGHT = (1, 1)


class Fee(Enum):
    NONE = Decimal("0.00")
    FULL = Decimal("2.50")


@dataclass(frozen=True)
class Odd:
    """One field for each type whose values are easily read back as something else."""

    sizes: frozenset[Size] = frozenset()
    lines: frozenset[Line] = frozenset()
    names: set[str | None] = field(default_factory=set)
    pairs: frozenset[tuple[str, int]] = frozenset()
    first: Line | None = None
    some: list[Line | None] = field(default_factory=list)
    by_aisle: dict[str, dict[str, list[Line]]] = field(default_factory=dict)
    corner: Corner = Corner.LEFT
    fee: Fee = Fee.NONE
    user: UserId = UserId("")
    users: list[UserId] = field(default_factory=list)
    marked: Literal["no", Size.LARGE, Level.HIGH] = "no"
    at: datetime | None = None
    fixed: tuple[int, Size, date] | None = None
    nothing: tuple[()] = ()
    share: float = 0.0
    price: Decimal | None = None


@pytest.mark.parametrize(
    "odd",
    [
        Odd(sizes=frozenset(Size)),
        Odd(lines=frozenset({Line("b"), Line("a", Size.LARGE)})),
        Odd(names={None, "a", "b"}),
        Odd(pairs=frozenset({("a", 2), ("b", 1)})),
        Odd(first=Line("a")),
        Odd(some=[None, Line("a")]),
        Odd(by_aisle={"a": {"b": [Line("c")]}}),
        Odd(corner=Corner.RIGHT),
        Odd(fee=Fee.FULL),
        Odd(user=UserId("u-1"), users=[UserId("u-2")]),
        Odd(marked=Size.LARGE),
        Odd(marked=Level.HIGH),
        Odd(at=datetime(2026, 1, 1, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30)))),
        Odd(at=datetime(2026, 1, 1)),
        Odd(fixed=(1, Size.SMALL, date(2026, 1, 1))),
        Odd(share=1),
        Odd(price=Decimal("1E+3")),
    ],
)
def test_types_that_are_easily_read_as_something_else_come_back_too(odd: Odd) -> None:
    read = reader(Odd, "stall")(stored(odd))

    assert read == odd
    assert repr(read) == repr(odd) or odd.lines or odd.names or odd.pairs or odd.sizes  # sets have no order


def test_the_same_set_is_always_stored_in_the_same_order() -> None:
    assert plain(frozenset({Line("a"), Line("b")})) == plain(frozenset({Line("b"), Line("a")}))


def test_the_second_event_of_a_row_gets_the_state_as_the_first_has_left_it(kit: Kit) -> None:
    def fill(cart: Cart | None, event: Event) -> Decision:
        if cart is None:
            return Decision(CART)
        return Decision(replace(cart, lines=[line for line in cart.lines if line.size is Size.LARGE]))

    filling = replace(LOCKER, state=Cart, reactions=(on("ParcelSplit", fill, reads=()),), timer=None)
    kit.consumer = kit.another_worker(service=filling)

    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}, event_id="e-2"))

    assert kit.state("locker_id#l-1")["lines"] == [{"name": "b", "size": "large"}]
    assert kit.state("locker_id#l-1")["price"] == "12.50"


def test_fields_that_another_version_stored_beside_a_nested_state_are_kept(kit: Kit) -> None:
    def touch(cart: Cart | None, event: Event) -> Decision:
        return Decision(cart or CART)

    filling = replace(LOCKER, state=Cart, reactions=(on("ParcelSplit", touch, reads=()),), timer=None)
    kit.consumer = kit.another_worker(service=filling)
    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}))
    key, state = {"pk": {"S": "locker_id#l-1"}}, kit.state("locker_id#l-1") | {"newer": 1}
    kit.dynamodb.update_item(
        TableName="table",
        Key=key,
        UpdateExpression="SET #state = :state",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":state": {"S": json.dumps(state)}},
    )

    kit.handle(record("ParcelSplit", {"locker_id": "l-1"}, event_id="e-2"))

    assert kit.state("locker_id#l-1")["newer"] == 1


@dataclass
class OfComplex:
    number: complex


@dataclass
class OfNumberedKeys:
    by_number: dict[int, str]


@dataclass
class OfSeveral:
    value: Line | Decimal


@dataclass
class OfNested:
    lines: list[OfComplex]


@dataclass
class OfNoImport:
    share: Fraction


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (OfComplex, "the state of stall: number is of a type that cannot be read back"),
        (OfNumberedKeys, "the state of stall: by_number is of a type that cannot be read back"),
        (OfSeveral, "the state of stall: value may be of several types"),
        (OfNested, "the state of stall: lines: number is of a type that cannot be read back"),
        (OfNoImport, "the state of stall names Fraction, which is not imported when the service runs"),
    ],
)
def test_a_state_that_could_not_come_back_is_refused_when_its_service_is_loaded(state: Any, told: str) -> None:
    with pytest.raises(ServiceMisdeclared, match=told):
        Service("stall", "cart_id", state)


def test_what_a_state_must_not_hold_is_refused_when_it_is_stored() -> None:
    with pytest.raises(StateRefused, match=r"a complex cannot be stored. A state may have: str, int"):
        plain({"number": 1j})
