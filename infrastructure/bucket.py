"""The bucket for what a relay gave up, which goes with its stack wherever nothing must be kept."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk.aws_s3 import CfnBucket, CfnBucketPolicy
from aws_cdk.aws_s3.mixins import BucketAutoDeleteObjects
from constructs import Construct

from infrastructure import retention
from infrastructure.configuration import Configuration
from infrastructure.intrinsics import below
from infrastructure.permissions import document, refuse_without_tls

EMPTIER = "Custom::S3AutoDeleteObjectsCustomResourceProvider"
"""What the CDK calls it in each stack."""


def unpublished(scope: Construct, id: str, configuration: Configuration) -> CfnBucket:
    """Make a bucket, as the only destination that is given the records themselves (AWS Lambda Developer Guide,
    "Retain discarded records for a DynamoDB event source in Lambda")."""
    bucket = CfnBucket(
        scope,
        id,
        public_access_block_configuration=CfnBucket.PublicAccessBlockConfigurationProperty(
            block_public_acls=True, block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True
        ),
        bucket_encryption=_encryption(),
        lifecycle_configuration=_lifecycle(),
    )
    bucket.apply_removal_policy(configuration.removal_policy)
    tls = refuse_without_tls("s3:*", bucket.attr_arn, below(bucket, "*"))
    CfnBucketPolicy(scope, f"{id}Policy", bucket=bucket.ref, policy_document=document(tls))
    if not configuration.protected:
        _empty_when_deleted(bucket)
    return bucket


def _empty_when_deleted(bucket: CfnBucket) -> None:
    """Let the stack empty the bucket before it is deleted: S3 deletes none that holds an object.

    The CDK's function for it may write no log: Lambda would make a group for it that outlives the stack.
    """
    cdk.Mixins.of(bucket).apply(BucketAutoDeleteObjects())
    role = cdk.Stack.of(bucket).node.find_child(EMPTIER).node.find_child("Role")
    assert isinstance(role, cdk.CfnResource)
    role.add_property_deletion_override("ManagedPolicyArns")


def _encryption() -> CfnBucket.BucketEncryptionProperty:
    by_default = CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="AES256")
    rule = CfnBucket.ServerSideEncryptionRuleProperty(server_side_encryption_by_default=by_default)
    return CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[rule])


def _lifecycle() -> CfnBucket.LifecycleConfigurationProperty:
    rule = CfnBucket.RuleProperty(status="Enabled", expiration_in_days=retention.UNPUBLISHED_DAYS)
    return CfnBucket.LifecycleConfigurationProperty(rules=[rule])
