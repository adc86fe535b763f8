"""Publishes messages to the topic that the shop's mail goes out by."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from functions.kit.text import cleaned
from functions.notification.domain import Message

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


class Mailer:
    """The adapter of the effect Message, given an SNS client and the topic's ARN."""

    def __init__(self, client: SNSClient, topic_arn: str) -> None:
        self._client = client
        self._topic_arn = topic_arn

    def send(self, message: Message) -> None:
        """Publish the message as JSON. A standard topic does not deduplicate, hence the key as an attribute.

        A reason is what somebody wrote who could put a command: its words stay, but they add no line.
        """
        texts = {"to": message.to, "subject": message.subject, "text": message.text}
        body = {name: cleaned(text) for name, text in texts.items()}
        self._client.publish(
            TopicArn=self._topic_arn,
            Message=json.dumps(body),
            MessageAttributes={"key": {"DataType": "String", "StringValue": message.key}},
        )
