"""What joins two resources, and whether it carries: a rule and its target, a queue and the function that reads it.

The laptop and the simulator carry what this says is carried, and the checks name what is not. What only a deployment
knows counts for the joint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ensemble.aws import mappings
from ensemble.aws.opaque import Opaque, is_known
from ensemble.aws.policies import Statement, allows, permits, statements_of
from ensemble.aws.queues import hidden_for
from ensemble.aws.resource_types import (
    FUNCTION,
    GRANT,
    MAPPING,
    PERMISSION,
    POLICY,
    QUEUE,
    QUEUE_POLICY,
    ROLE,
    RULE,
    TABLE,
    TOPIC,
    TOPIC_POLICY,
)
from ensemble.aws.rules import is_enabled_by
from ensemble.aws.service_resources import Described, document, function_name, is_of_a_service, targets_of
from ensemble.aws.targets import INPUTS

EVENTBRIDGE = "events.amazonaws.com"

POLLING = {
    "dynamodb": ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"),
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
}
"""What an event source mapping does by the role of its function, by the service that it reads (AWS Lambda Developer
Guide, "Execution role permissions" of Amazon SQS and of DynamoDB)."""


def lets_send(policy: Sequence[Statement], queue_arn: str, rule_arn: str) -> bool:
    """Return whether the policy of a queue lets a rule send to it (Amazon EventBridge User Guide, "Using
    resource-based policies")."""
    return _lets(policy, "sqs:SendMessage", queue_arn, rule_arn)


def lets_publish(policy: Sequence[Statement], topic_arn: str, rule_arn: str) -> bool:
    """Return whether the policy of a topic lets a rule publish to it (the same)."""
    return _lets(policy, "sns:Publish", topic_arn, rule_arn)


def lets_invoke(permissions: Sequence[Statement], function_arn: str, rule_arn: str) -> bool:
    """Return whether the policy of a function lets a rule invoke it (the same)."""
    return _lets(permissions, "lambda:InvokeFunction", function_arn, rule_arn)


def _lets(policy: Sequence[Statement], action: str, arn: str, rule_arn: str) -> bool:
    account = arn.split(":")[4]
    return allows(policy, service=EVENTBRIDGE, action=action, resource=arn, source_arn=rule_arn, account_id=account)


def permission_statement(properties: dict[str, Any], function_arn: str) -> Statement:
    """Return what an AWS::Lambda::Permission adds to the policy of its function."""
    sources = {"aws:SourceArn": properties.get("SourceArn"), "aws:SourceAccount": properties.get("SourceAccount")}
    return {
        "Effect": "Allow",
        "Principal": {"Service": properties["Principal"]},
        "Action": properties["Action"],
        "Resource": function_arn,
        "Condition": {"StringLike": {name: value for name, value in sources.items() if value is not None}},
    }


def hidden_too_briefly(queue: str, visibility_timeout: float, function: str, timeout: float) -> str | None:
    """Return why Lambda refuses to read a queue by a function; None where it does not (AWS Lambda Developer Guide,
    "Creating and configuring an Amazon SQS event source mapping")."""
    if visibility_timeout >= timeout:
        return None
    return (
        f"messages of {queue} are hidden for {visibility_timeout:g} s, shorter than the timeout of {function}, "
        f"{timeout:g} s"
    )


def runs_for(function: dict[str, Any]) -> float:
    """Return after how many seconds a function is ended (AWS Lambda API Reference, CreateFunction)."""
    return float(function.get("Timeout", 3))


ANYTHING: Statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something that the templates join and AWS does not carry, or refuses to join.

    `what`: which resource is how, and what does not happen. `mend`: what to do.
    """

    stack: str
    what: str
    mend: str


class Joints:
    """The joints between resources of the same stacks, whose properties are resolved."""

    def __init__(self, resources: Sequence[Described]) -> None:
        self._of = {type: [one for one in resources if one.type == type] for type in {one.type for one in resources}}
        self._queues = {one.arn: one for one in self._all(QUEUE)}
        self._functions = {one.name: one for one in self._all(FUNCTION)}
        self._by_arn = {one.arn: one for one in self._all(FUNCTION)}
        self._of_services = {
            one.properties.get("EventSourceArn")
            for one in self._all(MAPPING)
            if (function := self._functions.get(function_name(one.properties))) is not None
            and is_of_a_service(str(function.properties.get("Handler", "")))
        }
        """The ARNs of the queues that services read: their kit knows events as they come from the bus."""
        self._roles = {one.arn: one for one in self._all(ROLE)}
        self._policies: dict[str, list[Statement]] = {}
        for one in self._all(QUEUE_POLICY):
            for url in one.properties.get("Queues", []):
                said = _said_by(one.properties.get("PolicyDocument"))
                self._policies.setdefault(str(url).rsplit("/", 1)[-1], []).extend(said)
        self._topics = {one.arn: one for one in self._all(TOPIC)}
        self._topic_policies: dict[str, list[Statement]] = {}
        for one in self._all(TOPIC_POLICY):
            for arn in one.properties.get("Topics", []):
                said = _said_by(one.properties.get("PolicyDocument"))
                self._topic_policies.setdefault(str(arn), []).extend(said)
        self._permissions: dict[str, list[Statement]] = {}
        for one in self._all(PERMISSION):
            function = self._functions.get(function_name(one.properties))
            if function is not None:
                statement = permission_statement(one.properties, function.arn)
                self._permissions.setdefault(function.name, []).append(statement)

    def _all(self, type: str) -> list[Described]:
        return self._of.get(type, [])

    def refusal(self, rule_arn: str, target_arn: str, *, by_role: bool = False) -> str | None:
        """Return why a queue, function or topic of these takes nothing from a rule; None where it does, or is none.

        `by_role`: the target names a role to send by, which is asked instead of the policy of what it sends to.
        """
        if by_role:
            return None
        queue, function = self._queues.get(target_arn), self._by_arn.get(target_arn)
        if queue is not None and not lets_send(self._policies.get(queue.name, []), queue.arn, rule_arn):
            return f"the policy of the queue {queue.name} does not let it send there"
        if function is not None and not lets_invoke(self._permissions.get(function.name, []), function.arn, rule_arn):
            return f"no permission of the function {function.name} lets it invoke that"
        topic = self._topics.get(target_arn)
        if topic is not None and not lets_publish(self._topic_policies.get(topic.arn, []), topic.arn, rule_arn):
            return f"the policy of the topic {topic.name} does not let it publish there"
        return None

    def obstacles(self) -> Iterator[Obstacle]:
        """Yield what is not carried, in the order of rules and then mappings."""
        for rule in self._all(RULE):
            yield from self._of_rule(rule)
        for mapping in self._all(MAPPING):
            yield from self._of_mapping(mapping)

    def _of_rule(self, rule: Described) -> Iterator[Obstacle]:
        if not is_enabled_by(rule.properties):
            yield Obstacle(
                rule.stack, f"the rule {rule.name} is {rule.properties['State']}, and sends nothing", "enable it"
            )
            return
        for target in targets_of(rule):
            altering = sorted(INPUTS & target.keys())
            if altering and target.get("Arn") in self._of_services:
                what = f"the rule {rule.name} gives {_last(str(target['Arn']))} something else than the event"
                yield Obstacle(rule.stack, f"{what}: it has {' and '.join(altering)}", "leave that out")
            why = self.refusal(rule.arn, str(target.get("Arn")), by_role="RoleArn" in target)
            if why is not None:
                yield Obstacle(rule.stack, f"the rule {rule.name} delivers nothing: {why}", "let it")
            dead_letters = str(document(target.get("DeadLetterConfig")).get("Arn", ""))
            why = self.refusal(rule.arn, dead_letters)
            if why is not None:
                yield Obstacle(rule.stack, f"the rule {rule.name} loses what it cannot deliver: {why}", "let it")

    def _of_mapping(self, mapping: Described) -> Iterator[Obstacle]:
        properties = mapping.properties
        function = self._functions.get(function_name(properties))
        source = properties.get("EventSourceArn")
        if function is None or not is_known(source):
            return
        reader = f"{function.name} reads nothing from {_last(str(source))}"
        if not mappings.is_enabled_by(properties):
            yield Obstacle(mapping.stack, f"{reader}: its event source mapping is not enabled", "enable it")
            return
        queue = self._queues.get(str(source))
        if queue is not None:
            why = hidden_too_briefly(
                queue.name, hidden_for(queue.properties), function.name, runs_for(function.properties)
            )
            if why is not None:
                mend = "hide them for six times as long as the function runs at most"
                yield Obstacle(mapping.stack, f"Lambda refuses the mapping: {why}", mend)
        if ":dynamodb:" in str(source):
            yield from self._of_stream(mapping, reader)
        forbidden = self._forbidden(function, str(source))
        if forbidden:
            what = f"{reader}: its role does not let it {', '.join(forbidden)}"
            yield Obstacle(mapping.stack, what, "grant it that")

    def _of_stream(self, mapping: Described, reader: str) -> Iterator[Obstacle]:
        source = str(mapping.properties["EventSourceArn"])
        table = next((one for one in self._all(TABLE) if source.startswith(f"{one.arn}/")), None)
        if table is None:
            return
        view = document(table.properties.get("StreamSpecification")).get("StreamViewType")
        if view is None:
            what = f"{reader}: the table {table.name} has no stream"
            yield Obstacle(mapping.stack, what, "give it one with new images")
        elif view not in ("NEW_IMAGE", "NEW_AND_OLD_IMAGES"):
            what = f"{reader}: the stream of {table.name} shows {view}, and no new images"
            yield Obstacle(mapping.stack, what, "let it show them")
        if mapping.properties.get("MaximumRetryAttempts") == 0:
            what = f"{function_name(mapping.properties)} is given each change of {table.name} once, and not again"
            yield Obstacle(mapping.stack, what, "leave MaximumRetryAttempts out")

    def _forbidden(self, function: Described, source: str) -> list[str]:
        """Return what of polling the role of a function does not let it do; nothing where it is no role of these."""
        role = self._roles.get(str(function.properties.get("Role")))
        actions = POLLING.get(source.split(":")[2], ()) if source.count(":") > 1 else ()
        if role is None or role.properties.get("ManagedPolicyArns"):
            return []
        own = [document(one) for one in role.properties.get("Policies", [])]
        attached = [
            one.properties
            for type in (GRANT, POLICY)
            for one in self._all(type)
            if role.name in (one.properties.get("Roles") or [])
        ]
        said = [statement for one in (*own, *attached) for statement in _said_by(one.get("PolicyDocument"))]
        return [action for action in actions if not permits(said, action, source)]


def _said_by(policy: Any) -> list[Statement]:
    """Return the statements of a policy; one that only a deployment knows lets anybody do anything."""
    if isinstance(policy, Opaque):
        return [ANYTHING]
    return [ANYTHING if isinstance(one, Opaque) else one for one in statements_of(document(policy))]


def _last(arn: str) -> str:
    resource = arn.split(":", 5)[-1]
    return resource.split("/")[1] if "/" in resource else resource
