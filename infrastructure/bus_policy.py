"""Who may not put events on a bus, and who may not make rules of it, whatever their own policies let them.

A bus's policy has at most 10,240 bytes (Amazon EventBridge User Guide, "Amazon EventBridge quotas"): room for what is
denied here, and for one statement of each of `MOST_SERVICES` services.
"""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_events import CfnEventBusPolicy
from constructs import Construct

from infrastructure.intrinsics import bus_arn, rule_arn

MOST_SERVICES = 20

ACCOUNT = re.compile(r"\d{12}")

RULE_ACTIONS = ["events:PutRule", "events:PutTargets"]
"""What lets somebody hear, or send elsewhere, what a bus carries."""

BY_A_PERSON = {"aws:PrincipalIsAWSService": "false"}
"""EventBridge itself sends replays to a bus, and keeps a rule for an archive; a denial of "all but these" would meet it
too (IAM User Guide, "AWS global condition context keys", aws:PrincipalIsAWSService)."""


def guard(scope: Construct, id: str, bus: str) -> list[CfnEventBusPolicy]:
    """Let nobody of another account do anything with the bus, and only who deploys stacks make rules of it.

    A rule hears whatever it asks for, sensitive or not, so none is made beside the templates (Amazon EventBridge User
    Guide, "Permissions for Amazon EventBridge event buses"). No policy of a bus stops who may change that policy.
    """
    everything = [bus_arn(bus), rule_arn(bus, "*")]
    strangers = {"StringNotEquals": {"aws:PrincipalAccount": cdk.Aws.ACCOUNT_ID}, "Bool": BY_A_PERSON}
    others = {"ArnNotEquals": {"aws:PrincipalArn": _deployer(scope)}, "Bool": BY_A_PERSON}
    return [
        _deny(scope, f"{id}Strangers", bus, "strangers", ["events:PutEvents", *RULE_ACTIONS], everything, strangers),
        _deny(scope, f"{id}Rules", bus, "rules", RULE_ACTIONS, everything[1:], others),
    ]


def reserve(scope: Construct, id: str, bus: str, condition: dict[str, Any], sid: str) -> CfnEventBusPolicy:
    """Let nobody put events on the bus under this condition."""
    return _deny(scope, id, bus, sid, ["events:PutEvents"], [bus_arn(bus)], condition)


def reserve_source(scope: Construct, bus: str, source: str, role_arn: str) -> CfnEventBusPolicy:
    """Let only this role put events of the source, so that nobody forges what a service says."""
    condition = {
        "ForAnyValue:StringEquals": {"events:source": source},
        "ArnNotEquals": {"aws:PrincipalArn": role_arn},
    }
    return reserve(scope, "OwnSource", bus, condition, f"only-{source}")


def _deployer(scope: Construct) -> str:
    """The role by which CloudFormation makes what the CDK deploys (AWS CDK Developer Guide, "Customize CDK
    bootstrapping")."""
    synthesizer: Any = cdk.Stack.of(scope).synthesizer
    arn = str(synthesizer.cloud_formation_execution_role_arn)
    return cdk.Fn.sub(ACCOUNT.sub("${AWS::AccountId}", arn))


def _deny(
    scope: Construct,
    id: str,
    bus: str,
    sid: str,
    actions: list[str],
    resources: list[str],
    condition: dict[str, Any],
) -> CfnEventBusPolicy:
    statement = {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
        "Condition": condition,
    }
    return CfnEventBusPolicy(scope, id, event_bus_name=bus, statement_id=sid, statement=statement)
