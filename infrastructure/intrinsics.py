"""CloudFormation's functions that make texts at deployment, as plain values."""

from __future__ import annotations

from typing import Any

Value = str | dict[str, Any]
"""A text, or a function that CloudFormation makes one with."""


def arn(service: str, resource: str) -> Value:
    """The ARN of a resource in the stack's own account and region."""
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:{service}:${{AWS::Region}}:${{AWS::AccountId}}:{resource}"}


def below(arn: Value, path: str) -> Value:
    """The ARN of what belongs to a resource, such as a table's index."""
    return {"Fn::Sub": [f"${{Owner}}/{path}", {"Owner": arn}]}
