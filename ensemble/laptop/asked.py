"""What a function's request asks of AWS, in the words of its policies: action, resource, condition keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from ensemble.aws.account import Account
from ensemble.aws.policies import Keys
from ensemble.laptop.bodies import content_of

Request = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One call that a policy decides on."""

    action: str
    resource: str
    keys: Keys = field(default_factory=dict)


def asked_of(account: Account, headers: Mapping[str, str], body: bytes) -> list[Asked]:
    """Return what a request asks (Service Authorization Reference, the pages of these services).

    Of other services than DynamoDB, SQS, EventBridge, SNS, Parameter Store and Secrets Manager nothing is returned.
    """
    prefix, _, operation = headers.get("x-amz-target", "").partition(".")
    if not prefix:
        form = dict(parse_qsl(body.decode(errors="replace")))
        is_publish = form.get("Action") == "Publish"
        return [Asked("sns:Publish", form.get("TopicArn", ""))] if is_publish else []
    read = _READERS.get(prefix)
    return list(read(account, operation, content_of(body))) if read else []


def _of_dynamodb(account: Account, operation: str, request: Request) -> Iterator[Asked]:
    """Of a transaction each action on its own; of a batch one call for each table."""
    if operation.startswith("Transact"):
        for member in request["TransactItems"]:
            ((kind, parameters),) = member.items()
            yield _on_table(account, f"{kind}Item", parameters)
    elif "RequestItems" in request:
        for table in request["RequestItems"]:
            yield _on_table(account, operation, {"TableName": table})
    else:
        yield _on_table(account, operation, request)


def _on_table(account: Account, operation: str, parameters: Request) -> Asked:
    return _on_table_of(account, operation, str(parameters.get("TableName", "")), parameters.get("IndexName"))


@lru_cache
def _on_table_of(account: Account, operation: str, table: str, index: str | None) -> Asked:
    on_index = "" if index is None else f"/index/{index}"
    return Asked(f"dynamodb:{operation}", account.arn("dynamodb", f"table/{table.rsplit('/', 1)[-1]}{on_index}"))


def _of_sqs(account: Account, operation: str, request: Request) -> Iterator[Asked]:
    """The operations on batches are permitted by those on single messages."""
    queue = str(request.get("QueueUrl", "")).rsplit("/", 1)[-1]
    yield Asked(f"sqs:{operation.removesuffix('Batch')}", account.arn("sqs", queue))


def _of_events(account: Account, operation: str, request: Request) -> Iterator[Asked]:
    for entry in request.get("Entries", []) if operation == "PutEvents" else []:
        bus = str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
        keys = {"events:source": [entry.get("Source", "")], "events:detail-type": [entry.get("DetailType", "")]}
        yield Asked("events:PutEvents", account.arn("events", f"event-bus/{bus}"), keys)


def _of_parameters(account: Account, operation: str, request: Request) -> Iterator[Asked]:
    yield Asked(f"ssm:{operation}", account.arn("ssm", f"parameter/{str(request['Name']).removeprefix('/')}"))


def _of_secrets(account: Account, operation: str, request: Request) -> Iterator[Asked]:
    """The ARN of a secret ends in six characters of AWS's own (AWS Secrets Manager User Guide, "Secret ARN")."""
    secret = str(request["SecretId"])
    is_arn = secret.startswith("arn:")
    yield Asked(
        f"secretsmanager:{operation}", secret if is_arn else account.arn("secretsmanager", f"secret:{secret}-000000")
    )


_READERS: Mapping[str, Callable[[Account, str, Request], Iterator[Asked]]] = {
    "AWSEvents": _of_events,
    "AmazonSQS": _of_sqs,
    "AmazonSSM": _of_parameters,
    "DynamoDB_20120810": _of_dynamodb,
    "secretsmanager": _of_secrets,
}
