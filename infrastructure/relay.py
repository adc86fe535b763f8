"""The relay: the function that reads from the table's stream what rows say, and puts it on the domain bus."""

from __future__ import annotations

import json

from aws_cdk.aws_lambda import CfnEventSourceMapping
from aws_cdk.aws_s3 import CfnBucket
from constructs import Construct

from infrastructure import retention
from infrastructure.blueprint import Blueprint
from infrastructure.bucket import unpublished
from infrastructure.concurrency import reserved_for_relay
from infrastructure.function import Function
from infrastructure.intrinsics import below, bus_arn
from infrastructure.permissions import Statement, allow, publish

TIMEOUT_SECONDS = 60
BATCH_SIZE = 100

ROWS_THAT_SAY_SOMETHING = {
    "eventName": ["INSERT", "MODIFY"],
    "dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}},
}


class Relay(Function):
    """Publishes in order, tries again until the stream is about to forget a record, then keeps it in a bucket."""

    def __init__(self, scope: Construct, blueprint: Blueprint, *, stream: str) -> None:
        given_up = unpublished(scope, "Unpublished", blueprint.configuration)
        super().__init__(
            scope,
            "Relay",
            blueprint,
            name=blueprint.names.relay(blueprint.service.name),
            handler="functions.kit.relay_handler.handler",
            memory_megabytes=blueprint.configuration.memory_megabytes,
            timeout_seconds=TIMEOUT_SECONDS,
            reserved_concurrency=reserved_for_relay(blueprint.configuration),
            variables={"EVENT_BUS_NAME": blueprint.names.bus},
            statements=[
                _read(stream),
                publish(bus_arn(blueprint.names.bus), blueprint.service.name, blueprint.service.emits),
                *_keep(given_up),
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
                on_failure=CfnEventSourceMapping.OnFailureProperty(destination=given_up.attr_arn)
            ),
        )


def _read(stream: str) -> Statement:
    actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
    return allow([f"dynamodb:{action}" for action in actions], [stream])


def _keep(bucket: CfnBucket) -> list[Statement]:
    """Lambda writes under this prefix (AWS Lambda Developer Guide, as above)."""
    return [
        allow(["s3:ListBucket"], [bucket.attr_arn]),
        allow(["s3:PutObject"], [below(bucket, "aws/lambda/*")]),
    ]
