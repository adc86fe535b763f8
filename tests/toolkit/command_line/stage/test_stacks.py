"""CloudFormation is asked page by page, and the fake that other tests use answers as its API's model says."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.session import get_session
from botocore.stub import Stubber
from botocore.validate import ParamValidator

from ensemble.command_line.errors import AwsFailed
from ensemble.command_line.stage.stacks import CloudFormation, Stacks
from tests.toolkit.command_line.stage.fake_aws import FakeCloudFormation

TEMPLATE: dict[str, Any] = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
NAMES = [f"stage-{number}" for number in range(5)]


def client() -> Any:
    return get_session().create_client(
        "cloudformation", region_name="eu-west-1", aws_access_key_id="any", aws_secret_access_key="any"
    )


def described(name: str) -> dict[str, Any]:
    return {"StackName": name, "StackStatus": "CREATE_COMPLETE", "CreationTime": datetime.now(UTC)}


def stubbed() -> CloudFormation:
    """Return a client of AWS's own library, which checks each request and each answer against the API's model."""
    made = client()
    stubber = Stubber(made)
    stubber.add_response("describe_stacks", {"Stacks": [*map(described, NAMES[:3])], "NextToken": "2"}, {})
    stubber.add_response("describe_stacks", {"Stacks": [*map(described, NAMES[3:])]}, {"NextToken": "2"})
    asked = {"StackName": NAMES[4], "TemplateStage": "Original"}
    stubber.add_response("get_template", {"TemplateBody": '{"Resources": {}}'}, asked)
    stubber.activate()
    return made  # type: ignore[no-any-return]


def faked() -> CloudFormation:
    return FakeCloudFormation({name: {"Resources": {}} for name in NAMES}, page=3)


@pytest.mark.parametrize("made", [stubbed, faked])
def test_all_pages_are_read_and_the_template_as_it_was_handed_in(made: Any) -> None:
    stacks = Stacks(made())

    found = stacks.named([NAMES[0], NAMES[4], "another"])

    assert list(found) == [NAMES[0], NAMES[4]]
    assert found[NAMES[4]].is_protected is False
    assert stacks.template(NAMES[4]) == {"Resources": {}}


@pytest.mark.parametrize(("operation", "arguments"), [("DescribeStacks", {}), ("DescribeStacks", {"NextToken": "2"})])
def test_the_fake_answers_as_the_model_of_the_api_says(operation: str, arguments: dict[str, str]) -> None:
    answer = FakeCloudFormation(dict.fromkeys(NAMES, TEMPLATE)).describe_stacks(**arguments)
    for stack in answer["Stacks"]:
        stack["CreationTime"] = datetime.now(UTC)  # nobody here asks for it

    model = client().meta.service_model.operation_model(operation)

    assert not ParamValidator().validate(answer, model.output_shape).has_errors()


def test_what_aws_answers_instead_is_one_sentence() -> None:
    made = client()
    stubber = Stubber(made)
    stubber.add_client_error("describe_stacks", "AccessDenied", "you may not")
    stubber.activate()

    with pytest.raises(AwsFailed, match=r"AWS does not do what is asked: .*AccessDenied.*you may not"):
        Stacks(made).named(["any"])
