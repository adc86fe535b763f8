"""The resource types of Lambda."""

from __future__ import annotations

from ensemble.aws.types.row import (
    CONTROL_PLANE,
    ENCRYPTION,
    OBSERVABILITY,
    ONE_AT_A_TIME,
    ONE_VERSION,
    Type,
    listed,
    regional,
    run,
)

TYPES: dict[str, Type] = {
    "AWS::CodeDeploy::Application": listed(ONE_VERSION),
    "AWS::CodeDeploy::DeploymentConfig": listed(ONE_VERSION),
    "AWS::CodeDeploy::DeploymentGroup": listed(ONE_VERSION),
    "AWS::Lambda::Alias": listed(
        ONE_VERSION,
        named_by="FunctionName",
        reference=lambda account, name, _: account.arn("lambda", f"function:{name}"),
        attributes={"AliasArn": regional("lambda", "function:")},
    ),
    "AWS::Lambda::EventInvokeConfig": run(
        "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts", Qualifier=ONE_VERSION
    ),
    "AWS::Lambda::EventSourceMapping": run(
        "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "ScalingConfig StartingPosition",
        carries=True,
        reference=lambda account, name, _: account.mapping_id(name),
        attributes={"Id": lambda account, name, _: account.mapping_id(name)},
        KmsKeyArn=ENCRYPTION,
        MetricsConfig=OBSERVABILITY,
        ParallelizationFactor=ONE_AT_A_TIME,
    ),
    "AWS::Lambda::Function": run(
        "Code DeadLetterConfig Environment FunctionName Handler LoggingConfig MemorySize Role Timeout TracingConfig",
        "Environment LoggingConfig Role",
        word="function",
        named_by="FunctionName",
        attributes={"Arn": regional("lambda", "function:")},
        Architectures="the function runs on this machine",
        Description=CONTROL_PLANE,
        EphemeralStorage="the function writes to this machine's /tmp",
        KmsKeyArn=ENCRYPTION,
        Layers="the function uses the libraries of this environment",
        RecursiveLoop="recursion is not detected",
        ReservedConcurrentExecutions=ONE_AT_A_TIME,
        Runtime="the function runs in this interpreter",
        RuntimeManagementConfig="the function runs in this interpreter",
        SnapStart="the function runs in this interpreter",
        VpcConfig="there is no network",
    ),
    "AWS::Lambda::LayerVersion": listed("the function uses the libraries of this environment"),
    "AWS::Lambda::Permission": run(
        "Action FunctionName Principal SourceAccount SourceArn",
    ),
    "AWS::Lambda::Version": listed(ONE_VERSION),
}
