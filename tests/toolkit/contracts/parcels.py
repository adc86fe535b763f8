"""A depot that hears of parcels and tells of them: schemas of all shapes, and code that mypy is to judge."""

from __future__ import annotations

from typing import Any

from ensemble.contracts.profile import Json
from functions.kit.model import Decision, Event, React, Service, on, unchanged


def a(type: str, **keywords: Any) -> Json:
    """Return the schema of a field."""
    return {"type": type, "description": "A field.", **keywords}


def an_object(*optional: str, **fields: Json) -> Json:
    return a("object", properties=fields, required=[name for name in fields if name not in optional])


SCHEMAS: dict[str, Json] = {
    "ParcelSent/1.0": an_object(parcel_id=a("string"), weight=a("number")),
    "ParcelSent/2.0": an_object(
        "channel",
        "sender",
        parcel_id=a("string"),
        fee=an_object("discount", minor_units=a("integer"), currency=a("string"), discount=a("integer")),
        items=a("array", items=an_object(sku=a("string"), quantity=a("integer"))),
        tags=a("array", items=a("string")),
        weights=a("object", additionalProperties={"type": "integer"}),
        weight=a("number"),
        fragile=a("boolean"),
        speed=a("string", enum=["slow", "fast"]),
        floor=a("integer", enum=[-1, 0, 2]),
        boxCode=a("string", pattern="^[A-Z]{2}$"),
        sent_at=a("string", format="date-time"),
        channel=a("string"),
        sender=an_object(name=a("string")),
    ),
    "ParcelLost/1.0": an_object(parcel_id=a("string"), reason=a("string")),
    "ParcelFound/1.0": an_object(parcel_id=a("string"), place=a("string")),
    "ParcelWeighed/1.0": an_object(parcel_id=a("string")),
    "OddShaped/1.0": an_object(
        "so_long_a_name_that_a_method_breaks",
        route=an_object("to", **{"from": a("string"), "to": a("string")}),
        kinds=an_object(str=a("string"), list=a("array", items=a("string"))),
        a_b=an_object(c=an_object(d=a("string"))),
        a=an_object(b_c=an_object(e=a("integer"))),
        quoted=a("string", enum=["it's", 'say "so"', "back\\slash", "€\n"]),
        long=a("string", enum=[f"a-rather-long-value-{number}" for number in range(9)]),
        so_long_a_name_that_a_method_breaks=a("array", items=an_object(and_the_name_of_its_type_too=a("string"))),
    ),
}

SCHEMAS["ParcelTaken/1.0"] = SCHEMAS["ParcelSent/2.0"]
SCHEMAS["ParcelMoved/1.0"] = an_object("self", **{"from": a("string"), "self": a("string"), "to": a("integer")})
SCHEMAS["ParcelRested/1.0"] = a("object", properties={"place": a("string")})

EMITS = ("ParcelTaken", "ParcelMoved", "ParcelRested", "ParcelWeighed", "OddShaped")

PATHS = {
    "ParcelSent": (
        "parcel_id fee.minor_units fee.discount? items[].sku tags weights weight fragile speed floor boxCode sent_at "
        "channel? sender?.name causation_id"
    ),
    "ParcelLost": "parcel_id reason",
    "ParcelFound": "parcel_id place",
    "ParcelWeighed": "",
    "OddShaped": (
        "route.from route.to? kinds.str kinds.list a_b.c.d a.b_c.e quoted long "
        "so_long_a_name_that_a_method_breaks?[].and_the_name_of_its_type_too"
    ),
}

CODE = """
from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, assert_type

from functions.kit.model import Decision, Event, Service, on

if TYPE_CHECKING:
    from functions.depot.events import OddShaped, ParcelFound, ParcelLost, ParcelSent, ParcelWeighed, publish
else:
    from functions.kit.model import publish


def read_what_is_declared(event: ParcelSent) -> None:
    assert_type(event["parcel_id"], str)
    assert_type(event["fee"]["minor_units"], int)
    assert_type(event["fee"].get("discount"), int | None)
    assert_type(event["items"][0]["sku"], str)
    assert_type(event["tags"], list[str])
    assert_type(event["weights"], dict[str, int])
    assert_type(event["weight"], float)
    assert_type(event["fragile"], bool)
    assert_type(event["speed"], Literal["slow", "fast"])
    assert_type(event["floor"], Literal[-1, 0, 2])
    assert_type(event["boxCode"], str)
    assert_type(event["sent_at"], str)
    assert_type(event["causation_id"], str)
    assert_type(event.get("channel"), str | None)
    assert_type(event.get("channel", "web"), str)
    assert_type(event.type, Literal["ParcelSent"])
    assert_type(event.timestamp, str)


def read_something_else(event: ParcelSent) -> None:
    event["sku"]  # refused: not a field
    event["version"]  # refused: a field of the envelope that is not declared
    event["channel"]  # refused: optional
    event.get("sku")  # refused: not a field
    event.get("parcel_id")  # refused: always there
    event["fee"]["currency"]  # refused: a field that is not declared
    event["fee"]["minor"]  # refused: not a field
    event["items"][0]["quantity"]  # refused: a field that is not declared
    event.get("channel", 5)  # refused: not the type of the field
    event.get("sender")["name"]  # refused: may be None


def misuse(event: ParcelSent) -> None:
    text: str = event["fee"]["minor_units"]  # refused
    weight: int = event["weight"]  # refused
    event["speed"] == "rapid"  # refused


def read_nothing(event: ParcelWeighed) -> str:
    event["parcel_id"]  # refused: nothing is declared
    event.get("parcel_id")  # refused: nothing is declared
    return event.correlation_id


def read_what_both_have(event: ParcelLost | ParcelFound) -> str:
    event["reason"]  # refused: one of the two lacks it
    if event.type == "ParcelLost":
        return event["reason"]
    assert_type(event["place"], str)
    return event["parcel_id"]


def read_odd_shapes(event: OddShaped) -> None:
    assert_type(event["route"]["from"], str)
    assert_type(event["route"].get("to"), str | None)
    assert_type(event["kinds"]["list"], list[str])
    assert_type(event["a_b"]["c"]["d"], str)
    assert_type(event["a"]["b_c"]["e"], int)
    assert_type(event["quoted"], Literal["it's", 'say "so"', "back\\\\slash", "€\\n"])


def take(fee: dict[str, Any], weight: float, text: str | None) -> Decision:
    taken = publish.ParcelTaken(
        parcel_id="p-1",
        fee={"minor_units": 1, "currency": "EUR"},
        items=[{"sku": "a", "quantity": 1}],
        tags=["a"],
        weights={"a": 1},
        weight=weight,
        fragile=True,
        speed="slow",
        floor=-1,
        boxCode="b-1",
        sent_at="2026-01-01T00:00:00Z",
        channel=text,
        sender={"name": "Ada"},
    )
    return Decision(None, taken, publish.ParcelRested(), publish.ParcelRested(place=text))


def take_wrongly(fee: dict[str, Any], text: str | None) -> None:
    publish.ParcelTakn(parcel_id="p-1")  # refused: no event
    publish.ParcelSent(parcel_id="p-1")  # refused: heard, and not declared in `emits`
    publish("ParcelWeighed", parcel_id="p-1")  # refused: by a text
    publish.ParcelWeighed()  # refused: a field is missing
    publish.ParcelWeighed("p-1")  # refused: without its name
    publish.ParcelWeighed(parcel_id=1)  # refused: of another type
    publish.ParcelWeighed(parcel_id=text)  # refused: may be None
    publish.ParcelWeighed(parcel_id="p-1", event_id="e-1")  # refused: of the envelope
    publish.ParcelRested(place=[])  # refused: of another type
    publish.OddShaped(route={"from": "a"}, kinds={}, a_b=fee, a=fee, quoted="it's", long="long")  # refused
    publish.ParcelMoved(to=1)  # refused: `from` is missing
    Decision(None, publish)  # refused: no event


def move(place: str) -> Decision:
    return Decision(None, publish.ParcelMoved(to=1, **{"from": place}))


def take_any(event: Event) -> str:
    return event.correlation_id


def react(state: None, event: ParcelSent) -> Decision:
    take_any(event)
    read_nothing(event)  # refused: another event
    return Decision(state, effect=event, then=settle)


def settle(state: None, event: ParcelSent, outcome: None) -> Decision:
    return Decision(state)


SERVICE = Service("depot", "parcel_id", dict, (on("ParcelSent", react, reads=("parcel_id",)),))
"""


def react(state: None, event: Event) -> Decision:
    return unchanged(state)


def depot(*events: str, react: React = react) -> Service:
    reactions = tuple(on(event, react, reads=tuple(PATHS[event].split()), emits=EMITS) for event in events or PATHS)
    return Service("depot", "parcel_id", dict, reactions)
