"""Deploys what the templates have of API Gateway, and the managed policies that its callers act by."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.policies import statements_of
from ensemble.aws.resources import Resource
from ensemble.aws.service_resources import document
from ensemble.laptop.cloud import Cloud, add
from ensemble.laptop.gateway.apis import Api, Method, UsagePlan
from ensemble.laptop.gateway.bodies import compiled
from ensemble.laptop.gateway.calls import TARGETS

AUTHORIZATIONS = ("AWS_IAM", "COGNITO_USER_POOLS", "NONE")

INTEGRATION = {
    *("Credentials", "IntegrationHttpMethod", "IntegrationResponses", "PassthroughBehavior", "RequestParameters"),
    *("RequestTemplates", "TimeoutInMillis", "Type", "Uri"),
}
RESPONSE = {"ResponseTemplates", "SelectionPattern", "StatusCode"}
"""What of an integration, and of its answers, is run."""

SET_HERE = {"integration.request.header.Content-Type", "integration.request.header.X-Amz-Target"}
"""The headers that a request to AWS has here by itself."""

_URI = re.compile(r"arn:[^:]+:apigateway:[^:]+:(?P<service>[^:]+):action/(?P<operation>\w+)")


def deploy_api(cloud: Cloud, resource: Resource) -> None:
    """Make a REST API, still empty."""
    arn = cloud.account.arn("execute-api", resource.name)
    add(cloud.gateway.apis, resource.name, Api(resource.name, arn), "API")


def deploy_part(cloud: Cloud, resource: Resource) -> None:
    """Give an API a part: a resource, a model, a validator, an authorizer, a gateway response or a stage."""
    properties = resource.properties
    api = _api(cloud, properties)
    match resource.type.rpartition("::")[2]:
        case "Resource":
            api.resources[resource.name] = (properties["ParentId"], properties["PathPart"])
        case "Model":
            api.models[resource.name] = compiled(document(properties.get("Schema")))
        case "RequestValidator":
            api.validators[resource.name] = properties
        case "Authorizer":
            api.authorizers[resource.name] = properties
        case "GatewayResponse":
            api.refusals[properties["ResponseType"]] = properties
        case "Stage":
            api.stages.add(resource.name)


def deploy_method(cloud: Cloud, resource: Resource) -> None:
    """Give an API a method that asks AWS for an operation. Raises PropertyUnsupported for any other."""
    properties = resource.properties
    integration: dict[str, Any] = properties.get("Integration", {})
    uri = _URI.fullmatch(str(integration.get("Uri", "")))
    for obstacle in _obstacles(properties.get("AuthorizationType", "NONE"), integration):
        raise PropertyUnsupported(obstacle)
    if uri is None or uri["service"] not in TARGETS:
        known = ", ".join(sorted(TARGETS))
        raise PropertyUnsupported(f"of its integrations only operations of {known} are run")
    method = Method(properties["ResourceId"], properties["HttpMethod"], properties, uri["service"], uri["operation"])
    _api(cloud, properties).methods.append(method)


def _obstacles(authorization: str, integration: dict[str, Any]) -> Iterator[str]:
    """Yield why a method cannot be run."""
    if authorization not in AUTHORIZATIONS:
        yield f"its callers are known by {authorization}, which is not run"
    if integration.get("Type") != "AWS" or integration.get("PassthroughBehavior") != "NEVER":
        yield "of its integrations only those of the type AWS are run that pass no body on without a template"
    unknown = set(integration) - INTEGRATION
    for response in integration.get("IntegrationResponses", []):
        unknown |= set(response) - RESPONSE
    if unknown:
        yield f"its integration has {', '.join(sorted(unknown))}, which is not run"
    if set(integration.get("RequestParameters", {})) - SET_HERE:
        yield "its integration sets parameters, which is not run"


def deploy_api_key(cloud: Cloud, resource: Resource) -> None:
    """Make an API key, if it is on: its value is its name."""
    if resource.properties.get("Enabled", False):
        cloud.gateway.keys.add(resource.name)


def deploy_plan(cloud: Cloud, resource: Resource) -> None:
    """Make a usage plan, still without keys."""
    properties = resource.properties
    stages = frozenset((one["ApiId"], one["Stage"]) for one in properties.get("ApiStages", []))
    throttle = properties.get("Throttle", {})
    rate, burst = float(throttle.get("RateLimit", "inf")), float(throttle.get("BurstLimit", "inf"))
    add(cloud.gateway.plans, resource.name, UsagePlan(stages, rate, burst), "usage plan")


def deploy_plan_key(cloud: Cloud, resource: Resource) -> None:
    """Give a usage plan a key."""
    properties = resource.properties
    cloud.gateway.plans[properties["UsagePlanId"]].keys.add(properties["KeyId"])


def deploy_policy(cloud: Cloud, resource: Resource) -> None:
    """Note what a managed policy allows, for callers of APIs."""
    cloud.gateway.policies[resource.name] = statements_of(document(resource.properties.get("PolicyDocument")))


def _api(cloud: Cloud, properties: dict[str, Any]) -> Api:
    api = cloud.gateway.apis.get(str(properties.get("RestApiId")))
    if api is None:
        raise PropertyUnsupported(f"it is for the API {properties.get('RestApiId')}, which is not run here")
    return api
