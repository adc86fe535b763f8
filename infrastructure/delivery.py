"""A rule with one target: with retries, and a queue for the events that the target could not be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from constructs import Construct

from infrastructure import retention
from infrastructure.cloudformation import Resource
from infrastructure.intrinsics import Value
from infrastructure.naming import rule_arn
from infrastructure.queues import accept

MAXIMUM_RETRIES = 185
"""The most there are; they take the 24 hours that retries last (Amazon EventBridge API Reference, RetryPolicy)."""


class Delivery(Construct):
    """The rule matches either a `pattern` on a bus or, on the default bus (`bus=None`), a `schedule`.

    `target_role`: the ARN of the role to deliver with, for a target that has no policy of its own. `dead_letters`:
    the queue for what the target could not be given.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        target: Value,
        dead_letters: Resource,
        target_role: Value | None = None,
        bus: str | None = None,
        pattern: Mapping[str, Any] | None = None,
        schedule: str | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.rule_arn = rule_arn(bus, name)
        self.rule = Resource(
            self,
            "Rule",
            "AWS::Events::Rule",
            Name=name,
            EventBusName=bus,
            EventPattern=pattern,
            ScheduleExpression=schedule,
            Targets=[
                {
                    "Id": "target",
                    "Arn": target,
                    **({"RoleArn": target_role} if target_role else {}),
                    "RetryPolicy": {
                        "MaximumEventAgeInSeconds": retention.TARGET_RETRY_SECONDS,
                        "MaximumRetryAttempts": MAXIMUM_RETRIES,
                    },
                    "DeadLetterConfig": {"Arn": dead_letters.arn},
                }
            ],
        )
        # The rule comes last, so that it may deliver from its first event on.
        self.rule.after(accept(self, "DeadLettersPolicy", dead_letters, self.rule_arn))
