"""Writes small cloud assemblies for the tests: templates as dicts, bundles as source texts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Template = dict[str, Any]


def write_assembly(
    directory: Path, stacks: dict[str, Template], bundles: dict[str, dict[str, str]] | None = None
) -> Path:
    """Write an assembly with these stacks; a function's `Code.S3Key` is `<bundle>.zip`."""
    assembly = directory / "assembly"
    assembly.mkdir(parents=True)
    artifacts: dict[str, Any] = {}
    for name, template in stacks.items():
        (assembly / f"{name}.template.json").write_text(json.dumps(template))
        artifacts[name] = {"type": "aws:cloudformation:stack", "properties": {"templateFile": f"{name}.template.json"}}
    artifacts["assets"] = {"type": "cdk:asset-manifest", "properties": {"file": "assets.json"}}
    files = {name: _asset(directory, name, sources) for name, sources in (bundles or {}).items()}
    (assembly / "assets.json").write_text(json.dumps({"files": files}))
    (assembly / "manifest.json").write_text(json.dumps({"version": "1", "artifacts": artifacts}))
    return assembly


def _asset(directory: Path, name: str, sources: dict[str, str]) -> dict[str, Any]:
    """Write a bundle beside the assembly, as a CDK Stage's assets lie."""
    for path, source in sources.items():
        file = directory / f"asset.{name}" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source)
        (file.parent / "__init__.py").touch()
    destination = {"bucketName": "assets", "objectKey": f"{name}.zip"}
    return {"source": {"path": f"../asset.{name}", "packaging": "zip"}, "destinations": {"current": destination}}


def get(logical_id: str, attribute: str = "Arn") -> Template:
    """Return `Fn::GetAtt`."""
    return {"Fn::GetAtt": [logical_id, attribute]}


def resource(type_: str, **properties: Any) -> Template:
    """Return a resource."""
    return {"Type": type_, "Properties": properties}


def queue(**properties: Any) -> Template:
    """Return a queue."""
    return resource("AWS::SQS::Queue", **properties)


def queue_policy(queues: list[str], rule: str) -> Template:
    """Return a policy that lets a rule send to queues."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": [get(queue) for queue in queues],
        "Condition": {"ArnEquals": {"aws:SourceArn": get(rule)}},
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return resource("AWS::SQS::QueuePolicy", PolicyDocument=document, Queues=[{"Ref": queue} for queue in queues])


def rule(pattern: Template, target: Template, bus: str | None = "lending", **properties: Any) -> Template:
    """Return a rule with one target."""
    on = {"EventBusName": bus} if bus else {}
    return resource("AWS::Events::Rule", EventPattern=pattern, Targets=[{"Id": "0", **target}], **on, **properties)


def function(bundle: str, handler: str = "functions.handler.handler", **properties: Any) -> Template:
    """Return a function whose name is its bundle's."""
    code = {"S3Bucket": "assets", "S3Key": f"{bundle}.zip"}
    defaults = {"FunctionName": bundle, "Runtime": "python3.14", "Timeout": 10, "Role": get("Role")}
    return resource("AWS::Lambda::Function", **defaults | {"Handler": handler, "Code": code} | properties)


def mapping(source: Template, function: str, **properties: Any) -> Template:
    """Return an event source mapping."""
    return resource(
        "AWS::Lambda::EventSourceMapping", EventSourceArn=source, FunctionName={"Ref": function}, **properties
    )


def table(**properties: Any) -> Template:
    """Return a table keyed by `pk`."""
    defaults = {
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    return resource("AWS::DynamoDB::Table", **defaults | properties)


BUS = resource("AWS::Events::EventBus", Name="lending")
EVERYTHING = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ROLE = resource(
    "AWS::IAM::Role", AssumeRolePolicyDocument={}, Policies=[{"PolicyName": "all", "PolicyDocument": EVERYTHING}]
)


def template(**resources: Template) -> Template:
    """Return a template with the bus `lending`, a role, and these resources."""
    return {"Resources": {"Bus": BUS, "Role": ROLE, **resources}}


def subscription(pattern: Template, function_id: str, **mapping_properties: Any) -> dict[str, Template]:
    """Return what feeds a function with events: rule, queue `<function>-queue`, DLQs, policy and mapping."""
    name = function_id.lower()
    target = {
        "Arn": get("Queue"),
        "DeadLetterConfig": {"Arn": get("Undelivered")},
        "RetryPolicy": {"MaximumRetryAttempts": 3, "MaximumEventAgeInSeconds": 3_600},
    }
    redrive = {"deadLetterTargetArn": get("DeadLetters"), "maxReceiveCount": 3}
    return {
        "Rule": rule(pattern, target, Name=name),
        "Queue": queue(QueueName=f"{name}-queue", VisibilityTimeout=60, RedrivePolicy=redrive),
        "DeadLetters": queue(QueueName=f"{name}-queue-dlq"),
        "Undelivered": queue(QueueName=f"{name}-queue-undelivered"),
        "Policy": queue_policy(["Queue", "Undelivered"], "Rule"),
        "Mapping": mapping(get("Queue"), function_id, **mapping_properties),
    }
