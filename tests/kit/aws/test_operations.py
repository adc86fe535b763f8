"""What the kit's client holds of botocore's models and retries, beside botocore itself."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from botocore import xform_name
from botocore.model import ServiceModel
from botocore.retries import quota, standard
from botocore.session import get_session

from functions.kit.aws import retries
from functions.kit.aws.errors import Exceptions
from functions.kit.aws.operations import SERVICES, TOKENS, Service, operation_of

METHODS = [(service, method) for service in SERVICES.values() for method in service.operations]


@cache
def model(service: str) -> ServiceModel:
    return get_session().get_service_model(service)


@pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)
def test_a_service_speaks_as_its_model_says(service: Service) -> None:
    metadata: Any = model(service.name).metadata

    assert service.name == metadata["endpointPrefix"] == model(service.name).signing_name
    assert service.id == model(service.name).service_id.upper().replace(" ", "_")
    assert service.target == metadata.get("targetPrefix", "")
    json = f"application/x-amz-json-{metadata.get('jsonVersion')}"
    assert service.content_type == (json if service.target else "application/x-www-form-urlencoded; charset=utf-8")
    assert service.is_former_query == ("awsQueryCompatible" in metadata)
    assert metadata["protocol"] == ("json" if service.target else "query")


@pytest.mark.parametrize(("service", "method"), METHODS, ids=[method for _, method in METHODS])
def test_an_operation_is_one_of_its_model(service: Service, method: str) -> None:
    operation = model(service.name).operation_model(operation_of(method))

    assert xform_name(operation.name) == method
    assert operation.input_shape is not None
    assert service.operations[method] <= set(operation.input_shape.members)
    tokens = [name for name, shape in operation.input_shape.members.items() if "idempotencyToken" in shape.metadata]
    assert tokens == ([TOKENS[method]] if method in TOKENS else [])
    assert operation.http == {"method": "POST", "requestUri": "/"}
    assert operation.endpoint is None


@pytest.mark.parametrize(("service", "method"), METHODS, ids=[method for _, method in METHODS])
def test_only_dynamodb_answers_with_bytes_and_nobody_with_times(service: Service, method: str) -> None:
    shapes = [model(service.name).operation_model(operation_of(method)).output_shape]
    seen: dict[str, Any] = {}
    while shapes:
        shape = shapes.pop()
        if shape is None or shape.name in seen:
            continue
        seen[shape.name] = shape
        shapes += [
            *getattr(shape, "members", {}).values(),
            getattr(shape, "member", None),
            getattr(shape, "value", None),
        ]

    blobs = {name for name, shape in seen.items() if shape.type_name == "blob"}
    assert blobs <= {"BinaryAttributeValue"}
    assert "timestamp" not in {shape.type_name for shape in seen.values()}


@pytest.mark.parametrize(("service", "method"), METHODS, ids=[method for _, method in METHODS])
def test_errors_have_the_names_of_their_model(service: Service, method: str) -> None:
    for shape in model(service.name).operation_model(operation_of(method)).error_shapes:
        code = shape.metadata.get("error", {}).get("code") or shape.name

        assert Exceptions(service.error_ending).from_code(code).__name__ == shape.name


def test_pages_follow_as_botocore_has_it() -> None:
    for service in SERVICES.values():
        for method, (after, before) in service.pages.items():
            theirs = get_session().get_paginator_model(service.name).get_paginator(operation_of(method))
            assert (theirs["output_token"], theirs["input_token"]) == (after, before)


def test_the_same_is_tried_again_as_by_botocore() -> None:
    modeled = {
        (shape.name, shape.metadata["retryable"].get("throttling"))
        for service in SERVICES.values()
        for method in service.operations
        for shape in model(service.name).operation_model(operation_of(method)).error_shapes
        if "retryable" in shape.metadata
    }

    theirs: Any = standard
    assert set(theirs.ThrottledRetryableChecker._THROTTLED_ERROR_CODES) == retries.THROTTLED
    transient = set(theirs.TransientRetryableChecker._TRANSIENT_ERROR_CODES) | {name for name, _ in modeled}
    assert transient - retries.THROTTLED == retries.TRANSIENT
    assert {throttles for _, throttles in modeled} == {False}
    assert tuple(theirs.TransientRetryableChecker._TRANSIENT_STATUS_CODES) == retries.TRANSIENT_STATUSES
    assert theirs.ThrottlingStatusCodeChecker._THROTTLING_STATUS_CODES == [retries.TOO_MANY_REQUESTS]


def test_attempts_cost_and_wait_as_botocores_do() -> None:
    checker: Any = standard.RetryQuotaChecker
    backoff: Any = standard.ExponentialBackoff

    assert (retries.COST, retries.COST_OF_THROTTLED, retries.GAIN) == (
        checker._RETRY_COST,
        checker._THROTTLING_RETRY_COST,
        checker._NO_RETRY_INCREMENT,
    )
    assert retries.MOST_TOKENS == quota.RetryQuota.INITIAL_CAPACITY
    assert backoff._DEFAULT_BACKOFF_CONFIG["throttling_base_scale"] == retries.BASE_OF_THROTTLED
    assert (retries.LONGEST_PAUSE, retries.LONGEST_ADDED) == (backoff._MAX_BACKOFF, backoff._RETRY_AFTER_MAX_ADDITIONAL)
    for service in SERVICES.values():
        usual = backoff._DEFAULT_BACKOFF_CONFIG["non_throttling_base_scale"]
        own = backoff._SERVICE_BACKOFF_CONFIG.get(service.name, {}).get("non_throttling_base_scale", usual)
        assert service.longest_pause == own
