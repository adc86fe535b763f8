"""Compares rules, policies and mappings as deployed with the templates: what comes to nobody, what differs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.opaque import is_known
from ensemble.aws.policies import Statement, allows
from ensemble.aws.resource_types import RULE
from ensemble.choreography.graph import Graph, Rule, Sent, matched_by

Json = dict[str, Any]

EVENTS = "events.amazonaws.com"


class Fault(NamedTuple):
    """Why an event does not come to a service: in two or three words, and as a sentence."""

    word: str
    text: str


class Delivery(NamedTuple):
    """That an event is to come to a service by a queue."""

    source: str
    event: str
    service: str
    queue: str


@dataclass(frozen=True, slots=True)
class DeployedRule:
    """A rule as EventBridge has it. `targets`: the names of the queues and buses that it leads to."""

    arn: str
    is_enabled: bool
    pattern: Json
    targets: frozenset[str]


@dataclass(frozen=True, slots=True)
class DeployedQueue:
    """A queue as SQS has it: the statements of its policy."""

    arn: str
    policy: Sequence[Statement]


@dataclass(frozen=True, slots=True)
class Deployed:
    """The rules of a bus by name, the queues by name, and of each queue with a mapping whether that polls it."""

    rules: Mapping[str, DeployedRule]
    queues: Mapping[str, DeployedQueue]
    polled: Mapping[str, bool]


def faults(
    graph: Graph, bus: str, deliveries: Iterable[Delivery], deployed: Deployed
) -> Iterator[tuple[Delivery, Fault]]:
    """Yield each delivery that fails as it is deployed, with the first reason on its way."""
    rules = [rule for rule in graph.rules if rule.bus == bus]
    for delivery in deliveries:
        leading = [rule for rule in rules if delivery.queue in _names(rule.targets) and _matched(rule, delivery)]
        found = [_fault(graph, rule, delivery, deployed) for rule in leading]
        if found and all(found):
            yield delivery, next(fault for fault in found if fault)
        elif not deployed.polled.get(delivery.queue, False):
            yield (
                delivery,
                Fault("not read", f"no mapping takes messages from {delivery.queue} to {delivery.service}"),
            )


def differences(graph: Graph, bus: str, beginning: str, deployed: Deployed) -> Iterator[str]:
    """Yield in words how the rules that are deployed differ from the templates. `beginning`: of the stage's names."""
    expected = {rule.name: rule for rule in graph.rules if rule.bus == bus}
    uncertain = {
        (one.stack, one.name)
        for one in graph.resources
        if one.type == RULE and not is_known(one.properties.get("EventPattern"))
    }
    for name, rule in sorted(expected.items()):
        found = deployed.rules.get(name)
        if found is None:
            yield f"{name} is not deployed"
        elif found.pattern != rule.pattern and (rule.stack, name) not in uncertain:
            yield f"{name} is deployed with another pattern"
        elif found.targets != _names(rule.targets):
            yield f"{name} leads to {', '.join(sorted(found.targets)) or 'nothing'} there"
    for name in sorted(deployed.rules.keys() - expected.keys()):
        if name.startswith(f"{beginning}-"):
            yield f"{name} is deployed, and is not here"


def _fault(graph: Graph, rule: Rule, delivery: Delivery, deployed: Deployed) -> Fault | None:
    found = deployed.rules.get(rule.name)
    event, queue = delivery.event, delivery.queue
    if found is None:
        return Fault("no rule", f"the rule {rule.name} is not deployed")
    if not found.is_enabled:
        return Fault("rule off", f"the rule {rule.name} is disabled")
    if queue not in found.targets:
        return Fault("no target", f"the rule {rule.name} does not lead to {queue}")
    if found.pattern != rule.pattern and not matched_by(graph, found.pattern, _sent(rule, delivery)):
        return Fault("no match", f"the pattern of the rule {rule.name} does not match {event}")
    if not _may_send(found, deployed.queues.get(queue)):
        return Fault("denied", f"the policy of {queue} does not let the rule {rule.name} send to it")
    return None


def _may_send(rule: DeployedRule, queue: DeployedQueue | None) -> bool:
    """Whether a queue's policy takes what a rule sends; a condition that is not known is taken to hold."""
    if queue is None:
        return False
    try:
        return allows(
            list(queue.policy),
            service=EVENTS,
            action="sqs:SendMessage",
            resource=queue.arn,
            source_arn=rule.arn,
            account_id=queue.arn.split(":")[4],
        )
    except PropertyUnsupported:
        return True


def name_in(arn: str) -> str:
    """Return the name of a queue, or of a bus, by its ARN: an assembly may know no account."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def _names(arns: Iterable[str]) -> frozenset[str]:
    return frozenset(map(name_in, arns))


def _matched(rule: Rule, delivery: Delivery) -> bool:
    return bool(_sent(rule, delivery))


def _sent(rule: Rule, delivery: Delivery) -> frozenset[Sent]:
    return frozenset(one for one in rule.matched if (one.publisher, one.event) == (delivery.source, delivery.event))
