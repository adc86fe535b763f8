"""Reading assemblies and templates: stacks, assets, intrinsics, names, and what is not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.laptop import Laptop
from ensemble.laptop.account import Account
from ensemble.laptop.assembly import read_assembly
from ensemble.laptop.errors import AssemblyUnreadable, DeploymentRefused, IntrinsicUnsupported, PropertyUnsupported
from ensemble.laptop.intrinsics import Resolver
from tests.toolkit.laptop.assemblies import (
    Template,
    function,
    get,
    queue,
    resource,
    rule,
    table,
    template,
    write_assembly,
)
from tests.toolkit.laptop.small import laptop_with

RESOURCES = {
    "Archive": resource("AWS::Events::Archive", ArchiveName="kept"),
    "Bucket": resource("AWS::S3::Bucket"),
    "Bus": resource("AWS::Events::EventBus", Name={"Fn::Sub": "${Stage}-bus"}),
    "DefaultRule": resource("AWS::Events::Rule", Name="tick"),
    "Function": resource("AWS::Lambda::Function", FunctionName="pay"),
    "Log": resource("AWS::Logs::LogGroup", LogGroupName="/aws/lambda/pay"),
    "Mapping": resource("AWS::Lambda::EventSourceMapping"),
    "Queue": queue(QueueName="work"),
    "Role": resource("AWS::IAM::Role"),
    "Rule": resource("AWS::Events::Rule", Name="placed", EventBusName={"Ref": "Bus"}),
    "Table": table(TableName="rows"),
    "Topic": resource("AWS::SNS::Topic", TopicName="customer"),
    "Unnamed": queue(),
    "Widget": resource("Custom::Widget"),
}
TEMPLATE = {
    "Parameters": {
        "Stage": {"Type": "String", "Default": "dev"},
        "Layer": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/aws/service/x"},
        "Asked": {"Type": "String"},
    },
    "Conditions": {
        "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
        "IsProd": {"Fn::Not": [{"Condition": "IsDev"}]},
        "Both": {"Fn::And": [{"Condition": "IsDev"}, {"Condition": "IsProd"}]},
        "Either": {"Fn::Or": [{"Condition": "IsDev"}, {"Condition": "IsProd"}]},
    },
    "Mappings": {"Sizes": {"dev": {"memory": 128}}},
    "Resources": RESOURCES,
}
HERE = "eu-west-1:000000000000"


def resolve(value: Any) -> Any:
    return Resolver("lending", TEMPLATE, Account()).resolve(value)


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "AWS::AccountId"}, "000000000000"),
        ({"Ref": "AWS::Partition"}, "aws"),
        ({"Ref": "AWS::URLSuffix"}, "amazonaws.com"),
        ({"Ref": "AWS::StackName"}, "lending"),
        ({"Ref": "Stage"}, "dev"),
        ({"Ref": "Layer"}, "/aws/service/x"),
        ({"Fn::Join": ["-", ["a", {"Ref": "Stage"}, 1]]}, "a-dev-1"),
        (
            {"Fn::Sub": "${AWS::Region}/${Stage}/${Queue.Arn}/${!literal}"},
            f"eu-west-1/dev/arn:aws:sqs:{HERE}:work/${{literal}}",
        ),
        (
            {"Fn::Sub": ["${Name}-${Stage}", {"Name": {"Ref": "Queue"}}]},
            "https://sqs.eu-west-1.amazonaws.com/000000000000/work-dev",
        ),
        ({"Fn::Select": ["1", {"Fn::Split": ["/", "a/b/c"]}]}, "b"),
        ({"Fn::If": ["IsDev", "yes", "no"]}, "yes"),
        ({"Fn::If": ["IsProd", "yes", "no"]}, "no"),
        ({"Fn::If": ["Both", "yes", "no"]}, "no"),
        ({"Fn::If": ["Either", "yes", "no"]}, "yes"),
        ({"a": {"Fn::If": ["IsProd", 1, {"Ref": "AWS::NoValue"}]}, "b": 2}, {"b": 2}),
        ([{"Ref": "AWS::NoValue"}, 1], [1]),
        ({"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "memory"]}, 128),
    ],
)
def test_an_intrinsic_is_resolved(value: Any, resolved: Any) -> None:
    assert resolve(value) == resolved


@pytest.mark.parametrize(
    ("logical_id", "reference", "attributes"),
    [
        ("Archive", "kept", {"Arn": f"arn:aws:events:{HERE}:archive/kept"}),
        ("Bucket", "lending-Bucket", {"Arn": "arn:aws:s3:::lending-Bucket"}),
        ("Bus", "dev-bus", {"Arn": f"arn:aws:events:{HERE}:event-bus/dev-bus", "Name": "dev-bus"}),
        ("DefaultRule", "tick", {"Arn": f"arn:aws:events:{HERE}:rule/tick"}),
        ("Function", "pay", {"Arn": f"arn:aws:lambda:{HERE}:function:pay"}),
        ("Log", "/aws/lambda/pay", {"Arn": f"arn:aws:logs:{HERE}:log-group:/aws/lambda/pay:*"}),
        ("Mapping", "lending-Mapping", {"Id": "lending-Mapping"}),
        (
            "Queue",
            "https://sqs.eu-west-1.amazonaws.com/000000000000/work",
            {
                "Arn": f"arn:aws:sqs:{HERE}:work",
                "QueueName": "work",
                "QueueUrl": "https://sqs.eu-west-1.amazonaws.com/000000000000/work",
            },
        ),
        ("Role", "lending-Role", {"Arn": "arn:aws:iam::000000000000:role/lending-Role"}),
        ("Rule", "dev-bus|placed", {"Arn": f"arn:aws:events:{HERE}:rule/dev-bus/placed"}),
        (
            "Table",
            "rows",
            {
                "Arn": f"arn:aws:dynamodb:{HERE}:table/rows",
                "StreamArn": f"arn:aws:dynamodb:{HERE}:table/rows/stream/2026-01-01T00:00:00.000",
            },
        ),
        (
            "Topic",
            f"arn:aws:sns:{HERE}:customer",
            {"TopicArn": f"arn:aws:sns:{HERE}:customer", "TopicName": "customer"},
        ),
        (
            "Unnamed",
            "https://sqs.eu-west-1.amazonaws.com/000000000000/lending-Unnamed",
            {"QueueName": "lending-Unnamed"},
        ),
        ("Widget", "lending-Widget", {"Anything": "Custom-Widget-lending-Widget-Anything"}),
    ],
)
def test_ref_and_getatt_give_what_cloudformation_gives(
    logical_id: str, reference: str, attributes: dict[str, str]
) -> None:
    assert resolve({"Ref": logical_id}) == reference
    for name, value in attributes.items():
        assert resolve({"Fn::GetAtt": [logical_id, name]}) == value
        assert resolve({"Fn::GetAtt": f"{logical_id}.{name}"}) == value


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ({"Fn::ImportValue": "x"}, "Fn::ImportValue"),
        ({"Ref": "Nobody"}, "'Nobody'"),
        ({"Ref": "Asked"}, "'Asked'"),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, "'Nobody'"),
        ({"Fn::GetAtt": ["Queue", "Colour"]}, "'Colour'"),
        ({"Fn::If": ["Unknown", 1, 2]}, "'Unknown'"),
        ({"Fn::FindInMap": ["Sizes", "prod", "memory"]}, "Sizes/prod/memory"),
    ],
)
def test_what_cannot_be_resolved_is_named(value: Any, named: str) -> None:
    with pytest.raises(IntrinsicUnsupported, match=named):
        resolve(value)


def test_the_region_is_the_one_asked_for(tmp_path: Path) -> None:
    with Laptop(
        write_assembly(tmp_path, {"lending": template(Work=queue(QueueName="work"))}), region="us-east-2"
    ) as laptop:
        assert laptop.queue("work").arn == "arn:aws:sqs:us-east-2:000000000000:work"


def test_stacks_know_each_other_by_their_names_only(tmp_path: Path) -> None:
    arn = {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:inbox"}
    stacks = {
        "a-rules": {"Resources": {"Rule": rule({"source": ["lending"]}, {"Arn": arn})}},
        "b-platform": template(Inbox=queue(QueueName="inbox")),
    }
    with Laptop(write_assembly(tmp_path, stacks)) as laptop:
        assert list(laptop.queues) == ["inbox"]


def test_a_resource_whose_condition_is_false_is_not_there(tmp_path: Path) -> None:
    conditional = {
        "Resources": {"Work": queue() | {"Condition": "Never"}},
        "Conditions": {"Never": {"Fn::Equals": [1, 2]}},
    }
    with Laptop(write_assembly(tmp_path, {"lending": conditional})) as laptop:
        assert laptop.queues == {}


def test_what_is_not_run_is_listed_with_how_often_and_why(tmp_path: Path) -> None:
    with laptop_with(
        tmp_path,
        bundles={"one": "def handler(event, context): ...\n"},
        One=function("one", Layers=["arn"], TracingConfig={"Mode": "Active"}),
        Alarm=resource("AWS::CloudWatch::Alarm"),
        Other=resource("AWS::CloudWatch::Alarm"),
        Widget=resource("Custom::Widget"),
    ) as laptop:
        listed = {item.what: (item.count, item.why) for item in laptop.not_run}

        assert listed["AWS::CloudWatch::Alarm"][0] == 2
        assert listed["AWS::Lambda::Function.Layers"] == (1, "the function uses the libraries of this environment")
        assert listed["Custom::Widget"] == (1, "the laptop AWS does not know this type")
        assert set(listed) == {
            "AWS::CloudWatch::Alarm",
            "AWS::IAM::Role",
            "AWS::Lambda::Function.Layers",
            "AWS::Lambda::Function.Role",
            "AWS::Lambda::Function.Runtime",
            "AWS::Lambda::Function.TracingConfig",
            "Custom::Widget",
        }


def test_a_property_that_would_not_be_run_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(PropertyUnsupported, match="AWS::SQS::Queue lending/Work has Colour, which is not run"):
        laptop_with(tmp_path, Work=queue(Colour="red"))


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        ({"One": queue(QueueName="q"), "Two": queue(QueueName="q")}, "queue 'q'"),
        ({"One": table(TableName="t"), "Two": table(TableName="t")}, "table 't'"),
        ({"One": resource("AWS::Events::EventBus", Name="lending")}, "event bus 'lending'"),
        (
            {"One": resource("AWS::SNS::Topic", TopicName="t"), "Two": resource("AWS::SNS::Topic", TopicName="t")},
            "topic 't'",
        ),
        (
            {
                "One": rule({"source": ["a"]}, {"Arn": "arn:aws:sqs:::q"}, Name="r"),
                "Two": rule({"source": ["a"]}, {"Arn": "arn:aws:sqs:::q"}, Name="r"),
            },
            "rule 'r'",
        ),
    ],
)
def test_a_name_used_twice_is_refused(tmp_path: Path, resources: dict[str, Template], named: str) -> None:
    with pytest.raises(DeploymentRefused, match=named):
        laptop_with(tmp_path, **resources)


@pytest.mark.parametrize(
    ("resources", "named"),
    [
        ({"P": resource("AWS::SQS::QueuePolicy", PolicyDocument={"Statement": []}, Queues=["https://x/gone"])}, "gone"),
        (
            {
                "P": resource(
                    "AWS::Lambda::Permission", FunctionName="gone", Principal="events.amazonaws.com", Action="x"
                )
            },
            "function gone",
        ),
        ({"A": resource("AWS::Events::Archive", SourceArn="arn:aws:events:::event-bus/gone")}, "event-bus/gone"),
    ],
)
def test_what_refers_to_something_that_is_not_there_is_refused(
    tmp_path: Path, resources: dict[str, Template], named: str
) -> None:
    with pytest.raises(DeploymentRefused, match=named):
        laptop_with(tmp_path, **resources)


def test_a_policy_condition_that_is_not_known_is_refused(tmp_path: Path) -> None:
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Condition": {"DateLessThan": {"x": "y"}}}
    policy = resource("AWS::SQS::QueuePolicy", PolicyDocument={"Statement": statement}, Queues=[{"Ref": "Work"}])
    with pytest.raises(PropertyUnsupported, match="DateLessThan"):
        laptop_with(tmp_path, Work=queue(QueueName="work"), Policy=policy)


def test_a_directory_that_is_no_assembly_is_named(tmp_path: Path) -> None:
    with pytest.raises(AssemblyUnreadable, match="run the CDK app first"):
        read_assembly(tmp_path)


@pytest.mark.parametrize(("content", "fault"), [("{", "is not JSON"), ("[]", "is not a JSON object")])
def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path, content: str, fault: str) -> None:
    (tmp_path / "manifest.json").write_text(content)

    with pytest.raises(AssemblyUnreadable, match=fault):
        read_assembly(tmp_path)


def test_an_assembly_of_stages_names_them(tmp_path: Path) -> None:
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-dev"}}
    (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": {"assembly-dev": stage}}))

    with pytest.raises(AssemblyUnreadable, match=r"give one of its stages: .*assembly-dev"):
        read_assembly(tmp_path)


def test_a_stacks_name_may_differ_from_its_artifacts(tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path, {"artifact": template(Work=queue())})
    manifest = json.loads((assembly / "manifest.json").read_text())
    manifest["artifacts"]["artifact"]["properties"]["stackName"] = "named"
    (assembly / "manifest.json").write_text(json.dumps(manifest))

    with Laptop(assembly) as laptop:
        assert list(laptop.queues) == ["named-Work"]


def test_a_role_of_the_template_is_what_getatt_says(tmp_path: Path) -> None:
    assert resolve(get("Role")) == "arn:aws:iam::000000000000:role/lending-Role"
