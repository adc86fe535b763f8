"""A service's own grants are ordinary CDK, and the checks read what they permit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ensemble.simulator.topology import read_topology
from tests.conftest import copy_lending
from tests.synthesizing import run_app
from tests.toolkit.infrastructure.templates import templates

HEAD = """from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs


def add(stack):
"""

PUTS_EVENTS = """    bus = events.EventBus.from_event_bus_name(stack, "Bus", stack.names.bus)
    iam.Grant.add_to_principal(
        grantee=stack.consumer,
        actions=["events:PutEvents"],
        resource_arns=[bus.event_bus_arn],
        conditions={"StringEquals": {"events:detail-type": ["LoanGranted"]}},
    )
"""

SECOND_POLICY = """    queue = stack.node.find_child("Lane-events").node.find_child("Queue")
    sqs.CfnQueuePolicy(stack, "Mine", queues=[queue.ref], policy_document={"Version": "2012-10-17", "Statement": []})
"""

ACCEPTS = """    letters = s3.Bucket(stack, "Letters", bucket_name="letters")
    letters.grant_put(stack.consumer)
    stack.subscriptions["LoanGranted"].accept("s3.amazonaws.com", letters.bucket_arn)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return copy_lending(tmp_path / "project")


def synthesized(project: Path, body: str) -> str:
    """What the synthesis says with these lines in the `resources.py` of mail."""
    (project / "functions" / "mail" / "resources.py").write_text(HEAD + body)
    return run_app(project, {**os.environ, "CDK_CONTEXT_JSON": '{"stage": "dev"}'}).stderr


def test_a_grant_that_permits_more_than_is_declared_is_refused(project: Path) -> None:
    said = " ".join(synthesized(project, PUTS_EVENTS).split())

    assert "the policy of mail lets it put LoanGranted, which no reaction of it publishes" in said


def test_a_second_policy_of_a_services_queue_is_refused_since_it_takes_the_place_of_the_first(project: Path) -> None:
    said = " ".join(synthesized(project, SECOND_POLICY).split())

    assert "the queue lending-dev-mail-events has 2 policies" in said
    assert "Fix: in resources.py call stack.subscriptions[...].accept(service, source_arn)" in said


def test_another_sender_joins_the_queues_one_policy_and_a_grant_is_the_roles_permission(project: Path) -> None:
    assert synthesized(project, ACCEPTS) == ""

    mail = templates(project / "cdk.out", "dev")["mail"]
    documents = [one["PolicyDocument"] for one in mail.of_type("AWS::SQS::QueuePolicy").values()]
    principals = [[one["Principal"] for one in document["Statement"]] for document in documents]
    assert [{"Service": "events.amazonaws.com"}, {"Service": "s3.amazonaws.com"}, "*"] in principals
    functions = read_topology(project / "cdk.out" / "assembly-dev").functions
    assert functions["lending-dev-mail"].permissions.allow("s3:PutObject", "arn:aws:s3:::letters/one")
    assert not functions["lending-dev-mail"].permissions.allow("s3:GetObject", "arn:aws:s3:::letters/one")
