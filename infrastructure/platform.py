"""What all services of a stage share: the buses, the archive, the schema registry, the alarms' topic, the dashboard."""

from __future__ import annotations

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk.aws_events import CfnArchive, CfnEventBus
from aws_cdk.aws_eventschemas import CfnRegistry, CfnSchema
from aws_cdk.aws_iam import CfnManagedPolicy, CfnRole
from aws_cdk.aws_sqs import CfnQueue
from constructs import Construct

from ensemble.contracts.registry import registry_schemas
from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT
from infrastructure.alarms import failure_alarm
from infrastructure.bus_policy import BY_A_PERSON, guard, reserve
from infrastructure.configuration import Configuration
from infrastructure.dashboard import stage_dashboard
from infrastructure.delivery import EVENTBRIDGE, Delivery
from infrastructure.intrinsics import arn, bus_arn, rule_arn
from infrastructure.keys import StackKey
from infrastructure.lanes import replay_pattern
from infrastructure.naming import PLATFORM, Names
from infrastructure.permissions import allow, document, publish, trust
from infrastructure.queues import Senders, dead_letter_queue
from infrastructure.topics import alarms_topic, subscribe
from infrastructure.trail import audit_access


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
        super().__init__(scope, PLATFORM)
        bus = CfnEventBus(self, "Bus", name=names.bus)
        archive = CfnArchive(
            self,
            "Archive",
            archive_name=names.archive,
            source_arn=bus.attr_arn,
            retention_days=configuration.archive_days,
        )
        # The archive has a rule on the bus, and no bus with a rule can be deleted (Amazon EventBridge API Reference,
        # DeleteEventBus; User Guide, "Deleting event archives in Amazon EventBridge"): both are kept, or neither.
        for kept in (bus, archive):
            kept.apply_removal_policy(configuration.removal_policy)
        alarms = alarms_topic(self, "Alarms", names.alarms_topic, arn("cloudwatch", "alarm:*"))
        for subscriber in configuration.alarm_subscribers:
            subscribe(self, alarms, subscriber)
        for guarded in guard(self, "Bus", names.bus):
            guarded.add_resource_dependency(bus)
        replay_bus = _replay_lane(self, bus, names, configuration.replayers)
        failing = [names.replay_bus, *([names.bus] if configuration.customer_keys else [])]
        failure_alarm(self, PLATFORM, names, failing)
        stage_dashboard(self, names)
        _register(self, schemas, names)
        for publisher in outside:
            policy = _allow_to_publish(self, bus, names, publisher, schemas.published_by(publisher))
            cdk.CfnOutput(self, f"PublisherPolicy-{publisher}", value=policy.ref, description=policy.description)
        _output(self, names, bus=bus.attr_arn, alarms=alarms.ref)
        if configuration.audit_days is not None:
            audit_access(self, names, configuration.audit_days, configuration.removal_policy)
        if configuration.customer_keys:
            undecipherable = _keep_what_cannot_be_encrypted(self, names, (bus, replay_bus))
            key = StackKey(self, names.stack(PLATFORM), configuration.removal_policy)
            key.encrypt(leave=[undecipherable.node.path])


def _output(scope: Construct, names: Names, *, bus: str, alarms: str) -> None:
    """Say in the stack's outputs what people look for after a deployment."""
    console, region = "https://${AWS::Region}.console.aws.amazon.com", "home?region=${AWS::Region}"
    for name, value, description in (
        ("BusName", names.bus, "The domain bus, which commands and events are put on."),
        ("BusArn", bus, "The ARN of the domain bus."),
        ("BusConsole", cdk.Fn.sub(f"{console}/events/{region}#/eventbus/{names.bus}"), "The domain bus, to look at."),
        ("AlarmsTopicArn", alarms, "The topic that alarms notify."),
        (
            "DashboardConsole",
            cdk.Fn.sub(f"{console}/cloudwatch/{region}#dashboards/dashboard/{names.dashboard}"),
            "The stage's dashboard.",
        ),
        ("AlarmsConsole", cdk.Fn.sub(f"{console}/cloudwatch/{region}#alarmsV2:"), "The alarms, to look at."),
    ):
        cdk.CfnOutput(scope, name, value=value, description=description)


def _allow_to_publish(
    scope: Construct, bus: CfnEventBus, names: Names, publisher: str, commands: Sequence[str]
) -> CfnManagedPolicy:
    """Make the policy for the role of a publisher outside: it may give its own commands and no others.

    Its name is one of the account, not of the region. Its description never changes: CloudFormation would replace the
    policy, which it cannot while that has a name (AWS CloudFormation Template Reference, AWS::IAM::ManagedPolicy).
    """
    return CfnManagedPolicy(
        scope,
        f"Publisher-{publisher}",
        managed_policy_name=cdk.Fn.sub(f"{names.publisher(publisher)}-${{AWS::Region}}"),
        description=f"Put the commands of {publisher} on the bus {names.bus}.",
        policy_document=document(publish(bus.attr_arn, publisher, commands)),
    )


def _keep_what_cannot_be_encrypted(scope: Construct, names: Names, buses: Sequence[CfnEventBus]) -> CfnQueue:
    """Make the queue for events of buses whose key is gone or lets nobody in: it needs no key of ours itself (Amazon
    EventBridge User Guide, "Using dead-letter queues to capture encrypted event errors in EventBridge")."""
    made = dead_letter_queue(scope, "BusDeadLetters", names.bus)
    senders = Senders(scope, "BusDeadLettersPolicy", made)
    for bus in buses:
        senders.accept(EVENTBRIDGE, bus_arn(str(bus.name)))
        bus.dead_letter_config = CfnEventBus.DeadLetterConfigProperty(arn=made.attr_arn)
    return made


def _replay_lane(scope: Construct, bus: CfnEventBus, names: Names, replayers: Sequence[str]) -> CfnEventBus:
    """Make the replay bus and the rule that sends to it what is replayed.

    EventBridge replays only to the bus that the events came from (Amazon EventBridge API Reference,
    ReplayDestination), where all other rules refuse replayed events. `replayers`: who else may put on the replay bus.
    """
    replay_bus = CfnEventBus(scope, "ReplayBus", name=names.replay_bus)
    forward = document(allow(["events:PutEvents"], [replay_bus.attr_arn]))
    role = CfnRole(
        scope,
        "ReplayRole",
        assume_role_policy_document=trust("events.amazonaws.com", rule_arn(names.bus, names.replay_bus)),
        policies=[CfnRole.PolicyProperty(policy_name="forward", policy_document=forward)],
    )
    delivery = Delivery(
        scope,
        "Replay",
        name=names.replay_bus,
        bus=names.bus,
        pattern=replay_pattern(EVERY_EVENT, None) | {"replay-name": [{"exists": True}]},
        target=replay_bus.attr_arn,
        target_role=role.attr_arn,
        dead_letters=dead_letter_queue(scope, "ReplayDeadLetters", names.replay_bus),
    )
    delivery.rule.add_resource_dependency(bus)
    lane = {"ArnNotEquals": {"aws:PrincipalArn": [role.attr_arn, *replayers]}, "Bool": BY_A_PERSON}
    reserved = reserve(scope, "ReplayBusLane", names.replay_bus, lane, "lane")
    for guarded in (*guard(scope, "ReplayBus", names.replay_bus), reserved):
        guarded.add_resource_dependency(replay_bus)
    return replay_bus


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
