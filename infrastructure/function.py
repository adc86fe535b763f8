"""A Lambda function of a service: the function, its log group and its own role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.cloudformation import Resource
from infrastructure.intrinsics import Value
from infrastructure.permissions import TRACES, Statement, allow, document, trust

RUNTIME = "python3.14"
ARCHITECTURE = "arm64"
METRICS_NAMESPACE = "Ensemble"

KIT_TAG = "ensemble:kit"
KIT_VERSION = Path(__file__).parents[1].joinpath("ensemble", "VERSION").read_text(encoding="utf-8").strip()
"""The toolkit's version, which is the kit's: services are deployed one at a time, so a fleet has several."""


class Function(Construct):
    """The function runs the service's bundle, writes its own log and is traced.

    `variables`: its environment beside what Powertools reads. `statements`: all that its role may do beside
    logs and traces.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        blueprint: Blueprint,
        *,
        name: str,
        handler: str,
        timeout_seconds: int,
        variables: Mapping[str, Value],
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        log_group = _log_group(self, name, blueprint.configuration.log_retention_days)
        self.resource = Resource(
            self,
            "Function",
            "AWS::Lambda::Function",
            FunctionName=name,
            Handler=handler,
            Runtime=RUNTIME,
            Architectures=[ARCHITECTURE],
            Code={"S3Bucket": blueprint.code.bucket, "S3Key": blueprint.code.key},
            Layers=[blueprint.code.layer_arn],
            Role=_role(self, log_group, statements).arn,
            Timeout=timeout_seconds,
            MemorySize=blueprint.configuration.memory_megabytes,
            TracingConfig={"Mode": "Active"},
            LoggingConfig={"LogGroup": log_group.ref},
            Tags=[{"Key": KIT_TAG, "Value": KIT_VERSION}],
            Environment={"Variables": {**_telemetry(blueprint.service.name), **variables}},
        )


def _log_group(scope: Construct, function: str, days: int) -> Resource:
    log_group = Resource(
        scope, "Log", "AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{function}", RetentionInDays=days
    )
    log_group.when_removed(keep=False)
    return log_group


def _role(scope: Construct, log_group: Resource, statements: Sequence[Statement]) -> Resource:
    """Make the role with its policy inside it, so that the policy is there before the function is."""
    write_log = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.arn])
    policy = {"PolicyName": "function", "PolicyDocument": document(*statements, write_log, TRACES)}
    return Resource(
        scope,
        "Role",
        "AWS::IAM::Role",
        AssumeRolePolicyDocument=trust("lambda.amazonaws.com"),
        Policies=[policy],
    )


def _telemetry(service: str) -> dict[str, str]:
    return {
        "POWERTOOLS_SERVICE_NAME": service,
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
