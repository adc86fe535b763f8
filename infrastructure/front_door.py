"""The front door: an API straight to the bus, with no function in between, derived from the commands from outside.

What it takes, and from whom, is in `docs/front-door.md`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import aws_cdk as cdk
from aws_cdk import aws_apigateway as gateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.requests import request_model
from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from functions.kit.states import meant, stored_types
from infrastructure import door_templates as templates
from infrastructure.configuration import Configuration
from infrastructure.door import FrontDoor, Rate
from infrastructure.errors import StageRefused
from infrastructure.intrinsics import arn, bus_arn
from infrastructure.naming import FRONT_DOOR, Names
from infrastructure.permissions import allow, document, publish
from infrastructure.security import acknowledge_rows
from infrastructure.table import table_name

JSON = "application/json"
STAGE = "live"
"""What comes first in the path of each request: API Gateway's word for a deployment that can be called."""

HEADERS = {
    "integration.request.header.Content-Type": "'application/x-amz-json-1.1'",
    "integration.request.header.X-Amz-Target": "'AWSEvents.PutEvents'",
}

ACCESS_LOG = {
    "requestId": "$context.requestId",
    "time": "$context.requestTime",
    "caller": "$context.identity.userArn",
    "apiKeyId": "$context.identity.apiKeyId",
    "method": "$context.httpMethod",
    "resource": "$context.resourcePath",
    "status": "$context.status",
    "error": "$context.error.responseType",
    "bytes": "$context.responseLength",
    "milliseconds": "$context.responseLatency",
}
"""What is logged of a request: who asked for what and how it went, and nothing of what was sent; of the path only what
all requests of the resource have in common."""


class FrontDoorStack(cdk.Stack):
    """Deployed after the platform; finds the bus and the tables by their names."""

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
        self._services = services
        self._commands = _commands(services, schemas, door)
        self._api = _api(self, names, configuration, door.publishers.values())
        self._role = _role(self, self._permissions())
        self._validator = self._api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )
        commands = self._api.root.add_resource("commands")
        for command, key in self._commands.items():
            self._take(commands.add_resource(command), command, key)
        status = self._api.root.add_resource("status")
        for service in services:
            if service.status:
                self._tell(status.add_resource(service.name).add_resource(f"{{{service.key}}}"), service)
        for publisher, rate in door.publishers.items():
            self._let_in(publisher, rate)
        cdk.CfnOutput(self, "Address", value=self._api.url, description="Where commands are sent to.")

    def _take(self, resource: gateway.Resource, command: str, key: str) -> None:
        """Take a command by POST: checked by its schema, and put on the bus under its publisher's name."""
        publisher = self._schemas.publishers[command]
        telling = [one.name for one in self._services if one.status and one.key == key and _hears(one, command)]
        answers = {
            "202": ("", templates.accepted(command, key, telling)),
            "503": ("[45]\\d{2}", templates.not_accepted()),
        }
        self._method(
            resource,
            "POST",
            gateway.AwsIntegration(
                service="events",
                action="PutEvents",
                integration_http_method="POST",
                options=self._options(
                    templates.put_command(self._names.bus, publisher, command, key), answers, HEADERS
                ),
            ),
            ("202", "400", "413", "503"),
            request_parameters={
                f"method.request.header.{templates.IDEMPOTENCY_KEY}": True,
                f"method.request.header.{templates.TRACEPARENT}": False,
            },
            request_models={JSON: self._model(command, key)},
        )

    def _tell(self, resource: gateway.Resource, service: Service) -> None:
        """Tell by GET how a row of a service stands: the fields of its state that it declares, and no others."""
        types = stored_types(service.state)
        fields = {name: meant(types[name]) is str for name in service.status}
        answers = {
            "200": ("", templates.shown(service.key, fields)),
            "503": ("[45]\\d{2}", '{"message": "The status cannot be read now"}'),
        }
        self._method(
            resource,
            "GET",
            gateway.AwsIntegration(
                service="dynamodb",
                action="GetItem",
                integration_http_method="POST",
                options=self._options(templates.read_row(table_name(service, self._names), service.key), answers, {}),
            ),
            ("200", "404", "503"),
            request_parameters={f"method.request.path.{service.key}": True},
        )

    def _options(
        self, request: str, answers: Mapping[str, tuple[str, str]], parameters: Mapping[str, str]
    ) -> gateway.IntegrationOptions:
        """`answers`: by status, for which statuses of AWS each is (none: all others), and what it says."""
        return gateway.IntegrationOptions(
            credentials_role=self._role,
            passthrough_behavior=gateway.PassthroughBehavior.NEVER,
            request_parameters=parameters,
            request_templates={JSON: request},
            integration_responses=[
                gateway.IntegrationResponse(
                    status_code=status, selection_pattern=pattern or None, response_templates={JSON: text}
                )
                for status, (pattern, text) in answers.items()
            ],
        )

    def _method(
        self,
        resource: gateway.Resource,
        verb: str,
        integration: gateway.AwsIntegration,
        statuses: Sequence[str],
        request_parameters: Mapping[str, bool],
        request_models: Mapping[str, gateway.IModel] | None = None,
    ) -> None:
        resource.add_method(
            verb,
            integration,
            api_key_required=True,
            authorization_type=gateway.AuthorizationType.IAM,
            method_responses=[gateway.MethodResponse(status_code=status) for status in statuses],
            request_parameters=request_parameters,
            request_models=request_models,
            request_validator=self._validator,
        )

    def _model(self, command: str, key: str) -> gateway.IModel:
        """Make the model of a command; a change of it is a new deployment of the API."""
        schema = request_model(command, key, self._schemas)
        model = gateway.CfnModel(
            self, f"Model-{command}", rest_api_id=self._api.rest_api_id, name=command, content_type=JSON, schema=schema
        )
        deployment = self._api.latest_deployment
        assert deployment is not None
        deployment.add_to_logical_id(schema)
        deployment.node.add_dependency(model)
        return gateway.Model.from_model_name(self, f"Named-{command}", model.ref)

    def _permissions(self) -> list[dict[str, object]]:
        """Let the API put the commands of each publisher under its name, and read the rows of who tells of them."""
        publishers = sorted({self._schemas.publishers[command] for command in self._commands})
        bus = bus_arn(self._names.bus)
        putting = [publish(bus, publisher, self._commands_of(publisher)) for publisher in publishers]
        tables = [arn("dynamodb", f"table/{table_name(one, self._names)}") for one in self._services if one.status]
        return [*putting, *([allow(["dynamodb:GetItem"], tables)] if tables else [])]

    def _commands_of(self, publisher: str) -> list[str]:
        return [command for command in self._commands if self._schemas.publishers[command] == publisher]

    def _let_in(self, publisher: str, rate: Rate) -> None:
        """Make what a publisher needs to call: a policy for its role, and a key that its rate is counted by."""
        commands = self._commands_of(publisher)
        told = [one for one in self._services if one.status and any(_hears(one, command) for command in commands)]
        calls = [("POST", f"/commands/{command}") for command in commands]
        calls += [("GET", f"/status/{one.name}/*") for one in told]
        name = self._names.caller(publisher)
        policy = iam.CfnManagedPolicy(
            self,
            f"Caller-{publisher}",
            managed_policy_name=cdk.Fn.sub(f"{name}-${{AWS::Region}}"),
            description=f"Call the front door {self._names.front_door} as {publisher}.",
            policy_document=document(
                allow(["execute-api:Invoke"], [self._api.arn_for_execute_api(*call, STAGE) for call in calls])
            ),
        )
        api = self.get_logical_id(self._api.node.default_child)  # type: ignore[arg-type]
        acknowledge_rows(policy, api, [f"/{STAGE}/{verb}{path}" for verb, path in calls if path.endswith("*")])
        key = gateway.ApiKey(self, f"Key-{publisher}", api_key_name=name)
        plan = self._api.add_usage_plan(
            f"Plan-{publisher}",
            name=name,
            throttle=gateway.ThrottleSettings(rate_limit=rate.per_second, burst_limit=rate.burst),
            api_stages=[gateway.UsagePlanPerApiStage(api=self._api, stage=self._api.deployment_stage)],
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


def _api(scope: Construct, names: Names, configuration: Configuration, rates: Collection[Rate]) -> gateway.RestApi:
    """Make the API, with a log of who called, and answers that say what is wrong."""
    log = logs.LogGroup(
        scope,
        "AccessLog",
        log_group_name=f"/aws/apigateway/{names.front_door}",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    log.node.default_child.retention_in_days = configuration.log_retention_days  # type: ignore[union-attr]
    api = gateway.RestApi(
        scope,
        "Api",
        rest_api_name=names.front_door,
        description="Takes commands from outside and tells how they stand.",
        endpoint_types=[gateway.EndpointType.REGIONAL],
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,
        deploy_options=gateway.StageOptions(
            stage_name=STAGE,
            access_log_destination=gateway.LogGroupLogDestination(log),
            access_log_format=gateway.AccessLogFormat.custom(
                "{" + ", ".join(f'"{name}": "{value}"' for name, value in ACCESS_LOG.items()) + "}"
            ),
            throttling_rate_limit=sum(rate.per_second for rate in rates),
            throttling_burst_limit=sum(rate.burst for rate in rates),
            tracing_enabled=configuration.tracing == "active",
        ),
    )
    api.node.try_remove_child("Endpoint")  # an output of the CDK's; ours says what it is
    api.add_gateway_response(
        "BadBody",
        type=gateway.ResponseType.BAD_REQUEST_BODY,
        status_code="400",
        templates={JSON: '{"message": $context.error.messageString, "errors": "$context.error.validationErrorString"}'},
    )
    return api


def _role(scope: Construct, statements: Sequence[Mapping[str, object]]) -> iam.IRole:
    """Make the role that the API asks AWS with."""
    role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
    for statement in statements:
        role.add_to_policy(iam.PolicyStatement.from_json(statement))
    return role
