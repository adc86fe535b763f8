"""The front door: an API straight to the bus, with no function in between, derived from the commands from outside.

What it takes, and from whom, is in `docs/front-door.md`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as gateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam

from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.requests import request_model
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.statuses import owner_in, owner_of, shown_fields
from functions.kit.model import Service
from infrastructure import door_templates as templates
from infrastructure.configuration import Configuration
from infrastructure.door import FrontDoor, Rate
from infrastructure.door_api import REFUSED_BY_AWS, STAGE, Asking, DoorApi
from infrastructure.errors import StageRefused
from infrastructure.intrinsics import arn, bus_arn
from infrastructure.naming import FRONT_DOOR, Names
from infrastructure.permissions import Statement, allow, document, publish
from infrastructure.security import acknowledge_rows
from infrastructure.table import table_name

PUT_EVENTS = {
    "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
    "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
}

NOT_READ = '{"message": "The status cannot be read now"}'


class FrontDoorStack(cdk.Stack):
    """Deployed last; finds the bus and the tables by their names."""

    def __init__(
        self,
        stage: cdk.Stage,
        services: Sequence[Service],
        schemas: Schemas,
        names: Names,
        configuration: Configuration,
        door: FrontDoor,
    ) -> None:
        """Raises StageRefused for a publisher that has no command to send."""
        super().__init__(stage, FRONT_DOOR)
        self._names, self._schemas = names, schemas
        self._commands = _commands(services, schemas, door)
        heard = [one for one in services if any(_hears(one, command) for command in self._commands)]
        self._telling = [one for one in heard if one.status]
        self._door = DoorApi(self, names, configuration, door.publishers.values(), [*self._statements()])
        self._models = {
            command: self._door.model(command, request_model(command, key, schemas))
            for command, key in self._commands.items()
        }
        for command in self._commands:
            self._door.answer(f"commands/{command}", "POST", self._taking(command), self._models[command])
        for service in self._telling:
            self._door.answer(f"status/{service.name}/{{{service.key}}}", "GET", self._showing(service))
        if door.user_pools:
            self._let_people_in(door.user_pools)
        for publisher, rate in door.publishers.items():
            self._let_in(publisher, rate)
        cdk.CfnOutput(self, "Address", value=self._door.api.url, description="Where commands are sent to.")

    def _taking(self, command: str, owner: str = "") -> Asking:
        """Take a command: checked by its schema, it is put on the bus under its publisher's name."""
        key, publisher = self._commands[command], self._schemas.publishers[command]
        telling = [one.name for one in self._telling if one.key == key and _hears(one, command)]
        return Asking(
            service="events",
            action="PutEvents",
            template=templates.put_command(self._names.bus, publisher, command, key, owner),
            answers={
                "202": ("", templates.accepted(command, key, telling)),
                "503": (REFUSED_BY_AWS, templates.not_accepted()),
            },
            further=("400", "403", "413"),
            required={
                f"method.request.header.{templates.IDEMPOTENCY_KEY}": True,
                f"method.request.header.{templates.TRACEPARENT}": False,
            },
            headers=PUT_EVENTS,
        )

    def _showing(self, service: Service, owner: str = "") -> Asking:
        """Tell how a row of a service stands: the fields of its state that it declares, and no others."""
        return Asking(
            service="dynamodb",
            action="GetItem",
            template=templates.read_row(table_name(service, self._names), service.key),
            answers={
                "200": ("", templates.shown(service.key, shown_fields(service), owner)),
                "503": (REFUSED_BY_AWS, NOT_READ),
            },
            further=("404",),
            required={f"method.request.path.{service.key}": True},
        )

    def _let_people_in(self, user_pools: Sequence[str]) -> None:
        """Take what says whose it is from the person of a token too, and tell each of what is that person's own."""
        pools = [cognito.UserPool.from_user_pool_arn(self, f"Pool{place}", one) for place, one in enumerate(user_pools)]
        people = gateway.CognitoUserPoolsAuthorizer(self, "People", cognito_user_pools=pools)
        for command in self._commands:
            if owner := owner_of(command, self._schemas):
                asking = self._taking(command, owner)
                self._door.answer(f"my/commands/{command}", "POST", asking, self._models[command], people)
        for service in self._telling:
            heard = [command for command in self._commands if _hears(service, command)]
            if owner := owner_in(service, heard, self._schemas):
                asking = self._showing(service, owner)
                self._door.answer(f"my/status/{service.name}/{{{service.key}}}", "GET", asking, authorizer=people)

    def _statements(self) -> Iterator[Statement]:
        """Let the API put the commands of each publisher under its name, and read the rows of who tells of them."""
        for publisher in sorted({self._schemas.publishers[command] for command in self._commands}):
            yield publish(bus_arn(self._names.bus), publisher, self._commands_of(publisher))
        tables = [arn("dynamodb", f"table/{table_name(one, self._names)}") for one in self._telling]
        if tables:
            yield allow(["dynamodb:GetItem"], tables)

    def _commands_of(self, publisher: str) -> list[str]:
        return [command for command in self._commands if self._schemas.publishers[command] == publisher]

    def _let_in(self, publisher: str, rate: Rate) -> None:
        """Make what a publisher needs to call: a policy for its role, and a key that its rate is counted by."""
        api, name = self._door.api, self._names.caller(publisher)
        commands = self._commands_of(publisher)
        told = [one.name for one in self._telling if any(_hears(one, command) for command in commands)]
        calls = [("POST", f"/commands/{command}") for command in commands]
        calls += [("GET", f"/status/{service}/*") for service in told]
        policy = iam.CfnManagedPolicy(
            self,
            f"Caller-{publisher}",
            managed_policy_name=cdk.Fn.sub(f"{name}-${{AWS::Region}}"),
            description=f"Call the front door {self._names.front_door} as {publisher}.",
            policy_document=document(
                allow(["execute-api:Invoke"], [api.arn_for_execute_api(*call, STAGE) for call in calls])
            ),
        )
        starred = [f"/{STAGE}/{verb}{path}" for verb, path in calls if path.endswith("*")]
        acknowledge_rows(policy, self.get_logical_id(api.node.default_child), starred)  # type: ignore[arg-type]
        key = gateway.ApiKey(self, f"Key-{publisher}", api_key_name=name)
        plan = api.add_usage_plan(
            f"Plan-{publisher}",
            name=name,
            throttle=gateway.ThrottleSettings(rate_limit=rate.per_second, burst_limit=rate.burst),
            api_stages=[gateway.UsagePlanPerApiStage(api=api, stage=api.deployment_stage)],
        )
        plan.add_api_key(key)
        cdk.CfnOutput(self, f"CallerPolicy-{publisher}", value=policy.ref, description=policy.description)
        cdk.CfnOutput(self, f"ApiKey-{publisher}", value=key.key_id, description=f"The API key of {publisher}, its id.")


def _commands(services: Sequence[Service], schemas: Schemas, door: FrontDoor) -> dict[str, str]:
    """Return the commands that the door takes, each with the field that finds its row. Raises StageRefused."""
    heard = commands_from_outside(services, schemas)
    known = sorted({schemas.publishers[command] for command in heard})
    for publisher in door.publishers:
        if publisher not in known:
            raise StageRefused(
                f"app.py: the front door lets {publisher!r} in, of whom no service hears anything. Fix: name one of "
                f"{', '.join(known) or 'none'}"
            )
    return {command: min(keys) for command, keys in heard.items() if schemas.publishers[command] in door.publishers}


def _hears(service: Service, command: str) -> bool:
    return any(reaction.event == command for reaction in service.subscriptions)
