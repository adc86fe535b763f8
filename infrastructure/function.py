"""A Lambda function of a service: the function, its log group and its own role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import aws_cdk as cdk
from aws_cdk.aws_iam import CfnRole
from aws_cdk.aws_lambda import CfnFunction
from aws_cdk.aws_logs import CfnLogGroup
from constructs import Construct

from infrastructure.blueprint import Blueprint
from infrastructure.configuration import TRACING
from infrastructure.permissions import TRACES, Statement, allow, document, trust
from infrastructure.runtime import ARCHITECTURE, RUNTIME

KIT_TAG = "ensemble:kit"
KIT_VERSION = Path(__file__).parents[1].joinpath("ensemble", "VERSION").read_text(encoding="utf-8").strip()
"""The toolkit's version, which is the kit's: services are deployed one at a time, so a fleet has several."""


APPLICATION_LOG_LEVEL = "INFO"
"""Lines of a higher level than Powertools writes would be missed; of the same, Lambda takes each as it is: what is JSON
already is not encoded again (AWS Lambda Developer Guide, "Configuring JSON and plain text log formats")."""

SYSTEM_LOG_LEVEL = "WARN"
"""Of Lambda's own lines those about invocations that fail. The others say each invocation's start, end and duration,
which metrics have too, and are most of a log (AWS Lambda Developer Guide, "Log-level filtering")."""


class Function(Construct):
    """The function runs the service's bundle, writes its own log, and is traced as its stage says.

    `reserved_concurrency`: how many of it may run at once whatever else does; None: as many as there is room for.
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
        memory_megabytes: int,
        timeout_seconds: int,
        reserved_concurrency: int | None,
        variables: Mapping[str, str],
        statements: Sequence[Statement],
    ) -> None:
        super().__init__(scope, id)
        self.variables = {**_telemetry(blueprint), **_client(blueprint), **variables}
        log_group = _log_group(self, name, blueprint.configuration.log_retention_days)
        traces = [TRACES] if blueprint.configuration.tracing == "active" else []
        self.role = _role(self, log_group, [*statements, *traces])
        self.function = CfnFunction(
            self,
            "Function",
            function_name=name,
            handler=handler,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            code=CfnFunction.CodeProperty(s3_bucket=blueprint.code.bucket, s3_key=blueprint.code.key),
            layers=[blueprint.code.layer_arn],
            role=self.role.attr_arn,
            timeout=timeout_seconds,
            memory_size=memory_megabytes,
            reserved_concurrent_executions=reserved_concurrency,
            tracing_config=CfnFunction.TracingConfigProperty(mode=TRACING[blueprint.configuration.tracing]),
            logging_config=CfnFunction.LoggingConfigProperty(
                log_group=log_group.ref,
                log_format="JSON",
                application_log_level=APPLICATION_LOG_LEVEL,
                system_log_level=SYSTEM_LOG_LEVEL,
            ),
            tags=[cdk.CfnTag(key=KIT_TAG, value=KIT_VERSION)],
            environment=CfnFunction.EnvironmentProperty(variables=self.variables),
        )


def _log_group(scope: Construct, function: str, days: int) -> CfnLogGroup:
    log_group = CfnLogGroup(scope, "Log", log_group_name=f"/aws/lambda/{function}", retention_in_days=days)
    log_group.apply_removal_policy(cdk.RemovalPolicy.DESTROY)
    return log_group


def _role(scope: Construct, log_group: CfnLogGroup, statements: Sequence[Statement]) -> CfnRole:
    """Make the role with its policy inside it, so that the policy is there before the function is."""
    write_log = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.attr_arn])
    policy = CfnRole.PolicyProperty(policy_name="function", policy_document=document(*statements, write_log))
    return CfnRole(scope, "Role", assume_role_policy_document=trust("lambda.amazonaws.com"), policies=[policy])


def _telemetry(blueprint: Blueprint) -> dict[str, str]:
    """The stage is the namespace of its metrics, so that those of two stages, or projects, never add up.

    The tracer is off where nothing is traced: it would look for a segment at each event, and find none.
    """
    return {
        "POWERTOOLS_SERVICE_NAME": blueprint.service.name,
        "POWERTOOLS_METRICS_NAMESPACE": blueprint.names.beginning,
        "POWERTOOLS_LOG_LEVEL": APPLICATION_LOG_LEVEL,
        "POWERTOOLS_TRACE_DISABLED": str(blueprint.configuration.tracing != "active").lower(),
    }


def _client(blueprint: Blueprint) -> dict[str, str]:
    """Say what the function asks AWS by, where that is not the kit's own client."""
    chosen = blueprint.configuration.aws_client
    return {} if chosen == "kit" else {"KIT_AWS_CLIENT": chosen}
