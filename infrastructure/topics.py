"""Topics, each with a policy of its own."""

from __future__ import annotations

from aws_cdk.aws_sns import CfnSubscription, CfnTopic, CfnTopicPolicy
from constructs import Construct

from infrastructure.permissions import Statement, document, on_behalf_of, refuse_without_tls


def topic(scope: Construct, id: str, name: str) -> CfnTopic:
    """A topic of the service's: who may publish on it, its own policies say."""
    made = CfnTopic(scope, id, topic_name=name)
    _protect(scope, id, made)
    return made


def alarms_topic(scope: Construct, id: str, name: str, alarms: str) -> CfnTopic:
    """A topic that CloudWatch notifies of alarms, those whose ARNs are like `alarms`.

    With a policy of its own a topic has SNS's default policy no more, which let CloudWatch in (Amazon CloudWatch User
    Guide, "Notifying users on alarm changes").
    """
    made = CfnTopic(scope, id, topic_name=name)
    _protect(
        scope,
        id,
        made,
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": made.ref,
            "Condition": on_behalf_of(alarms),
        },
    )
    return made


def subscribe(scope: Construct, topic: CfnTopic, endpoint: str) -> None:
    """Let SNS notify an e-mail address or an https URL, once it has answered SNS's question whether it wants that."""
    protocol = "https" if endpoint.startswith("https://") else "email"
    CfnSubscription(scope, f"Subscriber-{endpoint}", topic_arn=topic.ref, protocol=protocol, endpoint=endpoint)


def _protect(scope: Construct, id: str, topic: CfnTopic, *allowed: Statement) -> None:
    policy = document(*allowed, refuse_without_tls("sns:Publish", topic.ref))
    CfnTopicPolicy(scope, f"{id}Policy", topics=[topic.ref], policy_document=policy)
