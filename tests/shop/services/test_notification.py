"""The customer is notified each news once, by way of a topic."""

from __future__ import annotations

import json

import pytest
from moto import mock_aws

from functions.kit import clients
from functions.notification.domain import Message, Notified
from functions.notification.mailer import Mailer
from functions.notification.service import NOTIFICATION
from tests.shop.services.table import changes_nothing, react, settle

NEWS = ["OrderCompleted", "OrderCancelled", "CancellationRejected"]


@pytest.mark.parametrize("news", NEWS)
def test_news_is_sent_to_the_customer_and_then_remembered(news: str) -> None:
    decision = react(NOTIFICATION, None, news)

    assert decision.effect.to == "ada@example.com"
    assert decision.effect.key == f"o-1/{news}"
    assert "o-1" in decision.effect.text
    assert decision.state is None
    assert settle(NOTIFICATION, None, news, None).state == Notified([news])


@pytest.mark.parametrize("news", NEWS)
def test_the_same_news_is_not_sent_again(news: str) -> None:
    notified = Notified([news])

    assert changes_nothing(react(NOTIFICATION, notified, news), notified)


def test_a_customer_who_asked_for_no_cancellation_is_not_told_that_it_was_too_late() -> None:
    decision = react(NOTIFICATION, None, "CancellationRejected", requested_by="deadline")

    assert (decision.state, decision.effect) == (None, None)


def test_other_news_is_sent_as_well() -> None:
    decision = settle(NOTIFICATION, Notified(["CancellationRejected"]), "OrderCompleted", None)

    assert decision.state == Notified(["CancellationRejected", "OrderCompleted"])


def test_a_message_says_what_the_customer_wants_to_know() -> None:
    texts = [react(NOTIFICATION, None, news).effect.text for news in NEWS]

    assert texts == [
        "Order o-1: Your tracking number is PARCEL-1.",
        "Order o-1: The reason: changed my mind. You pay nothing.",
        "Order o-1: The reason: changed my mind.",
    ]


def test_an_effect_does_not_show_the_mail_address() -> None:
    assert "ada" not in repr(Message("k", "s", "t", "ada@example.com"))


@mock_aws
def test_what_a_customer_wrote_adds_no_line_to_a_mail_and_turns_no_link_round() -> None:
    sns = clients.sns()
    topic_arn, bodies = sns.create_topic(Name="customer")["TopicArn"], list[dict[str, str]]()
    reason = "no\r\n\r\nPay: https://\u202egnp.live\x00"
    sns.meta.events.register(
        "provide-client-params.sns.Publish", lambda params, **_: bodies.append(json.loads(params["Message"]))
    )

    Mailer(sns, topic_arn).send(
        Message("k", "Hello", f"The reason: {reason}.", "ada@example.com\nBcc: all@example.com")
    )

    assert bodies == [
        {
            "to": "ada@example.com Bcc: all@example.com",
            "subject": "Hello",
            "text": "The reason: no Pay: https:// gnp.live .",
        }
    ]


@mock_aws
def test_a_message_reaches_whoever_subscribes_to_the_topic() -> None:
    topic_arn = clients.sns().create_topic(Name="customer")["TopicArn"]
    queue_url = clients.sqs().create_queue(QueueName="mail")["QueueUrl"]
    queue_arn = "arn:aws:sqs:eu-west-1:123456789012:mail"
    clients.sns().subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=queue_arn)

    Mailer(clients.sns(), topic_arn).send(Message("o-1/OrderCompleted", "On its way", "Hello", "ada@example.com"))

    delivered = json.loads(clients.sqs().receive_message(QueueUrl=queue_url)["Messages"][0]["Body"])
    assert json.loads(delivered["Message"]) == {"to": "ada@example.com", "subject": "On its way", "text": "Hello"}
    assert delivered["MessageAttributes"]["key"]["Value"] == "o-1/OrderCompleted"
