"""Resource policies: who may do what, under which conditions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.policies import allows, check_statements
from tests.toolkit.laptop.assemblies import queue, resource
from tests.toolkit.laptop.small import laptop_with, left_out

QUEUE = "arn:aws:sqs:eu-west-1:000000000000:inbox"
RULE = "arn:aws:events:eu-west-1:000000000000:rule/lending/placed"
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "events.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE,
}
INSECURE = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Resource": QUEUE,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def allowed(*statements: dict[str, Any]) -> bool:
    return allows(
        list(statements),
        service="events.amazonaws.com",
        action="sqs:SendMessage",
        resource=QUEUE,
        source_arn=RULE,
        account_id="000000000000",
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}},
        {"Action": "SQS:*"},
        {"Action": ["sqs:ReceiveMessage", "SQS:sendmessage"]},
        {"Resource": "*"},
        {"Resource": "arn:aws:sqs:*:*:in?ox"},
        {"Condition": {"ArnEquals": {"aws:SourceArn": RULE}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": ["arn:aws:events:eu-west-1:000000000000:rule/another", RULE]}}},
        {"Condition": {"ArnLike": {"AWS:SourceArn": "arn:aws:events:*:*:rule/lending/*"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": ["1", "000000000000"]}}},
        {"Condition": {"StringLike": {"aws:SourceArn": "*placed"}, "Bool": {"aws:SecureTransport": True}}},
    ],
)
def test_a_statement_that_fits_allows(change: dict[str, Any]) -> None:
    assert allowed(ALLOW | change)


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": {"Service": "sns.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::000000000000:root"}},
        {"Action": "sqs:ReceiveMessage"},
        {"Resource": QUEUE + "-dlq"},
        {"Resource": QUEUE.replace("inbox", "in.ox")},
        {"Condition": {"ArnEquals": {"aws:SourceArn": RULE + "2"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "l-1"}}},
        {"Condition": {"ArnEquals": {"aws:SourceArn": RULE}, "StringEquals": {"aws:SourceAccount": "1"}}},
    ],
)
def test_a_statement_that_does_not_fit_allows_nothing(change: dict[str, Any]) -> None:
    assert not allowed(ALLOW | change)


def test_nothing_is_allowed_without_a_statement() -> None:
    assert not allowed()


def test_a_denial_of_insecure_transport_does_not_concern_what_is_secure() -> None:
    assert allowed(ALLOW, INSECURE)


def test_a_denial_wins() -> None:
    assert not allowed(ALLOW, ALLOW | {"Effect": "Deny"})


@pytest.mark.parametrize("element", ["NotAction", "NotPrincipal", "NotResource"])
def test_a_statement_with_an_element_that_is_not_evaluated_is_refused(element: str) -> None:
    with pytest.raises(PropertyUnsupported, match=f"statement has {element}"):
        check_statements([ALLOW | {element: "*"}])


def test_a_policy_with_such_a_statement_is_listed(tmp_path: Path) -> None:
    document = {"Statement": [{"Effect": "Deny", "Principal": "*", "NotAction": "sqs:ReceiveMessage", "Resource": "*"}]}
    policy = resource("AWS::SQS::QueuePolicy", PolicyDocument=document, Queues=[{"Ref": "Inbox"}])

    with laptop_with(tmp_path, Inbox=queue(), Policy=policy) as laptop:
        assert left_out(laptop) == {"Policy": "a policy's statement has NotAction, which is not run"}
