"""Only what the emulator cannot take is left out of the copy, what hangs on it too, and each is told with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.deploy_check.stripping import Stripped, strip, types_in, unknown_types

QUEUE, REGISTRY, SCHEMA = "AWS::SQS::Queue", "AWS::EventSchemas::Registry", "AWS::EventSchemas::Schema"
ALARM = "AWS::CloudWatch::Alarm"


def stripped_of(resources: dict[str, Any], folder: Path, **rest: Any) -> tuple[dict[str, Any], list[Stripped]]:
    file = folder / "stack.template.json"
    file.write_text(json.dumps({"Resources": resources, **rest}))
    found, _ = strip(folder, {REGISTRY})
    return json.loads(file.read_text()), found


def test_what_the_emulator_knows_stays_as_it_is(tmp_path: Path) -> None:
    resources = {"Queue": {"Type": QUEUE, "Properties": {"QueueName": "q"}, "DependsOn": ["Other"]}}

    template, found = stripped_of(resources, tmp_path)

    assert template == {"Resources": resources}
    assert found == []


def test_a_type_that_it_does_not_know_is_left_out_with_what_refers_to_it(tmp_path: Path) -> None:
    name = {"Fn::GetAtt": ["Registry", "RegistryName"]}
    template, found = stripped_of(
        {
            "Registry": {"Type": REGISTRY},
            "Schema": {"Type": SCHEMA, "Properties": {"RegistryName": name}},
            "Named": {"Type": QUEUE, "Properties": {"QueueName": {"Fn::Sub": "${Schema}-queue"}}},
            "Queue": {"Type": QUEUE, "DependsOn": ["Registry", "Other"]},
        },
        tmp_path,
    )

    assert template["Resources"] == {"Queue": {"Type": QUEUE, "DependsOn": ["Other"]}}
    assert {one.what: one.why for one in found} == {
        REGISTRY: "the emulator does not know this type",
        SCHEMA: f"it refers to a {REGISTRY}, which is not there",
        QUEUE: f"it refers to a {SCHEMA}, which is not there",
    }


def test_an_output_that_gives_what_is_not_there_is_left_out(tmp_path: Path) -> None:
    outputs = {"Registry": {"Value": {"Ref": "Registry"}}, "Queue": {"Value": {"Ref": "Queue"}}}

    template, found = stripped_of({"Registry": {"Type": REGISTRY}, "Queue": {"Type": QUEUE}}, tmp_path, Outputs=outputs)

    assert list(template["Outputs"]) == ["Queue"]
    assert Stripped("an output", 1, "what it gives is not there") in found


def test_an_alarm_is_left_out_for_its_metric_math_and_for_nothing_else(tmp_path: Path) -> None:
    plain = {"Type": ALARM, "Properties": {"MetricName": "Errors"}}

    template, found = stripped_of({"Math": {"Type": ALARM, "Properties": {"Metrics": []}}, "Plain": plain}, tmp_path)

    assert template["Resources"] == {"Plain": plain}
    assert [(one.what, one.number) for one in found] == [(ALARM, 1)]
    assert "metric math" in found[0].why


@pytest.mark.parametrize(("runtime", "stays"), [("nodejs22.x", False), ("python3.14", True)])
def test_what_a_function_of_node_makes_is_left_out_and_the_function_stays(
    runtime: str, stays: bool, tmp_path: Path
) -> None:
    token = {"Fn::GetAtt": ["Maker", "Arn"]}
    template, _ = stripped_of(
        {
            "Maker": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": runtime}},
            "Made": {"Type": "Custom::Anything", "Properties": {"ServiceToken": token}},
        },
        tmp_path,
    )

    assert list(template["Resources"]) == (["Maker", "Made"] if stays else ["Maker"])


def test_a_property_of_that_name_of_another_type_is_no_reason(tmp_path: Path) -> None:
    resources = {"Queue": {"Type": QUEUE, "Properties": {"Metrics": []}}}

    assert stripped_of(resources, tmp_path)[0]["Resources"] == resources


def test_a_parameter_of_aws_gets_a_name_that_may_be_made(tmp_path: Path) -> None:
    of_aws = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/aws/service/layer/1"}
    own = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/version"}
    file = tmp_path / "stack.template.json"
    file.write_text(json.dumps({"Resources": {}, "Parameters": {"Layer": of_aws, "Own": own}}))

    found, moved = strip(tmp_path, set())

    parameters = json.loads(file.read_text())["Parameters"]
    assert parameters == {"Layer": {**of_aws, "Default": "/emulated/service/layer/1"}, "Own": own}
    assert moved == ["/emulated/service/layer/1"]
    assert found[0].what == "the parameter /aws/service/layer/1"


def test_the_types_of_all_stacks_of_a_stage_are_asked_for(tmp_path: Path) -> None:
    for name, type in (("a", QUEUE), ("b", REGISTRY)):
        (tmp_path / f"{name}.template.json").write_text(json.dumps({"Resources": {"One": {"Type": type}}}))

    assert types_in(tmp_path) == {QUEUE, REGISTRY}


class Emulator:
    """Answers ValidateTemplate with an error, if any."""

    def __init__(self, message: str = "") -> None:
        self._message = message
        self.asked: dict[str, Any] = {}

    def validate_template(self, TemplateBody: str) -> None:  # noqa: N803
        self.asked = json.loads(TemplateBody)
        if self._message:
            raise ClientError({"Error": {"Code": "ValidationError", "Message": self._message}}, "ValidateTemplate")


def test_the_emulator_itself_says_which_types_it_does_not_know() -> None:
    emulator = Emulator(f"Template format error: Unrecognized resource types: [{REGISTRY}, {SCHEMA}]")

    assert unknown_types(emulator, {QUEUE, REGISTRY, SCHEMA}) == {REGISTRY, SCHEMA}
    assert {one["Type"] for one in emulator.asked["Resources"].values()} == {QUEUE, REGISTRY, SCHEMA}


def test_what_it_knows_all_of_leaves_nothing_out() -> None:
    assert unknown_types(Emulator(), {QUEUE}) == frozenset()


def test_another_error_is_not_taken_for_an_answer() -> None:
    with pytest.raises(ClientError, match="too long"):
        unknown_types(Emulator("too long"), {QUEUE})
