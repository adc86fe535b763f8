"""Every physical name, by convention: stacks find each other by these, without exports."""

from __future__ import annotations

import re

from functions.kit.model import EVERY_EVENT
from infrastructure.errors import NameTooLong, PrefixRefused
from infrastructure.intrinsics import arn

PREFIX = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
"""What every name may begin with: a stack's takes no underscore and begins with a letter (AWS CloudFormation API
Reference, CreateStack)."""

LONGEST_PREFIX = 20
"""Characters, so that a rule's name has 40 left for environment, service and event."""

LONGEST_RULE_NAME = 64
"""Characters (Amazon EventBridge API Reference, PutRule)."""

LONGEST_QUEUE_NAME = 80
"""Characters (Amazon SQS API Reference, CreateQueue)."""

DEAD_LETTER_SUFFIX = "-dlq"
"""What is added to the name of a queue, or of a rule, for the queue of what fails there; the consumer does so too."""


class Names:
    """The names in one environment. All begin with `stage`: the project's prefix and the environment's own name."""

    def __init__(self, stage: str) -> None:
        self.stage = stage
        self.bus = f"{stage}-ensemble"
        self.replay_bus = f"{stage}-ensemble-replay"
        self.archive = f"{stage}-ensemble"
        self.registry = f"{stage}-ensemble"
        self.alarms_topic = f"{stage}-ensemble-alarms"

    def table(self, service: str) -> str:
        return f"{self.stage}-{service}"

    def consumer(self, service: str) -> str:
        return f"{self.stage}-{service}"

    def relay(self, service: str) -> str:
        return f"{self.stage}-{service}-relay"

    def sweep(self, service: str) -> str:
        return f"{self.stage}-{service}-sweep"

    def topic(self, service: str, topic: str) -> str:
        return f"{self.stage}-{service}-{topic}"

    def alarm(self, service: str, what: str) -> str:
        return f"{self.stage}-{service}-{what}"

    def subscription(self, service: str, event: str) -> str:
        """The name of a subscription's rule and of its queue. Raises NameTooLong."""
        return _checked(f"{self.stage}-{service}-{title(event)}")

    def replay(self, subscription: str) -> str:
        """The name of the same subscription on the replay lane. Raises NameTooLong."""
        return _checked(f"{subscription}-replay")


def prefixed(prefix: str, environment: str) -> str:
    """Return what all names of an environment begin with: the project's prefix, if it has one, and its own name.

    Two projects with different prefixes share nothing in one account. Raises PrefixRefused.
    """
    if prefix and (len(prefix) > LONGEST_PREFIX or not PREFIX.fullmatch(prefix)):
        raise PrefixRefused(
            f"the project's prefix {prefix!r} cannot begin the names of stacks, queues and rules: take at most "
            f"{LONGEST_PREFIX} lower-case letters, digits and single hyphens, and begin with a letter"
        )
    return f"{prefix}-{environment}" if prefix else environment


def title(event: str) -> str:
    """What names call the event, as they take no asterisk."""
    return "EveryEvent" if event == EVERY_EVENT else event


def bus_arn(bus: str) -> str:
    return arn("events", f"event-bus/{bus}")


def rule_arn(bus: str | None, rule: str) -> str:
    """The ARN of a rule; None is the default bus, which the ARN leaves out."""
    return arn("events", f"rule/{rule}" if bus is None else f"rule/{bus}/{rule}")


def _checked(name: str) -> str:
    for made, longest in ((name, LONGEST_RULE_NAME), (name + DEAD_LETTER_SUFFIX, LONGEST_QUEUE_NAME)):
        if len(made) > longest:
            raise NameTooLong(
                f"{made} has {len(made)} characters and AWS allows {longest}: shorten the name of the event, of the "
                "service or of the project"
            )
    return name
