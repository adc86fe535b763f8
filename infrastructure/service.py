"""A service: its table, its subscriptions, its functions and its alarms, all derived from its declaration."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Service
from infrastructure.alarms import failure_alarms, relay_alarm
from infrastructure.blueprint import Blueprint, Code
from infrastructure.bundle import Bundle
from infrastructure.configuration import Configuration
from infrastructure.consumer import Consumer
from infrastructure.counters import moves_counters
from infrastructure.grantee import Grantee
from infrastructure.naming import Names, title
from infrastructure.needs import Needs
from infrastructure.own_resources import add_own_resources
from infrastructure.relay import Relay
from infrastructure.runtime import ARCHITECTURE, RUNTIME
from infrastructure.subscription import Subscription, live_pattern, replay_pattern
from infrastructure.table import service_table

LAYER_PARAMETER = "PowertoolsLayer"


class ServiceStack(cdk.Stack):
    """Deploys with the platform alone: it finds the buses by their names and no other stack's anything.

    `names`: of the stage. `consumer`: what the service's own CDK code may grant to, and give variables.
    `subscriptions`: by event, those on the replay lane with `Replay` after it.
    """

    def __init__(
        self,
        stage: cdk.Stage,
        service: Service,
        schemas: Schemas,
        bundle: Bundle,
        names: Names,
        configuration: Configuration,
        needs: Needs,
    ) -> None:
        super().__init__(stage, service.name)
        code = _code(self, bundle, Path(stage.outdir))
        counts = moves_counters(bundle.folder / "functions" / service.name)
        blueprint = Blueprint(service, names, code, configuration, needs, moves_counters=counts)
        table = service_table(self, blueprint)
        subscriptions = list(_subscriptions(self, blueprint, schemas))
        consumer = Consumer(self, blueprint, table=table, subscriptions=subscriptions)
        if service.emits:
            Relay(self, blueprint, stream=table.attr_stream_arn)
            relay_alarm(self, service.name, names)
        failing = [subscription.name for subscription in subscriptions]
        failing += [names.sweep(service.name)] if service.sweeps else []
        failure_alarms(self, service.name, names, failing)
        self.names = names
        self.subscriptions = {subscription.id: subscription for subscription in subscriptions}
        self.consumer = Grantee(consumer)
        add_own_resources(self, service.name)
        consumer.connect(blueprint, subscriptions)


def _subscriptions(scope: Construct, blueprint: Blueprint, schemas: Schemas) -> Iterator[Subscription]:
    """Make one subscription for each event that the service hears, and one more for each it hears replayed."""
    service, names, timeout = blueprint.service, blueprint.names, blueprint.needs.timeout_seconds
    for reaction in service.subscriptions:
        event = reaction.event
        publisher = None if event == EVERY_EVENT else schemas.publishers[event]
        name = names.subscription(service.name, event)
        yield Subscription(
            scope,
            title(event),
            name=name,
            bus=names.bus,
            pattern=live_pattern(event, publisher),
            consumer_timeout_seconds=timeout,
        )
        if reaction.replay:
            yield Subscription(
                scope,
                f"{title(event)}Replay",
                name=names.replay(name),
                bus=names.replay_bus,
                pattern=replay_pattern(event, publisher),
                consumer_timeout_seconds=timeout,
            )


def _code(stack: cdk.Stack, bundle: Bundle, assembly: Path) -> Code:
    """Register the bundle as it lies in the assembly: an Asset construct would copy it once more."""
    location = stack.synthesizer.add_file_asset(
        source_hash=bundle.hash,
        file_name=os.path.relpath(bundle.folder, assembly),
        packaging=cdk.FileAssetPackaging.ZIP_DIRECTORY,
    )
    return Code(location.bucket_name, location.object_key, _layer_arn(stack))


def _layer_arn(stack: cdk.Stack) -> str:
    """The public Powertools layer of the version that is installed here (Powertools for AWS Lambda (Python)
    documentation, "Installation", Lambda Layers by SSM parameter)."""
    path = f"/aws/service/powertools/python/{ARCHITECTURE}/{RUNTIME}/{version('aws_lambda_powertools')}"
    layer = cdk.CfnParameter(stack, LAYER_PARAMETER, type="AWS::SSM::Parameter::Value<String>", default=path)
    return layer.value_as_string
