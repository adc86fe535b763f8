"""Reading assemblies and templates: stacks, assets, intrinsics, names, and what is not run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate, read_assembly
from ensemble.aws.errors import AssemblyUnreadable, DeploymentRefused, PropertyUnsupported
from ensemble.aws.intrinsics import Resolver, resolvers
from ensemble.aws.opaque import Opaque
from ensemble.laptop import Laptop
from tests.toolkit.laptop.assemblies import (
    Template,
    function,
    get,
    mapping,
    queue,
    resource,
    rule,
    subscription,
    table,
    template,
    write_assembly,
)
from tests.toolkit.laptop.small import SUCCEEDS, laptop_with, left_out

MAPPING_ID = "4e9c5fde-f3c0-5abc-a5b6-7e3dd8fde727"

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
        ("Mapping", MAPPING_ID, {"Id": MAPPING_ID}),
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
    ("value", "resolved"),
    [
        ({"Fn::Base64": "hello"}, "aGVsbG8="),
        ({"Fn::GetAZs": ""}, ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ({"Fn::GetAZs": "us-east-1"}, ["us-east-1a", "us-east-1b", "us-east-1c"]),
        (
            {"Fn::ToJsonString": {"stage": {"Ref": "Stage"}, "list": [1, {"Ref": "AWS::NoValue"}]}},
            '{"stage":"dev","list":[1]}',
        ),
    ],
)
def test_an_intrinsic_of_ordinary_stacks_is_computed(value: Any, resolved: Any) -> None:
    template = TEMPLATE | {"Transform": "AWS::LanguageExtensions"}

    assert Resolver("lending", template, Account()).resolve(value) == resolved


IMPORT = {"Fn::ImportValue": "x"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (IMPORT, "<Fn::ImportValue x of lending>"),
        ({"Fn::Unheard": ["of"]}, '<Fn::Unheard ["of"] of lending>'),
        ({"Fn::Transform": {"Name": "m"}}, '<Fn::Transform {"Name": "m"} of lending>'),
        ({"Fn::ToJsonString": {"a": 1}}, '<Fn::ToJsonString {"a": 1} of lending>'),  # without its transform
        ({"Ref": "Layer"}, "<Ref Layer of lending>"),  # the default is the name of a value
        ({"Ref": "Nobody"}, "<Ref Nobody of lending>"),
        ({"Ref": "Asked"}, "<Ref Asked of lending>"),
        ({"Ref": "Widget"}, "<Ref Widget of lending>"),
        ({"Fn::GetAtt": ["Nobody", "Arn"]}, '<Fn::GetAtt ["Nobody", "Arn"] of lending>'),
        ({"Fn::GetAtt": "Queue.Colour"}, "<Fn::GetAtt Queue.Colour of lending>"),
        ({"Fn::GetAtt": "Widget.Anything"}, "<Fn::GetAtt Widget.Anything of lending>"),
        ({"Fn::If": ["Unknown", 1, 2]}, '<Fn::If ["Unknown", 1, 2] of lending>'),
        (
            {"Fn::FindInMap": ["Sizes", "prod", "memory"]},
            '<Fn::FindInMap ["Sizes", "prod", "memory"] of lending>',
        ),
        ({"Fn::Join": ["/", ["a", IMPORT]]}, "a/<Fn::ImportValue x of lending>"),
        ({"Fn::Sub": "${Stage}/${Nobody}"}, "dev/<Ref Nobody of lending>"),
        ({"Fn::Sub": ["${A}/", {"A": IMPORT}]}, "<Fn::ImportValue x of lending>/"),
        ({"Fn::Base64": IMPORT}, '<Fn::Base64 {"Fn::ImportValue": "x"} of lending>'),
        ({"Fn::Select": [0, IMPORT]}, '<Fn::Select [0, {"Fn::ImportValue": "x"}] of lending>'),
        ({"Fn::Select": [9, ["a"]]}, '<Fn::Select [9, ["a"]] of lending>'),
        ({"Fn::Join": [",", {"Fn::Split": [",", IMPORT]}]}, None),
        ({"Fn::Equals": [IMPORT, "a"]}, '<Fn::Equals [{"Fn::ImportValue": "x"}, "a"] of lending>'),
        ({"Fn::Join": None}, "<Fn::Join null of lending>"),
    ],
)
def test_what_cannot_be_resolved_is_opaque(value: Any, text: str | None) -> None:
    resolved = resolve(value)

    assert isinstance(resolved, Opaque)
    assert text in (None, resolved)


def test_a_name_or_an_arn_that_is_made_of_something_opaque_is_opaque_too() -> None:
    template = {"Resources": {"Inbox": queue(QueueName=IMPORT)}}
    resolver = Resolver("lending", template, Account())

    assert isinstance(resolver.name_of("Inbox"), Opaque)
    assert isinstance(resolver.resolve(get("Inbox")), Opaque)


def test_what_another_stack_of_the_assembly_exports_is_resolved_and_what_none_does_is_opaque() -> None:
    exporting = {
        "Resources": {"Inbox": queue(QueueName="inbox")},
        "Outputs": {
            "Arn": {"Value": get("Inbox"), "Export": {"Name": {"Fn::Sub": "${AWS::StackName}:inbox"}}},
            "Silent": {"Value": "x"},
        },
    }
    circular = {"Outputs": {"A": {"Value": {"Fn::ImportValue": "loop"}, "Export": {"Name": "loop"}}}}
    stacks = [StackTemplate(name, one, {}) for name, one in (("a", {}), ("b", exporting), ("c", circular))]

    resolver = resolvers(stacks, Account())["a"]

    assert resolver.resolve({"Fn::ImportValue": "b:inbox"}) == f"arn:aws:sqs:{HERE}:inbox"
    assert isinstance(resolver.resolve({"Fn::ImportValue": "elsewhere"}), Opaque)
    assert isinstance(resolver.resolve({"Fn::ImportValue": "loop"}), Opaque)


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"Fn::Or": [{"Fn::Equals": [IMPORT, "a"]}, {"Fn::Equals": ["a", "a"]}]}, True),
        ({"Fn::And": [{"Fn::Equals": [IMPORT, "a"]}, {"Fn::Equals": ["a", "b"]}]}, False),
        ({"Fn::Or": [{"Fn::Equals": [IMPORT, "a"]}, {"Fn::Equals": ["a", "b"]}]}, None),
        ({"Fn::And": [{"Fn::Equals": [IMPORT, "a"]}, {"Fn::Equals": ["a", "a"]}]}, None),
        ({"Fn::Not": [{"Fn::Equals": [IMPORT, "a"]}]}, None),
    ],
)
def test_a_condition_is_known_when_its_known_parts_settle_it(condition: Any, holds: bool | None) -> None:
    answer = Resolver("lending", {"Conditions": {"It": condition}}, Account()).holds("It")

    assert isinstance(answer, Opaque) if holds is None else answer is holds


@pytest.mark.parametrize(
    ("environment", "place"),
    [
        ("aws://123456789012/us-east-2", "us-east-2:123456789012"),
        ("aws://unknown-account/unknown-region", "eu-west-1:000000000000"),
    ],
)
def test_the_account_and_region_are_those_that_the_stacks_are_for(environment: str, place: str, tmp_path: Path) -> None:
    assembly = write_assembly(tmp_path, {"lending": template(Work=queue(QueueName="work"))})
    manifest = json.loads((assembly / "manifest.json").read_text())
    manifest["artifacts"]["lending"]["environment"] = environment
    (assembly / "manifest.json").write_text(json.dumps(manifest))

    with Laptop(assembly) as laptop:
        assert laptop.queue("work").arn == f"arn:aws:sqs:{place}:work"


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
        One=function("one", Layers=["arn"]),
        Alarm=resource("AWS::CloudWatch::Dashboard"),
        Other=resource("AWS::CloudWatch::Dashboard"),
        Custom=resource("Custom::Widget"),
        Widget=resource("AWS::Widgets::Widget"),
    ) as laptop:
        listed = {item.what: (item.count, item.why) for item in laptop.not_run}

        assert listed["AWS::CloudWatch::Dashboard"][0] == 2
        assert listed["AWS::Lambda::Function.Layers"] == (1, "the function uses the libraries of this environment")
        assert listed["Custom::Widget"] == (1, "it and its function act only while stacks are deployed and deleted")
        assert listed["AWS::Widgets::Widget"] == (1, "the laptop AWS does not know this type")
        assert set(listed) == {
            "AWS::CloudWatch::Dashboard",
            "AWS::IAM::Role.AssumeRolePolicyDocument",
            "AWS::Lambda::Function.Layers",
            "AWS::Lambda::Function.Runtime",
            "AWS::Widgets::Widget",
            "Custom::Widget",
        }


@pytest.mark.parametrize(
    ("resources", "why"),
    [
        ({"Work": queue(Colour="red")}, "it has Colour, which is not run"),
        (
            {"Work": queue(DelaySeconds=IMPORT)},
            "its DelaySeconds has <Fn::ImportValue x of lending>, which only a deployment knows",
        ),
        ({"Work": queue(QueueName=IMPORT)}, "its QueueName has <Fn::ImportValue x of lending>, which only"),
        ({"Work": queue() | {"Condition": "Unknown"}}, "it is there under the condition Unknown, which only"),
        ({"Work": function("one", Runtime="nodejs22.x")}, "its runtime is nodejs22.x, and only Python is run"),
        ({"Work": function("one", Code={"ZipFile": "x"})}, "its code is inline, and only an asset directory"),
        ({"Work": rule({"source": [IMPORT]}, {"Arn": "arn:aws:sqs:::q"})}, "its EventPattern has <Fn::ImportValue x"),
        (
            {"Work": resource("AWS::SQS::QueuePolicy", PolicyDocument={}, Queues=["https://x/gone"])},
            "it is for the queue gone, which is not run here",
        ),
        (
            {
                "Work": resource(
                    "AWS::Lambda::Permission", FunctionName="gone", Principal="s3.amazonaws.com", Action="x"
                )
            },
            "it is for the function gone, which is not run here",
        ),
        (
            {"Work": resource("AWS::Events::Archive", SourceArn="arn:aws:events:::event-bus/gone")},
            "it is for the event bus arn:aws:events:::event-bus/gone, which is not run here",
        ),
        (
            {
                "Work": resource(
                    "AWS::SQS::QueuePolicy",
                    PolicyDocument={"Statement": {"Effect": "Allow", "Condition": {"DateLessThan": {"x": "y"}}}},
                    Queues=[{"Ref": "Other"}],
                ),
                "Other": queue(),
            },
            "the policy condition DateLessThan is not known",
        ),
    ],
)
def test_what_cannot_be_run_beside_the_services_is_listed_with_why_and_left_out(
    tmp_path: Path, resources: dict[str, Template], why: str
) -> None:
    with laptop_with(tmp_path, bundles={"one": SUCCEEDS}, **resources) as laptop:
        (found,) = left_out(laptop).items()

        assert found[0] == "Work"
        assert found[1].startswith(why)


def of_a_service(**changes: Template) -> dict[str, Template]:
    """Return the resources of the service `loan`, with some in the place of others."""
    resources = subscription({"detail-type": ["LoanRequested"]}, "Loan")
    return {"Loan": function("loan", "functions.loan.handler.handler"), **resources, **changes}


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"DeadLetters": queue(QueueName="loan-queue-dlq", Colour="red")}, "lending/DeadLetters .* it has Colour"),
        ({"Queue": queue(QueueName="loan-queue", VisibilityTimeout=IMPORT)}, "lending/Queue .* its VisibilityTimeout"),
        ({"Loan": function("loan", "functions.loan.handler.handler", Code={})}, "lending/Loan .* its code"),
        (
            {"Rule": rule({"source": ["a"]}, {"Arn": get("Queue"), "InputPath": "$.a[-1]"}, Name="loan")},
            "lending/Rule .* of a path only names, dots",
        ),
        ({"Rule": rule({"source": ["a"]}, {"Arn": get("Queue")}, bus="gone")}, "lending/Rule .* event bus gone"),
        (
            {"Mapping": mapping(get("Queue"), "Loan", DestinationConfig=IMPORT)},
            "lending/Mapping .* its DestinationConfig has",
        ),
    ],
)
def test_what_a_service_needs_and_cannot_be_run_is_refused(
    tmp_path: Path, changes: dict[str, Template], named: str
) -> None:
    with pytest.raises(PropertyUnsupported, match=f"{named}.*Fix: "):
        laptop_with(tmp_path, bundles={"loan": SUCCEEDS}, **of_a_service(**changes))


def test_what_carries_events_and_is_not_run_is_listed_one_by_one(tmp_path: Path) -> None:
    subscriptions = {name: resource("AWS::SNS::Subscription", Protocol="email") for name in ("One", "Other")}
    with laptop_with(tmp_path, **subscriptions) as laptop:
        why = "nothing is subscribed to a topic here; what is published can be read"
        assert left_out(laptop) == {"One": why, "Other": why}


def test_a_functions_variable_that_is_opaque_is_a_text_and_listed(tmp_path: Path) -> None:
    source = "import os\ndef handler(event, context):\n    return os.environ['PARTNER']\n"
    partner = {"Variables": {"PARTNER": IMPORT}}
    with laptop_with(tmp_path, bundles={"one": source}, One=function("one", Environment=partner)) as laptop:
        assert laptop.invoke("one", {}) == "<Fn::ImportValue x of lending>"
        assert left_out(laptop)["One"].startswith(
            "its variable PARTNER is the text <Fn::ImportValue x of lending> here"
        )


def test_what_refers_to_something_left_out_is_left_out_too(tmp_path: Path) -> None:
    with laptop_with(
        tmp_path,
        Inbox=queue(Colour="red"),
        Fed=rule({"source": ["a"]}, {"Arn": get("Inbox")}, Name="fed"),
        Inline=function("inline", Code={"ZipFile": "x"}),
        Mapping=mapping(get("Inbox"), "Inline"),
        Work=queue(QueueName="work", RedrivePolicy={"deadLetterTargetArn": get("Inbox"), "maxReceiveCount": 1}),
    ) as laptop:
        assert {name: why.rpartition(": ")[2] for name, why in left_out(laptop).items()} == {
            "Inbox": "it has Colour, which is not run",
            "Inline": "its code is inline, and only an asset directory of the assembly is run",
            "Fed": "it is left out itself",
            "Mapping": "it is for the function inline, which is not run here",
            "Work": f"its dead-letter queue arn:aws:sqs:{HERE}:lending-Inbox is not run here".rpartition(": ")[2],
        }
        assert list(laptop.queues) == ["work"]


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
