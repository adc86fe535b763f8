"""SNS topics and S3 buckets, as far as things are put into them: what was published, what was stored."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.errors import DeliveryRefused
from ensemble.aws.joints import lets_publish
from ensemble.aws.policies import Statement
from ensemble.laptop.delivery import Delivery
from ensemble.laptop.identifiers import Identifiers

MAXIMUM_MESSAGES = 100_000


@dataclass(frozen=True, slots=True)
class Published:
    """A message published to a topic."""

    message_id: str
    message: str
    subject: str | None
    attributes: Mapping[str, Mapping[str, str]]


@dataclass(eq=False)
class Topic:
    """A topic. Nothing is subscribed to it here; what was published last stays to be read.

    `policy`: the statements of its topic policies.
    """

    name: str
    arn: str
    identifiers: Identifiers
    refuse_unencrypted: Callable[[str], None] = lambda _alarm: None
    """Raises DeliveryRefused when the key of the topic does not let CloudWatch in on behalf of an alarm."""
    policy: list[Statement] = field(default_factory=list)
    messages: deque[Published] = field(default_factory=lambda: deque(maxlen=MAXIMUM_MESSAGES))

    def accept_from_events(self, delivery: Delivery) -> None:
        """Take a rule's delivery. Raises DeliveryRefused when the policy does not let the rule publish here."""
        source = delivery.rule.arn
        if not lets_publish(self.policy, self.arn, source):
            raise DeliveryRefused("NO_PERMISSIONS", f"the policy of {self.arn} does not let {source} publish to it")
        self.publish(delivery.payload)

    def publish(
        self, message: str, subject: str | None = None, attributes: Mapping[str, Mapping[str, str]] | None = None
    ) -> Published:
        """Keep a message."""
        published = Published(self.identifiers.uuid(), message, subject, attributes or {})
        self.messages.append(published)
        return published


@dataclass(eq=False)
class Bucket:
    """A bucket: its objects by key, each a JSON document."""

    name: str
    arn: str
    objects: dict[str, Any] = field(default_factory=dict)

    def put(self, key: str, content: Any) -> None:
        """Keep an object."""
        self.objects[key] = content
