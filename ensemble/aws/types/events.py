"""The resource types of EventBridge."""

from __future__ import annotations

from uuid import NAMESPACE_URL, uuid5

from ensemble.aws.account import Account
from ensemble.aws.types.row import (
    CONTROL_PLANE,
    ENCRYPTION,
    OBSERVABILITY,
    ONE_ACCOUNT,
    Type,
    ValueOf,
    its_name,
    listed,
    regional,
    run,
)


def _with_uuid(kind: str) -> ValueOf:
    """Return how to make an ARN that ends with a UUID: the same one in each laptop."""

    def arn(account: Account, name: str, _within: str) -> str:
        bare = account.arn("events", f"{kind}/{name}")
        return f"{bare}/{uuid5(NAMESPACE_URL, bare)}"

    return arn


TYPES: dict[str, Type] = {
    "AWS::EventSchemas::Discoverer": listed("the schema registry is not run"),
    "AWS::EventSchemas::Registry": listed("the schema registry is not run"),
    "AWS::EventSchemas::RegistryPolicy": listed("the schema registry is not run"),
    "AWS::EventSchemas::Schema": listed("the schema registry is not run"),
    "AWS::Events::ApiDestination": run(
        "ConnectionArn HttpMethod InvocationEndpoint Name",
        word="API destination",
        named_by="Name",
        attributes={"Arn": _with_uuid("api-destination"), "ArnForPolicy": regional("events", "api-destination/")},
        Description=CONTROL_PLANE,
        InvocationRateLimitPerSecond="requests are made as they come",
    ),
    "AWS::Events::Archive": run(
        "ArchiveName EventPattern RetentionDays SourceArn",
        word="archive",
        named_by="ArchiveName",
        attributes={"Arn": regional("events", "archive/"), "ArchiveName": its_name},
        Description=CONTROL_PLANE,
        KmsKeyIdentifier=ENCRYPTION,
    ),
    "AWS::Events::Connection": run(
        "AuthorizationType AuthParameters Name",
        "AuthParameters",
        named_by="Name",
        attributes={"Arn": _with_uuid("connection"), "ArnForPolicy": regional("events", "connection/")},
        Description=CONTROL_PLANE,
        KmsKeyIdentifier=ENCRYPTION,
    ),
    "AWS::Events::Endpoint": listed("there is one region, whose bus takes the events", carries=True),
    "AWS::Events::EventBus": run(
        "DeadLetterConfig KmsKeyIdentifier Name Policy",
        "KmsKeyIdentifier Policy",
        word="bus",
        named_by="Name",
        attributes={"Arn": regional("events", "event-bus/"), "Name": its_name},
        Description=CONTROL_PLANE,
        LogConfig=OBSERVABILITY,
    ),
    "AWS::Events::EventBusPolicy": run(
        "Action Condition EventBusName Principal Statement StatementId",
        "Condition Principal Statement",
    ),
    "AWS::Events::Rule": run(
        "EventBusName EventPattern Name ScheduleExpression State Targets",
        "Targets",
        word="rule",
        carries=True,
        named_by="Name",
        reference=lambda _, name, bus: name if bus == "default" else f"{bus}|{name}",
        attributes={"Arn": lambda account, name, bus: account.rule_arn(bus, name)},
        Description=CONTROL_PLANE,
        RoleArn=ONE_ACCOUNT,
    ),
    "AWS::Kinesis::Stream": listed("Kinesis is not run", carries=True),
    "AWS::KinesisFirehose::DeliveryStream": listed("Firehose is not run", carries=True),
    "AWS::Pipes::Pipe": run(
        "DesiredState Enrichment Name RoleArn Source SourceParameters Target TargetParameters",
        word="pipe",
        carries=True,
        named_by="Name",
        attributes={"Arn": regional("pipes", "pipe/")},
        Description=CONTROL_PLANE,
        EnrichmentParameters="enrichment is not run",
        KmsKeyIdentifier=ENCRYPTION,
        LogConfiguration=OBSERVABILITY,
    ),
    "AWS::Scheduler::Schedule": run(
        "EndDate FlexibleTimeWindow GroupName Name ScheduleExpression ScheduleExpressionTimezone StartDate State "
        "Target",
        word="schedule",
        carries=True,
        named_by="Name",
        within="GroupName",
        attributes={"Arn": lambda account, name, group: account.arn("scheduler", f"schedule/{group}/{name}")},
        Description=CONTROL_PLANE,
        KmsKeyArn=ENCRYPTION,
    ),
    "AWS::Scheduler::ScheduleGroup": listed(
        "a schedule is run whatever group it is in",
        named_by="Name",
        attributes={"Arn": regional("scheduler", "schedule-group/")},
    ),
    "AWS::StepFunctions::StateMachine": listed("Step Functions are not run", carries=True),
}
