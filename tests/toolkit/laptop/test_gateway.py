"""APIs beside the services: what is run of API Gateway, and what is listed with why."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop
from ensemble.laptop.gateway.calls import Call
from ensemble.laptop.gateway.rates import Bucket
from tests.toolkit.laptop.assemblies import Template
from tests.toolkit.laptop.small import laptop_with, left_out

PUT = '{"Entries": [{"EventBusName": "lending", "Source": "a", "DetailType": "B", "Detail": "{}"}]}'
API = {"RestApiId": {"Ref": "Api"}}
INTEGRATION: dict[str, Any] = {
    "Type": "AWS",
    "Uri": "arn:aws:apigateway:eu-west-1:events:action/PutEvents",
    "PassthroughBehavior": "NEVER",
    "RequestTemplates": {"application/json": PUT},
    "IntegrationResponses": [{"StatusCode": "200", "ResponseTemplates": {"application/json": "$input.body"}}],
}


def api(properties: dict[str, Any] | None = None, **integration: Any) -> dict[str, Template]:
    """Return an API with one resource and one method."""
    method = {"HttpMethod": "POST", "ResourceId": {"Ref": "Events"}, "Integration": INTEGRATION | integration}
    root = {"Fn::GetAtt": ["Api", "RootResourceId"]}
    return {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "own"}},
        "Events": {"Type": "AWS::ApiGateway::Resource", "Properties": {**API, "ParentId": root, "PathPart": "events"}},
        "Post": {"Type": "AWS::ApiGateway::Method", "Properties": {**API, **method, **(properties or {})}},
        "Stage": {"Type": "AWS::ApiGateway::Stage", "Properties": {**API, "StageName": "v1"}},
    }


def called(laptop: Laptop, path: str = "/events", stage: str = "v1") -> int:
    return laptop.call(Call("own", stage, "POST", path, {}, {}, b"{}")).status


def test_an_api_of_a_teams_own_is_served(tmp_path: Path) -> None:
    with laptop_with(tmp_path, **api()) as laptop:
        answer = laptop.call(Call("own", "v1", "POST", "/events", {}, {}, b"{}"))

        assert json.loads(answer.body)["FailedEntryCount"] == 0
        assert laptop.api_stages == ["/_aws/execute-api/own/v1/"]
        assert [called(laptop, "/other"), called(laptop, stage="v2")] == [403, 403]


@pytest.mark.parametrize(
    ("properties", "integration", "why"),
    [
        ({"AuthorizationType": "CUSTOM"}, {}, "its callers are known by CUSTOM, which is not run"),
        ({}, {"Type": "MOCK"}, "of its integrations only those of the type AWS are run"),
        ({}, {"PassthroughBehavior": "WHEN_NO_MATCH"}, "that pass no body on without a template"),
        (
            {},
            {"Uri": "arn:aws:apigateway:eu-west-1:kinesis:action/PutRecord"},
            "only operations of dynamodb, events, sqs",
        ),
        ({}, {"CacheNamespace": "a"}, "its integration has CacheNamespace, which is not run"),
        ({}, {"RequestParameters": {"integration.request.path.a": "'b'"}}, "its integration sets parameters"),
    ],
)
def test_a_method_that_would_go_otherwise_on_aws_is_listed_and_not_served(
    tmp_path: Path, properties: dict[str, Any], integration: dict[str, Any], why: str
) -> None:
    with laptop_with(tmp_path, **api(properties, **integration)) as laptop:
        assert why in left_out(laptop)["Post"]
        assert called(laptop) == 403


def test_a_template_that_cannot_be_made_is_a_fault_of_the_api(tmp_path: Path) -> None:
    with laptop_with(tmp_path, **api(RequestTemplates={"application/json": "$util.parseJson('{')"})) as laptop:
        assert called(laptop) == 500


def test_a_bucket_gives_what_has_come_in_since_and_holds_no_more_than_its_burst() -> None:
    bucket = Bucket(rate=2, burst=3, tokens=3, since=0.0)

    assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [bucket.take(0.5), bucket.take(0.5)] == [True, False]
    assert [bucket.take(100.0) for _ in range(4)] == [True, True, True, False]
