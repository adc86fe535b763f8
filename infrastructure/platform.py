"""What all services of an environment share: the buses, the archive, the schema registry, the alarms' topic."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from constructs import Construct

from ensemble.contracts.registry import registry_schemas
from ensemble.contracts.schemas import Schemas
from infrastructure.alarms import failure_alarms
from infrastructure.cloudformation import Resource
from infrastructure.configuration import Configuration
from infrastructure.delivery import Delivery
from infrastructure.naming import Names
from infrastructure.permissions import allow, document, publish, trust
from infrastructure.queues import dead_letter_queue

NAME = "platform"


class PlatformStack(cdk.Stack):
    """Deployed first; knows no service. `outside`: the publishers that are none, such as a shop window."""

    def __init__(
        self,
        scope: Construct,
        schemas: Schemas,
        names: Names,
        configuration: Configuration,
        outside: Sequence[str],
    ) -> None:
        super().__init__(scope, NAME)
        bus = Resource(self, "Bus", "AWS::Events::EventBus", Name=names.bus)
        archive = Resource(
            self,
            "Archive",
            "AWS::Events::Archive",
            ArchiveName=names.archive,
            SourceArn=bus.arn,
            RetentionDays=configuration.archive_days,
        )
        archive.when_removed(keep=configuration.keeps_data)
        Resource(self, "Alarms", "AWS::SNS::Topic", TopicName=names.alarms_topic)
        _replay_lane(self, bus, names)
        failure_alarms(self, NAME, names, [names.replay_bus])
        _register(self, schemas, names)
        for publisher in outside:
            _allow_to_publish(self, bus, publisher, schemas.published_by(publisher))


def _allow_to_publish(scope: Construct, bus: Resource, publisher: str, events: Sequence[str]) -> None:
    """Make the policy for the role of a publisher outside: it may give its own commands and no others."""
    Resource(
        scope,
        f"Publisher-{publisher}",
        "AWS::IAM::ManagedPolicy",
        Description=f"Put {', '.join(events)} on the domain bus as {publisher}.",
        PolicyDocument=document(publish(bus.arn, publisher, events)),
    )


def _replay_lane(scope: Construct, bus: Resource, names: Names) -> None:
    """Make the replay bus and the rule that sends to it what is replayed.

    EventBridge replays only to the bus that the events came from (Amazon EventBridge API Reference,
    ReplayDestination), where all other rules refuse replayed events.
    """
    replay_bus = Resource(scope, "ReplayBus", "AWS::Events::EventBus", Name=names.replay_bus)
    forward = document(allow(["events:PutEvents"], [replay_bus.arn]))
    role = Resource(
        scope,
        "ReplayRole",
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=trust("events.amazonaws.com"),
        Policies=[{"PolicyName": "forward", "PolicyDocument": forward}],
    )
    delivery = Delivery(
        scope,
        "Replay",
        name=names.replay_bus,
        bus=names.bus,
        pattern={"source": [{"prefix": ""}], "replay-name": [{"exists": True}]},
        target=replay_bus.arn,
        target_role=role.arn,
        dead_letters=dead_letter_queue(scope, "ReplayDeadLetters", names.replay_bus),
    )
    delivery.rule.after(bus)


def _register(scope: Construct, schemas: Schemas, names: Names) -> None:
    """Publish every version of every event's schema in the registry."""
    registry = Resource(scope, "Registry", "AWS::EventSchemas::Registry", RegistryName=names.registry)
    for name, content in registry_schemas(schemas):
        Resource(
            scope,
            f"Schema-{name}",
            "AWS::EventSchemas::Schema",
            RegistryName=registry.attribute("RegistryName"),
            SchemaName=name,
            Type="JSONSchemaDraft4",
            Content=content,
        )
