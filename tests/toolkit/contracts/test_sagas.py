"""What a saga asks is answered, and what it sends is taken: each mistake is found, with what mends it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from ensemble.contracts.sagas import misconducted
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service, on, unchanged
from tests.kit.saga.tables import APPROVE, SHIP, charge, conducted, reserve

KEY = {"type": "string", "minLength": 1, "maxLength": 64}
REASON = {"type": "string", "minLength": 1, "maxLength": 256}
FIELDS: dict[str, Any] = {
    "order_id": KEY,
    "reason": REASON,
    "items": {"type": "array", "items": {"type": "string"}},
    "total": {"type": "integer", "minimum": 0},
    "weight": {"type": "integer"},
    "number": {"type": "string"},
    "command": KEY,
    "command_id": {"type": "string", "maxLength": 128},
}
EVENTS: dict[str, tuple[str, str]] = {
    "OrderPlaced": ("order", "items total weight"),
    "CancellationRequested": ("order", "reason"),
    "ReserveStock": ("fulfilment", "items"),
    "ReleaseStock": ("fulfilment", "reason"),
    "ChargePayment": ("fulfilment", "total"),
    "RefundPayment": ("fulfilment", "reason"),
    "ShipOrder": ("fulfilment", ""),
    "FulfilmentCompleted": ("fulfilment", "number"),
    "FulfilmentFailed": ("fulfilment", "reason"),
    "CancellationRejected": ("fulfilment", "reason"),
    "StockReserved": ("stock", ""),
    "StockRefused": ("stock", "reason"),
    "StockReleased": ("stock", ""),
    "PaymentCharged": ("payment", ""),
    "PaymentFailed": ("payment", "reason"),
    "PaymentRefunded": ("payment", ""),
    "OrderShipped": ("shipping", "number"),
    "ShipmentFailed": ("shipping", "reason"),
}
COMMANDS = ("ReserveStock", "ReleaseStock", "ChargePayment", "RefundPayment", "ShipOrder")

Change = Callable[[dict[str, Any]], object]


def schemas(changes: Mapping[str, Change], events: Mapping[str, tuple[str, str]] = EVENTS) -> Schemas:
    """Return the schemas of these events, some of them changed."""
    versions = {}
    for event, (_, names) in events.items():
        fields = ["order_id", *names.split()]
        schema: dict[str, Any] = {
            "description": event,
            "type": "object",
            "required": list(fields),
            "properties": {name: dict(FIELDS[name]) for name in fields},
        }
        if event in COMMANDS:
            schema["x-kind"] = "command"
        if event in changes:
            changes[event](schema)
        versions[event] = {"1.0": schema}
    return Schemas({event: owner for event, (owner, _) in events.items()}, versions, {}, {})


def hearing(command: str, emits: str, refuses: str = "", undoes: str | None = None) -> Any:
    refusals = (refuses,) if refuses else ()
    react = lambda state, event: unchanged(state)  # noqa: E731
    return on(command, react, reads=("order_id",), emits=(emits,), refusals=refusals, compensates=undoes)


RESERVE = hearing("ReserveStock", "StockReserved", "StockRefused")
RELEASE = hearing("ReleaseStock", "StockReleased", undoes="StockReserved")
CHARGE = hearing("ChargePayment", "PaymentCharged", "PaymentFailed")
REFUND = hearing("RefundPayment", "PaymentRefunded", undoes="PaymentCharged")
SHIPS = hearing("ShipOrder", "OrderShipped", "ShipmentFailed")
FULFILMENT = conducted(reserve(), charge(), SHIP, tells=("number",))


def services(*changed: Any, conducts: Service = FULFILMENT) -> list[Service]:
    """Return the saga and its participants, some of their reactions changed."""
    by_event = {one.event: one for one in (RESERVE, RELEASE, CHARGE, REFUND, SHIPS, *changed)}
    stock, payment = ("ReserveStock", "ReleaseStock"), ("ChargePayment", "RefundPayment")
    return [
        conducts,
        Service("stock", "order_id", reactions=tuple(by_event[event] for event in stock)),
        Service("payment", "order_id", reactions=tuple(by_event[event] for event in payment)),
        Service("shipping", "order_id", reactions=(by_event["ShipOrder"],)),
    ]


def test_a_saga_that_is_answered_and_understood_has_no_finding() -> None:
    assert list(misconducted(services(), schemas({}))) == []


ANSWERS = {
    "another answer": (hearing("ShipOrder", "ParcelSent", "ShipmentFailed"), "waits for OrderShipped"),
    "no refusal where one is waited for": (hearing("ReserveStock", "StockReserved"), "StockRefused as a refusal"),
    "a refusal that nobody waits for": (
        replace(RESERVE, refusals=("StockRefused", "StockLost")),
        "refuses by StockRefused, StockLost, and the saga",
    ),
    "a second answer": (replace(RESERVE, emits=("StockReserved", "StockCounted")), "StockReserved, StockCounted"),
    "an undo that may refuse": (replace(RELEASE, refusals=("StockLost",)), "an undo has one answer and no refusal"),
    "an undo with another answer": (hearing("RefundPayment", "PaymentCharged"), "waits for PaymentRefunded"),
    "an undo that undoes nothing": (
        hearing("ReleaseStock", "StockReleased"),
        "does not say that it undoes it",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_participant_answers_as_its_saga_waits(name: str) -> None:
    changed, says = ANSWERS[name]

    found = [str(one) for one in misconducted(services(changed), schemas({}))]

    assert any(says in text for text in found)
    assert not any(text.startswith("functions/fulfilment/") for text in found)


def lacks(name: str) -> Change:
    def change(schema: dict[str, Any]) -> None:
        schema["required"].remove(name)
        del schema["properties"][name]

    return change


def of(name: str, **rules: object) -> Change:
    return lambda schema: schema["properties"][name].update(rules)


def needs(name: str) -> Change:
    def change(schema: dict[str, Any]) -> None:
        schema["properties"][name] = {"type": "string"}
        schema["required"].append(name)

    return change


def optional(name: str) -> Change:
    return lambda schema: schema["required"].remove(name)


FILLED: dict[str, tuple[dict[str, Change], str]] = {
    "a field that the command does not have": ({"ReserveStock": lacks("items")}, "sends items in ReserveStock"),
    "a field that the command needs": ({"ChargePayment": needs("card")}, "what fulfilment sends in ChargePayment"),
    "a value that the command refuses": (
        {"ChargePayment": of("total", minimum=1)},
        "is not always what schemas/fulfil",
    ),
    "what the undo needs": ({"RefundPayment": needs("total")}, "sends in RefundPayment"),
    "a reason that is too long": (
        {"PaymentFailed": of("reason", maxLength=300)},
        "passes the `reason` of PaymentFailed",
    ),
    "a reason that may be empty": ({"CancellationRequested": of("reason", minLength=0)}, "may be no text of 1 to 256"),
    "a short reason at the end": ({"FulfilmentFailed": of("reason", maxLength=100)}, "sends in FulfilmentFailed"),
    "what is told at the end": ({"FulfilmentCompleted": of("number", maxLength=9)}, "sends in FulfilmentCompleted"),
    "what tells that it is too late": ({"CancellationRejected": needs("email")}, "sends in CancellationRejected"),
    "no command": ({"ShipOrder": lambda schema: schema.pop("x-kind")}, "its schema does not say that it is a command"),
}


@pytest.mark.parametrize("name", FILLED)
def test_what_a_saga_sends_is_what_the_schema_takes(name: str) -> None:
    changes, says = FILLED[name]

    (found,) = map(str, misconducted(services(), schemas(changes)))

    assert says in found


def test_what_only_some_sagas_know_is_nothing_that_a_message_may_need() -> None:
    looked = replace(charge(), keeps=("number",), when=lambda known: True)
    told = conducted(reserve(), looked, replace(SHIP, keeps=()), tells=("number",))
    brings = {"PaymentCharged": needs("number")}

    (found,) = map(str, misconducted(services(conducts=told), schemas(brings)))
    without = {**brings, "FulfilmentCompleted": optional("number")}

    assert "sends in FulfilmentCompleted" in found
    assert list(misconducted(services(conducts=told), schemas(without))) == []


DECISIONS = {"OrderApproved": ("desk", ""), "OrderDeclined": ("desk", "reason")}


def test_a_person_who_decides_too_late_is_to_be_answered() -> None:
    silent = conducted(reserve(), APPROVE, charge(), SHIP, tells=("number",))

    found = [str(one) for one in misconducted(services(conducts=silent), schemas({}, EVENTS | DECISIONS))]

    assert len(found) == 2
    assert all('Fix: name the event that answers it then: rejects="..." of Approval' in text for text in found)


def test_the_answer_to_a_person_who_decides_too_late_says_to_which_command() -> None:
    answers = replace(APPROVE, rejects="DecisionRefused")
    answering = conducted(reserve(), answers, charge(), SHIP, tells=("number",))
    short = {"DecisionRefused": ("fulfilment", "reason")}
    whole = {"DecisionRefused": ("fulfilment", "reason command command_id")}
    refused = {"DecisionRefused": optional("command_id")}

    (found,) = map(str, misconducted(services(conducts=answering), schemas({}, EVENTS | DECISIONS | short)))
    answered = list(misconducted(services(conducts=answering), schemas(refused, EVENTS | DECISIONS | whole)))

    assert "fulfilment sends command, command_id in DecisionRefused" in found
    assert answered == []


def test_what_says_that_a_decision_counts_says_to_which_command() -> None:
    answers = replace(APPROVE, accepts="DecisionTaken", rejects="DecisionRefused")
    answering = conducted(reserve(), answers, charge(), SHIP, tells=("number",))
    decided = EVENTS | DECISIONS | {"DecisionRefused": ("fulfilment", "reason command command_id")}
    short, whole = {"DecisionTaken": ("fulfilment", "")}, {"DecisionTaken": ("fulfilment", "command command_id")}
    of_refused = {"DecisionRefused": optional("command_id")}
    of_both = of_refused | {"DecisionTaken": optional("command_id")}

    (found,) = map(str, misconducted(services(conducts=answering), schemas(of_refused, decided | short)))
    answered = list(misconducted(services(conducts=answering), schemas(of_both, decided | whole)))

    assert "fulfilment sends command, command_id in DecisionTaken" in found
    assert answered == []
