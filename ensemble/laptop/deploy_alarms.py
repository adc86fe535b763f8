"""Deploys alarms."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ensemble.aws.errors import DeploymentRefused, PropertyUnsupported
from ensemble.aws.resources import Resource
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.cloudwatch.definition import MEASURED, read_alarm

_IS_THERE: Mapping[str, Callable[[Cloud, str], bool]] = {
    "AWS/Events": lambda cloud, name: any(rule.name == name for bus in cloud.buses.all for rule in bus.rules),
    "AWS/Lambda": lambda cloud, name: name in cloud.functions,
    "AWS/SQS": lambda cloud, name: name in cloud.queues,
}
"""Whether what a metric of a service is about is run here, by the metric's namespace."""


def deploy_alarm(cloud: Cloud, resource: Resource) -> list[str]:
    """Make an alarm; return which of its actions are not run. Raises PropertyUnsupported and DeploymentRefused."""
    definition = read_alarm(resource.name, resource.arn, resource.properties)
    for measure in definition.queries.measures.values():
        metric = measure.metric
        if metric.namespace in MEASURED:
            about = dict(metric.dimensions)[MEASURED[metric.namespace][0]]
            if not _IS_THERE[metric.namespace](cloud, about):
                raise PropertyUnsupported(f"it looks at {metric}, and there is no {about} here")
    if any(alarm.name == definition.name for alarm in cloud.alarms.all):
        raise DeploymentRefused(f"two resources want to be the alarm {definition.name!r}")
    cloud.alarms.add(definition)
    told = [action for actions in definition.actions.values() for action in actions]
    return [f"its action {one} is not run: it is no topic here" for one in told if one not in cloud.topics_by_arn]
