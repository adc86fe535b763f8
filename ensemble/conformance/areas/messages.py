"""What is asked of SQS about one message: its body, its attributes, its size, its place in a batch."""

from __future__ import annotations

import hashlib
from typing import Any

from ensemble.conformance.needed import queue
from ensemble.conformance.questions import Answer, Area, World, error_of

MESSAGES = Area("SQS: messages")
asks = MESSAGES.asks

MOST = 1_048_576


def send(aws: World, body: Any = "body", queue: str = "queue", **more: Any) -> Any:
    """Send a message."""
    return aws.sqs.send_message(QueueUrl=aws.url(queue), MessageBody=body, **more)


def receive(aws: World, queue: str = "queue", **more: Any) -> list[Any]:
    """Return the messages that are received, with their system attributes."""
    asked = {"MaxNumberOfMessages": 10, "AttributeNames": ["All"], **more}
    return list(aws.sqs.receive_message(QueueUrl=aws.url(queue), **asked).get("Messages", []))


def came(aws: World, **more: Any) -> list[Any]:
    """Return the messages, once there are some."""
    return list(aws.until(lambda: receive(aws, **more)))


def texts(*names: str) -> dict[str, Any]:
    """Return attributes of a message that are texts."""
    return {name: {"DataType": "String", "StringValue": f"value of {name}"} for name in names}


def refused(aws: World, **attribute: Any) -> str:
    """Return the error of a message with one attribute."""
    return error_of(lambda: send(aws, MessageAttributes={"name": attribute}))


@asks("SQS API Reference, SendMessage, MD5OfMessageBody", True, queue=queue())
def a_sent_message_is_answered_with_the_md5_of_its_body(aws: World) -> Answer:
    wanted = hashlib.md5("Straße".encode(), usedforsecurity=False).hexdigest()
    return send(aws, "Straße")["MD5OfMessageBody"] == wanted


@asks(
    "SQS Developer Guide, Calculating the MD5 message digest for message attributes",
    "53e8bc3f5243ed454def1b194aa82cd9",
    queue=queue(),
)
def a_sent_message_is_answered_with_the_md5_of_its_attributes(aws: World) -> Answer:
    attributes = {
        "text": {"DataType": "String", "StringValue": "Straße"},
        "number": {"DataType": "Number", "StringValue": "1.50"},
        "bytes": {"DataType": "Binary.gif", "BinaryValue": b"\x00\xff"},
    }
    return send(aws, MessageAttributes=attributes).get("MD5OfMessageAttributes")


@asks("SQS API Reference, Message, MD5OfMessageAttributes", True, queue=queue())
def a_received_message_has_the_md5_of_the_attributes_that_come_with_it(aws: World) -> Answer:
    sent = send(aws, MessageAttributes=texts("a", "b"))["MD5OfMessageAttributes"]
    return [one["MD5OfMessageAttributes"] for one in came(aws, MessageAttributeNames=["All"])] == [sent]


@asks("SQS API Reference, ReceiveMessage, MessageAttributeNames", [["a"]], queue=queue())
def a_message_comes_with_the_attributes_that_are_asked_for(aws: World) -> Answer:
    send(aws, MessageAttributes=texts("a", "b"))
    return [sorted(one["MessageAttributes"]) for one in came(aws, MessageAttributeNames=["a", "c"])]


@asks("SQS API Reference, ReceiveMessage, MessageAttributeNames: not without being asked for", [False], queue=queue())
def a_message_comes_without_attributes_where_none_are_asked_for(aws: World) -> Answer:
    send(aws, MessageAttributes=texts("a"))
    return ["MessageAttributes" in one for one in came(aws)]


@asks("SQS API Reference, ReceiveMessage, MessageAttributeNames: bar.*", [["bar.a", "bar.b"]], queue=queue())
def attributes_are_asked_for_by_the_beginning_of_their_names(aws: World) -> Answer:
    send(aws, MessageAttributes=texts("bar.a", "bar.b", "foo.a"))
    return [sorted(one["MessageAttributes"]) for one in came(aws, MessageAttributeNames=["bar.*"])]


@asks("SQS API Reference, ReceiveMessage, MessageAttributeNames: All or .*", [["a", "b"]], queue=queue())
def all_attributes_are_asked_for_by_a_dot_and_a_star(aws: World) -> Answer:
    send(aws, MessageAttributes=texts("a", "b"))
    return [sorted(one["MessageAttributes"]) for one in came(aws, MessageAttributeNames=[".*"])]


@asks("SQS Developer Guide, message attributes: Binary", [True], queue=queue())
def bytes_in_an_attribute_come_as_they_were_sent(aws: World) -> Answer:
    send(aws, MessageAttributes={"bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}})
    found = came(aws, MessageAttributeNames=["All"])
    return [one["MessageAttributes"]["bytes"]["BinaryValue"] == b"\x00\xff" for one in found]


@asks("SQS Developer Guide, message attributes: Number", [["Number", "1.50"]], queue=queue())
def a_number_in_an_attribute_comes_as_it_was_written(aws: World) -> Answer:
    send(aws, MessageAttributes={"number": {"DataType": "Number", "StringValue": "1.50"}})
    found = [one["MessageAttributes"]["number"] for one in came(aws, MessageAttributeNames=["All"])]
    return [[one["DataType"], one["StringValue"]] for one in found]


@asks("SQS Developer Guide, message attributes: custom data types", [["String.uuid"]], queue=queue())
def an_attribute_may_have_a_type_of_ones_own(aws: World) -> Answer:
    send(aws, MessageAttributes={"one": {"DataType": "String.uuid", "StringValue": "1"}})
    found = [one["MessageAttributes"] for one in came(aws, MessageAttributeNames=["All"])]
    return [[each["DataType"] for each in one.values()] for one in found]


@asks("SQS Developer Guide, message attributes: up to 10", ["none", "InvalidParameterValue"], queue=queue())
def a_message_has_ten_attributes_at_most(aws: World) -> Answer:
    numbers = [(texts(*map(str, range(number)))) for number in (10, 11)]
    return [error_of(lambda one=one: send(aws, MessageAttributes=one)) for one in numbers]  # type: ignore[misc]


@asks("SQS API Reference, MessageAttributeValue: the value must not be empty", "InvalidParameterValue", queue=queue())
def an_attribute_that_is_an_empty_text_is_refused(aws: World) -> Answer:
    return refused(aws, DataType="String", StringValue="")


@asks("SQS API Reference, MessageAttributeValue, DataType", "InvalidParameterValue", queue=queue())
def an_attribute_of_a_type_that_there_is_not_is_refused(aws: World) -> Answer:
    return refused(aws, DataType="Text", StringValue="value")


@asks("SQS API Reference, MessageAttributeValue: a Number is a number", "InvalidParameterValue", queue=queue())
def an_attribute_that_is_called_a_number_and_is_none_is_refused(aws: World) -> Answer:
    return refused(aws, DataType="Number", StringValue="many")


@asks(
    "SQS Developer Guide, message attributes: names with AWS., Amazon., dots around",
    ["InvalidParameterValue"] * 5,
    queue=queue(),
)
def some_names_of_attributes_are_refused(aws: World) -> Answer:
    names = ("AWS.trace", "Amazon.trace", ".a", "a.", "a b")
    return [error_of(lambda name=name: send(aws, MessageAttributes=texts(name))) for name in names]  # type: ignore[misc]


@asks("SQS Developer Guide, message quotas: 1 MiB", ["none", "InvalidParameterValue"], queue=queue())
def a_message_has_a_mebibyte_at_most(aws: World) -> Answer:
    return [error_of(lambda: send(aws, "a" * MOST)), error_of(lambda: send(aws, "a" * (MOST + 1)))]


@asks("SQS Developer Guide, message quotas: attributes are part of the size", "InvalidParameterValue", queue=queue())
def the_attributes_count_towards_the_size_of_a_message(aws: World) -> Answer:
    return error_of(lambda: send(aws, "a" * MOST, MessageAttributes=texts("a")))


@asks("SQS Developer Guide, message quotas: bytes, not characters", "InvalidParameterValue", queue=queue())
def the_size_of_a_message_is_counted_in_bytes(aws: World) -> Answer:
    return error_of(lambda: send(aws, "ß" * (MOST // 2 + 1)))


@asks("SQS API Reference, SendMessage: other characters are replaced by U+FFFD", ["a\ufffdb"], queue=queue())
def a_character_that_xml_does_not_have_is_replaced(aws: World) -> Answer:
    send(aws, "a\uffffb")
    return [one["Body"] for one in came(aws)]


@asks("SQS API Reference, SendMessage, InvalidMessageContents", "InvalidMessageContents", queue=queue())
def a_message_of_nothing_but_characters_that_xml_does_not_have_is_refused(aws: World) -> Answer:
    return error_of(lambda: send(aws, "\uffff"))


@asks("SQS API Reference, SendMessage: the characters that are allowed", ["\t\n\r \ufffd\U0001f600"], queue=queue())
def a_message_keeps_all_characters_that_xml_has(aws: World) -> Answer:
    send(aws, "\t\n\r \ufffd\U0001f600")
    return [one["Body"] for one in came(aws)]


@asks("SQS API Reference, SendMessage, MessageBody: at least one character", "MissingParameter", queue=queue())
def a_message_without_a_character_is_refused(aws: World) -> Answer:
    return error_of(lambda: send(aws, ""))


@asks("Smithy, AWS JSON 1.0 protocol: what is not of its type cannot be read", "SerializationException", queue=queue())
def a_message_that_is_a_number_is_refused(aws: World) -> Answer:
    return error_of(lambda: send(aws, {"a": 1}))


@asks("SQS API Reference, ReceiveMessage, AWSTraceHeader", ["Root=1-5759e988-bd862e3fe1be46a994272793"], queue=queue())
def the_trace_header_of_a_message_comes_with_it(aws: World) -> Answer:
    header = {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}
    send(aws, MessageSystemAttributes={"AWSTraceHeader": header})
    return [one["Attributes"]["AWSTraceHeader"] for one in came(aws)]


@asks(
    "SQS API Reference, SendMessage, MessageSystemAttributes: only AWSTraceHeader",
    "InvalidParameterValue",
    queue=queue(),
)
def a_system_attribute_that_there_is_not_is_refused(aws: World) -> Answer:
    wrong = {"SenderId": {"DataType": "String", "StringValue": "me"}}
    return error_of(lambda: send(aws, MessageSystemAttributes=wrong))


@asks("SQS API Reference, ReceiveMessage, SentTimestamp: milliseconds since 1970", [13], queue=queue())
def a_message_says_when_it_was_sent_in_milliseconds(aws: World) -> Answer:
    send(aws)
    return [len(one["Attributes"]["SentTimestamp"]) for one in came(aws)]


def batch(aws: World, *entries: dict[str, Any]) -> Any:
    """Send a batch."""
    return aws.sqs.send_message_batch(QueueUrl=aws.url(), Entries=list(entries))


def each(number: int, body: str = "body") -> list[dict[str, Any]]:
    """Return entries of a batch."""
    return [{"Id": str(one), "MessageBody": body} for one in range(number)]


@asks("SQS API Reference, SendMessageBatch: up to 10", ["none", "TooManyEntriesInBatchRequest"], queue=queue())
def a_batch_has_ten_messages_at_most(aws: World) -> Answer:
    return [error_of(lambda: batch(aws, *each(10))), error_of(lambda: batch(aws, *each(11)))]


@asks("SQS API Reference, SendMessageBatch, EmptyBatchRequest", "EmptyBatchRequest", queue=queue())
def a_batch_without_messages_is_refused(aws: World) -> Answer:
    return error_of(lambda: batch(aws))


@asks("SQS API Reference, SendMessageBatch, BatchEntryIdsNotDistinct", "BatchEntryIdsNotDistinct", queue=queue())
def a_batch_with_an_id_twice_is_refused(aws: World) -> Answer:
    return error_of(lambda: batch(aws, *each(1), *each(1)))


@asks("SQS API Reference, SendMessageBatch, InvalidBatchEntryId", "InvalidBatchEntryId", queue=queue())
def a_batch_with_an_id_of_other_characters_is_refused(aws: World) -> Answer:
    return error_of(lambda: batch(aws, {"Id": "a b", "MessageBody": "body"}))


@asks("SQS API Reference, SendMessageBatch, BatchRequestTooLong: 1 MiB in all", "BatchRequestTooLong", queue=queue())
def a_batch_has_a_mebibyte_at_most(aws: World) -> Answer:
    return error_of(lambda: batch(aws, *each(3, "a" * (MOST // 2))))


@asks(
    "SQS API Reference, SendMessageBatch: each message is answered for itself",
    [["good"], [["bad", "InvalidParameterValue", True]]],
    queue=queue(),
)
def a_message_of_a_batch_that_is_refused_fails_alone(aws: World) -> Answer:
    bad = {"Id": "bad", "MessageBody": "body", "DelaySeconds": 901}
    answer = batch(aws, bad, {"Id": "good", "MessageBody": "body"})
    failed = [[one["Id"], one["Code"], one["SenderFault"]] for one in answer.get("Failed", [])]
    return [[one["Id"] for one in answer.get("Successful", [])], failed]


@asks("SQS API Reference, SendMessageBatchResultEntry", [True, True], queue=queue())
def a_message_of_a_batch_is_answered_with_its_md5s(aws: World) -> Answer:
    (sent,) = batch(aws, {"Id": "a", "MessageBody": "body", "MessageAttributes": texts("a")})["Successful"]
    alone = send(aws, MessageAttributes=texts("a"))
    return [sent[name] == alone[name] for name in ("MD5OfMessageBody", "MD5OfMessageAttributes")]
