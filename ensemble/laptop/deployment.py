"""Deploys the resources of an assembly: first what others refer to, then what joins them."""

from __future__ import annotations

from collections.abc import Callable

from ensemble.laptop.cloud import Cloud
from ensemble.laptop.deploy_compute import deploy_function, deploy_mapping, deploy_permission, deploy_table
from ensemble.laptop.deploy_messaging import (
    deploy_archive,
    deploy_bucket,
    deploy_bus,
    deploy_bus_policy,
    deploy_queue,
    deploy_queue_policy,
    deploy_rule,
    deploy_topic,
    join_redrive,
    redrive_allow_policies,
)
from ensemble.laptop.resources import NotRun, Resource

ORDER: tuple[tuple[str, Callable[[Cloud, Resource], str | None]], ...] = (
    ("AWS::SQS::Queue", deploy_queue),
    ("AWS::SNS::Topic", deploy_topic),
    ("AWS::S3::Bucket", deploy_bucket),
    ("AWS::DynamoDB::Table", deploy_table),
    ("AWS::DynamoDB::GlobalTable", deploy_table),
    ("AWS::Events::EventBus", deploy_bus),
    ("AWS::Lambda::Function", deploy_function),
    ("AWS::SQS::QueuePolicy", deploy_queue_policy),
    ("AWS::Events::EventBusPolicy", deploy_bus_policy),
    ("AWS::Lambda::Permission", deploy_permission),
    ("AWS::Events::Archive", deploy_archive),
    ("AWS::Events::Rule", deploy_rule),
    ("AWS::Lambda::EventSourceMapping", deploy_mapping),
)


def deploy(cloud: Cloud, resources: list[Resource]) -> list[NotRun]:
    """Deploy resources of all stacks together; return what was found on the way not to be run.

    Raises DeploymentRefused and PropertyUnsupported.
    """
    not_run: list[NotRun] = []
    for resource_type, deploy_one in ORDER:
        for resource in resources:
            if resource.type == resource_type:
                why = deploy_one(cloud, resource)
                if why is not None:
                    not_run.append(NotRun(str(resource), 1, why))
    allow_policies = redrive_allow_policies(resources)
    for resource in resources:
        if resource.type == "AWS::SQS::Queue":
            join_redrive(cloud, resource, allow_policies)
    _open_destinations(cloud)
    return not_run


def _open_destinations(cloud: Cloud) -> None:
    """Let rules reach functions and buses by their ARNs; queues they reach by themselves."""
    destinations = cloud.courier.destinations
    for function in cloud.functions.values():
        destinations[function.arn] = lambda delivery, function=function: cloud.asynchronous.accept(function, delivery)  # type: ignore[misc]
    for bus in cloud.buses.all:
        destinations[bus.arn] = lambda delivery, bus=bus: cloud.buses.accept_from_bus(bus, delivery)  # type: ignore[misc]
