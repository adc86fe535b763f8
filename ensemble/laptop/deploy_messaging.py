"""Deploys queues, topics, buckets, buses, archives, rules, and the policies of queues and buses."""

from __future__ import annotations

import json
import re
from typing import Any

from ensemble.laptop.archives import Archive
from ensemble.laptop.buses import Bus
from ensemble.laptop.cloud import Cloud, add
from ensemble.laptop.errors import DeploymentRefused, PropertyUnsupported
from ensemble.laptop.patterns import InvalidEventPattern
from ensemble.laptop.policies import Statement, check_statements
from ensemble.laptop.queues import Queue, QueueSettings
from ensemble.laptop.resources import Resource
from ensemble.laptop.rules import Filter, Rule, Target
from ensemble.laptop.storage import Bucket, Topic

PERIODS = {"minute": 60, "hour": 3_600, "day": 86_400}
TARGET_PROPERTIES = {"Arn", "DeadLetterConfig", "Id", "Input", "InputPath", "RetryPolicy", "RoleArn"}
_RATE = re.compile(r"rate\((?:(1) (minute|hour|day)|([2-9]|[1-9]\d+) (minute|hour|day)s)\)")
_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z0-9_-]+)*")


def deploy_queue(cloud: Cloud, resource: Resource) -> None:
    """Make a queue, its redrive still to be joined."""
    properties = resource.properties
    redrive = _document(properties.get("RedrivePolicy"))
    settings = QueueSettings(
        visibility_timeout=float(properties.get("VisibilityTimeout", 30)),
        delay=float(properties.get("DelaySeconds", 0)),
        retention=float(properties.get("MessageRetentionPeriod", 345_600)),
        maximum_receives=int(redrive["maxReceiveCount"]) if redrive else None,
    )
    url = cloud.account.queue_url(resource.name)
    queue = Queue(resource.name, resource.arn, url, settings, cloud.engine.clock, cloud.identifiers)
    add(cloud.queues, queue.name, queue, "queue")
    cloud.queues_by_arn[queue.arn] = queue


def join_redrive(cloud: Cloud, resource: Resource, allow_policies: dict[str, dict[str, Any]]) -> None:
    """Give a queue its dead-letter queue, if that one allows it (SQS Developer Guide, "RedriveAllowPolicy")."""
    redrive = _document(resource.properties.get("RedrivePolicy"))
    if not redrive:
        return
    dead_letters = cloud.queues_by_arn.get(redrive["deadLetterTargetArn"])
    if dead_letters is None:
        raise DeploymentRefused(
            f"{resource} wants the dead-letter queue {redrive['deadLetterTargetArn']}, which is not there"
        )
    policy = allow_policies.get(dead_letters.arn, {})
    permission = policy.get("redrivePermission", "allowAll")
    if permission == "denyAll" or (permission == "byQueue" and resource.arn not in policy.get("sourceQueueArns", [])):
        raise DeploymentRefused(f"{dead_letters.name} does not allow {resource} to use it as its dead-letter queue")
    cloud.queues_by_arn[resource.arn].dead_letter_queue = dead_letters


def redrive_allow_policies(resources: list[Resource]) -> dict[str, dict[str, Any]]:
    """Return the redrive allow policies, by the ARN of the queue that has one."""
    return {
        resource.arn: _document(resource.properties["RedriveAllowPolicy"])
        for resource in resources
        if "RedriveAllowPolicy" in resource.properties
    }


def deploy_queue_policy(cloud: Cloud, resource: Resource) -> None:
    """Add a policy's statements to its queues."""
    statements = _statements(_document(resource.properties["PolicyDocument"]))
    for url in resource.properties["Queues"]:
        name = url.rsplit("/", 1)[-1]
        if name not in cloud.queues:
            raise DeploymentRefused(f"{resource} is for the queue {name}, which is not there")
        cloud.queues[name].policy.extend(statements)


def deploy_topic(cloud: Cloud, resource: Resource) -> None:
    """Make a topic."""
    topic = Topic(resource.name, resource.arn, cloud.identifiers)
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
    bus.policy.extend(_statements(_document(resource.properties.get("Policy"))))


def deploy_bus_policy(cloud: Cloud, resource: Resource) -> None:
    """Add a statement to a bus's policy."""
    properties = resource.properties
    if "Statement" not in properties:
        raise PropertyUnsupported(f"{resource} has no Statement: its older form (Action, Principal) is not run")
    _bus(cloud, resource, properties.get("EventBusName", "default")).policy.extend(_statements(properties))


def deploy_archive(cloud: Cloud, resource: Resource) -> None:
    """Make an archive of a bus."""
    properties = resource.properties
    bus = _bus(cloud, resource, properties["SourceArn"])
    days = int(properties.get("RetentionDays", 0))
    bus.archives.append(Archive(resource.name, resource.arn, bus.arn, _filter(resource), days))


def deploy_rule(cloud: Cloud, resource: Resource) -> str | None:
    """Make a rule; return why it is not run, if it has a schedule that is not."""
    properties = resource.properties
    bus = _bus(cloud, resource, properties.get("EventBusName", "default"))
    if any(rule.name == resource.name for rule in bus.rules):
        raise DeploymentRefused(f"two resources want to be the rule {resource.name!r} of the bus {bus.name!r}")
    schedule = properties.get("ScheduleExpression")
    period = _period(resource, schedule)
    rule = Rule(
        name=resource.name,
        arn=resource.arn,
        bus=bus.name,
        pattern=_filter(resource),
        period=period,
        is_enabled=properties.get("State", "ENABLED") != "DISABLED",
        targets=[_target(cloud, resource, target) for target in properties.get("Targets", [])],
    )
    bus.rules.append(rule)
    if period is not None and rule.is_enabled:
        cloud.buses.start_schedule(rule, period)
    return f"only rates are run, not {schedule}" if schedule and period is None else None


def _filter(resource: Resource) -> Filter | None:
    pattern = _document(resource.properties.get("EventPattern"))
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


def _target(cloud: Cloud, resource: Resource, properties: dict[str, Any]) -> Target:
    unknown = set(properties) - TARGET_PROPERTIES
    if unknown:
        raise PropertyUnsupported(f"a target of {resource} has {', '.join(sorted(unknown))}, which is not run")
    service = properties["Arn"].split(":")[2]
    if service not in ("events", "lambda", "sqs"):
        raise PropertyUnsupported(
            f"{resource} has the target {properties['Arn']}: only queues, functions and buses are run"
        )
    if not _PLAIN_PATH.fullmatch(properties.get("InputPath", "$")):
        raise PropertyUnsupported(
            f"{resource} has the InputPath {properties['InputPath']}: only names and dots are run"
        )
    if service == "events" and {"Input", "InputPath"} & set(properties):
        raise PropertyUnsupported(f"{resource} changes the input of an event bus, which is not run")
    retry = properties.get("RetryPolicy", {})
    return Target(
        arn=properties["Arn"],
        constant_input=properties.get("Input"),
        input_path=properties.get("InputPath"),
        maximum_retries=int(retry.get("MaximumRetryAttempts", 185)),
        maximum_age=float(retry.get("MaximumEventAgeInSeconds", 86_400)),
        dead_letter_arn=properties.get("DeadLetterConfig", {}).get("Arn"),
        role_arn=properties.get("RoleArn"),
    )


def _bus(cloud: Cloud, resource: Resource, name_or_arn: str) -> Bus:
    bus = cloud.buses.find(name_or_arn)
    if bus is None:
        raise DeploymentRefused(f"{resource} is for the event bus {name_or_arn}, which is not there")
    return bus


def _statements(document: dict[str, Any]) -> list[Statement]:
    statements = document.get("Statement", [])
    listed: list[Statement] = statements if isinstance(statements, list) else [statements]
    check_statements(listed)
    return listed


def _document(value: Any) -> dict[str, Any]:
    """Return a document that a template may give as an object or as JSON text."""
    document: dict[str, Any] = json.loads(value) if isinstance(value, str) else value or {}
    return document
