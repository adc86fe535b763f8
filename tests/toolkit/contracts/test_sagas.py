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
    "repair_id": KEY,
    "reason": REASON,
    "items": {"type": "array", "items": {"type": "string"}},
    "total": {"type": "integer", "minimum": 0},
    "weight": {"type": "integer"},
    "number": {"type": "string"},
    "command": KEY,
    "command_id": {"type": "string", "maxLength": 128},
}
EVENTS: dict[str, tuple[str, str]] = {
    "RepairAsked": ("counter", "items total weight"),
    "WithdrawalAsked": ("counter", "reason"),
    "HoldParts": ("repair", "items"),
    "FreeParts": ("repair", "reason"),
    "TakeDeposit": ("repair", "total"),
    "ReturnDeposit": ("repair", "reason"),
    "FixDevice": ("repair", ""),
    "RepairCompleted": ("repair", "number"),
    "RepairFailed": ("repair", "reason"),
    "WithdrawalRejected": ("repair", "reason"),
    "PartsHeld": ("parts", ""),
    "PartsRefused": ("parts", "reason"),
    "PartsFreed": ("parts", ""),
    "DepositTaken": ("till", ""),
    "DepositRefused": ("till", "reason"),
    "DepositReturned": ("till", ""),
    "DeviceFixed": ("bench", "number"),
    "FixRefused": ("bench", "reason"),
}
COMMANDS = ("HoldParts", "FreeParts", "TakeDeposit", "ReturnDeposit", "FixDevice")

Change = Callable[[dict[str, Any]], object]


def schemas(changes: Mapping[str, Change], events: Mapping[str, tuple[str, str]] = EVENTS) -> Schemas:
    """Return the schemas of these events, some of them changed."""
    versions = {}
    for event, (_, names) in events.items():
        fields = ["repair_id", *names.split()]
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
    return on(command, react, reads=("repair_id",), emits=(emits,), refusals=refusals, compensates=undoes)


RESERVE = hearing("HoldParts", "PartsHeld", "PartsRefused")
RELEASE = hearing("FreeParts", "PartsFreed", undoes="PartsHeld")
CHARGE = hearing("TakeDeposit", "DepositTaken", "DepositRefused")
REFUND = hearing("ReturnDeposit", "DepositReturned", undoes="DepositTaken")
SHIPS = hearing("FixDevice", "DeviceFixed", "FixRefused")
REPAIR = conducted(reserve(), charge(), SHIP, tells=("number",))


def services(*changed: Any, conducts: Service = REPAIR) -> list[Service]:
    """Return the saga and its participants, some of their reactions changed."""
    by_event = {one.event: one for one in (RESERVE, RELEASE, CHARGE, REFUND, SHIPS, *changed)}
    parts, till = ("HoldParts", "FreeParts"), ("TakeDeposit", "ReturnDeposit")
    return [
        conducts,
        Service("parts", "repair_id", reactions=tuple(by_event[event] for event in parts)),
        Service("till", "repair_id", reactions=tuple(by_event[event] for event in till)),
        Service("bench", "repair_id", reactions=(by_event["FixDevice"],)),
    ]


def test_a_saga_that_is_answered_and_understood_has_no_finding() -> None:
    assert list(misconducted(services(), schemas({}))) == []


ANSWERS = {
    "another answer": (hearing("FixDevice", "DeviceSent", "FixRefused"), "waits for DeviceFixed"),
    "no refusal where one is waited for": (hearing("HoldParts", "PartsHeld"), "PartsRefused as a refusal"),
    "a refusal that nobody waits for": (
        replace(RESERVE, refusals=("PartsRefused", "PartsLost")),
        "refuses by PartsRefused, PartsLost, and the saga",
    ),
    "a second answer": (replace(RESERVE, emits=("PartsHeld", "PartsCounted")), "PartsHeld, PartsCounted"),
    "an undo that may refuse": (replace(RELEASE, refusals=("PartsLost",)), "an undo has one answer and no refusal"),
    "an undo with another answer": (hearing("ReturnDeposit", "DepositTaken"), "waits for DepositReturned"),
    "an undo that undoes nothing": (
        hearing("FreeParts", "PartsFreed"),
        "does not say that it undoes it",
    ),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_participant_answers_as_its_saga_waits(name: str) -> None:
    changed, says = ANSWERS[name]

    found = [str(one) for one in misconducted(services(changed), schemas({}))]

    assert any(says in text for text in found)
    assert not any(text.startswith("functions/repair/") for text in found)


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
    "a field that the command does not have": ({"HoldParts": lacks("items")}, "sends items in HoldParts"),
    "a field that the command needs": ({"TakeDeposit": needs("card")}, "what repair sends in TakeDeposit"),
    "a value that the command refuses": (
        {"TakeDeposit": of("total", minimum=1)},
        "is not always what schemas/repair",
    ),
    "what the undo needs": ({"ReturnDeposit": needs("total")}, "sends in ReturnDeposit"),
    "a reason that is too long": (
        {"DepositRefused": of("reason", maxLength=300)},
        "passes the `reason` of DepositRefused",
    ),
    "a reason that may be empty": ({"WithdrawalAsked": of("reason", minLength=0)}, "may be no text of 1 to 256"),
    "a short reason at the end": ({"RepairFailed": of("reason", maxLength=100)}, "sends in RepairFailed"),
    "what is told at the end": ({"RepairCompleted": of("number", maxLength=9)}, "sends in RepairCompleted"),
    "what tells that it is too late": ({"WithdrawalRejected": needs("email")}, "sends in WithdrawalRejected"),
    "no command": ({"FixDevice": lambda schema: schema.pop("x-kind")}, "its schema does not say that it is a command"),
}


@pytest.mark.parametrize("name", FILLED)
def test_what_a_saga_sends_is_what_the_schema_takes(name: str) -> None:
    changes, says = FILLED[name]

    (found,) = map(str, misconducted(services(), schemas(changes)))

    assert says in found


def test_what_only_some_sagas_know_is_nothing_that_a_message_may_need() -> None:
    looked = replace(charge(), keeps=("number",), when=lambda known: True)
    told = conducted(reserve(), looked, replace(SHIP, keeps=()), tells=("number",))
    brings = {"DepositTaken": needs("number")}

    (found,) = map(str, misconducted(services(conducts=told), schemas(brings)))
    without = {**brings, "RepairCompleted": optional("number")}

    assert "sends in RepairCompleted" in found
    assert list(misconducted(services(conducts=told), schemas(without))) == []


DECISIONS = {"RepairApproved": ("desk", ""), "RepairDeclined": ("desk", "reason")}


def test_a_person_who_decides_too_late_is_to_be_answered() -> None:
    silent = conducted(reserve(), APPROVE, charge(), SHIP, tells=("number",))

    found = [str(one) for one in misconducted(services(conducts=silent), schemas({}, EVENTS | DECISIONS))]

    assert len(found) == 2
    assert all('Fix: name the event that answers it then: rejects="..." of Approval' in text for text in found)


def test_the_answer_to_a_person_who_decides_too_late_says_to_which_command() -> None:
    answers = replace(APPROVE, rejects="DecisionRefused")
    answering = conducted(reserve(), answers, charge(), SHIP, tells=("number",))
    short = {"DecisionRefused": ("repair", "reason")}
    whole = {"DecisionRefused": ("repair", "reason command command_id")}
    refused = {"DecisionRefused": optional("command_id")}

    (found,) = map(str, misconducted(services(conducts=answering), schemas({}, EVENTS | DECISIONS | short)))
    answered = list(misconducted(services(conducts=answering), schemas(refused, EVENTS | DECISIONS | whole)))

    assert "repair sends command, command_id in DecisionRefused" in found
    assert answered == []


def test_what_says_that_a_decision_counts_says_to_which_command() -> None:
    answers = replace(APPROVE, accepts="DecisionTaken", rejects="DecisionRefused")
    answering = conducted(reserve(), answers, charge(), SHIP, tells=("number",))
    decided = EVENTS | DECISIONS | {"DecisionRefused": ("repair", "reason command command_id")}
    short, whole = {"DecisionTaken": ("repair", "")}, {"DecisionTaken": ("repair", "command command_id")}
    of_refused = {"DecisionRefused": optional("command_id")}
    of_both = of_refused | {"DecisionTaken": optional("command_id")}

    (found,) = map(str, misconducted(services(conducts=answering), schemas(of_refused, decided | short)))
    answered = list(misconducted(services(conducts=answering), schemas(of_both, decided | whole)))

    assert "repair sends command, command_id in DecisionTaken" in found
    assert answered == []
