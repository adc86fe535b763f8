"""The promises of a service's contracts hold of the lending services, and each is seen broken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

import pytest

from ensemble.contracts.schemas import Schemas
from ensemble.testing.contracts import Promise, answers_a_saga, promises, promises_of
from ensemble.testing.exploration import Exploration
from functions.kit.errors import NotYet, PublicationRefused, UndeclaredEffect
from functions.kit.model import Decision, Event, Service, on, publish, unchanged
from tests.conftest import LENDING


@pytest.mark.parametrize("promise", promises(LENDING), ids=str)
def test_a_service_keeps_its_contracts(promise: Promise) -> None:
    promise.check()


PARCEL = {
    "description": "A parcel.",
    "type": "object",
    "properties": {
        "parcel_id": {"type": "string", "description": "Its number.", "minLength": 1},
        "note": {"type": "string", "description": "What is written on it."},
    },
    "required": ["parcel_id"],
}
SCHEMAS = Schemas(
    {"ParcelSent": "outside", "ParcelTaken": "depot", "ParcelRefused": "depot"},
    {event: {"1.0": PARCEL} for event in ("ParcelSent", "ParcelTaken", "ParcelRefused")},
    {},
    {},
)


@dataclass(frozen=True)
class Parcel:
    """Stands for a state."""

    status: str


@dataclass(frozen=True)
class Ask:
    """Stands for an effect."""


class Answer(Enum):
    YES = 1
    NO = 2


@dataclass(frozen=True)
class Detailed:
    taken: bool
    reason: str | None
    notes: list[str]
    answer: Answer


def depot(react: Callable[[Any, Any], Decision], **more: Any) -> Exploration:
    """Return a service with one reaction, to be explored."""
    declared = {"reads": ("parcel_id",), "emits": ("ParcelTaken",), **more}
    return Exploration((Service("depot", "parcel_id", Parcel, (on("ParcelSent", react, **declared),)),), SCHEMAS)


def check(explored: Exploration) -> None:
    for promise in promises_of(explored):
        promise.check()


def take(state: Parcel | None, event: Event) -> Decision:
    return Decision(Parcel("taken"), publish("ParcelTaken", parcel_id=event["parcel_id"]))


def test_a_reaction_that_does_what_it_declares_keeps_all_promises() -> None:
    check(depot(take))


@pytest.mark.parametrize(
    ("outcome", "is_yes"),
    [
        (bool, bool),
        (Literal["yes", "no"], "yes".__eq__),
        (Answer, lambda answer: answer is Answer.YES),
        (str | None, lambda text: text is not None),
        (list[int], bool),
        (Detailed, lambda answer: answer.taken and answer.reason is None and answer.answer is Answer.NO),
    ],
    ids=["bool", "literal", "enum", "optional", "list", "dataclass"],
)
def test_each_outcome_that_is_declared_is_decided_on_by_a_function_or_a_lambda(outcome: Any, is_yes: Any) -> None:
    def ask(state: Parcel | None, event: Event) -> Decision:
        return Decision(
            Parcel("asking"),
            effect=Ask(),
            then=lambda state, event, outcome: Decision(
                Parcel("answered"),
                publish("ParcelTaken" if is_yes(outcome) else "ParcelRefused", parcel_id=event["parcel_id"]),
            ),
        )

    check(depot(ask, emits=("ParcelTaken",), refusals=("ParcelRefused",), effects={Ask: outcome}))


def test_an_effect_may_follow_on_the_outcome_of_another() -> None:
    def ask_twice(state: Parcel | None, event: Event) -> Decision:
        def again(state: Parcel, event: Event, outcome: bool) -> Decision:
            return Decision(Parcel("asking again"), effect=Ask(), then=lambda *_: take(None, event))

        return Decision(Parcel("asking"), effect=Ask(), then=again)

    explored = depot(ask_twice, effects={Ask: bool})

    check(explored)
    assert set(explored.states(explored.services[0])) == {
        None,
        Parcel("asking"),
        Parcel("asking again"),
        Parcel("taken"),
    }


def test_an_effect_that_is_not_declared_is_found() -> None:
    def ask(state: Parcel | None, event: Event) -> Decision:
        return Decision(Parcel("asking"), effect=Ask(), then=lambda *_: take(None, event))

    with pytest.raises(UndeclaredEffect, match="the reaction to ParcelSent does not declare Ask"):
        check(depot(ask))


def test_effects_without_end_are_found() -> None:
    def ask(state: Parcel | None, event: Event) -> Decision:
        return Decision(Parcel("asking"), effect=Ask(), then=lambda state, event, outcome: ask(state, event))

    with pytest.raises(AssertionError, match="asks for effects without end"):
        check(depot(ask, effects={Ask: None}))


def test_a_reaction_that_waits_keeps_its_promises_where_it_does_not() -> None:
    def wait(state: Parcel | None, event: Event) -> Decision:
        if state is not None:
            raise NotYet("it is taken already")
        return take(state, event)

    check(depot(wait))


def test_a_reaction_that_fails_on_an_example_is_found_with_the_event_and_the_state() -> None:
    def fail(state: Parcel | None, event: Event) -> Decision:
        if len(event["parcel_id"]) > 20:
            raise IndexError
        return take(state, event)

    with pytest.raises(IndexError) as failure:
        check(depot(fail))

    (note,) = failure.value.__notes__
    assert note == "depot was handed ParcelSent 1.0 (parcel_id at its longest) in the state None"


def test_a_reader_that_takes_what_is_broken_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    explored = depot(take)
    contracts = explored.contracts(explored.services[0])
    monkeypatch.setitem(contracts.readers, ("ParcelSent", 1), lambda detail: detail)

    with pytest.raises(AssertionError, match=r"depot reads a ParcelSent 1\.0 that is broken: "):
        check(explored)


def test_a_publication_that_breaks_its_schema_is_found() -> None:
    def misspell(state: Parcel | None, event: Event) -> Decision:
        return Decision(Parcel("taken"), publish("ParcelTaken", parcel=event["parcel_id"]))

    with pytest.raises(PublicationRefused, match="parcel_id") as failure:
        check(depot(misspell))

    (note,) = failure.value.__notes__
    assert note.startswith("functions/depot: on ParcelSent it publishes {'parcel': ")
    assert note.endswith(", by schemas/depot/ParcelTaken/1.0.json")


def test_an_event_that_is_declared_and_never_published_is_found() -> None:
    with pytest.raises(AssertionError, match=r"functions/depot/service\.py: .* never publishes ParcelRefused"):
        check(depot(take, emits=("ParcelTaken", "ParcelRefused")))


def test_an_event_that_is_published_and_not_declared_is_found() -> None:
    with pytest.raises(AssertionError, match=r"ParcelSent publishes ParcelTaken: declare it"):
        check(depot(take, emits=()))


def test_a_command_that_is_not_answered_in_some_state_is_found_with_the_state() -> None:
    def take_once(state: Parcel | None, event: Event) -> Decision:
        return take(state, event) if state is None else unchanged(state)

    with pytest.raises(AssertionError) as failure:
        check(depot(take_once))

    assert str(failure.value).startswith(
        "functions/depot/domain.py: the reaction to the command ParcelSent publishes nothing in 1 of the states that "
        "it can find, such as Parcel(status='taken'): say by an event why it is not done"
    )


@pytest.mark.parametrize("status", ["new", "known"])
def test_a_saga_is_to_be_answered_where_its_participant_has_no_row_yet(status: str) -> None:
    def take(state: Parcel | None, event: Event) -> Decision:
        is_silent = (state is None) == (status == "new")
        told = () if is_silent else (publish("ParcelTaken", parcel_id=event["parcel_id"]),)
        return Decision(Parcel("taken"), *told)

    explored = depot(take)
    (service,) = explored.services
    (reaction,) = service.reactions

    if status == "new":
        with pytest.raises(AssertionError, match="would wait for ever"):
            answers_a_saga(explored, service, reaction)
    else:
        answers_a_saga(explored, service, reaction)


def test_a_service_with_states_without_end_is_found() -> None:
    def count(state: Parcel | None, event: Event) -> Decision:
        return unchanged(Parcel("x" if state is None else f"{state.status}x"))

    with pytest.raises(AssertionError, match="over 500 states are reached"):
        check(depot(count, emits=()))
