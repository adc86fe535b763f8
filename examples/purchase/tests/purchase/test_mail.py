"""The mail service asks a manager once."""

from __future__ import annotations

import json
from typing import Any

from functions.kit.model import publish
from functions.mail.domain import Question, SendMail, ask, asked
from functions.mail.post import Post
from tests.purchase.events import event

ASK = event("AskManager", department="research", item="laptop", cents=190_000)


def test_a_manager_is_asked_with_what_it_costs() -> None:
    decision = ask(None, ASK)

    assert decision.effect == SendMail("p-1", "research", "May we buy laptop for 1900.00 euros?")


def test_that_a_manager_is_asked_is_told_and_told_again() -> None:
    first = asked(Question("asked"), ASK, None)
    again = ask(Question("asked"), ASK)

    assert first.publications == again.publications == (publish("ManagerAsked", purchase_id="p-1"),)
    assert again.effect is None


def test_a_mail_goes_to_the_topic_with_its_key() -> None:
    sent: list[dict[str, str]] = []

    class Sns:
        def publish(self, **request: Any) -> None:
            sent.append(request)

    Post(Sns(), "topic").send(SendMail("p-1", "research", "May we?"))

    assert [request["TopicArn"] for request in sent] == ["topic"]
    assert json.loads(sent[0]["Message"]) == {"key": "p-1", "department": "research", "text": "May we?"}
