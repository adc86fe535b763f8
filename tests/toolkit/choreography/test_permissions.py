"""Policies are read as IAM reads them, and what is not understood allows nothing."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.choreography.permissions import allows, detail_types, put_statements, sources
from ensemble.choreography.templates import Resource
from ensemble.laptop.resource_types import POLICY, ROLE

BUS = "arn:aws:events:eu-west-1:000000000000:event-bus/shop"

Statement = dict[str, Any]


def put(resource: str = BUS, effect: str = "Allow", **condition: Any) -> Statement:
    return {"Effect": effect, "Action": ["events:PutEvents"], "Resource": resource, "Condition": condition}


OF_ORDER: Statement = {"ForAllValues:StringEquals": {"events:source": ["order"]}}
ONLY_PLACED: Statement = {"StringEquals": {"events:detail-type": ["OrderPlaced"]}}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([put()], True),
        ([put("*")], True),
        ([put("arn:aws:events:*:event-bus/sh?p")], True),
        ([put("arn:aws:events:eu-west-1:000000000000:event-bus/other")], False),
        ([put(**OF_ORDER, **ONLY_PLACED)], True),
        ([put(StringEquals={"events:source": "payment"})], False),
        ([put(StringEquals={"events:detail-type": ["OrderLost"]})], False),
        ([put(StringLike={"events:detail-type": ["Order*"]})], True),
        ([put(StringLike={"events:detail-type": ["Payment*"]})], False),
        ([put(Null={"events:source": "false"})], True),
        ([put(Null={"events:source": "true"})], False),
        ([put(Null={"aws:PrincipalTag/team": "true"})], True),
        ([put(StringLike={"aws:PrincipalTag/team": ["*"]})], False),
        ([put(DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})], False),
        ([put(), put(effect="Deny")], False),
        ([put(), put(effect="Deny", StringEquals={"events:source": ["payment"]})], True),
        ([], False),
    ],
)
def test_an_order_may_be_placed_if_and_only_if_the_policy_says_so(statements: list[Statement], allowed: bool) -> None:
    assert allows(statements, BUS, "order", "OrderPlaced") is allowed


def test_the_names_in_conditions_are_told_but_not_those_of_null() -> None:
    statements = [put(**OF_ORDER, **ONLY_PLACED, Null={"events:source": "false"})]

    assert sources(statements) == ("order",)
    assert detail_types(statements) == ("OrderPlaced",)


@pytest.mark.parametrize("action", ["events:PutEvents", "events:*", "*", "EVENTS:putevents"])
def test_a_statement_about_putting_events_is_found_in_roles_and_managed_policies(action: str) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}

    role = Resource("stack", ROLE, "role", "", {"Policies": [{"PolicyDocument": document}]})
    policy = Resource("stack", POLICY, "policy", "", {"PolicyDocument": document})

    assert list(put_statements(role, [BUS])) == list(put_statements(policy, [BUS])) == document["Statement"]


def test_a_statement_about_something_else_is_not() -> None:
    document = {"Statement": {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}}

    assert not list(put_statements(Resource("stack", POLICY, "policy", "", {"PolicyDocument": document}), [BUS]))
