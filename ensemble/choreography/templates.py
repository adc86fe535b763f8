"""Reads the resources of a synthesized environment, with every reference in them replaced by what it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ensemble.laptop.account import ATTRIBUTES, Account, attribute_of
from ensemble.laptop.assembly import read_assembly
from ensemble.laptop.intrinsics import Resolver

BUS, RULE, QUEUE = "AWS::Events::EventBus", "AWS::Events::Rule", "AWS::SQS::Queue"
FUNCTION, MAPPING = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping"
ROLE, POLICY = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
TABLE, ARCHIVE, BUCKET = "AWS::DynamoDB::Table", "AWS::Events::Archive", "AWS::S3::Bucket"

READ = frozenset({BUS, RULE, QUEUE, FUNCTION, MAPPING, ROLE, POLICY, TABLE, ARCHIVE, BUCKET})
"""What bears on who publishes, who hears, and how long anything is kept."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of one stack: its physical name and, where it has one, its ARN."""

    stack: str
    type: str
    name: str
    arn: str
    properties: dict[str, Any]


def read_resources(assembly: Path) -> list[Resource]:
    """Return the resources of the environment's stacks. Raises AssemblyUnreadable and IntrinsicUnsupported."""
    account, resources = Account(), []
    for stack in read_assembly(assembly):
        resolver = Resolver(stack.name, stack.template, account)
        for logical_id, definition in stack.template.get("Resources", {}).items():
            if definition["Type"] in READ:
                properties = resolver.resolve_members(definition.get("Properties", {}))
                name = resolver.name_of(logical_id)
                arn = _arn(account, definition["Type"], name, properties)
                resources.append(Resource(stack.name, definition["Type"], name, arn, properties))
    return resources


def _arn(account: Account, resource_type: str, name: str, properties: dict[str, Any]) -> str:
    if "Arn" not in ATTRIBUTES.get(resource_type, {}):
        return ""
    return attribute_of(account, resource_type, name, str(properties.get("EventBusName", "default")), "Arn")


def service_of(function: Resource) -> str | None:
    """Return the service whose consumer the function is, by its handler `functions.<service>.handler.handler`."""
    match str(function.properties.get("Handler", "")).split("."):
        case ["functions", service, "handler", "handler"]:
            return service
    return None
