"""What a queue's properties say, and the defaults of AWS (Amazon SQS API Reference, CreateQueue)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.service_resources import document

KEPT_SECONDS = 345_600
"""How long a queue keeps a message where it does not say."""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """A queue's attributes; times are in seconds.

    `maximum_receives`, `dead_letter_arn`: how often a message is received at most, and where it then goes.
    `deduplicates_by_content`: ContentBasedDeduplication; `deduplicates_in_groups`: DeduplicationScope.
    """

    visibility_timeout: float = 30
    delay: float = 0
    retention: float = KEPT_SECONDS
    maximum_receives: int | None = None
    dead_letter_arn: str | None = None
    is_fifo: bool = False
    deduplicates_by_content: bool = False
    deduplicates_in_groups: bool = False


def settings_of(properties: Mapping[str, Any]) -> QueueSettings:
    """Return the settings of a queue with these properties, all of them known."""
    redrive = document(properties.get("RedrivePolicy"))
    return QueueSettings(
        visibility_timeout=hidden_for(properties),
        delay=float(properties.get("DelaySeconds", 0)),
        retention=float(properties.get("MessageRetentionPeriod", KEPT_SECONDS)),
        maximum_receives=int(redrive["maxReceiveCount"]) if redrive else None,
        dead_letter_arn=redrive["deadLetterTargetArn"] if redrive else None,
        is_fifo=_is_true(properties.get("FifoQueue")),
        deduplicates_by_content=_is_true(properties.get("ContentBasedDeduplication")),
        deduplicates_in_groups=properties.get("DeduplicationScope") == "messageGroup",
    )


def hidden_for(properties: Mapping[str, Any]) -> float:
    """Return for how many seconds a queue hides what was received."""
    return float(properties.get("VisibilityTimeout", 30))


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
