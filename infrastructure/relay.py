"""The relay: the function that reads from the table's stream what rows say, and puts it on the domain bus."""

from __future__ import annotations

import json

from aws_cdk.aws_lambda import CfnEventSourceMapping
from aws_cdk.aws_s3 import CfnBucket, CfnBucketPolicy
from constructs import Construct

from infrastructure import retention
from infrastructure.blueprint import Blueprint
from infrastructure.configuration import Configuration
from infrastructure.function import Function
from infrastructure.intrinsics import below, bus_arn
from infrastructure.permissions import Statement, allow, document, publish, refuse_without_tls

TIMEOUT_SECONDS = 60
BATCH_SIZE = 100

ROWS_THAT_SAY_SOMETHING = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}},
}


class Relay(Function):
    """Publishes in order, tries again until the stream is about to forget a record, then keeps it in a bucket."""

    def __init__(self, scope: Construct, blueprint: Blueprint, *, stream: str) -> None:
        unpublished = _unpublished(scope, blueprint.configuration)
        super().__init__(
            scope,
            "Relay",
            blueprint,
            name=blueprint.names.relay(blueprint.service.name),
            handler="functions.kit.relay_handler.handler",
            memory_megabytes=blueprint.configuration.memory_megabytes,
            timeout_seconds=TIMEOUT_SECONDS,
            variables={"EVENT_BUS_NAME": blueprint.names.bus},
            statements=[
                _read(stream),
                publish(bus_arn(blueprint.names.bus), blueprint.service.name, blueprint.service.emits),
                *_keep(unpublished),
            ],
        )
        CfnEventSourceMapping(
            self,
            "Source",
            function_name=self.function.ref,
            event_source_arn=stream,
            starting_position="TRIM_HORIZON",
            batch_size=BATCH_SIZE,
            filter_criteria=CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[CfnEventSourceMapping.FilterProperty(pattern=json.dumps(ROWS_THAT_SAY_SOMETHING))]
            ),
            function_response_types=["ReportBatchItemFailures"],
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=-1,
            maximum_record_age_in_seconds=retention.STREAM_RECORD_SECONDS,
            destination_config=CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=CfnEventSourceMapping.OnFailureProperty(destination=unpublished.attr_arn)
            ),
        )


def _unpublished(scope: Construct, configuration: Configuration) -> CfnBucket:
    """Make a bucket, as the only destination that is given the records themselves (AWS Lambda Developer Guide,
    "Retain discarded records for a DynamoDB event source in Lambda")."""
    bucket = CfnBucket(
        scope,
        "Unpublished",
        public_access_block_configuration=CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
        ),
        bucket_encryption=_encryption(),
        lifecycle_configuration=_lifecycle(),
    )
    bucket.apply_removal_policy(configuration.removal_policy)
    tls = refuse_without_tls("s3:*", bucket.attr_arn, below(bucket, "*"))
    CfnBucketPolicy(scope, "UnpublishedPolicy", bucket=bucket.ref, policy_document=document(tls))
    return bucket


def _encryption() -> CfnBucket.BucketEncryptionProperty:
    by_default = CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="AES256")
    rule = CfnBucket.ServerSideEncryptionRuleProperty(server_side_encryption_by_default=by_default)
    return CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule])


def _lifecycle() -> CfnBucket.LifecycleConfigurationProperty:
    rule = CfnBucket.RuleProperty(status="Enabled", expiration_in_days=retention.UNPUBLISHED_DAYS)
    return CfnBucket.LifecycleConfigurationProperty(rules=[rule])


def _read(stream: str) -> Statement:
    actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return allow([f"dynamodb:{action}" for action in actions], [stream])


def _keep(bucket: CfnBucket) -> list[Statement]:
    """Lambda writes under this prefix (AWS Lambda Developer Guide, as above)."""
    return [
        allow(["s3:ListBucket"], [bucket.attr_arn]),
        allow(["s3:PutObject"], [below(bucket, "aws/lambda/*")]),
    ]
