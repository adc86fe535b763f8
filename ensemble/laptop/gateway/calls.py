"""Answers the calls of REST APIs, in the order in which API Gateway looks at them: the resource, the caller, the key
and its rate, the parameters, the body; then AWS is asked, and what it answers becomes the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ensemble.aws.account import Account
from ensemble.laptop.answers import Answer
from ensemble.laptop.clock import Clock
from ensemble.laptop.gateway.apis import Api, Gateway, Method, switched_on
from ensemble.laptop.gateway.bodies import check_body
from ensemble.laptop.gateway.callers import identified, let_through
from ensemble.laptop.gateway.refusals import Refused, refusal
from ensemble.laptop.gateway.velocity import Input, rendered
from ensemble.laptop.identifiers import Identifiers
from ensemble.laptop.roles import Roles

LARGEST_PAYLOAD = 10 * 1024 * 1024
"""Bytes (Amazon API Gateway Developer Guide, "Quotas for configuring and running a REST API in API Gateway")."""

JSON = "application/json"
SESSION = "BackplaneAssumeRoleSession"
"""What the session is called in which API Gateway takes on a role."""

TARGETS = {"dynamodb": "DynamoDB_20120810", "events": "AWSEvents", "sqs": "AmazonSQS"}
"""What the targets of the operations begin with, by the service that an integration names."""

AskAws = Callable[[Mapping[str, str], bytes], Answer]


class Call(NamedTuple):
    """A request to a stage of an API. `path`: below the stage. `headers`: by their names in lower case."""

    api: str
    stage: str
    verb: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type of the body; JSON where none is said."""
        return self.headers.get("content-type", JSON).partition(";")[0].strip().lower()


class Calls:
    """Answers calls. `ask`: what answers a request to AWS. `roles`: of those that an API asks AWS by."""

    def __init__(
        self,
        gateway: Gateway,
        account: Account,
        clock: Clock,
        identifiers: Identifiers,
        ask: AskAws,
        roles: Roles,
    ) -> None:
        self._gateway, self._account, self._clock = gateway, account, clock
        self._identifiers, self._ask, self._roles = identifiers, ask, roles

    def answer(self, call: Call) -> Answer:
        """Answer a call, in the words of the API where it refuses."""
        api = self._gateway.apis.get(call.api)
        if api is None or call.stage not in api.stages:
            return refusal(Refused("ACCESS_DENIED", "Forbidden"), {})
        try:
            return self._answered(api, call)
        except Refused as refused:
            return refusal(refused, api.refusals)

    def _answered(self, api: Api, call: Call) -> Answer:
        if len(call.body) > LARGEST_PAYLOAD:
            raise Refused("REQUEST_TOO_LARGE", "Request Too Long")
        found = api.found(call.verb, call.path)
        if found is None:
            raise Refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
        method, path, parameters = found
        arn = f"{api.arn}/{call.stage}/{call.verb}{call.path}"
        identity, authorizer = identified(self._gateway, self._account, api, method, call.headers, arn)
        key = let_through(self._gateway, api, call.stage, method, call.headers, self._clock.now())
        _check(api, method, call, parameters)
        context: dict[str, Any] = {
            "apiId": api.id,
            "authorizer": authorizer,
            "httpMethod": call.verb,
            "identity": {**identity, "apiKeyId": key},
            "path": f"/{call.stage}{call.path}",
            "requestId": self._identifiers.uuid(),
            "requestOverride": {"header": {}, "path": {}, "querystring": {}},
            "resourcePath": path,
            "responseOverride": {"header": {}},
            "stage": call.stage,
        }
        return self._through(method, call, parameters, context)

    def _through(self, method: Method, call: Call, parameters: dict[str, str], context: dict[str, Any]) -> Answer:
        """Ask AWS what the method's integration asks, and answer by what it answers."""
        integration = method.properties["Integration"]
        template = integration.get("RequestTemplates", {}).get(call.content_type)
        if template is None:
            raise Refused("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
        asked = rendered(template, Input(call.body.decode(), parameters, call.query, call.headers), context)
        headers = {
            "x-amz-target": f"{TARGETS[method.service]}.{method.operation}",
            "content-type": "application/x-amz-json-1.1",
        }
        refused = self._roles.refusal(integration.get("Credentials", ""), SESSION, headers, asked.encode())
        answered = refused or self._ask(headers, asked.encode())
        chosen = _chosen(integration.get("IntegrationResponses", []), str(answered.status))
        text = chosen.get("ResponseTemplates", {}).get(JSON, "")
        body = rendered(text, Input(answered.body.decode(), parameters, call.query, call.headers), context)
        override = context["responseOverride"]
        status = int(override.get("status") or chosen["StatusCode"])
        return Answer(status, {"content-type": JSON, **override["header"]}, body.encode())


def _check(api: Api, method: Method, call: Call, path: Mapping[str, str]) -> None:
    """Raise Refused for a request that lacks a parameter, or has another body than its model says."""
    validator = api.validators.get(method.properties.get("RequestValidatorId", ""), {})
    if switched_on(validator, "ValidateRequestParameters"):
        missing = [name for name in _required(method) if not _is_there(name, call, path)]
        if missing:
            names = ", ".join(name.rpartition(".")[2] for name in missing)
            raise Refused("BAD_REQUEST_PARAMETERS", f"Missing required request parameters: [{names}]")
    model = method.properties.get("RequestModels", {}).get(call.content_type)
    if model is not None and switched_on(validator, "ValidateRequestBody"):
        check_body(api.models[model], call.body)


def _required(method: Method) -> list[str]:
    parameters = method.properties.get("RequestParameters", {})
    return sorted(name for name in parameters if switched_on(parameters, name))


def _is_there(parameter: str, call: Call, path: Mapping[str, str]) -> bool:
    """Whether a request has a parameter, such as `method.request.header.Idempotency-Key`, and not an empty one."""
    _, _, place, name = parameter.split(".", 3)
    known = {"header": call.headers, "path": path, "querystring": call.query}[place]
    return bool(known.get(name.lower() if place == "header" else name, "").strip())


def _chosen(responses: list[dict[str, Any]], status: str) -> dict[str, Any]:
    """Return the integration response for a status of AWS: the first whose pattern it has, else that without one."""
    for response in responses:
        pattern = response.get("SelectionPattern")
        if pattern and re.fullmatch(pattern, status):
            return response
    for response in responses:
        if not response.get("SelectionPattern"):
            return response
    raise Refused("API_CONFIGURATION_ERROR", "Internal server error")
