"""Deploys roles, and the policies that are attached to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.opaque import Opaque
from ensemble.aws.policies import Statement, check_statements
from ensemble.aws.resources import Resource
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.roles import Role


def deploy_role(cloud: Cloud, resource: Resource) -> list[str]:
    """Make a role; return why what it permits is not checked. No template says what a managed policy of AWS's says."""
    policies = resource.properties.get("Policies", [])
    role = cloud.roles.by_arn[resource.arn] = Role(resource.name)
    listed = [policies] if isinstance(policies, Opaque) else policies
    unknown = _grant(role, (one if isinstance(one, Opaque) else one["PolicyDocument"] for one in listed))
    role.has_others = bool(unknown or resource.properties.get("ManagedPolicyArns"))
    return [f"what it permits is not checked: {one}" for one in unknown]


def deploy_grant(cloud: Cloud, resource: Resource) -> list[str]:
    """Add a policy to the roles of the templates that it names; return why what it permits is not checked."""
    unknown: list[str] = []
    for role in cloud.roles.by_arn.values():
        if role.name in resource.properties.get("Roles", []):
            found = _grant(role, [resource.properties["PolicyDocument"]])
            role.has_others = role.has_others or bool(found)
            unknown += found
    return [f"what it permits is not checked: {one}" for one in unknown]


def _grant(role: Role, documents: Iterable[Any]) -> list[str]:
    """Add the statements of policies to a role; return what of them cannot be evaluated."""
    unknown = []
    for document in documents:
        statements: list[Statement] = [] if isinstance(document, Opaque) else _listed(document["Statement"])
        unknown += [f"it has {document}"] if isinstance(document, Opaque) else []
        try:
            check_statements([one for one in statements if not isinstance(one, Opaque)])
        except PropertyUnsupported as why:
            unknown.append(str(why))
        role.grant(one for one in statements if not isinstance(one, Opaque))
        unknown += [f"it has {one}" for one in statements if isinstance(one, Opaque)]
    return unknown


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
