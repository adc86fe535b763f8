"""The resource types of SQS and SNS."""

from __future__ import annotations

from ensemble.aws.types.row import (
    CONTROL_PLANE,
    ENCRYPTION,
    OBSERVABILITY,
    Type,
    its_name,
    listed,
    regional,
    run,
)

TYPES: dict[str, Type] = {
    "AWS::SNS::Subscription": listed(
        "nothing is subscribed to a topic here; what is published can be read", carries=True
    ),
    "AWS::SNS::Topic": run(
        "KmsMasterKeyId TopicName",
        "KmsMasterKeyId",
        word="topic",
        named_by="TopicName",
        reference=lambda account, name, _: account.arn("sns", name),
        attributes={"TopicArn": regional("sns"), "TopicName": its_name},
        DisplayName=CONTROL_PLANE,
        TracingConfig=OBSERVABILITY,
    ),
    "AWS::SNS::TopicPolicy": run("PolicyDocument Topics", "PolicyDocument"),
    "AWS::SQS::Queue": run(
        "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue KmsMasterKeyId MessageRetentionPeriod "
        "QueueName RedriveAllowPolicy RedrivePolicy VisibilityTimeout",
        "KmsMasterKeyId",
        word="queue",
        named_by="QueueName",
        reference=lambda account, name, _: account.queue_url(name),
        attributes={
            "Arn": regional("sqs"),
            "QueueName": its_name,
            "QueueUrl": lambda account, name, _: account.queue_url(name),
        },
        ending={"FifoQueue": ".fifo"},
        FifoThroughputLimit="there is no limit on how many messages go through a queue",
        KmsDataKeyReusePeriodSeconds=ENCRYPTION,
        MaximumMessageSize="messages may have any size up to the largest that SQS allows",
        ReceiveMessageWaitTimeSeconds="receiving does not wait",
        SqsManagedSseEnabled=ENCRYPTION,
    ),
    "AWS::SQS::QueuePolicy": run(
        "PolicyDocument Queues",
        "PolicyDocument",
    ),
}
