"""The resource types of DynamoDB, S3 and Parameter Store."""

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

_TABLE = run(
    "AttributeDefinitions GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes StreamSpecification TableName",
    word="table",
    named_by="TableName",
    attributes={
        "Arn": regional("dynamodb", "table/"),
        "StreamArn": lambda account, name, _: account.stream_arn(name),
    },
    BillingMode="nothing is billed or throttled",
    ContributorInsightsSpecification=OBSERVABILITY,
    DeletionProtectionEnabled=DELETION,
    PointInTimeRecoverySpecification=DELETION,
    ProvisionedThroughput="nothing is billed or throttled",
    Replicas="there is one region",
    SSESpecification=ENCRYPTION,
    TableClass=CONTROL_PLANE,
    TimeToLiveSpecification="items do not expire",
)

TYPES: dict[str, Type] = {
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::S3::Bucket": run(
        "BucketName",
        named_by="BucketName",
        attributes={"Arn": lambda account, name, _: f"arn:{account.partition}:s3:::{name}"},
        AccessControl=ONE_ACCOUNT,
        BucketEncryption=ENCRYPTION,
        LifecycleConfiguration=DELETION,
        OwnershipControls=ONE_ACCOUNT,
        PublicAccessBlockConfiguration=ONE_ACCOUNT,
        VersioningConfiguration=DELETION,
    ),
    "AWS::S3::BucketPolicy": listed(ONE_ACCOUNT),
    "AWS::SSM::Parameter": listed(CONTROL_PLANE),
}
