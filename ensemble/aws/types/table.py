"""All resource types that are known, one row for each; what else a template may have is told by `why_listed`."""

from __future__ import annotations

from collections.abc import Mapping

from ensemble.aws.types import access, events, functions, gateway, messaging, storage, watching
from ensemble.aws.types.row import CONTROL_PLANE, Type, listed

TYPES: Mapping[str, Type] = {
    "AWS::CDK::Metadata": listed(CONTROL_PLANE),
    **access.TYPES,
    **events.TYPES,
    **functions.TYPES,
    **gateway.TYPES,
    **messaging.TYPES,
    **storage.TYPES,
    **watching.TYPES,
}

RUN: Mapping[str, Type] = {name: one for name, one in TYPES.items() if not one.why_not}

UNKNOWN = "the laptop AWS does not know this type"

CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
"""What the type of a custom resource begins with."""


def why_listed(resource_type: str) -> str:
    """Return why a type that is not run is not."""
    if resource_type.startswith(CUSTOM):
        return "it and its function act only while stacks are deployed and deleted"
    return TYPES[resource_type].why_not if resource_type in TYPES else UNKNOWN


def type_of(resource_type: str) -> Type:
    """Return what is known of a type: of one that is not known, nothing."""
    return TYPES.get(resource_type, Type())
