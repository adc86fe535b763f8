"""The resource types of CloudWatch and its Logs."""

from __future__ import annotations

from ensemble.aws.types.row import (
    CONTROL_PLANE,
    DELETION,
    ENCRYPTION,
    OBSERVABILITY,
    ONE_ACCOUNT,
    Type,
    listed,
    regional,
    run,
)

TYPES: dict[str, Type] = {
    "AWS::CloudWatch::Alarm": run(
        "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions "
        "EvaluationPeriods MetricName Metrics Namespace OKActions Period Statistic Threshold TreatMissingData "
        "WarmUpConfiguration",
        "AlarmActions AlarmDescription OKActions",
        named_by="AlarmName",
        attributes={"Arn": regional("cloudwatch", "alarm:")},
        InsufficientDataActions="who is told of an alarm that has no data can be told of nothing",
    ),
    "AWS::CloudWatch::CompositeAlarm": listed(OBSERVABILITY),
    "AWS::CloudWatch::Dashboard": listed(OBSERVABILITY),
    "AWS::Logs::LogGroup": run(
        "LogGroupName RetentionInDays",
        named_by="LogGroupName",
        attributes={"Arn": lambda account, name, _: account.arn("logs", f"log-group:{name}:*")},
        DataProtectionPolicy=CONTROL_PLANE,
        DeletionProtectionEnabled=DELETION,
        FieldIndexPolicies=CONTROL_PLANE,
        KmsKeyId=ENCRYPTION,
        LogGroupClass=CONTROL_PLANE,
        ResourcePolicyDocument=ONE_ACCOUNT,
    ),
    "AWS::Logs::MetricFilter": listed(OBSERVABILITY),
    "AWS::Logs::QueryDefinition": listed(OBSERVABILITY),
}
