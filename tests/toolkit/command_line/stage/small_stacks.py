"""Templates of small services, as far as a plan looks at them: who publishes what, who hears what, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ensemble.command_line.stage.synthesized import Synthesized

Json = dict[str, Any]

BUS = {"Fn::Sub": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/lending-dev-ensemble"}
PLATFORM = "lending-dev-platform"


def platform(*versions: str) -> Synthesized:
    """Return the platform's stack, with schemas of these names in the registry."""
    resources: Json = {"Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "lending-dev-ensemble"}}}
    for number, name in enumerate(versions):
        resources[f"Schema{number}"] = {"Type": "AWS::EventSchemas::Schema", "Properties": {"SchemaName": name}}
    return Synthesized("dev/platform", PLATFORM, {"Resources": resources})


def service(name: str, publishes: Sequence[str] = (), hears: Sequence[str] = (), *, code: str = "1") -> Synthesized:
    """Return the stack of a service. `hears`: events as `publisher/type`; `*` is every event. `code`: its bundle's."""
    resources: Json = {
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"Policies": [_policy(name, publishes)]}},
        "Function": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "FunctionName": f"lending-dev-{name}",
                "Handler": f"functions.{name}.handler.handler",
                "Code": {"S3Key": code},
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            },
        },
    }
    for number, heard in enumerate(hears):
        resources |= _subscription(f"lending-dev-{name}-{number}", str(number), heard)
    return Synthesized(f"dev/{name}", f"lending-dev-{name}", {"Resources": resources}, needs=(PLATFORM,))


def _policy(source: str, types: Sequence[str]) -> Json:
    put = {
        "Effect": "Allow",
        "Action": ["events:PutEvents"],
        "Resource": [BUS],
        "Condition": {
            "StringEquals": {"events:source": [source], "events:detail-type": list(types)},
            "Null": {"events:source": "false"},
        },
    }
    return {"PolicyName": "function", "PolicyDocument": {"Statement": [put] if types else []}}


def _subscription(name: str, id: str, heard: str) -> Json:
    source, _, type = heard.partition("/")
    pattern: Json = {"source": [{"prefix": ""}]} if heard == "*" else {"source": [source], "detail-type": [type]}
    arn = {"Fn::GetAtt": [f"Queue{id}", "Arn"]}
    return {
        f"Queue{id}": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}},
        f"Rule{id}": {
            "Type": "AWS::Events::Rule",
            "Properties": {
                "Name": name,
                "EventBusName": "lending-dev-ensemble",
                "EventPattern": {**pattern, "replay-name": [{"exists": False}]},
                "Targets": [{"Id": "target", "Arn": arn}],
            },
        },
        f"Source{id}": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"FunctionName": {"Ref": "Function"}, "EventSourceArn": arn},
        },
    }
