"""Policies are read as IAM reads them, and what is not understood counts for whoever calls, or against, as asked."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.aws.resource_types import POLICY, ROLE
from ensemble.choreography.permissions import allows, detail_types, put_statements, sources
from ensemble.choreography.templates import Resource

BUS = "arn:aws:events:eu-west-1:000000000000:event-bus/post"

Statement = dict[str, Any]


def put(resource: str = BUS, effect: str = "Allow", **condition: Any) -> Statement:
    return {"Effect": effect, "Action": ["events:PutEvents"], "Resource": resource, "Condition": condition}


OF_OFFICE: Statement = {"ForAllValues:StringEquals": {"events:source": ["office"]}}
ONLY_POSTED: Statement = {"StringEquals": {"events:detail-type": ["LetterPosted"]}}


@pytest.mark.parametrize(
    ("statements", "allowed"),
    [
        ([put()], True),
        ([put("*")], True),
        ([put("arn:aws:events:*:event-bus/p?st")], True),
        ([put("arn:aws:events:eu-west-1:000000000000:event-bus/other")], False),
        ([put(**OF_OFFICE, **ONLY_POSTED)], True),
        ([put(StringEquals={"events:source": "depot"})], False),
        ([put(StringEquals={"events:detail-type": ["LetterLost"]})], False),
        ([put(StringLike={"events:detail-type": ["Letter*"]})], True),
        ([put(StringLike={"events:detail-type": ["Parcel*"]})], False),
        ([put(Null={"events:source": "false"})], True),
        ([put(Null={"events:source": "true"})], False),
        ([put(Null={"aws:PrincipalTag/team": "true"})], True),
        ([put(StringLike={"aws:PrincipalTag/team": ["*"]})], False),
        ([put(DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})], True),
        ([put(), put(effect="Deny", DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})], True),
        ([put(), put(effect="Deny")], False),
        ([put(), put(effect="Deny", StringEquals={"events:source": ["depot"]})], True),
        ([], False),
    ],
)
def test_a_letter_may_be_posted_if_and_only_if_the_policy_says_so(statements: list[Statement], allowed: bool) -> None:
    assert allows(statements, BUS, "office", "LetterPosted") is allowed


def test_a_condition_that_is_not_understood_allows_nothing_that_was_not_declared() -> None:
    statements = [put(DateLessThan={"aws:CurrentTime": "2030-01-01T00:00:00Z"})]

    assert allows(statements, BUS, "office", "LetterPosted", benefit_of_doubt=False) is False


def test_the_names_in_conditions_are_found_but_not_those_of_null() -> None:
    statements = [put(**OF_OFFICE, **ONLY_POSTED, Null={"events:source": "false"})]

    assert sources(statements) == ("office",)
    assert detail_types(statements) == ("LetterPosted",)


@pytest.mark.parametrize("action", ["events:PutEvents", "events:*", "*", "EVENTS:putevents"])
def test_a_statement_about_putting_events_is_found_in_roles_and_managed_policies(action: str) -> None:
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}

    role = Resource("stack", ROLE, "role", "", {"Policies": [{"PolicyDocument": document}]})
    policy = Resource("stack", POLICY, "policy", "", {"PolicyDocument": document})

    assert list(put_statements(role, [BUS])) == list(put_statements(policy, [BUS])) == document["Statement"]


def test_a_statement_about_something_else_is_not() -> None:
    document = {"Statement": {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": "*"}}

    assert not list(put_statements(Resource("stack", POLICY, "policy", "", {"PolicyDocument": document}), [BUS]))
