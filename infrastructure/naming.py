"""Every physical name, by convention: stacks find each other by these, without exports."""

from __future__ import annotations

from functions.kit.model import EVERY_EVENT
from infrastructure.errors import NameTooLong
from infrastructure.intrinsics import Value, arn

LONGEST_RULE_NAME = 64
"""Characters (Amazon EventBridge API Reference, PutRule)."""

LONGEST_QUEUE_NAME = 80
"""Characters (Amazon SQS API Reference, CreateQueue)."""

DEAD_LETTER_SUFFIX = "-dlq"
"""What is added to the name of a queue, or of a rule, for the queue of what fails there; the consumer does so too."""


class Names:
    """The names in one environment; `environment` is its stage's name."""

    def __init__(self, environment: str) -> None:
        self._environment = environment
        self.bus = f"{environment}-ensemble"
        self.replay_bus = f"{environment}-ensemble-replay"
        self.archive = f"{environment}-ensemble"
        self.registry = f"{environment}-ensemble"
        self.alarms_topic = f"{environment}-ensemble-alarms"

    def table(self, service: str) -> str:
        return f"{self._environment}-{service}"

    def consumer(self, service: str) -> str:
        return f"{self._environment}-{service}"

    def relay(self, service: str) -> str:
        return f"{self._environment}-{service}-relay"

    def sweep(self, service: str) -> str:
        return f"{self._environment}-{service}-sweep"

    def topic(self, service: str, topic: str) -> str:
        return f"{self._environment}-{service}-{topic}"

    def alarm(self, service: str, what: str) -> str:
        return f"{self._environment}-{service}-{what}"

    def subscription(self, service: str, event: str) -> str:
        """The name of a subscription's rule and of its queue. Raises NameTooLong."""
        return _checked(f"{self._environment}-{service}-{title(event)}")

    def replay(self, subscription: str) -> str:
        """The name of the same subscription on the replay lane. Raises NameTooLong."""
        return _checked(f"{subscription}-replay")


def title(event: str) -> str:
    """What names call the event, as they take no asterisk."""
    return "EveryEvent" if event == EVERY_EVENT else event


def bus_arn(bus: str) -> Value:
    return arn("events", f"event-bus/{bus}")


def rule_arn(bus: str | None, rule: str) -> Value:
    """The ARN of a rule; None is the default bus, which the ARN leaves out."""
    return arn("events", f"rule/{rule}" if bus is None else f"rule/{bus}/{rule}")


def _checked(name: str) -> str:
    for made, longest in ((name, LONGEST_RULE_NAME), (name + DEAD_LETTER_SUFFIX, LONGEST_QUEUE_NAME)):
        if len(made) > longest:
            raise NameTooLong(f"{made} has {len(made)} characters and AWS allows {longest}: shorten the event's name")
    return name
