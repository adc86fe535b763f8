"""A service: its table, its lanes, its function and its alarms, all derived from its declaration."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from importlib.metadata import version
from pathlib import Path

import aws_cdk as cdk
from constructs import Construct

from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Service
from infrastructure.alarms import (
    failing_alarm,
    failure_alarm,
    late_alarm,
    promise_alarms,
    throttled_alarm,
    timers_alarm,
    waiting_alarm,
)
from infrastructure.blueprint import Blueprint, Code
from infrastructure.bundle import Bundle
from infrastructure.configuration import Configuration
from infrastructure.consumer import Consumer
from infrastructure.grantee import Grantee
from infrastructure.keys import StackKey
from infrastructure.lanes import EVENTS, REPLAY, Lane, lanes_of, live_pattern, replay_pattern
from infrastructure.naming import Names, title
from infrastructure.needs import Needs
from infrastructure.own_resources import own_resources
from infrastructure.runtime import ARCHITECTURE, RUNTIME
from infrastructure.table import service_table

LAYER_PARAMETER = "PowertoolsLayer"


class ServiceStack(cdk.Stack):
    """Deploys with the platform alone: it finds the buses by their names and no other stack's anything.

    `names`: of the stage. `consumer`: what the service's own CDK code may grant to, and give variables.
    `subscriptions`: the lane by which an event comes, by the event's name; with `Replay` after it, the one by which it
    comes replayed. `commands`: what no service publishes.
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
        commands: Collection[str],
    ) -> None:
        super().__init__(stage, service.name)
        code = _code(self, bundle, Path(stage.outdir))
        blueprint = Blueprint(service, names, code, configuration, needs)
        table = service_table(self, blueprint)
        lanes = {lane: _lane(self, blueprint, lane) for lane in lanes_of(service, commands)}
        self.subscriptions = _subscribe(self, blueprint, schemas, lanes, commands)
        consumer = Consumer(self, blueprint, table=table, lanes=lanes)
        _alarms(self, blueprint, lanes)
        self.names = names
        self.consumer = Grantee(consumer)
        key = (
            StackKey(self, names.stack(service.name), configuration.removal_policy)
            if configuration.customer_keys
            else None
        )
        if key is not None:
            key.encrypt()
        theirs = self._add_own_resources(service)
        consumer.connect(blueprint, lanes)
        if key is not None:
            key.encrypt(leave=theirs)

    def _add_own_resources(self, service: Service) -> set[str]:
        """Let the service add its resources, and return the paths of the constructs that came by it."""
        add = own_resources(service.name)
        if add is None:  # as of nearly all: each construct's path is a question to Node.js
            return set()
        ours = self._paths()
        add(self)
        return self._paths() - ours

    def _paths(self) -> set[str]:
        return {one.node.path for one in self.node.find_all()}


def _lane(scope: Construct, blueprint: Blueprint, lane: str) -> Lane:
    service = blueprint.service
    return Lane(
        scope,
        f"Lane-{lane}",
        name=blueprint.names.queue(service.name, lane),
        timeout_seconds=blueprint.needs.timeout_seconds,
        batching_seconds=service.batching_seconds if lane == EVENTS else 0,
        has_effects=bool(service.effects),
    )


def _subscribe(
    scope: Construct, blueprint: Blueprint, schemas: Schemas, lanes: Mapping[str, Lane], commands: Collection[str]
) -> dict[str, Lane]:
    """Make a rule for each event that the service hears, and one more for each it hears replayed."""
    service, names = blueprint.service, blueprint.names
    subscriptions = {}
    for lane, reactions in lanes_of(service, commands).items():
        for event in (reaction.event for reaction in reactions):
            publisher = None if event == EVERY_EVENT else schemas.publishers[event]
            name, is_replay = names.rule(service.name, event), lane == REPLAY
            id = f"{title(event)}Replay" if is_replay else title(event)
            lanes[lane].hear(
                Construct(scope, id),
                name=names.replay(name) if is_replay else name,
                bus=names.replay_bus if is_replay else names.bus,
                pattern=(replay_pattern if is_replay else live_pattern)(event, publisher),
            )
            subscriptions[id] = lanes[lane]
    return subscriptions


def _alarms(scope: Construct, blueprint: Blueprint, lanes: Mapping[str, Lane]) -> None:
    service, names = blueprint.service, blueprint.names
    failing = [lane.name for lane in lanes.values()] + ([names.sweep(service.name)] if service.sweeps else [])
    hidden = max((lane.visibility_timeout for lane in lanes.values()), default=0)
    live = [one.name for lane, one in lanes.items() if lane != REPLAY]
    failure_alarm(scope, service.name, names, failing)
    failing_alarm(scope, service.name, names, hidden)
    throttled_alarm(scope, service.name, names, hidden)
    waiting_alarm(scope, service.name, names)
    if live:
        late_alarm(scope, service.name, names, live, blueprint.needs.timeout_seconds + service.batching_seconds)
    if service.sweeps:
        timers_alarm(scope, service.name, names)
    if service.workflow is not None:
        promise_alarms(scope, service.name, names, service.workflow)


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
