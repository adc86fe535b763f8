"""Hands mails over to the SNS topic from which they are sent."""

from __future__ import annotations

import json
from typing import Any

from functions.mail.domain import SendMail


class Post:
    """The adapter of the effect SendMail: publishes to a topic with a client of SNS."""

    def __init__(self, sns: Any, topic_arn: str) -> None:
        self._sns, self._topic_arn = sns, topic_arn

    def send(self, mail: SendMail) -> None:
        """Publish the mail with its key: SNS may deliver it twice."""
        message = json.dumps({"key": mail.key, "department": mail.department, "text": mail.text})
        self._sns.publish(TopicArn=self._topic_arn, Message=message)
