"""CloudFormation's resources, under the names that its reference gives them."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from infrastructure.intrinsics import Value


class Resource:
    """One resource: its type and, by keyword, its properties. A property that is None is left out."""

    def __init__(self, scope: Construct, id: str, type: str, /, **properties: Any) -> None:
        given = {name: value for name, value in properties.items() if value is not None}
        self._resource = cdk.CfnResource(scope, id, type=type, properties=given)

    @cached_property
    def _logical_id(self) -> str:
        return self._resource.logical_id

    @property
    def ref(self) -> Value:
        return {"Ref": self._logical_id}

    @property
    def arn(self) -> Value:
        return self.attribute("Arn")

    def attribute(self, name: str) -> Value:
        return {"Fn::GetAtt": [self._logical_id, name]}

    def after(self, other: Resource) -> None:
        """Let the other resource be made first, where no property says so already."""
        self._resource.add_resource_dependency(other._resource)

    def when_removed(self, *, keep: bool) -> None:
        """Say whether what the resource holds survives its removal from the stack."""
        self._resource.apply_removal_policy(cdk.RemovalPolicy.RETAIN if keep else cdk.RemovalPolicy.DESTROY)
