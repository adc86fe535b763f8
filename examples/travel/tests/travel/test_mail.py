"""The mail service tells each thing once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.kit.model import Decision
from functions.mail.domain import SendMail, Told, cancelled, confirmed, refused, sent, too_late
from functions.mail.post import Post
from tests.travel.events import event

EMAIL = "ada@example.com"
CONFIRMED = event("TripConfirmed", email=EMAIL)


@pytest.mark.parametrize(
    ("react", "type", "text"),
    [
        (confirmed, "TripConfirmed", "Your trip is confirmed."),
        (cancelled, "TripCancelled", "Your trip was cancelled: why. You pay nothing."),
        (refused, "TripRefused", "Your trip was not booked: why."),
        (too_late, "CancellationRefused", "Your trip was confirmed already, so it was not cancelled."),
    ],
)
def test_the_traveller_is_told_how_it_ended(react: Callable[..., Decision], type: str, text: str) -> None:
    decision = react(None, event(type, email=EMAIL, reason="why"))

    assert decision.effect == SendMail(f"t-1/{type}", text, EMAIL)


def test_the_same_thing_is_told_once() -> None:
    told = sent(Told(), CONFIRMED, None).state

    assert confirmed(told, CONFIRMED).effect is None


def test_a_second_thing_is_told_as_well() -> None:
    told = sent(Told(), CONFIRMED, None).state

    assert too_late(told, event("CancellationRefused", email=EMAIL)).effect is not None


def test_the_topic_gets_the_key_the_address_and_the_text() -> None:
    requests: list[dict[str, Any]] = []

    class Topic:
        def publish(self, **request: Any) -> None:
            requests.append(request)

    Post(Topic(), "arn:of:the:topic").send(SendMail("t-1/TripConfirmed", "Hello.", EMAIL))

    (request,) = requests
    assert request["TopicArn"] == "arn:of:the:topic"
    assert json.loads(request["Message"]) == {"key": "t-1/TripConfirmed", "to": EMAIL, "text": "Hello."}


def test_an_address_is_not_in_the_text_of_a_mail() -> None:
    assert EMAIL not in repr(SendMail("t-1/TripConfirmed", "Hello.", EMAIL))
