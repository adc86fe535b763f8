"""Forecasts of several dead letters, of which one changes what comes of another: each rule has a case that needs it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.dead_letters.forecast import Ahead, Forecast
from ensemble.command_line.dead_letters.reading import DeadLetterQueues
from ensemble.command_line.project import read_schemas, read_services
from ensemble.command_line.stage.account import Account
from ensemble.command_line.trace.declared import read_declared
from ensemble.laptop.answers import Answer, json_answer
from functions.kit.model import Service
from tests.conftest import LENDING
from tests.toolkit.command_line.dead_letters.conftest import EVENTS, Library

Forecasting = Callable[..., list[Ahead]]


@pytest.fixture
def forecast(library: Library, lending: Path) -> Forecasting:
    """What comes of messages of the courier, in this order, by its code or another's."""
    services, assembly = read_services(LENDING), lending / "cdk.out" / "assembly-dev"
    declared = read_declared(assembly, services, read_schemas(LENDING, services))
    queues = DeadLetterQueues.of(declared, Account(library.url), assembly, library.laptop.now)

    def ahead(*bodies: str, by: Callable[[Service], Service] = lambda one: one) -> list[Ahead]:
        forecast = Forecast(by(queues.service("courier")), queues.functions["courier"], queues.dynamodb, queues.now)
        messages = [{"MessageId": str(number), "Body": body} for number, body in enumerate(bodies)]
        return [one.ahead for one in forecast.of(EVENTS, messages)]

    return ahead


@pytest.fixture
def reserved(library: Library) -> str:
    """A message that the courier gave up in the middle: its row has the intent to send a parcel."""
    library.fail_at_the_carrier(f"rule-{library.laptop.now():.0f}")
    (body,) = library.dead(EVENTS)
    return body


def changed(body: str, type: str = "", **fields: Any) -> str:
    """The same message with other fields, or of another type about the same loan."""
    event = json.loads(body)
    if type:
        event["detail-type"] = event["detail"]["type"] = type
        event["source"], event["detail"]["version"] = "loan", "1.0"
        for name in ("books", "place"):
            del event["detail"][name]
    event["detail"] |= fields
    return json.dumps(event)


def cancelled(body: str) -> str:
    return changed(body, "LoanCancellationRequested", reason="late", event_id="another")


def mistaken(service: Service) -> Service:
    """The service with a bug that nobody has declared, in each reaction."""

    def bug(*_: Any) -> Any:
        raise ZeroDivisionError

    return replace(service, reactions=tuple(replace(one, react=bug) for one in service.reactions))


def test_a_second_letter_of_an_event_that_calls_outside_finds_it_done(forecast: Forecasting, reserved: str) -> None:
    assert forecast(reserved, reserved) == [Ahead.CALLS, Ahead.DUPLICATE]


def test_what_waits_for_a_call_of_another_letter_need_not_wait(forecast: Forecasting, reserved: str) -> None:
    assert forecast(cancelled(reserved)) == [Ahead.WAITS]
    assert forecast(reserved, cancelled(reserved)) == [Ahead.CALLS, Ahead.COMMITS]


def test_what_comes_before_the_letter_that_it_waits_for_is_looked_at_again(
    library: Library, forecast: Forecasting, reserved: str
) -> None:
    both = cancelled(reserved), reserved

    assert forecast(*both) == [Ahead.COMMITS, Ahead.CALLS]

    library.laptop.queue(f"{EVENTS}-dlq").purge()
    for body in both:
        library.laptop.queue(EVENTS).send(body)
    library.laptop.run_for(300)
    assert (len(library.parcels), library.dead(EVENTS)) == (1, [])


def test_of_two_letters_with_one_text_that_fail_by_a_bug_the_second_is_dropped_as_a_copy(
    forecast: Forecasting, reserved: str
) -> None:
    again = changed(reserved, note="of another text, with the same id")

    assert forecast(reserved, reserved, by=mistaken) == [Ahead.FAILS, Ahead.DUPLICATE]
    assert forecast(reserved, again, by=mistaken) == [Ahead.FAILS, Ahead.FAILS]


def test_what_one_letter_would_commit_is_there_for_the_next(forecast: Forecasting, reserved: str) -> None:
    other = changed(cancelled(reserved), loan_id="never-seen", event_id="other")

    assert forecast(other, other) == [Ahead.COMMITS, Ahead.DUPLICATE]


def test_what_was_handled_and_is_not_on_the_bus_would_be_published(
    library: Library, forecast: Forecasting, reserved: str
) -> None:
    def mute(headers: Mapping[str, str], _: bytes, answer: Callable[[], Answer]) -> Answer:
        is_put = headers.get("x-amz-target") == "AWSEvents.PutEvents"
        return json_answer(503, {"__type": "ServiceUnavailable"}) if is_put else answer()

    library.laptop.around_requests(mute)
    library.laptop.queue(EVENTS).send(reserved)
    library.laptop.run_for(20)
    library.laptop.around_requests(lambda headers, body, answer: answer())
    library.laptop.queue(EVENTS).purge()
    library.laptop.run_for(1_000)

    assert forecast(reserved) == [Ahead.PUBLISHES]
