"""Deploys the resources of an assembly: first what others refer to, then what joins them.

A resource that cannot be run is listed and left out, unless a service needs it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.resource_types import GRANT, KEY, POLICY, ROLE
from ensemble.aws.resources import NotRun, Resource
from ensemble.aws.service_resources import of_services
from ensemble.laptop.api_destinations import deploy_api_destination, deploy_connection
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.deploy_alarms import deploy_alarm
from ensemble.laptop.deploy_compute import (
    deploy_function,
    deploy_invoke_config,
    deploy_log_group,
    deploy_mapping,
    deploy_permission,
    deploy_table,
)
from ensemble.laptop.deploy_messaging import (
    deploy_archive,
    deploy_bucket,
    deploy_bus,
    deploy_bus_policy,
    deploy_key,
    deploy_queue,
    deploy_queue_policy,
    deploy_rule,
    deploy_topic,
    deploy_topic_policy,
    join_redrive,
    redrive_allow_policies,
)
from ensemble.laptop.deploy_roles import deploy_grant, deploy_role
from ensemble.laptop.gateway.deploying import (
    deploy_api,
    deploy_api_key,
    deploy_method,
    deploy_part,
    deploy_plan,
    deploy_plan_key,
    deploy_policy,
)
from ensemble.laptop.pipes import deploy_pipe
from ensemble.laptop.schedules import deploy_schedule

Deploy = Callable[[Cloud, Resource], list[str] | None]
"""Deploys a resource; returns why parts of it are not run."""

ORDER: tuple[tuple[str, Deploy], ...] = (
    (ROLE, deploy_role),
    (POLICY, deploy_grant),
    (GRANT, deploy_grant),
    (KEY, deploy_key),
    ("AWS::SQS::Queue", deploy_queue),
    ("AWS::SNS::Topic", deploy_topic),
    ("AWS::S3::Bucket", deploy_bucket),
    ("AWS::DynamoDB::Table", deploy_table),
    ("AWS::DynamoDB::GlobalTable", deploy_table),
    ("AWS::Events::EventBus", deploy_bus),
    ("AWS::Logs::LogGroup", deploy_log_group),
    ("AWS::Lambda::Function", deploy_function),
    ("AWS::SQS::QueuePolicy", deploy_queue_policy),
    ("AWS::SNS::TopicPolicy", deploy_topic_policy),
    ("AWS::Events::EventBusPolicy", deploy_bus_policy),
    ("AWS::Lambda::Permission", deploy_permission),
    ("AWS::Lambda::EventInvokeConfig", deploy_invoke_config),
    ("AWS::Events::Archive", deploy_archive),
    ("AWS::Events::Connection", deploy_connection),
    ("AWS::Events::ApiDestination", deploy_api_destination),
    ("AWS::Events::Rule", deploy_rule),
    ("AWS::Lambda::EventSourceMapping", deploy_mapping),
    ("AWS::Pipes::Pipe", deploy_pipe),
    ("AWS::Scheduler::Schedule", deploy_schedule),
    ("AWS::CloudWatch::Alarm", deploy_alarm),
    ("AWS::ApiGateway::RestApi", deploy_api),
    ("AWS::ApiGateway::Resource", deploy_part),
    ("AWS::ApiGateway::Model", deploy_part),
    ("AWS::ApiGateway::RequestValidator", deploy_part),
    ("AWS::ApiGateway::Authorizer", deploy_part),
    ("AWS::ApiGateway::GatewayResponse", deploy_part),
    ("AWS::ApiGateway::Stage", deploy_part),
    ("AWS::ApiGateway::Method", deploy_method),
    ("AWS::ApiGateway::ApiKey", deploy_api_key),
    ("AWS::ApiGateway::UsagePlan", deploy_plan),
    ("AWS::ApiGateway::UsagePlanKey", deploy_plan_key),
    (POLICY, deploy_policy),
)


def deploy(cloud: Cloud, resources: list[Resource]) -> list[NotRun]:
    """Deploy resources of all stacks together; return those, and the parts of them, that cannot be run.

    Raises DeploymentRefused for what AWS would refuse, and PropertyUnsupported when a service needs what is not run.
    """
    of_a_service = of_services(resources)
    cloud.needed = frozenset(one.arn for one in of_a_service if one.arn)
    needed = {id(one) for one in of_a_service}
    allow_policies = redrive_allow_policies(resources)
    steps = (*ORDER, ("AWS::SQS::Queue", lambda cloud, queue: join_redrive(cloud, queue, allow_policies)))
    not_run: list[NotRun] = []
    for resource_type, deploy_one in steps:
        for resource in resources:
            if resource.type == resource_type and resource.arn not in cloud.left_out:
                not_run += _deployed(cloud, resource, deploy_one, is_needed=id(resource) in needed)
    cloud.given.refuse_unknown()
    _open_destinations(cloud)
    return not_run


def _deployed(cloud: Cloud, resource: Resource, deploy_one: Deploy, *, is_needed: bool) -> Iterator[NotRun]:
    """Deploy one resource, and yield what of it is not run."""
    try:
        if resource.obstacle is not None:
            raise PropertyUnsupported(resource.obstacle)
        for part in deploy_one(cloud, resource) or ():
            yield NotRun(str(resource), 1, part)
    except PropertyUnsupported as why:
        if is_needed:
            raise PropertyUnsupported(
                f"{resource} cannot be run here, and a service needs it: {why}. "
                "Fix: take that out of it, or write a value that is known when the stacks are synthesized"
            ) from why
        if resource.arn:
            cloud.left_out.add(resource.arn)
        yield NotRun(str(resource), 1, str(why))


def _open_destinations(cloud: Cloud) -> None:
    """Let rules reach functions, topics and buses by their ARNs; queues they reach by themselves."""
    destinations = cloud.courier.destinations
    for function in cloud.functions.values():
        destinations[function.arn] = lambda delivery, function=function: cloud.asynchronous.accept(function, delivery)  # type: ignore[misc]
    for topic in cloud.topics.values():
        destinations[topic.arn] = topic.accept_from_events
    for bus in cloud.buses.all:
        destinations[bus.arn] = lambda delivery, bus=bus: cloud.buses.accept_from_bus(bus, delivery)  # type: ignore[misc]
