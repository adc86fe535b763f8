"""What functions, event source mappings and rules may do is what their roles say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.account import Account
from ensemble.aws.errors import DeploymentRefused, InvocationFailed
from ensemble.aws.policies import permits
from ensemble.laptop.asked import asked_of
from ensemble.laptop.laptop import Laptop
from ensemble.laptop.roles import Role
from tests.toolkit.laptop.assemblies import function, get, queue, resource, template, write_assembly

SENDER = """
import boto3

def handler(event, context):
    boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody="hello")
"""
POLL = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


def allow(*actions: str, resource: Any = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource, **elements}


def sending(directory: Path, *statements: dict[str, Any], **resources: dict[str, Any]) -> Laptop:
    """A laptop with the function `sender`, whose role has these statements, and a queue `inbox`."""
    policy = {"PolicyName": "own", "PolicyDocument": {"Statement": list(statements)}}
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument={}, Policies=[policy])
    made = {"Role": role, "Inbox": queue(QueueName="inbox"), "Sender": function("sender"), **resources}
    stacks = {"stack": template(**made)}
    return Laptop(write_assembly(directory, stacks, {"sender": {"functions/handler.py": SENDER}}))


def send(laptop: Laptop) -> None:
    laptop.invoke("sender", {"queue": laptop.queues["inbox"].url})


def test_a_function_does_what_its_role_lets_it_and_that_is_counted(tmp_path: Path) -> None:
    with sending(tmp_path, allow("sqs:SendMessage", resource=[get("Inbox")])) as laptop:
        send(laptop)

        assert len(laptop.queues["inbox"].messages) == 1
        used = {(call.action, call.resource) for call in laptop.calls}
        assert ("sqs:SendMessage", laptop.queues["inbox"].arn) in used


@pytest.mark.parametrize(
    "statements",
    [
        [],
        [allow("sqs:ReceiveMessage")],
        [allow("sqs:SendMessage", resource="arn:aws:sqs:*:*:another")],
        [allow("sqs:*"), {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": "*"}],
    ],
)
def test_what_its_role_does_not_let_it_is_refused_in_the_words_of_aws(
    tmp_path: Path, statements: list[dict[str, Any]]
) -> None:
    with sending(tmp_path, *statements) as laptop:
        with pytest.raises(
            InvocationFailed, match=r"AccessDeniedException.*not authorized to perform: sqs:SendMessage"
        ):
            send(laptop)

        assert not laptop.queues["inbox"].messages
        assert [call.action for call in laptop.calls_refused if call.action.startswith("sqs")] == ["sqs:SendMessage"]


def test_a_policy_of_its_own_adds_to_a_role(tmp_path: Path) -> None:
    document = {"Statement": [allow("sqs:SendMessage")]}
    grant = resource("AWS::IAM::Policy", PolicyName="grant", PolicyDocument=document, Roles=[{"Ref": "Role"}])

    with sending(tmp_path, Grant=grant) as laptop:
        send(laptop)

        assert len(laptop.queues["inbox"].messages) == 1


def test_a_role_with_a_policy_that_aws_keeps_is_not_checked(tmp_path: Path) -> None:
    role = resource("AWS::IAM::Role", AssumeRolePolicyDocument={}, ManagedPolicyArns=["arn:aws:iam::aws:policy/Any"])

    with sending(tmp_path, Role=role) as laptop:
        send(laptop)

        assert len(laptop.queues["inbox"].messages) == 1


@pytest.mark.parametrize("missing", POLL)
def test_no_mapping_reads_a_queue_that_the_role_of_its_function_may_not_read(tmp_path: Path, missing: str) -> None:
    mapping = resource("AWS::Lambda::EventSourceMapping", FunctionName="sender", EventSourceArn=get("Inbox"))

    with pytest.raises(DeploymentRefused, match=f"the role of sender does not let it {missing}"):
        sending(tmp_path, allow(*set(POLL) - {missing}), Mapping=mapping)


@pytest.mark.parametrize(
    ("target", "body", "asked"),
    [
        ("DynamoDB_20120810.GetItem", '{"TableName": "rows"}', [("dynamodb:GetItem", "table/rows")]),
        (
            "DynamoDB_20120810.Query",
            '{"TableName": "rows", "IndexName": "index"}',
            [("dynamodb:Query", "table/rows/index/index")],
        ),
        (
            "DynamoDB_20120810.TransactWriteItems",
            '{"TransactItems": [{"Put": {"TableName": "rows"}}, {"ConditionCheck": {"TableName": "other"}}]}',
            [("dynamodb:PutItem", "table/rows"), ("dynamodb:ConditionCheckItem", "table/other")],
        ),
        (
            "DynamoDB_20120810.BatchGetItem",
            '{"RequestItems": {"rows": {}, "other": {}}}',
            [("dynamodb:BatchGetItem", "table/rows"), ("dynamodb:BatchGetItem", "table/other")],
        ),
        ("AmazonSQS.SendMessageBatch", '{"QueueUrl": "https://sqs/1/inbox"}', [("sqs:SendMessage", "inbox")]),
        ("AmazonSSM.GetParameter", '{"Name": "/lending/key"}', [("ssm:GetParameter", "parameter/lending/key")]),
        (
            "secretsmanager.GetSecretValue",
            '{"SecretId": "key"}',
            [("secretsmanager:GetSecretValue", "secret:key-000000")],
        ),
        ("AWSEvents.ListRules", "{}", []),
    ],
)
def test_a_request_is_judged_by_what_the_policies_call_it(target: str, body: str, asked: list[tuple[str, str]]) -> None:
    found = asked_of(Account(), {"x-amz-target": target}, body.encode())

    assert [(one.action, one.resource.split(":", 5)[5]) for one in found] == asked


PUT = allow(
    "events:PutEvents",
    Condition={
        "ForAllValues:StringEquals": {"events:source": ["loan"]},
        "StringEquals": {"events:detail-type": ["BookReserved"]},
        "Null": {"events:source": "false"},
    },
)


@pytest.mark.parametrize(
    ("keys", "may"),
    [
        ({"events:source": ["loan"], "events:detail-type": ["BookReserved"]}, True),
        ({"events:source": ["shelf"], "events:detail-type": ["BookReserved"]}, False),
        ({"events:source": ["loan", "shelf"], "events:detail-type": ["BookReserved"]}, False),
        ({"events:source": ["loan"], "events:detail-type": ["BookReturned"]}, False),
        ({"events:detail-type": ["BookReserved"]}, False),
    ],
)
def test_who_may_put_events_puts_those_of_its_own_source_and_type(keys: dict[str, list[str]], may: bool) -> None:
    assert permits([PUT], "events:PutEvents", "arn:aws:events:eu-west-1:000000000000:event-bus/lending", keys) is may


@pytest.mark.parametrize(
    ("condition", "denied"),
    [
        ({"StringNotEquals": {"aws:PrincipalAccount": "000000000000"}}, False),
        ({"StringNotEquals": {"aws:PrincipalAccount": "111111111111"}}, True),
        ({"ArnNotLike": {"aws:PrincipalArn": "*:role/deploy-*"}}, True),
        ({"ArnNotLike": {"aws:PrincipalArn": "*:role/reader*"}}, False),
        ({"ForAnyValue:StringEquals": {"events:source": ["loan"]}}, False),
        ({"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
    ],
)
def test_a_denial_of_all_others_is_one_by_what_a_key_is_not(condition: dict[str, Any], denied: bool) -> None:
    deny = {"Effect": "Deny", "Action": "events:*", "Resource": "*", "Condition": condition}
    keys = {"aws:principalaccount": ["000000000000"], "aws:principalarn": ["arn:aws:iam::000000000000:role/reader"]}

    assert permits([allow("events:*"), deny], "events:PutRule", "*", keys) is not denied


def test_a_role_lets_what_it_did_not_once_a_policy_grants_it() -> None:
    role = Role("loan")
    refused = role.lets("sqs:SendMessage", "arn:aws:sqs:eu-central-1:1:inbox")

    role.grant([allow("sqs:SendMessage")])

    assert not refused
    assert role.lets("sqs:SendMessage", "arn:aws:sqs:eu-central-1:1:inbox")


def test_a_role_decides_of_a_call_by_the_values_of_its_condition_keys() -> None:
    role = Role("loan")
    role.grant([allow("events:PutEvents", Condition={"StringEquals": {"events:source": "loan"}})])

    assert role.lets("events:PutEvents", "bus", {"events:source": ["loan"]})
    assert not role.lets("events:PutEvents", "bus", {"events:source": ["desk"]})
    assert not role.lets("events:PutEvents", "bus")
