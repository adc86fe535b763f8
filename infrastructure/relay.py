"""The relay: the function that reads from the table's stream what rows say, and puts it on the domain bus."""

from __future__ import annotations

import json

from constructs import Construct

from infrastructure import retention
from infrastructure.blueprint import Blueprint
from infrastructure.cloudformation import Resource
from infrastructure.function import Function
from infrastructure.intrinsics import Value, below
from infrastructure.naming import bus_arn
from infrastructure.permissions import Statement, allow, publish

TIMEOUT_SECONDS = 60
BATCH_SIZE = 100

ROWS_THAT_SAY_SOMETHING = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}},
}


class Relay(Function):
    """Publishes in order, tries again until the stream is about to forget a record, then keeps it in a bucket."""

    def __init__(self, scope: Construct, blueprint: Blueprint, *, stream: Value) -> None:
        unpublished = _unpublished(scope, keep=blueprint.configuration.keeps_data)
        super().__init__(
            scope,
            "Relay",
            blueprint,
            name=blueprint.names.relay(blueprint.service.name),
            handler="functions.kit.relay_handler.handler",
            timeout_seconds=TIMEOUT_SECONDS,
            variables={"EVENT_BUS_NAME": blueprint.names.bus},
            statements=[
                _read(stream),
                publish(bus_arn(blueprint.names.bus), blueprint.service.name, blueprint.service.emits),
                *_keep(unpublished),
            ],
        )
        Resource(
            self,
            "Source",
            "AWS::Lambda::EventSourceMapping",
            FunctionName=self.resource.ref,
            EventSourceArn=stream,
            StartingPosition="TRIM_HORIZON",
            BatchSize=BATCH_SIZE,
            FilterCriteria={"Filters": [{"Pattern": json.dumps(ROWS_THAT_SAY_SOMETHING)}]},
            FunctionResponseTypes=["ReportBatchItemFailures"],
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=-1,
            MaximumRecordAgeInSeconds=retention.STREAM_RECORD_SECONDS,
            DestinationConfig={"OnFailure": {"Destination": unpublished.arn}},
        )


def _unpublished(scope: Construct, *, keep: bool) -> Resource:
    """Make a bucket, as the only destination that is given the records themselves (AWS Lambda Developer Guide,
    "Retain discarded records for a DynamoDB event source in Lambda")."""
    encryption = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    bucket = Resource(
        scope,
        "Unpublished",
        "AWS::S3::Bucket",
        PublicAccessBlockConfiguration={
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        },
        BucketEncryption={"ServerSideEncryptionConfiguration": [encryption]},
        LifecycleConfiguration={"Rules": [{"Status": "Enabled", "ExpirationInDays": retention.UNPUBLISHED_DAYS}]},
    )
    bucket.when_removed(keep=keep)
    return bucket


def _read(stream: Value) -> Statement:
    actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return allow([f"dynamodb:{action}" for action in actions], [stream])


def _keep(bucket: Resource) -> list[Statement]:
    """Lambda writes under this prefix (AWS Lambda Developer Guide, as above)."""
    return [allow(["s3:ListBucket"], [bucket.arn]), allow(["s3:PutObject"], [below(bucket.arn, "aws/lambda/*")])]
