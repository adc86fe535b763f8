"""What a service's own CDK code works with: its consumer, to grant it things and to name them to it."""

from __future__ import annotations

import jsii
from aws_cdk import aws_iam as iam

from infrastructure.errors import VariableTaken
from infrastructure.function import Function


@jsii.implements(iam.IGrantable)
class Grantee:
    """The consumer of a service, as `bucket.grant_read(stack.consumer)` takes it.

    A grant becomes a policy of its own on the consumer's role, beside the one that has what the kit needs.
    """

    def __init__(self, function: Function) -> None:
        self._function = function
        self._role: iam.IRole | None = None

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The role that the consumer acts by."""
        if self._role is None:
            self._role = iam.Role.from_role_name(self._function, "Granted", self._function.role.ref)
        return self._role

    def add_variable(self, name: str, value: str) -> None:
        """Add a variable to the consumer's environment: the handler reads it by `os.environ`.

        Raises VariableTaken when it has one of this name.
        """
        if name in self._function.variables:
            raise VariableTaken(f"the consumer has a variable {name} already. Fix: give yours another name")
        self._function.variables[name] = value
        self._function.function.add_property_override(f"Environment.Variables.{name}", value)
