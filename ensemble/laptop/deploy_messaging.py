"""Deploys queues, topics, buckets, buses, archives, rules, and the policies of queues and buses."""

from __future__ import annotations

import re
from typing import Any

from ensemble.aws.errors import DeploymentRefused, PropertyUnsupported
from ensemble.aws.patterns import InvalidEventPattern
from ensemble.aws.policies import Statement, check_statements, statements_of
from ensemble.aws.resources import Resource
from ensemble.aws.rule_limits import check_rule
from ensemble.aws.rules import Filter, Rule, is_enabled_by
from ensemble.aws.service_resources import document, targets_of
from ensemble.aws.targets import Target, target_of
from ensemble.laptop.archives import Archive
from ensemble.laptop.buses import EVENTBRIDGE, Bus
from ensemble.laptop.cloud import Cloud, add
from ensemble.laptop.queues import Queue, QueueSettings
from ensemble.laptop.storage import Bucket, Topic

PERIODS = {"minute": 60, "hour": 3_600, "day": 86_400}
_RATE = re.compile(r"rate\((?:(1) (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)")


def deploy_key(cloud: Cloud, resource: Resource) -> None:
    """Make a key: what its policy says of who may use it."""
    cloud.keys.by_arn[resource.arn] = _statements(document(resource.properties.get("KeyPolicy")))


def deploy_queue(cloud: Cloud, resource: Resource) -> None:
    """Make a queue, its redrive still to be joined."""
    properties = resource.properties
    redrive = document(properties.get("RedrivePolicy"))
    settings = QueueSettings(
        visibility_timeout=float(properties.get("VisibilityTimeout", 30)),
        delay=float(properties.get("DelaySeconds", 0)),
        retention=float(properties.get("MessageRetentionPeriod", 345_600)),
        maximum_receives=int(redrive["maxReceiveCount"]) if redrive else None,
    )
    url = cloud.account.queue_url(resource.name)
    queue = Queue(resource.name, resource.arn, url, settings, cloud.engine.clock, cloud.identifiers)
    key = str(properties.get("KmsMasterKeyId", ""))
    queue.refuse_unencrypted = lambda: cloud.keys.refuse(key, EVENTBRIDGE, "")
    queue.allow_policy = document(properties.get("RedriveAllowPolicy"))
    add(cloud.queues, queue.name, queue, "queue")
    cloud.queues_by_arn[queue.arn] = queue


def join_redrive(cloud: Cloud, resource: Resource, allow_policies: dict[str, dict[str, Any]]) -> None:
    """Give a queue its dead-letter queue, if that one allows it (SQS Developer Guide, "RedriveAllowPolicy")."""
    redrive = document(resource.properties.get("RedrivePolicy"))
    if not redrive:
        return
    dead_letters = cloud.queues_by_arn.get(redrive["deadLetterTargetArn"])
    if dead_letters is None:
        raise PropertyUnsupported(f"its dead-letter queue {redrive['deadLetterTargetArn']} is not run here")
    policy = allow_policies.get(dead_letters.arn, {})
    permission = policy.get("redrivePermission", "allowAll")
    if permission == "denyAll" or (permission == "byQueue" and resource.arn not in policy.get("sourceQueueArns", [])):
        raise DeploymentRefused(f"{dead_letters.name} does not allow {resource} to use it as its dead-letter queue")
    cloud.queues_by_arn[resource.arn].dead_letter_queue = dead_letters


def redrive_allow_policies(resources: list[Resource]) -> dict[str, dict[str, Any]]:
    """Return the redrive allow policies, by the ARN of the queue that has one."""
    return {
        resource.arn: document(resource.properties["RedriveAllowPolicy"])
        for resource in resources
        if "RedriveAllowPolicy" in resource.properties
    }


def deploy_queue_policy(cloud: Cloud, resource: Resource) -> None:
    """Add a policy's statements to its queues."""
    statements = _statements(document(resource.properties["PolicyDocument"]))
    for url in resource.properties["Queues"]:
        name = url.rsplit("/", 1)[-1]
        if name not in cloud.queues:
            raise PropertyUnsupported(f"it is for the queue {name}, which is not run here")
        cloud.queues[name].policy.extend(statements)


def deploy_topic(cloud: Cloud, resource: Resource) -> None:
    """Make a topic."""
    topic = Topic(resource.name, resource.arn, cloud.identifiers)
    key = str(resource.properties.get("KmsMasterKeyId", ""))
    topic.refuse_unencrypted = lambda alarm: cloud.keys.refuse(key, "cloudwatch.amazonaws.com", alarm)
    add(cloud.topics, topic.name, topic, "topic")
    cloud.topics_by_arn[topic.arn] = topic


def deploy_bucket(cloud: Cloud, resource: Resource) -> None:
    """Make a bucket."""
    add(cloud.buckets, resource.name, Bucket(resource.name, resource.arn), "bucket")


def deploy_bus(cloud: Cloud, resource: Resource) -> None:
    """Make a bus, with its policy if it brings one."""
    if cloud.buses.find(resource.name) is not None:
        raise DeploymentRefused(f"two resources want to be the event bus {resource.name!r}")
    bus = cloud.buses.add(resource.name)
    bus.policy.extend(_statements(document(resource.properties.get("Policy"))))
    bus.key = str(resource.properties.get("KmsKeyIdentifier", ""))
    bus.dead_letter_arn = document(resource.properties.get("DeadLetterConfig")).get("Arn")


def deploy_bus_policy(cloud: Cloud, resource: Resource) -> None:
    """Add a statement to a bus's policy."""
    properties = resource.properties
    if "Statement" not in properties:
        raise PropertyUnsupported("it has no Statement, and its older form (Action, Principal) is not run")
    _bus(cloud, properties.get("EventBusName", "default")).policy.extend(_statements(properties))


def deploy_archive(cloud: Cloud, resource: Resource) -> None:
    """Make an archive of a bus."""
    properties = resource.properties
    bus = _bus(cloud, properties["SourceArn"])
    days = int(properties.get("RetentionDays", 0))
    bus.archives.append(Archive(resource.name, resource.arn, bus.arn, _filter(resource), days))


def deploy_rule(cloud: Cloud, resource: Resource) -> list[str]:
    """Make a rule; return why it or a target of it is not run."""
    properties = resource.properties
    bus = _bus(cloud, properties.get("EventBusName", "default"))
    if any(rule.name == resource.name for rule in bus.rules):
        raise DeploymentRefused(f"two resources want to be the rule {resource.name!r} of the bus {bus.name!r}")
    check_rule(str(resource), properties, bus.name)
    schedule = properties.get("ScheduleExpression")
    period = _period(resource, schedule)
    targets, not_run = _targets(cloud, resource)
    rule = Rule(
        name=resource.name,
        arn=resource.arn,
        bus=bus.name,
        pattern=_filter(resource),
        period=period,
        is_enabled=is_enabled_by(properties),
        targets=targets,
        properties=properties,
    )
    bus.rules.append(rule)
    if period is not None:
        cloud.buses.start_schedule(rule, period)
    return [*not_run, *([f"only rates are run, not {schedule}"] if schedule and period is None else [])]


def _filter(resource: Resource) -> Filter | None:
    pattern = document(resource.properties.get("EventPattern"))
    try:
        return Filter(pattern) if pattern else None
    except InvalidEventPattern as error:
        raise DeploymentRefused(f"{resource} has an event pattern that is not valid: {error}") from error


def _period(resource: Resource, schedule: str | None) -> float | None:
    """Return the seconds of a rate, None for another schedule or none (EventBridge user guide, "Rate expressions")."""
    match = _RATE.fullmatch(schedule or "")
    if match is not None:
        number, unit = (part for part in match.groups() if part)
        return int(number) * PERIODS[unit]
    if schedule is not None and not schedule.startswith("cron("):
        raise DeploymentRefused(f"{resource} has the schedule {schedule}, which is not valid")
    return None


def _targets(cloud: Cloud, resource: Resource) -> tuple[list[Target], list[str]]:
    """Return the targets that are run, and why the others are not. Raises PropertyUnsupported for a service's."""
    targets, not_run = [], []
    for properties in targets_of(resource):
        try:
            targets.append(target_of(properties, cloud.left_out))
        except PropertyUnsupported as why:
            if properties["Arn"] in cloud.needed:
                raise
            not_run.append(f"its target {properties['Arn']} is not run: {why}")
    return targets, not_run


def _bus(cloud: Cloud, name_or_arn: str) -> Bus:
    bus = cloud.buses.find(name_or_arn)
    if bus is None:
        raise PropertyUnsupported(f"it is for the event bus {name_or_arn}, which is not run here")
    return bus


def _statements(document: dict[str, Any]) -> list[Statement]:
    listed = statements_of(document)
    check_statements(listed)
    return listed
