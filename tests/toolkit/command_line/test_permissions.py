"""Of every permission it is said how often a call used it, and of none that it was used by another."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.command_line.permissions.granted import Grant, used
from ensemble.laptop.roles import Call, Role

INBOX, OUTBOX = (f"arn:aws:sqs:eu-west-1:000000000000:{name}" for name in ("inbox", "outbox"))
BUS = "arn:aws:events:eu-west-1:000000000000:event-bus/lending"


def allow(actions: Any, resources: Any, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **elements}


def times(statement: dict[str, Any], *calls: Call) -> dict[tuple[str, str, str], int]:
    """How often each permission of a role `loan` with this statement was used."""
    found = used([Role("loan", [statement])], dict.fromkeys(calls, 2))
    return {(one.grant.action, one.grant.resource, one.grant.about): one.times for one in found}


def test_each_action_on_each_resource_is_a_permission() -> None:
    both = allow(["sqs:SendMessage", "sqs:DeleteMessage"], [INBOX, OUTBOX])

    found = times(both, Call("loan", "sqs:SendMessage", INBOX))

    assert found == {
        ("sqs:SendMessage", INBOX, ""): 2,
        ("sqs:SendMessage", OUTBOX, ""): 0,
        ("sqs:DeleteMessage", INBOX, ""): 0,
        ("sqs:DeleteMessage", OUTBOX, ""): 0,
    }


def test_each_type_of_event_that_may_be_put_is_one() -> None:
    put = allow("events:PutEvents", BUS, Condition={"StringEquals": {"events:detail-type": ["A", "B"]}})

    found = times(put, Call("loan", "events:PutEvents", BUS, "B"))

    assert found == {("events:PutEvents", BUS, "A"): 0, ("events:PutEvents", BUS, "B"): 2}


def test_a_wildcard_is_used_by_whatever_it_covers() -> None:
    found = times(
        allow("sqs:*", "*"), Call("loan", "sqs:SendMessage", INBOX), Call("loan", "sqs:DeleteMessage", OUTBOX)
    )

    assert found == {("sqs:*", "*", ""): 4}


@pytest.mark.parametrize(
    "call",
    [
        Call("shelf", "sqs:SendMessage", INBOX),
        Call("loan", "sqs:SendMessage", OUTBOX),
        Call("loan", "sqs:ReceiveMessage", INBOX),
    ],
)
def test_another_call_uses_none(call: Call) -> None:
    assert not Grant("loan", "sqs:SendMessage", INBOX).covers(call)


def test_a_denial_is_no_permission() -> None:
    assert times({"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}) == {}
