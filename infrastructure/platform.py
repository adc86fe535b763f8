"""What all services of an environment share: the buses, the archive, the schema registry, the alarms' topic."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk.aws_events import CfnArchive, CfnEventBus
from aws_cdk.aws_eventschemas import CfnRegistry, CfnSchema
from aws_cdk.aws_iam import CfnManagedPolicy, CfnRole
from constructs import Construct

from ensemble.contracts.registry import registry_schemas
from ensemble.contracts.schemas import Schemas
from infrastructure.alarms import failure_alarms
from infrastructure.configuration import Configuration
from infrastructure.delivery import Delivery
from infrastructure.intrinsics import arn
from infrastructure.naming import Names
from infrastructure.permissions import allow, document, publish, trust
from infrastructure.queues import dead_letter_queue
from infrastructure.topics import alarms_topic

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
        bus = CfnEventBus(self, "Bus", name=names.bus)
        archive = CfnArchive(
            self,
            "Archive",
            archive_name=names.archive,
            source_arn=bus.attr_arn,
            retention_days=configuration.archive_days,
        )
        archive.apply_removal_policy(configuration.removal_policy)
        alarms_topic(self, "Alarms", names.alarms_topic, arn("cloudwatch", "alarm:*"))
        _replay_lane(self, bus, names)
        failure_alarms(self, NAME, names, [names.replay_bus])
        _register(self, schemas, names)
        for publisher in outside:
            _allow_to_publish(self, bus, publisher, schemas.published_by(publisher))


def _allow_to_publish(scope: Construct, bus: CfnEventBus, publisher: str, commands: Sequence[str]) -> None:
    """Make the policy for the role of a publisher outside: it may give its own commands and no others."""
    CfnManagedPolicy(
        scope,
        f"Publisher-{publisher}",
        description=f"Put {', '.join(commands)} on the domain bus as {publisher}.",
        policy_document=document(publish(bus.attr_arn, publisher, commands)),
    )


def _replay_lane(scope: Construct, bus: CfnEventBus, names: Names) -> None:
    """Make the replay bus and the rule that sends to it what is replayed.

    EventBridge replays only to the bus that the events came from (Amazon EventBridge API Reference,
    ReplayDestination), where all other rules refuse replayed events.
    """
    replay_bus = CfnEventBus(scope, "ReplayBus", name=names.replay_bus)
    forward = document(allow(["events:PutEvents"], [replay_bus.attr_arn]))
    role = CfnRole(
        scope,
        "ReplayRole",
        assume_role_policy_document=trust("events.amazonaws.com"),
        policies=[CfnRole.PolicyProperty(policy_name="forward", policy_document=forward)],
    )
    delivery = Delivery(
        scope,
        "Replay",
        name=names.replay_bus,
        bus=names.bus,
        pattern={"source": [{"prefix": ""}], "replay-name": [{"exists": True}]},
        target=replay_bus.attr_arn,
        target_role=role.attr_arn,
        dead_letters=dead_letter_queue(scope, "ReplayDeadLetters", names.replay_bus),
    )
    delivery.rule.add_resource_dependency(bus)


def _register(scope: Construct, schemas: Schemas, names: Names) -> None:
    """Publish every version of every event's schema in the registry."""
    registry = CfnRegistry(scope, "Registry", registry_name=names.registry)
    for name, content in registry_schemas(schemas):
        CfnSchema(
            scope,
            f"Schema-{name}",
            registry_name=registry.attr_registry_name,
            schema_name=name,
            type="JSONSchemaDraft4",
            content=content,
        )
