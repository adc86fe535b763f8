"""A stage that wants it keeps who read or wrote its tables and topics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from infrastructure.naming import Names
from infrastructure.trail import audit_access
from tests.toolkit.infrastructure.templates import Template


@pytest.fixture
def template(tmp_path: Path) -> Template:
    app = cdk.App(outdir=str(tmp_path), builtin_cloud_formation_validation=False, analytics_reporting=False)
    stack = cdk.Stack(app, "platform")
    audit_access(stack, Names("lending", "prod"), 400, cdk.RemovalPolicy.RETAIN)
    app.synth()
    return Template("platform", json.loads((tmp_path / "platform.template.json").read_text()))


def test_data_events_are_those_of_the_stages_own_tables_and_topics(template: Template) -> None:
    trail = template.the("AWS::CloudTrail::Trail")

    chosen: dict[str, Any] = {}
    for selector in trail["AdvancedEventSelectors"]:
        fields = {one["Field"]: one for one in selector["FieldSelectors"]}
        assert fields["eventCategory"]["Equals"] == ["Data"]
        (beginning,) = fields["resources.ARN"]["StartsWith"]
        chosen[fields["resources.type"]["Equals"][0]] = beginning["Fn::Sub"].split("${AWS::AccountId}:")[1]
    assert chosen == {"AWS::DynamoDB::Table": "table/lending-prod-", "AWS::SNS::Topic": "lending-prod-"}
    assert trail["IsLogging"] is True
    assert trail["EnableLogFileValidation"] is True


def test_only_this_trail_writes_its_bucket_and_nobody_without_tls(template: Template) -> None:
    *allowed, denied = template.the("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]

    for statement in allowed:
        assert statement["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
        (source,) = statement["Condition"]["ArnLike"]["aws:SourceArn"]
        assert source["Fn::Sub"].endswith(":trail/lending-prod")
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert (denied["Effect"], denied["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_nobody_outside_sees_the_bucket_and_it_forgets_in_time(template: Template) -> None:
    bucket = template.the("AWS::S3::Bucket")

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["LifecycleConfiguration"]["Rules"] == [
        {"ExpirationInDays": 400, "NoncurrentVersionExpirationInDays": 1, "Status": "Enabled"}
    ]
