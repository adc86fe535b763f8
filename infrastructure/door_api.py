"""The API of the front door as API Gateway has it: how it is asked, how it asks AWS, what is logged of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigateway as gateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from ensemble.contracts.profile import Json
from infrastructure.configuration import Configuration
from infrastructure.door import Rate
from infrastructure.naming import Names
from infrastructure.permissions import Statement

JSON = "application/json"
STAGE = "live"
"""What comes first in the path of each request: API Gateway's word for a deployment that can be called."""

REFUSED_BY_AWS = "[45]\\d{2}"
"""The statuses of AWS that are no success."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What a method asks of AWS, and what it says then.

    `answers`: templates by the status of the answer, each with a pattern of the statuses of AWS that it is for, the
    empty one for all others. `further`: the statuses that these templates may set beside. `required`: the parameters of
    a request, each with whether it must be there.
    """

    service: str
    action: str
    template: str
    answers: Mapping[str, tuple[str, str]]
    further: Sequence[str]
    required: Mapping[str, bool]
    headers: Mapping[str, str] = field(default_factory=dict)


class DoorApi:
    """A REST API whose methods ask AWS with a role that may do what `statements` say."""

    def __init__(
        self,
        scope: Construct,
        names: Names,
        configuration: Configuration,
        rates: Collection[Rate],
        statements: Sequence[Statement],
    ) -> None:
        self.api = _api(scope, names, configuration, rates)
        self._scope = scope
        self._role = iam.Role(scope, "Role", assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
        for statement in statements:
            self._role.add_to_policy(iam.PolicyStatement.from_json(statement))
        self._validator = self.api.add_request_validator(
            "Validator", validate_request_body=True, validate_request_parameters=True
        )

    def answer(
        self,
        path: str,
        verb: str,
        asking: Asking,
        model: gateway.IModel | None = None,
        authorizer: gateway.IAuthorizer | None = None,
    ) -> None:
        """Answer requests by asking AWS, those that an API key comes with, and a signature or the authorizer's token.

        `model`: what the body must be.
        """
        by_token: dict[str, Any] = {"authorizer": authorizer, "authorization_type": gateway.AuthorizationType.COGNITO}
        by_signature: dict[str, Any] = {"authorization_type": gateway.AuthorizationType.IAM}
        self.api.root.resource_for_path(path).add_method(
            verb,
            gateway.AwsIntegration(
                service=asking.service,
                action=asking.action,
                integration_http_method="POST",
                options=self._options(asking),
            ),
            api_key_required=True,
            method_responses=[
                gateway.MethodResponse(status_code=status) for status in (*asking.answers, *asking.further)
            ],
            request_parameters=asking.required,
            request_models=None if model is None else {JSON: model},
            request_validator=self._validator,
            **(by_signature if authorizer is None else by_token),
        )

    def model(self, name: str, schema: Json) -> gateway.IModel:
        """Make a model of bodies; a change of it is a new deployment of the API."""
        model = gateway.CfnModel(
            self._scope,
            f"Model-{name}",
            rest_api_id=self.api.rest_api_id,
            name=name,
            content_type=JSON,
            schema=schema,
        )
        deployment = self.api.latest_deployment
        assert deployment is not None
        deployment.add_to_logical_id(schema)
        deployment.node.add_dependency(model)
        return gateway.Model.from_model_name(self._scope, f"Named-{name}", model.ref)

    def _options(self, asking: Asking) -> gateway.IntegrationOptions:
        return gateway.IntegrationOptions(
            credentials_role=self._role,
            passthrough_behavior=gateway.PassthroughBehavior.NEVER,
            request_parameters=asking.headers,
            request_templates={JSON: asking.template},
            integration_responses=[
                gateway.IntegrationResponse(
                    status_code=status, selection_pattern=pattern or None, response_templates={JSON: text}
                )
                for status, (pattern, text) in asking.answers.items()
            ],
        )


def _api(scope: Construct, names: Names, configuration: Configuration, rates: Collection[Rate]) -> gateway.RestApi:
    """Make the API, with a log of who called, and answers that say what is wrong."""
    api = gateway.RestApi(
        scope,
        "Api",
        rest_api_name=names.front_door,
        description="Takes commands from outside and tells how they stand.",
        endpoint_types=[gateway.EndpointType.REGIONAL],
        cloud_watch_role=True,
        cloud_watch_role_removal_policy=cdk.RemovalPolicy.RETAIN,  # it is one for all APIs of the account
        deploy_options=gateway.StageOptions(
            stage_name=STAGE,
            access_log_destination=gateway.LogGroupLogDestination(_access_log(scope, names, configuration)),
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


def _access_log(scope: Construct, names: Names, configuration: Configuration) -> logs.LogGroup:
    log = logs.LogGroup(
        scope,
        "AccessLog",
        log_group_name=f"/aws/apigateway/{names.front_door}",
        removal_policy=cdk.RemovalPolicy.DESTROY,
    )
    group = log.node.default_child
    assert isinstance(group, logs.CfnLogGroup)
    group.retention_in_days = configuration.log_retention_days
    return log
