"""Timers far ahead and many at once, in virtual time: judged by nobody but the tests, so that time is all that counts."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from ensemble.scenario import Command
from ensemble.simulator.application import Application
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.faults import CALM
from ensemble.simulator.schedule import Outcome, simulate
from ensemble.simulator.topology import Topology
from ensemble.simulator.world import START
from functions.kit.model import Decision, Event, unchanged
from functions.order import domain as order
from scenarios.shop.simulation import Shop
from scenarios.shop.stories import WAYS

EXPIRED = ("order", "timer", "OrderCancellationRequested")
YEAR = timedelta(days=365)


def silent(state: Any, event: Event) -> Decision:
    return unchanged(state)


@pytest.fixture
def waiting(shop: Shop) -> Application:
    """The shop whose inventory answers nothing: each order waits for its deadline. Nobody judges it."""
    inventory = shop.services["inventory"]
    reactions = [
        dataclasses.replace(one, react=silent) if one.event == "OrderPlaced" else one for one in inventory.reactions
    ]
    changed = dataclasses.replace(inventory, reactions=tuple(reactions))
    return Application({**shop.services, "inventory": changed}, shop.schemas)


def run(application: Application, topology: Topology, *commands: Command) -> Outcome:
    outcome = simulate(0, application, topology, CoreLane(application), profile=CALM, commands=commands, recorded=True)
    assert outcome.violations == []
    return outcome


def test_a_timer_a_year_ahead_is_raised_within_a_minute(
    waiting: Application, topology: Topology, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(order, "PATIENCE", YEAR)

    outcome = run(waiting, topology, *WAYS["fulfilled"])

    (placed,) = [instant for instant, text in outcome.trace if text.startswith("the bus takes PlaceOrder")]
    (expired,) = [instant for instant, text in outcome.trace if "takes OrderCancellationRequested" in text]
    assert 0 <= expired - placed - YEAR.total_seconds() <= 61
    assert outcome.reached[EXPIRED] == 1
    assert START + YEAR.total_seconds() < outcome.trace[-1][0]


def test_many_timers_that_are_due_at_once_are_all_raised_within_a_minute(
    waiting: Application, topology: Topology
) -> None:
    (place,) = [one for one in WAYS["fulfilled"] if one.type == "PlaceOrder"]
    orders = [
        dataclasses.replace(place, fields={**place.fields, "order_id": f"order-{number}"}, key=f"order {number}")
        for number in range(120)
    ]

    outcome = run(waiting, topology, *orders)

    taken = [instant for instant, text in outcome.trace if "takes OrderCancellationRequested" in text]
    assert outcome.reached[EXPIRED] == 120
    assert max(taken) - min(taken) < 60
