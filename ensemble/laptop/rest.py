"""Answers requests of services that speak REST with JSON, as if they were of AWS's JSON protocol.

Which operation a method and an address mean, and what of a request is in the address, in headers and in the body, is
read off botocore's models (Smithy, "AWS REST JSON 1.0 protocol"). A service joins by its operations in `Cloud`, under
the name that its requests are signed with, and by this name in `SERVICES` of `ensemble/laptop/request_check.py`: an
operation gets the members of its input, a blob as Base64, and returns those of its output.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote

from botocore.model import OperationModel, Shape, StructureShape

from ensemble.aws.errors import AwsError
from ensemble.laptop.answers import Answer, json_error, xml_error
from ensemble.laptop.request_check import service_model

AnswerRequest = Callable[[Mapping[str, str], bytes], Answer]
FORM = "application/x-www-form-urlencoded"

_SCOPE = re.compile(r"Credential=[^,\s]+/(?P<service>[^/,\s]+)/aws4_request")
_LABEL = re.compile(r"\\\{(\w+)(\\\+)?\\\}")


class HttpRequest(NamedTuple):
    """An HTTP request: its path and its query as they were sent, with their percent-encoding."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class _Route(NamedTuple):
    """What an operation's requests look like. `asked`: what their query must have."""

    path: re.Pattern[str]
    asked: Mapping[str, list[str]]
    operation: OperationModel


def is_rest(headers: Mapping[str, str]) -> bool:
    """Whether a request is of no other protocol: it names no target, and has no form."""
    return "x-amz-target" not in headers and not headers.get("content-type", "").startswith(FORM)


def answer_rest(answer: AnswerRequest, request: HttpRequest) -> Answer:
    """Answer a request by what answers those of the JSON protocol."""
    scope = _SCOPE.search(request.headers.get("authorization", ""))
    if scope is None:
        return json_error(AwsError("MissingAuthenticationToken", "No Authorization says of what service it is.", 403))
    service, query = scope["service"], parse_qs(request.query, keep_blank_values=True)
    found = _found(service, request.method, request.path, query)
    if found is None:
        return _refused(service, answer({"x-amz-target": f"{service}.{request.method} {request.path}"}, b"{}"))
    operation, labels = found
    try:
        content = json.dumps(_input(operation, labels, query, request)).encode()
    except ValueError as error:
        return json_error(AwsError("InvalidRequestContentException", f"The request cannot be read: {error}"))
    answered = answer({"x-amz-target": f"{service}.{operation.name}"}, content)
    return answered if answered.status != 200 else _output(operation, json.loads(answered.body))


def _refused(service: str, refusal: Answer) -> Answer:
    """Return an error as clients of the service can read it."""
    model = service_model(service)
    if model is None or model.metadata["protocol"] != "rest-xml":
        return refusal
    content = json.loads(refusal.body)
    return xml_error(AwsError(content["__type"], content["message"], refusal.status))


def _found(
    service: str, method: str, path: str, query: Mapping[str, list[str]]
) -> tuple[OperationModel, Mapping[str, str]] | None:
    """Return the operation that a request means, and what its path says of its members."""
    for route in _routes(service, method):
        match = route.path.fullmatch(path.rstrip("/"))
        if match is not None and all(query.get(name) == values for name, values in route.asked.items()):
            return route.operation, {name: unquote(text) for name, text in match.groupdict().items()}
    return None


@cache
def _routes(service: str, method: str) -> list[_Route]:
    """Return the operations of a method, those first that say the most of their address."""
    model = service_model(service)
    if model is None or model.metadata["protocol"] != "rest-json":
        return []
    operations = map(model.operation_model, model.operation_names)
    routes = (_route(operation) for operation in operations if operation.http["method"] == method)
    return sorted(routes, key=lambda route: (route.path.groups, -len(route.asked)))


def _route(operation: OperationModel) -> _Route:
    path, _, query = operation.http["requestUri"].partition("?")
    pattern = _LABEL.sub(lambda label: f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})", re.escape(path.rstrip("/")))
    return _Route(re.compile(pattern), parse_qs(query, keep_blank_values=True), operation)


def _input(
    operation: OperationModel, labels: Mapping[str, str], query: Mapping[str, list[str]], request: HttpRequest
) -> dict[str, Any]:
    """Return the members of a request. Raises ValueError for a body that is not JSON, or a number that is none."""
    shape = operation.input_shape
    members = _body(shape, request.body)
    for name, member in _members(shape).items():
        place, sent_as = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri":
            members[name] = _value(member, [labels[sent_as]])
        elif place == "querystring" and sent_as in query:
            members[name] = _value(member, query[sent_as])
        elif place == "header" and sent_as.lower() in request.headers:
            members[name] = _value(member, [request.headers[sent_as.lower()]])
    return members


def _body(shape: Shape | None, body: bytes) -> dict[str, Any]:
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload is None:
        return _object(body)
    if not body:
        return {}
    is_blob = _members(shape)[payload].type_name == "blob"
    return {payload: b64encode(body).decode() if is_blob else json.loads(body)}


def _object(body: bytes) -> dict[str, Any]:
    content = json.loads(body or b"{}")
    if not isinstance(content, dict):
        raise ValueError("it is no JSON object")
    return content


def _value(member: Shape, texts: list[str]) -> Any:
    """Return the value of a member that was sent as text."""
    match member.type_name:
        case "list":
            return texts
        case "integer" | "long":
            return int(texts[0])
        case "boolean":
            return texts[0] == "true"
        case _:
            return texts[0]


def _output(operation: OperationModel, members: dict[str, Any]) -> Answer:
    """Return what an operation answers, each member where clients look for it."""
    shape, status = operation.output_shape, operation.http.get("responseCode", 200)
    headers, body = {"content-type": "application/json"}, {}
    for name, member in _members(shape).items():
        place, sent_as = member.serialization.get("location"), member.serialization.get("name", name)
        if name not in members:
            continue
        if place == "statusCode":
            status = members[name]
        elif place == "header":
            headers[sent_as] = str(members[name])
        else:
            body[sent_as] = members[name]
    payload = shape.serialization.get("payload") if shape is not None else None
    if payload is not None and _members(shape)[payload].type_name == "blob":
        return Answer(status, headers, b64decode(body.get(payload, "")))
    return Answer(status, headers, json.dumps(body.get(payload, {}) if payload else body).encode())


def _members(shape: Shape | None) -> Mapping[str, Shape]:
    return shape.members if isinstance(shape, StructureShape) else {}
