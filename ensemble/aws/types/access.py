"""The resource types of IAM and KMS."""

from __future__ import annotations

from ensemble.aws.types.row import CONTROL_PLANE, DELETION, ENCRYPTION, ONE_ACCOUNT, Type, listed, run

TYPES: dict[str, Type] = {
    "AWS::IAM::ManagedPolicy": run(
        "ManagedPolicyName PolicyDocument Roles",
        "PolicyDocument",
        named_by="ManagedPolicyName",
        reference=lambda account, name, _: f"arn:{account.partition}:iam::{account.account_id}:policy/{name}",
        attributes={
            "PolicyArn": lambda account, name, _: f"arn:{account.partition}:iam::{account.account_id}:policy/{name}"
        },
        Description=CONTROL_PLANE,
        Groups=ONE_ACCOUNT,
        Path=CONTROL_PLANE,
        PolicyName=CONTROL_PLANE,
        Users=ONE_ACCOUNT,
    ),
    "AWS::IAM::Policy": run(
        "ManagedPolicyName PolicyDocument Roles",
        "PolicyDocument",
        Description=CONTROL_PLANE,
        Groups=ONE_ACCOUNT,
        Path=CONTROL_PLANE,
        PolicyName=CONTROL_PLANE,
        Users=ONE_ACCOUNT,
    ),
    "AWS::IAM::Role": run(
        "ManagedPolicyArns Policies RoleName",
        "ManagedPolicyArns Policies",
        named_by="RoleName",
        attributes={"Arn": lambda account, name, _: f"arn:{account.partition}:iam::{account.account_id}:role/{name}"},
        AssumeRolePolicyDocument=ONE_ACCOUNT,
        Description=CONTROL_PLANE,
        MaxSessionDuration=ONE_ACCOUNT,
        Path=CONTROL_PLANE,
        PermissionsBoundary="boundaries of roles are not evaluated",
    ),
    "AWS::KMS::Alias": listed(ENCRYPTION),
    "AWS::KMS::Key": run(
        "KeyPolicy",
        "KeyPolicy",
        attributes={"Arn": lambda account, name, _: account.arn("kms", f"key/{name}")},
        Description=CONTROL_PLANE,
        EnableKeyRotation=ENCRYPTION,
        PendingWindowInDays=DELETION,
    ),
}
