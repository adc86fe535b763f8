"""Deploys queues, topics, buckets, buses, archives, rules, and the policies of queues and buses."""

from __future__ import annotations

from typing import Any

from ensemble.aws.errors import DeploymentRefused, PropertyUnsupported
from ensemble.aws.patterns import InvalidEventPattern
from ensemble.aws.policies import Statement, check_statements, statements_of
from ensemble.aws.queues import settings_of
from ensemble.aws.resources import Resource
from ensemble.aws.rule_limits import check_rule
from ensemble.aws.rules import Filter, Rule, is_enabled_by
from ensemble.aws.schedules import Schedule, schedule_of_rule
from ensemble.aws.service_resources import document, targets_of
from ensemble.aws.targets import Target, target_of
from ensemble.laptop.archives import Archive
from ensemble.laptop.buses import EVENTBRIDGE, Bus
from ensemble.laptop.cloud import Cloud, add
from ensemble.laptop.fifo import FifoQueue
from ensemble.laptop.queues import Queue
from ensemble.laptop.storage import Bucket, Topic

FIFO_ENDING = ".fifo"
"""Amazon SQS API Reference, CreateQueue, QueueName."""


def deploy_key(cloud: Cloud, resource: Resource) -> None:
    """Make a key: what its policy says of who may use it."""
    cloud.keys.by_arn[resource.arn] = _statements(document(resource.properties.get("KeyPolicy")))


def deploy_queue(cloud: Cloud, resource: Resource) -> None:
    """Make a queue, its redrive still to be joined."""
    properties, settings = resource.properties, settings_of(resource.properties)
    if settings.is_fifo != resource.name.endswith(FIFO_ENDING):
        raise DeploymentRefused(f"{resource} is named {resource.name}: the names of FIFO queues alone end with .fifo")
    url = cloud.account.queue_url(resource.name)
    make = FifoQueue if settings.is_fifo else Queue
    queue = make(resource.name, resource.arn, url, settings, cloud.engine.clock, cloud.identifiers)
    key = str(properties.get("KmsMasterKeyId", ""))
    queue.refuse_unencrypted = lambda: cloud.keys.refuse(key, EVENTBRIDGE, "")
    queue.allow_policy = document(properties.get("RedriveAllowPolicy"))
    add(cloud.queues, queue.name, queue, "queue")
    cloud.queues_by_arn[queue.arn] = queue
    if isinstance(queue, FifoQueue):
        cloud.held[f"queue {queue.name}"] = queue


def join_redrive(cloud: Cloud, resource: Resource, allow_policies: dict[str, dict[str, Any]]) -> None:
    """Give a queue its dead-letter queue, if that one allows it (SQS Developer Guide, "RedriveAllowPolicy")."""
    arn = settings_of(resource.properties).dead_letter_arn
    if arn is None:
        return
    dead_letters = cloud.queues_by_arn.get(arn)
    if dead_letters is None:
        raise PropertyUnsupported(f"its dead-letter queue {arn} is not run here")
    if dead_letters.name.endswith(FIFO_ENDING) != resource.name.endswith(FIFO_ENDING):
        raise DeploymentRefused(f"{resource}: of {dead_letters.name} and it either both are FIFO queues, or none")
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
        cloud.queues[name].set_policy([*cloud.queues[name].policy, *statements])


def deploy_topic_policy(cloud: Cloud, resource: Resource) -> None:
    """Add a policy's statements to its topics."""
    statements = _statements(document(resource.properties["PolicyDocument"]))
    for arn in resource.properties["Topics"]:
        if arn not in cloud.topics_by_arn:
            raise PropertyUnsupported(f"it is for the topic {arn}, which is not run here")
        cloud.topics_by_arn[arn].policy.extend(statements)


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
    targets, not_run = _targets(cloud, resource)
    rule = Rule(
        name=resource.name,
        arn=resource.arn,
        bus=bus.name,
        pattern=_filter(resource),
        schedule=_schedule(resource),
        is_enabled=is_enabled_by(properties),
        targets=targets,
        properties=properties,
    )
    bus.rules.append(rule)
    cloud.buses.start_schedule(rule)
    return not_run


def _filter(resource: Resource) -> Filter | None:
    pattern = document(resource.properties.get("EventPattern"))
    try:
        return Filter(pattern) if pattern else None
    except InvalidEventPattern as error:
        raise DeploymentRefused(f"{resource} has an event pattern that is not valid: {error}") from error


def _schedule(resource: Resource) -> Schedule | None:
    expression = resource.properties.get("ScheduleExpression")
    try:
        return None if expression is None else schedule_of_rule(expression)
    except ValueError as error:
        raise DeploymentRefused(f"{resource} has the schedule {expression}, which is not valid: {error}") from error


def _targets(cloud: Cloud, resource: Resource) -> tuple[list[Target], list[str]]:
    """Return the targets that are run, and why the others are not. Raises PropertyUnsupported for a service's."""
    targets, not_run = [], []
    for properties in targets_of(resource):
        try:
            _refuse_elsewhere(cloud, properties["Arn"])
            targets.append(target_of(properties, cloud.left_out))
        except PropertyUnsupported as why:
            if properties["Arn"] in cloud.needed:
                raise
            not_run.append(f"its target {properties['Arn']} is not run: {why}")
    return targets, not_run


def _refuse_elsewhere(cloud: Cloud, arn: str) -> None:
    """Raise PropertyUnsupported for a target in another account or region."""
    place = arn.split(":")[3:5]
    if len(place) == 2 and all(place) and place != [cloud.account.region, cloud.account.account_id]:
        raise PropertyUnsupported("it is in another account or region")


def _bus(cloud: Cloud, name_or_arn: str) -> Bus:
    bus = cloud.buses.find(name_or_arn)
    if bus is None:
        raise PropertyUnsupported(f"it is for the event bus {name_or_arn}, which is not run here")
    return bus


def _statements(document: dict[str, Any]) -> list[Statement]:
    listed = statements_of(document)
    check_statements(listed)
    return listed
