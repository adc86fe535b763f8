"""The stage as it is on the emulator: its rows, what its topics were given, and what is left of it after removal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.synthesized import Synthesized
from ensemble.deploy_check.recorded import texts_of, texts_of_rows

LISTS: Sequence[tuple[str, str, str, str]] = (
    ("cloudformation", "list_stacks", "StackSummaries", "StackName"),
    ("dynamodb", "list_tables", "TableNames", ""),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("sqs", "list_queues", "QueueUrls", ""),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("events", "list_event_buses", "EventBuses", "Name"),
    ("events", "list_rules", "Rules", "Name"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("iam", "list_policies", "Policies", "PolicyName"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("s3", "list_buckets", "Buckets", "Name"),
    ("ssm", "describe_parameters", "Parameters", "Name"),
)
"""What is asked for by name: the client, its operation, the list in the answer, and the name in an entry of it."""

MESSAGES_AT_ONCE = 10


def rows_of(account: Account, stage: str) -> dict[str, Counter[str]]:
    """Return the rows of each table of the stage, as texts."""
    dynamodb, read = account.client("dynamodb"), TypeDeserializer().deserialize
    found = {}
    for table in _named(account, "dynamodb", "list_tables", "TableNames", ""):
        if table.startswith(f"{stage}-"):
            pages = dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
            items = [{name: read(value) for name, value in item.items()} for page in pages for item in page["Items"]]
            found[table] = texts_of_rows(items)
    return found


class Topics:
    """A queue for each topic of the stage, which takes what is published to it from now on."""

    def __init__(self, account: Account, stage: str) -> None:
        self._sqs, sns = account.client("sqs"), account.client("sns")
        self._queues: dict[str, str] = {}
        self._messages: dict[str, list[dict[str, Any]]] = {}
        for arn in _named(account, "sns", "list_topics", "Topics", "TopicArn"):
            name = arn.rpartition(":")[2]
            if name.startswith(f"{stage}-"):
                self._queues[name] = url = self._sqs.create_queue(QueueName=f"deploy-check-{name}")["QueueUrl"]
                asked = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
                raw = {"RawMessageDelivery": "true"}
                sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=asked["Attributes"]["QueueArn"], Attributes=raw)

    def messages(self) -> dict[str, Counter[str]]:
        """Return all that was published so far, with its attributes, by topic."""
        for name, url in self._queues.items():
            self._messages.setdefault(name, []).extend(self._received(url))
        return {name: texts_of(messages) for name, messages in self._messages.items()}

    def _received(self, url: str) -> Iterator[dict[str, Any]]:
        asked = {"QueueUrl": url, "MaxNumberOfMessages": MESSAGES_AT_ONCE, "MessageAttributeNames": ["All"]}
        while messages := self._sqs.receive_message(**asked).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                yield message_of(message["Body"], message.get("MessageAttributes", {}))


def message_of(body: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of a topic as it is compared."""
    return {"body": body, "attributes": {name: one.get("StringValue") for name, one in attributes.items()}}


def left_over(account: Account, stage: str) -> list[tuple[str, str]]:
    """Return the name of all that is there and is named after the stage, with the list that it was found in."""
    return [
        (name, operation)
        for service, operation, entries, key in LISTS
        for name in _named(account, service, operation, entries, key)
        if _is_of(name, stage)
    ]


def kept(account: Account, stacks: Sequence[Synthesized]) -> set[str]:
    """Return the names of what survives the deletion of its stack, as the templates say."""
    cloudformation, names = account.client("cloudformation"), set()
    for stack in stacks:
        resources = stack.template["Resources"]
        for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.name):
            for one in page["StackResourceSummaries"]:
                template = resources.get(one["LogicalResourceId"], {})
                if str(template.get("DeletionPolicy", "")).startswith("Retain"):
                    names.add(one["PhysicalResourceId"])
    return names


def _is_of(name: str, stage: str) -> bool:
    """Whether a name, the last part of an ARN, a path or a URL, begins with the stage's."""
    return any(part.startswith(f"{stage}-") for part in name.replace(":", "/").split("/"))


def _named(account: Account, service: str, operation: str, entries: str, key: str) -> list[str]:
    client = account.client(service)
    arguments: dict[str, Any] = {}
    if operation == "list_rules":  # asked bus by bus; the stage's own buses are found as what they are
        arguments["EventBusName"] = "default"
    if operation == "list_stacks":
        arguments["StackStatusFilter"] = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "DELETE_FAILED", "ROLLBACK_COMPLETE"]
    paged = client.can_paginate(operation)
    pages = (
        client.get_paginator(operation).paginate(**arguments) if paged else [getattr(client, operation)(**arguments)]
    )
    return [one[key] if key else one for page in pages for one in page.get(entries, [])]
