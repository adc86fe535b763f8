"""Every physical name, by convention: stacks find each other by these, without exports."""

from __future__ import annotations

import re

from functions.kit.model import EVERY_EVENT
from infrastructure.errors import NameTooLong, PrefixRefused, StageRefused

WORD = re.compile(r"[a-z][a-z0-9]*")
"""What a prefix and a stage are. Everything in AWS takes a name that begins so, and without a hyphen in either the
names of two projects, or of two stages, never meet."""

LONGEST_WORD = 20
"""Characters, so that a rule's name has at least 22 left for service and event."""

RESERVED = ("aws", "ssm")
"""What no prefix begins with, as the names of parameters, where secrets are kept, begin with it (AWS Systems Manager
User Guide, "Understanding parameter name requirements and constraints")."""

RUNBOOK = "docs/runbook.md"
"""Has a section for each kind of alarm, called like what comes last in the alarm's name."""

OLDEST_MESSAGE = "ApproximateAgeOfOldestMessage"
"""SQS's metric of how long the oldest message of a queue waits (Amazon SQS Developer Guide, "Available CloudWatch
metrics")."""

ALLOWED = f"a letter and up to {LONGEST_WORD - 1} more letters and digits, all lower-case"

LONGEST = {
    "archive": 48,  # Amazon EventBridge API Reference, CreateArchive
    "function": 64,  # AWS Lambda API Reference, CreateFunction
    "queue": 80,  # Amazon SQS API Reference, CreateQueue
    "registry": 64,  # Amazon EventBridge Schemas API Reference, CreateRegistry
    "rule": 64,  # Amazon EventBridge API Reference, PutRule
}
"""Characters that AWS allows in the names that could become too long."""

CONTEXT = "stage"
"""The key of the CDK's context that chooses a stage: `cdk.json` says dev, and `-c stage=NAME` another one."""

PLATFORM = "platform"
"""The stack of what all services share."""

FRONT_DOOR = "front-door"
"""The stack of the API that takes commands from outside. No service can have this name: it is no Python module's."""

DEAD_LETTER_SUFFIX = "-dlq"
"""What is added to the name of a queue, or of a rule, for the queue of what fails there; the consumer does so too."""


class Names:
    """The names of one stage of a project. All begin with the project's prefix and the stage's name.

    Each raises NameTooLong where AWS would refuse it.
    """

    def __init__(self, prefix: str, stage: str) -> None:
        """Raises PrefixRefused and StageRefused when one of them cannot begin a name."""
        if not _is_word(prefix):
            raise PrefixRefused(f"the project's prefix {prefix!r} cannot begin the names in AWS: take {ALLOWED}")
        if prefix.startswith(RESERVED):
            raise PrefixRefused(
                f"the project's prefix {prefix!r} begins with {' or '.join(map(repr, RESERVED))}, which AWS keeps for "
                "itself. Fix: take another one"
            )
        if not _is_word(stage):
            raise StageRefused(f"a stage cannot be called {stage!r}: take {ALLOWED}, such as 'alice'")
        self._stage = stage
        self.beginning = f"{prefix}-{stage}"
        self.bus = f"{self.beginning}-ensemble"
        self.replay_bus = f"{self.beginning}-ensemble-replay"
        self.archive = self._checked("archive", f"{self.beginning}-ensemble")
        self.registry = self._checked("registry", f"{self.beginning}-ensemble")
        self.alarms_topic = f"{self.beginning}-ensemble-alarms"
        self.dashboard = self.beginning
        self.front_door = f"{self.beginning}-{FRONT_DOOR}"

    def stack(self, name: str) -> str:
        """The stack of a service, or of the platform."""
        return f"{self.beginning}-{name}"

    def table(self, service: str) -> str:
        return f"{self.beginning}-{service}"

    def store(self, service: str) -> str:
        """The table of a service that stores every event."""
        return f"{self.beginning}-{service}-store"

    def consumer(self, service: str) -> str:
        return self._checked("function", f"{self.beginning}-{service}")

    def sweep(self, service: str) -> str:
        return self._checked("rule", f"{self.beginning}-{service}-sweep")

    def topic(self, service: str, topic: str) -> str:
        return f"{self.beginning}-{service}-{topic}"

    def publisher(self, publisher: str) -> str:
        """The policy by which somebody who is no service may publish."""
        return f"{self.beginning}-{publisher}-publisher"

    def caller(self, publisher: str) -> str:
        """The policy by which a publisher may call the front door, its usage plan there, and its API key."""
        return f"{self.beginning}-{publisher}-caller"

    def alarm(self, service: str, what: str) -> str:
        return f"{self.beginning}-{service}-{what}"

    def rule(self, service: str, event: str) -> str:
        """The rule that sends an event to a service."""
        return self._checked("rule", f"{self.beginning}-{service}-{title(event)}")

    def replay(self, rule: str) -> str:
        """The rule of the same event on the replay lane."""
        return self._checked("rule", f"{rule}-replay")

    def queue(self, service: str, lane: str) -> str:
        """The queue of a service's lane, whose DLQ has a name that is not too long either."""
        name = f"{self.beginning}-{service}-{lane}"
        self._checked("queue", name + DEAD_LETTER_SUFFIX)
        return name

    def _checked(self, kind: str, name: str) -> str:
        longest = LONGEST[kind]
        if len(name) > longest:
            raise NameTooLong(
                f"stage {self._stage!r}: the {kind}'s name {name} has {len(name)} characters and AWS allows {longest}. "
                f"Fix: shorten the name of the stage, the event, the service or the project by {len(name) - longest}"
            )
        return name


def title(event: str) -> str:
    """What names call the event, as they take no asterisk."""
    return "EveryEvent" if event == EVERY_EVENT else event


def _is_word(text: str) -> bool:
    return len(text) <= LONGEST_WORD and WORD.fullmatch(text) is not None
