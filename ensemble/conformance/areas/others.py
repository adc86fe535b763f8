"""What is asked of SNS, STS, Lambda and CloudWatch Logs: what clients call first."""

from __future__ import annotations

from ensemble.conformance.needed import topic
from ensemble.conformance.questions import Answer, Area, World, error_of

OTHERS = Area("SNS, STS, Lambda, Logs")
asks = OTHERS.asks


def publish(aws: World, message: str = "message", **more: str) -> str:
    """Return the error of a message to the topic."""
    given = {"TopicArn": aws.arn("sns", aws.named("topic")), "Message": message, **more}
    return error_of(lambda: aws.sns.publish(**given))


@asks("SNS API Reference, Publish, MessageId", 36, topic=topic())
def a_published_message_has_an_id(aws: World) -> Answer:
    return len(aws.sns.publish(TopicArn=aws.arn("sns", aws.named("topic")), Message="message")["MessageId"])


@asks("SNS API Reference, Publish, NotFound", "NotFound")
def a_topic_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return publish(aws)


@asks("SNS API Reference, Publish, Message: it must not be empty", "InvalidParameter", topic=topic())
def a_message_without_a_character_is_not_published(aws: World) -> Answer:
    return publish(aws, "")


@asks("SNS API Reference, Publish, Message: 256 KB", ["none", "InvalidParameter"], topic=topic())
def a_published_message_has_256_kilobytes_at_most(aws: World) -> Answer:
    return [publish(aws, "a" * 262_144), publish(aws, "a" * 262_145)]


@asks("SNS API Reference, Publish, Subject: less than 100 characters", "InvalidParameter", topic=topic())
def a_subject_of_over_a_hundred_characters_is_refused(aws: World) -> Answer:
    return publish(aws, Subject="a" * 101)


@asks("STS API Reference, GetCallerIdentity", [True, 12])
def who_asks_is_of_the_account(aws: World) -> Answer:
    found = aws.sts.get_caller_identity()
    return [found["Account"] == aws.account_id, len(found["Account"])]


@asks("AWS Lambda API Reference, GetFunctionConfiguration", "ResourceNotFoundException")
def a_function_that_does_not_exist_is_an_error(aws: World) -> Answer:
    client = getattr(aws, "lambda")
    return error_of(lambda: client.get_function_configuration(FunctionName=aws.named("gone")))


@asks("AWS Lambda API Reference, GetFunction", "ResourceNotFoundException")
def a_function_that_does_not_exist_has_no_code(aws: World) -> Answer:
    return error_of(lambda: getattr(aws, "lambda").get_function(FunctionName=aws.named("gone")))


@asks("AWS Lambda API Reference, Invoke", "ResourceNotFoundException")
def a_function_that_does_not_exist_is_not_invoked(aws: World) -> Answer:
    return error_of(lambda: getattr(aws, "lambda").invoke(FunctionName=aws.named("gone"), Payload=b"{}"))


@asks("AWS Lambda API Reference, GetEventSourceMapping", "ResourceNotFoundException")
def a_mapping_that_does_not_exist_is_an_error(aws: World) -> Answer:
    client = getattr(aws, "lambda")
    return error_of(lambda: client.get_event_source_mapping(UUID="01234567-89ab-cdef-0123-456789abcdef"))


@asks("CloudWatch Logs API Reference, FilterLogEvents", "ResourceNotFoundException")
def a_log_group_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.logs.filter_log_events(logGroupName=aws.named("gone")))


@asks("CloudWatch Logs API Reference, DescribeLogGroups, logGroupNamePrefix", [])
def log_groups_are_listed_by_the_beginning_of_their_names(aws: World) -> Answer:
    return aws.logs.describe_log_groups(logGroupNamePrefix=aws.named("gone"))["logGroups"]
