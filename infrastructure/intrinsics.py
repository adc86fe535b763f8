"""CloudFormation's functions that make texts at deployment."""

from __future__ import annotations

import aws_cdk as cdk


def arn(service: str, resource: str) -> str:
    """The ARN of a resource in the stack's own account and region."""
    return cdk.Fn.sub(f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}")


def below(arn: str, path: str) -> str:
    """The ARN of what belongs to a resource, such as a table's index."""
    return cdk.Fn.sub(f"${{Owner}}/{path}", {"Owner": arn})
