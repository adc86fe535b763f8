"""A rule with one target: with retries, and a queue for the events that the target could not be given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aws_cdk.aws_events import CfnRule
from aws_cdk.aws_sqs import CfnQueue, CfnQueuePolicy
from constructs import Construct

from infrastructure import retention
from infrastructure.intrinsics import rule_arn
from infrastructure.queues import Senders

EVENTBRIDGE = "events.amazonaws.com"

MAXIMUM_RETRIES = 185
"""The most there are; they take the 24 hours that retries last (Amazon EventBridge API Reference, RetryPolicy)."""


class Delivery(Construct):
    """The rule matches either a `pattern` on a bus or, on the default bus (`bus=None`), a `schedule`.

    `target_role`: the ARN of the role to deliver with, for a target that has no policy of its own. `dead_letters`:
    the queue for what the target could not be given. `policies`: those that let the
    rule send; None: the DLQ is the rule's own, and gets one.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        target: str,
        dead_letters: CfnQueue,
        target_role: str | None = None,
        bus: str | None = None,
        pattern: Mapping[str, Any] | None = None,
        schedule: str | None = None,
        policies: Sequence[CfnQueuePolicy] | None = None,
    ) -> None:
        super().__init__(scope, id)
        self.rule_arn = rule_arn(bus, name)
        self.rule = CfnRule(
            self,
            "Rule",
            name=name,
            event_bus_name=bus,
            event_pattern=pattern,
            schedule_expression=schedule,
            targets=[
                CfnRule.TargetProperty(
                    id="target",
                    arn=target,
                    role_arn=target_role,
                    retry_policy=CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=retention.TARGET_RETRY_SECONDS,
                        maximum_retry_attempts=MAXIMUM_RETRIES,
                    ),
                    dead_letter_config=CfnRule.DeadLetterConfigProperty(arn=dead_letters.attr_arn),
                )
            ],
        )
        # The rule comes last, so that it may deliver from its first event on.
        for policy in [self._of_its_own(dead_letters)] if policies is None else policies:
            self.rule.add_resource_dependency(policy)

    def _of_its_own(self, dead_letters: CfnQueue) -> CfnQueuePolicy:
        senders = Senders(self, "DeadLettersPolicy", dead_letters)
        senders.accept(EVENTBRIDGE, self.rule_arn)
        return senders.policy
