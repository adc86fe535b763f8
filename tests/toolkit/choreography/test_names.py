"""Names only get advice: what a message is follows from its publisher or its schema, whatever it is called."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.choreography.checks import violations
from ensemble.choreography.graph import Graph
from ensemble.choreography.names import advice
from functions.kit.model import Decision, Service, on, unchanged
from tests.toolkit.choreography.conftest import GraphOf, drawn


def nothing(state: Any, event: Any) -> Decision:
    return unchanged(state)


def asked(name: str) -> Graph:
    """Return a graph in which a publisher outside sends it."""
    answered = on(name, nothing, reads=(), emits=("DeskAsked",))
    return drawn(Service("desk", "id", dict, (answered,), terminal=("DeskAsked",)))


def said(name: str) -> Graph:
    """Return a graph in which a service of the project publishes it."""
    service = Service("desk", "id", dict, (on("OpenDesk", nothing, reads=(), emits=(name,)),), terminal=(name,))
    return drawn(service)


COMMANDS = (
    "CollectPayment",
    "ModifyBooking",
    "OnboardUser",
    "FulfillOrder",
    "ApplyDiscount",
    "BuyTicket",
    "EscalateClaim",
)
EVENTS = ("UserSignedUp", "OrderInTransit", "InvoiceDue", "PaymentOverdue")


@pytest.mark.parametrize("name", COMMANDS)
def test_any_verb_names_a_command_from_outside_without_a_word(name: str) -> None:
    graph = asked(name)

    assert (graph.kind_of(name), violations(graph), list(advice(graph, ()))) == ("command", [], [])


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_of_a_service_is_accepted_whatever_its_name(name: str) -> None:
    graph = said(name)

    assert (graph.kind_of(name), violations(graph)) == ("event", [])
    assert not list(advice(graph, {name}))


@pytest.mark.parametrize("name", ["UserSignedUp", "MailReceived", "StockTaken", "HTTPCallFailed", "ParcelSentByShip"])
def test_a_name_with_a_past_participle_needs_no_advice(name: str) -> None:
    assert not list(advice(said(name), ()))


@pytest.mark.parametrize("name", ["OrderInTransit", "InvoiceDue", "PriceFeed", "Placed", "parcelSent"])
def test_a_name_that_is_no_fact_gets_advice_with_its_folder_and_how_to_keep_it(name: str) -> None:
    (line,) = map(str, advice(said(name), ()))

    assert line.startswith(f"schemas/desk/{name}/: {name} is an event, and its name is no noun with a past participle")
    assert line.endswith(
        f'Fix: rename it, or keep it: accepted-names = ["{name}"] under [tool.ensemble] in pyproject.toml'
    )


def test_what_comes_from_outside_and_reads_as_an_event_gets_advice_to_say_so() -> None:
    (line,) = map(str, advice(asked("ParcelScanned"), ()))

    assert 'let its schema say "x-kind": "event"' in line
    graph = drawn(*asked("ParcelScanned").services, kinds={"ParcelScanned": "event"})
    assert (graph.kind_of("ParcelScanned"), list(advice(graph, ()))) == ("event", [])


def test_a_command_may_end_in_a_noun_that_ends_as_a_participle() -> None:
    assert not list(advice(asked("SendNewsletterFeed"), ()))


def test_the_project_needs_no_advice(graph_of: GraphOf) -> None:
    assert not list(advice(graph_of(), ()))
