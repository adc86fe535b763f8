"""CloudFormation's function that makes texts at deployment."""

from __future__ import annotations

import aws_cdk as cdk


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the stack's own account and region."""
    return cdk.Fn.sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def bus_arn(bus: str) -> str:
    return arn("events", f"event-bus/{bus}")


def rule_arn(bus: str | None, rule: str) -> str:
    """The ARN of a rule; None is the default bus, which the ARN leaves out."""
    return arn("events", f"rule/{rule}" if bus is None else f"rule/{bus}/{rule}")


def below(owner: cdk.CfnResource, path: str) -> str:
    """The ARN of what belongs to a resource of the same stack, such as a table's index."""
    return cdk.Fn.sub(f"${{{owner.logical_id}.Arn}}/{path}")
