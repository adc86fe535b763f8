"""Refuses requests that no AWS client would send, before anything is done for them: not JSON, or not of their shape."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from botocore.exceptions import ParamValidationError, UnknownServiceError
from botocore.model import OperationModel, OperationNotFoundError, ServiceModel, Shape
from botocore.session import get_session
from botocore.validate import ParamValidator

from ensemble.aws.entries import is_unicode
from ensemble.aws.errors import AwsError
from ensemble.laptop.bodies import Body, content_of
from ensemble.laptop.shapes import surely_fits

SERVICES = {
    "AWSEvents": "events",
    "AmazonSQS": "sqs",
    "DynamoDB_20120810": "dynamodb",
    "DynamoDBStreams_20120810": "dynamodbstreams",
    "GraniteServiceVersion20100801": "cloudwatch",
    "Logs_20140328": "logs",
    "lambda": "lambda",
    "xray": "xray",
}
"""botocore's name of each service: by what its targets begin with, or where it speaks REST by what it signs with."""

MISSING = {"AmazonSQS": "MissingParameter"}
"""What a service calls a request that lacks a member, where that is not ValidationException."""


def checked_body(prefix: str, operation: str, body: bytes) -> bytes:
    """Return a JSON request's body without its nulls, which mean "not given" (Smithy, "AWS JSON 1.0 protocol").

    `prefix` and `operation` are the request's `X-Amz-Target`. Raises AwsError when the body is not of the
    operation's shape, as botocore's service model has it.
    """
    shape = _input_shape(prefix, operation)
    if shape is not None and (read := _sound(body, shape)) is not None:
        return read
    request = _parsed(body)
    faults = _faults(request, shape) if shape is not None else []
    if any(fault.startswith("Invalid type") for fault in faults):
        raise AwsError("SerializationException", "\n".join(faults))
    if faults:
        raise AwsError(MISSING.get(prefix, "ValidationException"), "\n".join(faults))
    return json.dumps(request).encode()


def _sound(body: bytes, shape: Shape) -> Body | None:
    """Return a body, read, that surely has its shape and so no null in it; None where it must be looked at closer.

    A text that is no Unicode stands in JSON as an escape of half a character.
    """
    try:
        read = Body(body)
        is_sound = b"\\u" not in body and surely_fits(read.content, shape)
    except (ValueError, RecursionError):
        return None
    return read if is_sound else None


def refuse_unshaped(prefix: str, operation: str, body: bytes) -> None:
    """Refuse what botocore would not send: the kit's own client checks nothing, and AWS passes over a member that it
    does not know, as one that is misspelt. Raises ParamValidationError."""
    shape = _input_shape(prefix, operation)
    if shape is None or surely_fits(request := content_of(body), shape):
        return
    if (report := ParamValidator().validate(request, shape)).has_errors():
        raise ParamValidationError(report=report.generate_report())


def _faults(request: dict[str, Any], shape: Shape) -> list[str]:
    """Return what botocore would complain of, but for members it does not know: those AWS passes over."""
    try:
        lines: list[str] = ParamValidator().validate(request, shape).generate_report().splitlines()
    except (RuntimeError, ValueError, OverflowError) as error:  # what botocore raises at times that are none
        raise AwsError("SerializationException", f"The request cannot be read: {error}") from error
    return [line for line in lines if line.startswith(("Invalid", "Missing"))]


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body.decode() or "{}", object_hook=_given)
        is_text = is_unicode(json.dumps(request, ensure_ascii=False))
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"The request is not JSON: {error}") from error
    if not isinstance(request, dict) or not is_text:
        raise AwsError("SerializationException", "The request is not a JSON object of Unicode texts.")
    return request


def _given(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def output_shape(prefix: str, operation: str) -> Shape | None:
    """Return the shape of an operation's answer; None for an operation that AWS does not have, or that has none."""
    model = _operation(prefix, operation)
    return None if model is None else model.output_shape


def _input_shape(prefix: str, operation: str) -> Shape | None:
    model = _operation(prefix, operation)
    return None if model is None else model.input_shape


@cache
def _operation(prefix: str, operation: str) -> OperationModel | None:
    model = service_model(SERVICES.get(prefix, ""))
    try:
        return None if model is None else model.operation_model(operation)
    except OperationNotFoundError:
        return None


@cache
def service_model(name: str) -> ServiceModel | None:
    """Return botocore's model of a service; None where it has none of this name."""
    try:
        return get_session().get_service_model(name)
    except UnknownServiceError:
        return None
