"""Changes that somebody might make of a stage by hand, each of which `ensemble doctor` must tell by its property."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from zipfile import ZipFile

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import ClientOf

Change = Callable[[ClientOf, Expected], object]

RULE, QUEUE, QUEUE_POLICY = "AWS::Events::Rule", "AWS::SQS::Queue", "AWS::SQS::QueuePolicy"
FUNCTION, MAPPING, PERMISSION = "AWS::Lambda::Function", "AWS::Lambda::EventSourceMapping", "AWS::Lambda::Permission"
TABLE, ALARM, LOG_GROUP = "AWS::DynamoDB::Table", "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup"
TOPIC_POLICY = "AWS::SNS::TopicPolicy"

GONE = ""
"""What is told of a resource that is not there."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A change, and the property by which it must be told. `needs`: what the template must say of the resource."""

    what: str
    type: str
    property: str
    change: Change
    needs: tuple[str, ...] = ()

    def fits(self, one: Expected) -> bool:
        """Whether it can be made of a resource."""
        return one.type == self.type and all(name in one.properties for name in self.needs)


def _rule(one: Expected) -> dict[str, Any]:
    bus = one.properties.get("EventBusName")
    return {"EventBusName": bus} if bus else {}


def _other_pattern(client: ClientOf, one: Expected) -> None:
    client("events").put_rule(Name=one.name, **_rule(one), EventPattern='{"source": ["nobody"]}')


def _remove_targets(client: ClientOf, one: Expected) -> None:
    ids = [target["Id"] for target in one.properties["Targets"]]
    client("events").remove_targets(Rule=one.name, **_rule(one), Ids=ids)


def _delete_rule(client: ClientOf, one: Expected) -> None:
    _remove_targets(client, one)
    client("events").delete_rule(Name=one.name, **_rule(one))


def _targets_with(**changed: Any) -> Change:
    """Put the targets of a rule again with other settings; None leaves one out."""

    def change(client: ClientOf, one: Expected) -> None:
        settings = {name: value for name, value in changed.items() if value is not None}
        kept = [
            {name: value for name, value in target.items() if name not in changed} | settings
            for target in one.properties["Targets"]
        ]
        client("events").put_targets(Rule=one.name, **_rule(one), Targets=kept)

    return change


def _url(client: ClientOf, name: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _queue_with(**attributes: str) -> Change:
    return lambda client, one: client("sqs").set_queue_attributes(
        QueueUrl=_url(client, one.name), Attributes=attributes
    )


def _queue_policy(statements: Sequence[Mapping[str, Any]]) -> Change:
    def change(client: ClientOf, one: Expected) -> None:
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements}) if statements else ""
        url = _url(client, str(one.properties["Queues"][0]).rpartition("/")[2])
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})

    return change


ANYBODY = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}


def _topic_policy(client: ClientOf, one: Expected) -> None:
    policy = json.dumps({"Version": "2012-10-17", "Statement": [ANYBODY | {"Action": "sns:Publish"}]})
    arn = one.properties["Topics"][0]
    client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def _mapping_with(**changed: Any) -> Change:
    def change(client: ClientOf, one: Expected) -> None:
        named = {name: one.properties[name] for name in ("FunctionName", "EventSourceArn")}
        (mapping,) = client("lambda").list_event_source_mappings(**named)["EventSourceMappings"]
        client("lambda").update_event_source_mapping(UUID=mapping["UUID"], **changed)

    return change


def _function_with(**changed: Any) -> Change:
    return lambda client, one: client("lambda").update_function_configuration(FunctionName=one.name, **changed)


def _other_variable(client: ClientOf, one: Expected) -> None:
    variables = {**one.properties["Environment"]["Variables"], "POWERTOOLS_LOG_LEVEL": "DEBUG"}
    client("lambda").update_function_configuration(FunctionName=one.name, Environment={"Variables": variables})


def _other_bundle(client: ClientOf, one: Expected) -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as zipped:
        zipped.writestr("older.py", "")
    client("lambda").update_function_code(FunctionName=one.name, ZipFile=archive.getvalue())


def _revoke(client: ClientOf, one: Expected) -> None:
    function = one.properties["FunctionName"]
    for statement in json.loads(client("lambda").get_policy(FunctionName=function)["Policy"])["Statement"]:
        client("lambda").remove_permission(FunctionName=function, StatementId=statement["Sid"])


def _alarm_with(**changed: Any) -> Change:
    def change(client: ClientOf, one: Expected) -> None:
        client("cloudwatch").put_metric_alarm(**{**one.properties, **changed})

    return change


PLANTED: Sequence[Planted] = (
    Planted(
        "a rule is disabled",
        RULE,
        "State",
        lambda client, one: client("events").disable_rule(Name=one.name, **_rule(one)),
    ),
    Planted("a rule matches others", RULE, "EventPattern", _other_pattern, ("EventPattern",)),
    Planted("a rule has no target", RULE, "Targets", _remove_targets),
    Planted("a target has no DLQ", RULE, "DeadLetterConfig", _targets_with(DeadLetterConfig=None)),
    Planted("a target gives up at once", RULE, "RetryPolicy", _targets_with(RetryPolicy={"MaximumRetryAttempts": 1})),
    Planted("a queue hides too shortly", QUEUE, "VisibilityTimeout", _queue_with(VisibilityTimeout="1")),
    Planted("a queue forgets", QUEUE, "MessageRetentionPeriod", _queue_with(MessageRetentionPeriod="60")),
    Planted("a queue delays", QUEUE, "DelaySeconds", _queue_with(DelaySeconds="900")),
    Planted("a queue has no DLQ", QUEUE, "RedrivePolicy", _queue_with(RedrivePolicy=""), ("RedrivePolicy",)),
    Planted("a queue has no policy", QUEUE_POLICY, "PolicyDocument", _queue_policy(())),
    Planted("anybody may send to a queue", QUEUE_POLICY, "PolicyDocument", _queue_policy((ANYBODY,))),
    Planted("anybody may publish to a topic", TOPIC_POLICY, "PolicyDocument", _topic_policy),
    Planted("a mapping is off", MAPPING, "Enabled", _mapping_with(Enabled=False)),
    Planted("a mapping takes one at a time", MAPPING, "BatchSize", _mapping_with(BatchSize=1)),
    Planted(
        "more workers than allowed", MAPPING, "ScalingConfig", _mapping_with(ScalingConfig={"MaximumConcurrency": 999})
    ),
    Planted(
        "a mapping drops messages",
        MAPPING,
        "FilterCriteria",
        _mapping_with(FilterCriteria={"Filters": [{"Pattern": '{"body": {"x": ["y"]}}'}]}),
    ),
    Planted(
        "whole batches come again",
        MAPPING,
        "FunctionResponseTypes",
        _mapping_with(FunctionResponseTypes=[]),
        ("FunctionResponseTypes",),
    ),
    Planted("a function has less memory", FUNCTION, "MemorySize", _function_with(MemorySize=128)),
    Planted("a function has less time", FUNCTION, "Timeout", _function_with(Timeout=1)),
    Planted("a function has another setting", FUNCTION, "Environment", _other_variable),
    Planted("a function runs an old bundle", FUNCTION, "Code", _other_bundle),
    Planted(
        "a function may not run",
        FUNCTION,
        "ReservedConcurrentExecutions",
        lambda client, one: client("lambda").put_function_concurrency(
            FunctionName=one.name, ReservedConcurrentExecutions=0
        ),
    ),
    Planted(
        "a table's protection is other",
        TABLE,
        "DeletionProtectionEnabled",
        lambda client, one: client("dynamodb").update_table(
            TableName=one.name, DeletionProtectionEnabled=not one.properties.get("DeletionProtectionEnabled", False)
        ),
    ),
    Planted(
        "rows are kept for ever",
        TABLE,
        "TimeToLiveSpecification",
        lambda client, one: client("dynamodb").update_time_to_live(
            TableName=one.name, TimeToLiveSpecification={"AttributeName": "expires_at", "Enabled": False}
        ),
        ("TimeToLiveSpecification",),
    ),
    Planted(
        "nothing can be brought back",
        TABLE,
        "PointInTimeRecoverySpecification",
        lambda client, one: client("dynamodb").update_continuous_backups(
            TableName=one.name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        ("PointInTimeRecoverySpecification",),
    ),
    Planted(
        "an alarm tells nobody",
        ALARM,
        "ActionsEnabled",
        lambda client, one: client("cloudwatch").disable_alarm_actions(AlarmNames=[one.name]),
    ),
    Planted("an alarm tells others", ALARM, "AlarmActions", _alarm_with(AlarmActions=[])),
    Planted("an alarm rings too late", ALARM, "Threshold", _alarm_with(Threshold=10**6)),
    Planted(
        "lines are gone after a day",
        LOG_GROUP,
        "RetentionInDays",
        lambda client, one: client("logs").put_retention_policy(logGroupName=one.name, retentionInDays=1),
    ),
    Planted("a rule is deleted", RULE, GONE, _delete_rule),
    Planted(
        "an alarm is deleted",
        ALARM,
        GONE,
        lambda client, one: client("cloudwatch").delete_alarms(AlarmNames=[one.name]),
    ),
    Planted("the rule may not invoke", PERMISSION, GONE, _revoke),
)
"""In this order: those that only a deployment mends come last."""
