"""Of every resource of every stage: who may write it, on whose behalf, and which key lets its producers in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.assembly import account_of, read_assembly
from ensemble.aws.intrinsics import resolvers
from ensemble.aws.policies import allows, permits
from ensemble.choreography.templates import Resource, resources_of
from functions.kit.model import Service
from infrastructure.bus_policy import MOST_SERVICES
from tests.conftest import NAMES
from tests.toolkit.infrastructure.templates import Template, values

Json = dict[str, Any]

LARGEST_BUS_POLICY = 10_240
"""Bytes (Amazon EventBridge User Guide, "Amazon EventBridge quotas")."""

OWN_ACCOUNT = {"Ref": "AWS::AccountId"}
NAMES_NO_SOURCE = {"lambda.amazonaws.com", "codedeploy.amazonaws.com"}
"""No page of AWS's says that these send the keys of a source when they assume a role."""


@pytest.fixture(params=["dev", "prod"])
def stage(request: pytest.FixtureRequest) -> dict[str, Template]:
    """The templates of each stage."""
    found: dict[str, Template] = request.getfixturevalue(request.param)
    return found


def of_type(stage: dict[str, Template], type: str) -> Iterator[tuple[str, Json]]:
    for template in stage.values():
        yield from template.of_type(type).items()


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_a_service_of_aws_is_let_in_for_one_resource_of_this_account_and_no_other(stage: dict[str, Template]) -> None:
    statements = [
        statement
        for type in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy")
        for _, policy in of_type(stage, type)
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert len(statements) > 10

    for statement in statements:
        assert set(statement["Principal"]) == {"Service"}
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": OWN_ACCOUNT}
        assert statement["Condition"]["ArnLike"]["aws:SourceArn"]


def test_a_function_is_invoked_for_one_rule_of_this_account(stage: dict[str, Template]) -> None:
    permissions = dict(of_type(stage, "AWS::Lambda::Permission"))

    assert permissions
    assert all(one["SourceArn"] and one["SourceAccount"] == OWN_ACCOUNT for one in permissions.values())


def test_a_role_is_assumed_for_one_resource_where_the_service_says_which(stage: dict[str, Template]) -> None:
    for _, role in of_type(stage, "AWS::IAM::Role"):
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        if statement["Principal"]["Service"] not in NAMES_NO_SOURCE:
            assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": OWN_ACCOUNT}
            assert statement["Condition"]["ArnLike"]["aws:SourceArn"]


def test_a_rule_hears_events_of_this_account_alone(stage: dict[str, Template]) -> None:
    patterns = [rule["EventPattern"] for _, rule in of_type(stage, "AWS::Events::Rule") if "EventPattern" in rule]

    assert patterns
    assert all(pattern["account"] == [OWN_ACCOUNT] for pattern in patterns)


def bus_policy(assembly: Path, bus: str, environment: str = "dev") -> list[Json]:
    """All statements of a bus's policy, resolved."""
    folder = assembly / f"assembly-{environment}"
    stacks = read_assembly(folder)
    resolver_of = resolvers(stacks, account_of(folder))
    properties = (
        resolver_of[stack.name].resolve_members(one["Properties"])
        for stack in stacks
        for one in stack.resources.values()
        if one["Type"] == "AWS::Events::EventBusPolicy"
    )
    return [one["Statement"] for one in properties if one["EventBusName"] == bus]


ACCOUNT, OTHER = "000000000000", "999999999999"


def denied(statements: list[Json], action: str, resource: str, principal: str, **keys: str) -> bool:
    """Whether somebody with leave for everything is denied this."""
    anything = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    context = {
        "aws:principalarn": [principal],
        "aws:principalaccount": [principal.split(":")[4]],
        "aws:principalisawsservice": ["false"],
        **{f"events:{name.replace('_', '-')}": [value] for name, value in keys.items()},
    }
    return not permits([anything, *statements], action, resource, context)


def bus_arn(name: str) -> str:
    return f"arn:aws:events:eu-west-1:{ACCOUNT}:event-bus/{name}"


def roles(assembly: Path) -> dict[str, str]:
    """The ARN of the role of each service's consumer in dev, by its stack's name."""
    folder = assembly / "assembly-dev"
    found: list[Resource] = resources_of(read_assembly(folder), account_of(folder))
    return {one.stack: one.arn for one in found if one.type == "AWS::IAM::Role"}


def test_only_a_services_own_role_puts_events_of_its_source(assembly: Path, services: tuple[Service, ...]) -> None:
    statements, bus, role_of = bus_policy(assembly, NAMES.bus), bus_arn(NAMES.bus), roles(assembly)
    admin = f"arn:aws:iam::{ACCOUNT}:role/admin"

    for service in (one for one in services if one.emits):
        entry = {"source": service.name, "detail_type": service.emits[0]}
        own = role_of[NAMES.stack(service.name)]
        others = [arn for arn in role_of.values() if arn != own]
        assert not denied(statements, "events:PutEvents", bus, own, **entry)
        assert all(denied(statements, "events:PutEvents", bus, arn, **entry) for arn in (admin, *others))
    assert not denied(statements, "events:PutEvents", bus, admin, source="desk", detail_type="RequestLoan")


def test_only_the_rule_of_the_domain_bus_puts_events_on_the_replay_bus(assembly: Path) -> None:
    statements, bus, role_of = bus_policy(assembly, NAMES.replay_bus), bus_arn(NAMES.replay_bus), roles(assembly)
    entry = {"source": "desk", "detail_type": "RequestLoan"}
    platform = f"arn:aws:iam::{ACCOUNT}:role/{NAMES.stack('platform')}-ReplayRole"

    assert not denied(statements, "events:PutEvents", bus, platform, **entry)
    assert all(
        denied(statements, "events:PutEvents", bus, arn, **entry)
        for arn in (
            *(one for stack, one in role_of.items() if "platform" not in stack),
            f"arn:aws:iam::{ACCOUNT}:user/me",
        )
    )


@pytest.mark.parametrize("bus", [NAMES.bus, NAMES.replay_bus])
@pytest.mark.parametrize("action", ["events:PutRule", "events:PutTargets"])
def test_nobody_makes_a_rule_of_a_bus_but_who_deploys(assembly: Path, bus: str, action: str) -> None:
    statements = bus_policy(assembly, bus)
    rule = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule/{bus}/listener"
    deployer = f"arn:aws:iam::{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-{ACCOUNT}-eu-west-1"

    assert not denied(statements, action, rule, deployer)
    assert denied(statements, action, rule, f"arn:aws:iam::{ACCOUNT}:role/admin")
    assert denied(statements, action, rule, deployer.replace(ACCOUNT, OTHER))


@pytest.mark.parametrize("bus", [NAMES.bus, NAMES.replay_bus])
def test_nobody_of_another_account_puts_events(assembly: Path, bus: str) -> None:
    statements = bus_policy(assembly, bus)
    stranger = f"arn:aws:iam::{OTHER}:role/admin"

    assert denied(statements, "events:PutEvents", bus_arn(bus), stranger, source="desk", detail_type="RequestLoan")


def test_the_policy_of_a_bus_has_room_for_as_many_services_as_there_may_be(assembly: Path) -> None:
    statements = bus_policy(assembly, NAMES.bus)
    longest = max(len(json.dumps(one)) for one in statements if one["Sid"].startswith("only-"))
    rest = sum(len(json.dumps(one)) for one in statements if not one["Sid"].startswith("only-"))
    of_the_longest_names = 60

    assert rest + MOST_SERVICES * (longest + of_the_longest_names) < LARGEST_BUS_POLICY


# Keys


def keys(template: Template) -> list[Json]:
    return list(template.of_type("AWS::KMS::Key").values())


ENCRYPTED = {
    "AWS::DynamoDB::Table": "SSESpecification",
    "AWS::Events::Archive": "KmsKeyIdentifier",
    "AWS::Events::EventBus": "KmsKeyIdentifier",
    "AWS::Lambda::Function": "KmsKeyArn",
    "AWS::Logs::LogGroup": "KmsKeyId",
    "AWS::SNS::Topic": "KmsMasterKeyId",
    "AWS::SQS::Queue": "KmsMasterKeyId",
}


def test_in_prod_all_that_is_kept_or_carried_is_encrypted_by_the_key_of_its_stack(prod: dict[str, Template]) -> None:
    for stack, template in prod.items():
        for type, property in ENCRYPTED.items():
            for id, resource in template.of_type(type).items():
                if id != "BusDeadLetters":  # it keeps what the key could not encrypt
                    used = [value for path, value in values(resource[property])]
                    assert "Key" in {str(one) for one in used} or ["Key", "Arn"] in [used], (stack, id)


def test_in_dev_there_is_no_key_and_nothing_to_pay_for_one(dev: dict[str, Template]) -> None:
    assert not [template.stack for template in dev.values() if keys(template)]


def test_a_key_is_rotated_and_can_be_had_back_for_a_month(prod: dict[str, Template]) -> None:
    for template in prod.values():
        (key,) = keys(template)
        assert key["EnableKeyRotation"] is True
        assert key["PendingWindowInDays"] == 30


def resolved(assembly: Path, type: str) -> dict[str, list[Json]]:
    """The properties of prod's resources of a type, resolved, by stack, with their names as `name`."""
    folder = assembly / "assembly-prod"
    stacks = read_assembly(folder)
    resolver_of = resolvers(stacks, account_of(folder))
    return {
        stack.name: [
            resolver_of[stack.name].resolve_members(one["Properties"])
            for one in stack.resources.values()
            if one["Type"] == type
        ]
        for stack in stacks
    }


def lets(statements: list[Json], service: str, source: str = "", **context: str) -> bool:
    """Whether a key lets a service write what it encrypts."""
    return all(
        allows(
            statements,
            service=service,
            action=action,
            resource="arn:aws:kms:eu-west-1:0:key/1",
            source_arn=source,
            account_id=source.split(":")[4] if source else "",
            keys={f"kms:encryptioncontext:aws:{name}:arn": [value] for name, value in context.items()},
        )
        for action in ("kms:GenerateDataKey", "kms:Decrypt")
    )


def test_each_producer_is_let_in_by_the_key_of_what_it_writes(assembly: Path, prod: dict[str, Template]) -> None:
    account = account_of(assembly / "assembly-prod")
    policies = {stack: key["KeyPolicy"]["Statement"] for stack, (key,) in resolved(assembly, "AWS::KMS::Key").items()}
    written = {type: resolved(assembly, type) for type in ENCRYPTED}

    for stack, statements in policies.items():
        for _ in written["AWS::SQS::Queue"][stack]:
            assert lets(statements, "events.amazonaws.com")  # EventBridge names no rule to KMS
        for bus in written["AWS::Events::EventBus"][stack]:
            arn = account.arn("events", f"event-bus/{bus['Name']}")
            assert lets(statements, "events.amazonaws.com", arn, **{"events:event-bus": arn})
        for archive in written["AWS::Events::Archive"][stack]:
            arn = account.arn("events", f"archive/{archive['ArchiveName']}")
            assert lets(statements, "events.amazonaws.com", arn, **{"events:event-bus": arn})
        for group in written["AWS::Logs::LogGroup"][stack]:
            arn = account.arn("logs", f"log-group:{group['LogGroupName']}")
            assert lets(statements, f"logs.{account.region}.amazonaws.com", logs=arn)
    platform = next(statements for stack, statements in policies.items() if stack.endswith("-platform"))
    assert lets(platform, "cloudwatch.amazonaws.com", account.arn("cloudwatch", "alarm:late"))
    assert not lets(platform, "cloudwatch.amazonaws.com", account.arn("cloudwatch", "alarm:late").replace(":1", ":2"))
