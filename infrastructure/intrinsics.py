"""CloudFormation's function that makes texts at deployment."""

from __future__ import annotations

import aws_cdk as cdk


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the stack's own account and region."""
    return cdk.Fn.sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def below(owner: cdk.CfnResource, path: str) -> str:
    """The ARN of what belongs to a resource of the same stack, such as a table's index."""
    return cdk.Fn.sub(f"${{{owner.logical_id}.Arn}}/{path}")
