"""What of the front door is in the template: who may call what, what the API may do, and what is refused in app.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infrastructure.door import FrontDoor, Rate
from infrastructure.errors import StageRefused
from tests.toolkit.front_door.parcels import TEXT, schema, schemas, synthesized
from tests.toolkit.infrastructure.test_stages import CFN_LINT


@pytest.fixture(scope="module")
def resources(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    return list(synthesized(tmp_path_factory.mktemp("template"))["Resources"].values())


def of_type(resources: list[dict[str, Any]], type: str) -> list[dict[str, Any]]:
    return [resource["Properties"] for resource in resources if resource["Type"] == type]


def test_every_method_wants_a_key_and_a_signature_or_a_token(resources: list[dict[str, Any]]) -> None:
    methods = of_type(resources, "AWS::ApiGateway::Method")

    assert len(methods) == 5
    assert all(method["ApiKeyRequired"] and "RequestValidatorId" in method for method in methods)
    assert {method["AuthorizationType"] for method in methods} == {"AWS_IAM", "COGNITO_USER_POOLS"}


def test_the_api_may_put_the_commands_of_the_publisher_and_read_the_table_and_no_more(
    resources: list[dict[str, Any]],
) -> None:
    (policy,) = of_type(resources, "AWS::IAM::Policy")
    putting, reading = policy["PolicyDocument"]["Statement"]

    assert putting["Action"] == "events:PutEvents"
    assert putting["Condition"]["StringEquals"] == {"events:detail-type": ["SendParcel", "StopParcel"]}
    assert putting["Condition"]["ForAllValues:StringEquals"] == {"events:source": ["counter"]}
    assert reading["Action"] == "dynamodb:GetItem"
    assert reading["Resource"]["Fn::Sub"].endswith(":table/post-dev-parcel")


def test_a_publishers_policy_lets_it_call_what_is_its_own(resources: list[dict[str, Any]]) -> None:
    (policy,) = of_type(resources, "AWS::IAM::ManagedPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]

    called = [arn["Fn::Join"][1][-1] for arn in statement["Resource"]]

    assert called == ["/live/POST/commands/SendParcel", "/live/POST/commands/StopParcel", "/live/GET/status/parcel/*"]


def test_the_access_log_has_nothing_of_what_was_sent(resources: list[dict[str, Any]]) -> None:
    (stage,) = of_type(resources, "AWS::ApiGateway::Stage")
    logged = json.loads(stage["AccessLogSetting"]["Format"]).values()

    assert all(value.startswith("$context.") for value in logged)
    assert not {"$context.path", "$context.error.validationErrorString"} & set(logged)
    assert stage["MethodSettings"][0]["DataTraceEnabled"] is False


def test_a_changed_schema_is_a_new_deployment_of_the_api(tmp_path: Path) -> None:
    def deployment(folder: str, **versions: Any) -> str:
        template = synthesized(tmp_path / folder, known=schemas(**versions))
        deployed = (id for id, one in template["Resources"].items() if one["Type"] == "AWS::ApiGateway::Deployment")
        return str(next(deployed))

    before = deployment("before")

    assert deployment("same") == before
    assert deployment("other", StopParcel={"1.0": schema(why=TEXT)}) != before


@pytest.mark.parametrize(
    ("door", "said"),
    [
        (FrontDoor(), "lets nobody in"),
        (FrontDoor(publishers={"parcel": Rate(1, 1)}), "lets 'parcel' in, of whom no service hears anything"),
        (FrontDoor(publishers={"counter": Rate(0, 1)}), "take 1 to 10,000 for both"),
        (FrontDoor(publishers={"counter": Rate(1, 10_001)}), "take 1 to 10,000 for both"),
        (FrontDoor(publishers={"counter": Rate(1, 1)}, user_pools=["eu-west-1_abc"]), "write its ARN"),
    ],
)
def test_a_door_that_cannot_be_is_refused(tmp_path: Path, door: FrontDoor, said: str) -> None:
    with pytest.raises(StageRefused, match=said):
        synthesized(tmp_path, door)


def test_cfn_lint_finds_nothing(assembly: Path) -> None:
    (template,) = (assembly / "assembly-dev").glob("devfrontdoor*.template.json")

    linted = subprocess.run([sys.executable, "-c", CFN_LINT, str(template)], capture_output=True, text=True)

    assert (linted.returncode, linted.stdout) == (0, "")
