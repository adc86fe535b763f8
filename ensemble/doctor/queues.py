"""How queues and topics are looked at, with their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import NOT_TOLD, Call, ClientOf, Kind, Look, Mend, Property, Read, there, told

NUMBERS = ("VisibilityTimeout", "MessageRetentionPeriod", "DelaySeconds")
POLICIES = ("RedrivePolicy", "RedriveAllowPolicy")


def _attributes(client: ClientOf, url: str) -> dict[str, str]:
    answer = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    return dict(answer["Attributes"])


def _url(client: ClientOf, name: str) -> str:
    return str(client("sqs").get_queue_url(QueueName=name)["QueueUrl"])


def _queue(client: ClientOf, one: Expected) -> Read:
    url = _url(client, one.name)
    attributes = _attributes(client, url)
    policies = {name: json.loads(text) for name, text in there(attributes, *POLICIES).items()}
    return {**told(attributes, *NUMBERS, "SqsManagedSseEnabled"), **policies, **there(attributes, "KmsMasterKeyId")} | {
        "QueueUrl": url
    }


def _set(name: str, default: Any = "") -> Mend:
    """Set an attribute to what the template says; an empty one takes it away (Amazon SQS API Reference,
    SetQueueAttributes)."""

    def mend(one: Expected, read: Read) -> Call:
        wanted = one.properties.get(name, default)
        text = wanted if isinstance(wanted, str) else json.dumps(wanted)
        return Call("sqs", "SetQueueAttributes", {"QueueUrl": read["QueueUrl"], "Attributes": {name: text}})

    return mend


def _is_encrypted_by_sqs(one: Expected) -> Any:
    """Return what the template says; with a key of its own nothing (Amazon SQS API Reference, SetQueueAttributes)."""
    return one.properties.get("SqsManagedSseEnabled", NOT_TOLD if "KmsMasterKeyId" in one.properties else True)


def _of_queue(one: Expected) -> str:
    """Return the name of the first queue that a policy is for, given its URL."""
    return str(one.properties["Queues"][0]).rpartition("/")[2]


def _queue_policy(client: ClientOf, one: Expected) -> Read:
    url = _url(client, _of_queue(one))
    policy = there(_attributes(client, url), "Policy")
    return {"QueueUrl": url} | ({"PolicyDocument": json.loads(policy["Policy"])} if policy else {})


def _set_queue_policy(one: Expected, read: Read) -> Call:
    attributes = {"Policy": json.dumps(one.properties["PolicyDocument"])}
    return Call("sqs", "SetQueueAttributes", {"QueueUrl": read["QueueUrl"], "Attributes": attributes})


def _topic_attributes(client: ClientOf, arn: str) -> Mapping[str, Any]:
    attributes: Mapping[str, Any] = client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    return attributes


def _topic_policy(client: ClientOf, one: Expected) -> Read:
    policy = there(_topic_attributes(client, one.properties["Topics"][0]), "Policy")
    return {"PolicyDocument": json.loads(policy["Policy"])} if policy else {}


def _set_topic_policy(one: Expected, _: Read) -> Call:
    policy = json.dumps(one.properties["PolicyDocument"])
    arguments = {"TopicArn": one.properties["Topics"][0], "AttributeName": "Policy", "AttributeValue": policy}
    return Call("sns", "SetTopicAttributes", arguments)


def _subscription(client: ClientOf, one: Expected) -> Read | None:
    pages = client("sns").get_paginator("list_subscriptions_by_topic").paginate(TopicArn=one.properties["TopicArn"])
    found = (there_is for page in pages for there_is in page["Subscriptions"])
    wanted = (one.properties["Protocol"], one.properties["Endpoint"])
    return {} if any((one_["Protocol"], one_["Endpoint"]) == wanted for one_ in found) else None


QUEUES = (
    Kind(
        "AWS::SQS::Queue",
        "queue",
        "What should come by it is dropped, or in the dead-letter queue of the rule.",
        (
            Look(
                _queue,
                (
                    Property(
                        "VisibilityTimeout",
                        "Too short, and a message is handled twice at a time; too long, and a crash is noticed late.",
                        30,
                        mend=_set("VisibilityTimeout", 30),
                    ),
                    Property(
                        "MessageRetentionPeriod",
                        "What waits longer is lost without a trace.",
                        345_600,
                        mend=_set("MessageRetentionPeriod", 345_600),
                    ),
                    Property("DelaySeconds", "Every message comes later.", 0, mend=_set("DelaySeconds", 0)),
                    Property(
                        "RedrivePolicy",
                        "What kills its function is tried until it is lost, and no dead letter says so.",
                        mend=_set("RedrivePolicy"),
                    ),
                    Property(
                        "RedriveAllowPolicy",
                        "Another queue may put its dead letters here.",
                        mend=_set("RedriveAllowPolicy"),
                    ),
                    Property(
                        "SqsManagedSseEnabled",
                        "Messages are not encrypted as they should be.",
                        of=_is_encrypted_by_sqs,
                        mend=_set("SqsManagedSseEnabled", True),
                    ),
                    Property("KmsMasterKeyId", "Messages are encrypted by another key.", mend=_set("KmsMasterKeyId")),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::SQS::QueuePolicy",
        "policy of queue",
        "The queue that it is for is not there.",
        (
            Look(
                _queue_policy,
                (
                    Property(
                        "PolicyDocument",
                        "Rules cannot send to the queue, or strangers can.",
                        mend=_set_queue_policy,
                    ),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::SNS::Topic",
        "topic",
        "What is published to it fails.",
        (
            Look(
                lambda client, one: there(_topic_attributes(client, one.arn), "KmsMasterKeyId"),
                (Property("KmsMasterKeyId", "Messages are encrypted by another key, or by none."),),
            ),
        ),
    ),
    Kind(
        "AWS::SNS::TopicPolicy",
        "policy of topic",
        "The topic that it is for is not there.",
        (
            Look(
                _topic_policy,
                (
                    Property(
                        "PolicyDocument",
                        "Alarms cannot notify the topic, or strangers can.",
                        mend=_set_topic_policy,
                    ),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::SNS::Subscription",
        "subscription",
        "Nobody is told what is published to the topic.",
        (Look(_subscription, ()),),
    ),
)
