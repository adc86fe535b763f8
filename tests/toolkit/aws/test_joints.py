"""What joins two resources, and whether AWS carries it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from ensemble.aws.joints import Joints, Obstacle
from ensemble.aws.opaque import Opaque
from ensemble.aws.resource_types import FUNCTION, GRANT, MAPPING, QUEUE, QUEUE_POLICY, ROLE, RULE, TABLE

TABLE_ARN = "arn:aws:dynamodb:eu-west-1:000000000000:table/loan"
STREAM_ARN = f"{TABLE_ARN}/stream/2026"
QUEUE_ARN = "arn:aws:sqs:eu-west-1:000000000000:loan-events"
ROLE_ARN = "arn:aws:iam::000000000000:role/loan"

POLLS = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": QUEUE_ARN}
LOOKS = {"Effect": "Allow", "Action": "sqs:GetQueueAttributes", "Resource": QUEUE_ARN}


@dataclass(frozen=True)
class Made:
    """A resource of one stack."""

    type: str
    name: str
    arn: str = ""
    properties: dict[str, Any] = field(default_factory=dict)
    stack: str = "dev-loan"


def relayed(view: str | None, **mapping: Any) -> list[Made]:
    """Return a table whose stream has this view, and a function that reads it."""
    table = {"StreamSpecification": {"StreamViewType": view}} if view else {}
    return [
        Made(TABLE, "loan", TABLE_ARN, table),
        Made(FUNCTION, "relay"),
        Made(MAPPING, "stream", "", {"FunctionName": "relay", "EventSourceArn": STREAM_ARN, **mapping}),
    ]


def reading(*statements: Any, attached: Sequence[Any] = (), **role: Any) -> list[Made]:
    """Return a function that reads a queue, with these statements in its role, or attached to it."""
    policies = {"Policies": [{"PolicyDocument": {"Statement": list(statements)}}], **role}
    grant = {"Roles": ["loan"], "PolicyDocument": {"Statement": list(attached)}}
    return [
        Made(ROLE, "loan", ROLE_ARN, policies),
        Made(GRANT, "grant", "", grant),
        Made(FUNCTION, "loan", "", {"Role": ROLE_ARN}),
        Made(MAPPING, "source", "", {"FunctionName": "loan", "EventSourceArn": QUEUE_ARN}),
    ]


def obstacles(resources: Sequence[Made]) -> list[Obstacle]:
    return list(Joints(resources).obstacles())


RULE_ARN = "arn:aws:events:eu-west-1:000000000000:rule/lending/loan"


def ruled(policy: Any, **target: Any) -> list[Made]:
    """Return a rule that leads to a queue with this policy."""
    return [
        Made(RULE, "loan", RULE_ARN, {"Targets": [{"Arn": QUEUE_ARN, **target}]}),
        Made(QUEUE, "loan-events", QUEUE_ARN),
        Made(QUEUE_POLICY, "policy", "", {"Queues": ["https://sqs/loan-events"], "PolicyDocument": policy}),
    ]


def statement(**changes: Any) -> dict[str, Any]:
    """Return a statement that lets rules send to the queue."""
    sends = {"Action": "sqs:SendMessage", "Resource": QUEUE_ARN, "Principal": {"Service": "events.amazonaws.com"}}
    return {"Effect": "Allow", **sends, **changes}


@pytest.mark.parametrize(
    "resources",
    [
        ruled({"Statement": statement()}),
        ruled(Opaque("<Fn::ImportValue of other>")),
        ruled({"Statement": [statement(Effect="Deny", Action="sqs:Purge"), Opaque("<Fn::Transform>")]}),
        ruled({"Statement": [statement(Principal=Opaque("<Fn::ImportValue of other>"))]}),
        ruled({"Statement": []}, RoleArn=ROLE_ARN),
    ],
)
def test_a_rule_sends_to_a_queue_whose_policy_lets_it_or_is_known_to_a_deployment_alone(resources: list[Made]) -> None:
    assert obstacles(resources) == []


def test_a_rule_sends_nothing_to_a_queue_whose_policy_is_about_others() -> None:
    (one,) = obstacles(ruled({"Statement": [statement(Principal={"Service": "sns.amazonaws.com"})]}))

    assert one.what == "the rule loan delivers nothing: the policy of the queue loan-events does not let it send there"


@pytest.mark.parametrize("view", ["NEW_IMAGE", "NEW_AND_OLD_IMAGES"])
def test_a_stream_that_shows_what_was_written_carries(view: str) -> None:
    assert obstacles(relayed(view)) == []


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (relayed(None), "relay reads nothing from loan: the table loan has no stream"),
        (relayed("KEYS_ONLY"), "the stream of loan shows KEYS_ONLY, and no new images"),
        (relayed("NEW_IMAGE", MaximumRetryAttempts=0), "is given each change of loan once, and not again"),
    ],
)
def test_a_stream_that_is_off_or_shows_keys_or_is_read_once_is_an_obstacle(resources: list[Made], said: str) -> None:
    (one,) = obstacles(resources)

    assert said in one.what


def test_a_role_may_poll_by_its_own_policies_and_by_those_attached_to_it() -> None:
    assert obstacles(reading(POLLS, LOOKS)) == []
    assert obstacles(reading(POLLS, attached=[LOOKS])) == []
    (one,) = obstacles(reading(POLLS))
    assert "its role does not let it sqs:GetQueueAttributes" in one.what


@pytest.mark.parametrize(
    "resources",
    [
        reading(POLLS, ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaSQSQueueExecutionRole"]),
        reading({**POLLS, "Action": "sqs:*", "Resource": Opaque("<Fn::ImportValue of other>")}),
        reading(
            {**POLLS, "Action": "sqs:*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}}
        ),
        reading()[2:],
    ],
)
def test_what_cannot_be_read_of_a_role_counts_for_it(resources: list[Made]) -> None:
    assert obstacles(resources) == []
