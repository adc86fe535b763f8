"""Who read or wrote which table or topic of a stage: CloudTrail's data events, in a bucket, if the stage wants them.

Queues are left out: the pollers of one that is empty receive each 20 seconds, and each receive would be an event to
pay.
"""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
from aws_cdk.aws_cloudtrail import CfnTrail
from aws_cdk.aws_s3 import CfnBucket, CfnBucketPolicy
from constructs import Construct

from infrastructure.intrinsics import arn, below
from infrastructure.naming import Names
from infrastructure.permissions import document, on_behalf_of, refuse_without_tls

WATCHED = {
    "AWS::DynamoDB::Table": ("dynamodb", "table/"),
    "AWS::SNS::Topic": ("sns", ""),
}
"""The types of resources, with the service and what stands before the name in their ARNs (AWS CloudTrail API Reference,
AdvancedFieldSelector)."""


def audit_access(scope: Construct, names: Names, days: int, removal_policy: cdk.RemovalPolicy) -> CfnTrail:
    """Make the trail and its bucket, which keeps what it is given for so many days."""
    trail = arn("cloudtrail", f"trail/{names.beginning}")
    bucket = _bucket(scope, days)
    bucket.apply_removal_policy(removal_policy)
    policy = CfnBucketPolicy(scope, "TrailBucketPolicy", bucket=bucket.ref, policy_document=_policy(bucket, trail))
    made = CfnTrail(
        scope,
        "Trail",
        trail_name=names.beginning,
        s3_bucket_name=bucket.ref,
        is_logging=True,
        enable_log_file_validation=True,
        advanced_event_selectors=[_selector(names, type) for type in WATCHED],
    )
    made.add_resource_dependency(policy)
    return made


def _bucket(scope: Construct, days: int) -> CfnBucket:
    make = CfnBucket
    by_default = make.ServerSideEncryptionByDefaultProperty(sse_algorithm="AES256")
    return CfnBucket(
        scope,
        "TrailBucket",
        bucket_encryption=make.BucketEncryptionProperty(
            server_side_encryption_configuration=[
                make.ServerSideEncryptionRuleProperty(server_side_encryption_by_default=by_default)
            ]
        ),
        lifecycle_configuration=make.LifecycleConfigurationProperty(
            rules=[
                make.RuleProperty(status="Enabled", expiration_in_days=days, noncurrent_version_expiration_in_days=1)
            ]
        ),
        versioning_configuration=make.VersioningConfigurationProperty(status="Enabled"),
        ownership_controls=make.OwnershipControlsProperty(
            rules=[make.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]
        ),
        public_access_block_configuration=make.PublicAccessBlockConfigurationProperty(
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
        ),
    )


def _policy(bucket: CfnBucket, trail: str) -> dict[str, Any]:
    """Let CloudTrail write for this trail (AWS CloudTrail User Guide, "Amazon S3 bucket policy for CloudTrail")."""
    allowed = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": action,
            "Resource": resource,
            "Condition": on_behalf_of(trail),
        }
        for action, resource in (("s3:GetBucketAcl", bucket.attr_arn), ("s3:PutObject", below(bucket, "*")))
    ]
    return document(*allowed, refuse_without_tls("s3:*", bucket.attr_arn, below(bucket, "*")))


def _selector(names: Names, type: str) -> CfnTrail.AdvancedEventSelectorProperty:
    """Choose all that is read or written of resources of the stage: their names begin with its own."""
    service, before = WATCHED[type]
    make = CfnTrail.AdvancedFieldSelectorProperty
    return CfnTrail.AdvancedEventSelectorProperty(
        name=type,
        field_selectors=[
            make(field="eventCategory", equal_to=["Data"]),
            make(field="resources.type", equal_to=[type]),
            make(field="resources.ARN", starts_with=[arn(service, f"{before}{names.beginning}-")]),
        ],
    )
