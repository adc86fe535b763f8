"""AWS as the commands on a deployed stage ask for it: a laptop in the place of the account, and stacks in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.patterns import compile_pattern
from ensemble.laptop import Laptop

ACCOUNT = "arn:aws:{}:eu-west-1:111111111111:{}"


class ResourceNotFound(Exception):
    """What EventBridge answers about a rule that is not there."""


@dataclass
class FakeRule:
    """A rule on a bus; `deaf_for`: how many more events it overlooks, as a new one does at first."""

    bus: str
    pattern: str
    deaf_for: int = 0
    targets: list[str] = field(default_factory=list)


class FakeAccount:
    """Gives clients like `ensemble.command_line.stage.account.Account`.

    `broken`: an operation that fails, to see what is left then. `copies`: how often a queue gets each event.
    """

    def __init__(self, laptop: Laptop, stacks: FakeCloudFormation | None = None) -> None:
        self.laptop, self.stacks = laptop, stacks
        self.rules: dict[str, FakeRule] = {}
        self.queues: dict[str, list[str]] = {}
        self.policies: dict[str, Any] = {}
        self.put: list[Mapping[str, Any]] = []
        self.broken, self.copies, self.deaf_for, self.has_ended = "", 1, 0, False
        laptop.on_event(self._deliver)

    def client(self, service: str) -> Any:
        clients = {"events": FakeEvents, "sqs": FakeSqs, "dynamodb": FakeDynamoDb}
        return self.stacks if service == "cloudformation" else clients[service](self)

    def fail_if(self, operation: str) -> None:
        if operation == self.broken:
            raise RuntimeError(operation)

    def _deliver(self, bus: str, event: Mapping[str, Any]) -> None:
        for rule in self.rules.values():
            if rule.bus == bus and compile_pattern(json.loads(rule.pattern)).matches(dict(event)):
                if rule.deaf_for:
                    rule.deaf_for -= 1
                    continue
                for arn in rule.targets:
                    self.queues[arn.rpartition(":")[2]] += [json.dumps(event)] * self.copies


class FakeEvents:
    """What is asked of EventBridge."""

    class exceptions:  # noqa: N801
        ResourceNotFoundException = ResourceNotFound

    def __init__(self, account: FakeAccount) -> None:
        self._account = account

    def put_events(self, Entries: list[Mapping[str, Any]]) -> Any:  # noqa: N803
        self._account.put += Entries
        return self._account.laptop.put_events(Entries)

    def put_rule(self, Name: str, EventBusName: str, EventPattern: str) -> Any:  # noqa: N803
        self._account.fail_if("put_rule")
        self._account.rules[Name] = FakeRule(EventBusName, EventPattern, self._account.deaf_for)
        return {"RuleArn": ACCOUNT.format("events", f"rule/{EventBusName}/{Name}")}

    def put_targets(self, Rule: str, EventBusName: str, Targets: list[Mapping[str, str]]) -> Any:  # noqa: N803
        self._account.fail_if("put_targets")
        self._account.rules[Rule].targets += [target["Arn"] for target in Targets]

    def remove_targets(self, Rule: str, EventBusName: str, Ids: list[str]) -> Any:  # noqa: N803
        if Rule not in self._account.rules:
            raise ResourceNotFound(Rule)
        self._account.rules[Rule].targets.clear()

    def delete_rule(self, Name: str, EventBusName: str) -> Any:  # noqa: N803
        assert not self._account.rules[Name].targets, "Rule can't be deleted since it has targets"
        del self._account.rules[Name]


class FakeSqs:
    """What is asked of SQS; a wait for messages lets the laptop's time pass."""

    def __init__(self, account: FakeAccount) -> None:
        self._account = account

    def create_queue(self, QueueName: str, Attributes: Mapping[str, str]) -> Any:  # noqa: N803
        self._account.queues[QueueName] = []
        return {"QueueUrl": f"http://127.0.0.1/{QueueName}"}

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> Any:  # noqa: N803
        name = QueueUrl.rpartition("/")[2]
        if AttributeNames == ["QueueArn"]:
            return {"Attributes": {"QueueArn": ACCOUNT.format("sqs", name)}}
        return {"Attributes": {AttributeNames[0]: str(len(self._account.laptop.queue(name).messages))}}

    def set_queue_attributes(self, QueueUrl: str, Attributes: Mapping[str, str]) -> None:  # noqa: N803
        self._account.policies[QueueUrl.rpartition("/")[2]] = json.loads(Attributes["Policy"])

    def receive_message(self, QueueUrl: str, MaxNumberOfMessages: int, WaitTimeSeconds: int) -> Any:  # noqa: N803
        self._account.fail_if("receive_message")
        waiting = self._account.queues[QueueUrl.rpartition("/")[2]]
        self._account.laptop.run_until(lambda: bool(waiting), WaitTimeSeconds)
        received, waiting[:] = waiting[:MaxNumberOfMessages], waiting[MaxNumberOfMessages:]
        return {"Messages": [{"Body": body, "ReceiptHandle": "any"} for body in received]} if received else {}

    def delete_message(self, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803
        assert ReceiptHandle == "any"

    def delete_queue(self, QueueUrl: str) -> None:  # noqa: N803
        del self._account.queues[QueueUrl.rpartition("/")[2]]

    def get_paginator(self, operation: str) -> Any:
        assert operation == "list_queues"
        return self

    def paginate(self, QueueNamePrefix: str) -> Iterator[Any]:  # noqa: N803
        for name in self._account.laptop.queues:
            if name.startswith(QueueNamePrefix):
                yield {"QueueUrls": [f"http://127.0.0.1/{name}"]}
        yield {}


class FakeDynamoDb:
    """What is asked of DynamoDB."""

    def __init__(self, account: FakeAccount) -> None:
        self._account = account

    def get_item(self, TableName: str, Key: Mapping[str, Any], ConsistentRead: bool) -> Any:  # noqa: N803
        keys = [item["pk"] for item in self._account.laptop.table_items(TableName)]
        return {"Item": {}} if Key["pk"]["S"] in keys else {}


class FakeCloudFormation:
    """Stacks by name, `page` of them in an answer."""

    def __init__(self, templates: Mapping[str, Mapping[str, Any]], page: int = 2) -> None:
        self.templates, self._page = dict(templates), page
        self.status: dict[str, str] = {}
        self.protected: set[str] = set()

    def describe_stacks(self, **arguments: str) -> Mapping[str, Any]:
        start = int(arguments.get("NextToken", "0"))
        names = sorted(self.templates)[start : start + self._page]
        more = {"NextToken": str(start + self._page)} if start + self._page < len(self.templates) else {}
        return {"Stacks": [self._described(name) for name in names], **more}

    def get_template(self, **arguments: str) -> Mapping[str, Any]:
        assert arguments["TemplateStage"] == "Original"
        return {"TemplateBody": self.templates[arguments["StackName"]]}

    def _described(self, name: str) -> dict[str, Any]:
        status = self.status.get(name, "CREATE_COMPLETE")
        return {"StackName": name, "StackStatus": status, "EnableTerminationProtection": name in self.protected}
