"""What of a template is run, what is only listed, and why: by resource type and property."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

CONTROL_PLANE = "nothing here looks at it"
ONE_ACCOUNT = "who calls is not checked, but for functions and rules by their roles, and services by resource policies"
ENCRYPTION = "nothing is encrypted; whom a key lets in is decided where EventBridge and CloudWatch write"
OBSERVABILITY = "of CloudWatch there are log lines, and the metrics and alarms that are listed as run"
ONE_AT_A_TIME = "one invocation runs at a time"
ONE_VERSION = "a function is run as it is now, and an alias stands for it"
DELETION = "everything goes when the process ends"


@dataclass(frozen=True, slots=True)
class Support:
    """How a resource type is run: the properties that are, and those that are listed, each with why.

    `passed_on`: of those that are run, the ones in which a value that only a deployment knows does no harm: it is
    passed on as a text, or equals nothing that it is compared with.
    """

    run: frozenset[str]
    listed: Mapping[str, str] = field(default_factory=dict)
    passed_on: frozenset[str] = frozenset()


def _support(run: str, passed_on: str = "", **listed: str) -> Support:
    return Support(frozenset(run.split()), {"Tags": CONTROL_PLANE} | listed, frozenset(passed_on.split()))


_TABLE = _support(
    "AttributeDefinitions GlobalSecondaryIndexes KeySchema LocalSecondaryIndexes StreamSpecification TableName",
    BillingMode="nothing is billed or throttled",
    ContributorInsightsSpecification=OBSERVABILITY,
    DeletionProtectionEnabled=DELETION,
    PointInTimeRecoverySpecification=DELETION,
    ProvisionedThroughput="nothing is billed or throttled",
    Replicas="there is one region",
    SSESpecification=ENCRYPTION,
    TableClass=CONTROL_PLANE,
    TimeToLiveSpecification="items do not expire",
)

_GRANT = _support(
    "ManagedPolicyName PolicyDocument Roles",
    "PolicyDocument",
    Description=CONTROL_PLANE,
    Groups=ONE_ACCOUNT,
    Path=CONTROL_PLANE,
    PolicyName=CONTROL_PLANE,
    Users=ONE_ACCOUNT,
)

RUN: dict[str, Support] = {
    "AWS::ApiGateway::ApiKey": _support(
        "Enabled Name",
        Description=CONTROL_PLANE,
        GenerateDistinctId="the value of a key is its name",
        StageKeys="a usage plan says which stages a key is for",
    ),
    "AWS::ApiGateway::Authorizer": _support(
        "IdentitySource Name ProviderARNs RestApiId Type",
        "ProviderARNs",
        AuthorizerResultTtlInSeconds="nothing is kept of a token",
    ),
    "AWS::ApiGateway::GatewayResponse": _support(
        "ResponseTemplates ResponseType RestApiId StatusCode",
        ResponseParameters="what is refused is answered without further headers",
    ),
    "AWS::ApiGateway::Method": _support(
        "ApiKeyRequired AuthorizationType AuthorizerId HttpMethod Integration RequestModels RequestParameters "
        "RequestValidatorId ResourceId RestApiId",
        AuthorizationScopes="the scopes of a token are not looked at",
        MethodResponses="an answer may have any status",
        OperationName=CONTROL_PLANE,
    ),
    "AWS::ApiGateway::Model": _support("ContentType Name RestApiId Schema", Description=CONTROL_PLANE),
    "AWS::ApiGateway::RequestValidator": _support(
        "RestApiId ValidateRequestBody ValidateRequestParameters", Name=CONTROL_PLANE
    ),
    "AWS::ApiGateway::Resource": _support("ParentId PathPart RestApiId"),
    "AWS::ApiGateway::RestApi": _support(
        "Name",
        ApiKeySourceType="keys come in the header x-api-key",
        Description=CONTROL_PLANE,
        EndpointConfiguration="it is served on loopback",
        Policy=ONE_ACCOUNT,
    ),
    "AWS::ApiGateway::Stage": _support(
        "RestApiId StageName",
        AccessLogSetting=OBSERVABILITY,
        DeploymentId="an API is run as it is now",
        Description=CONTROL_PLANE,
        MethodSettings="requests are slowed down by usage plans alone",
        TracingEnabled=OBSERVABILITY,
    ),
    "AWS::ApiGateway::UsagePlan": _support(
        "ApiStages Throttle UsagePlanName", Description=CONTROL_PLANE, Quota="requests are not counted by the day"
    ),
    "AWS::ApiGateway::UsagePlanKey": _support("KeyId UsagePlanId", KeyType=CONTROL_PLANE),
    "AWS::CloudWatch::Alarm": _support(
        "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator DatapointsToAlarm Dimensions "
        "EvaluationPeriods MetricName Metrics Namespace OKActions Period Statistic Threshold TreatMissingData "
        "WarmUpConfiguration",
        "AlarmActions AlarmDescription OKActions",
        InsufficientDataActions="who is told of an alarm that has no data can be told of nothing",
    ),
    "AWS::DynamoDB::GlobalTable": _TABLE,
    "AWS::DynamoDB::Table": _TABLE,
    "AWS::Events::Archive": _support(
        "ArchiveName EventPattern RetentionDays SourceArn", Description=CONTROL_PLANE, KmsKeyIdentifier=ENCRYPTION
    ),
    "AWS::Events::EventBus": _support(
        "DeadLetterConfig KmsKeyIdentifier Name Policy",
        "KmsKeyIdentifier Policy",
        Description=CONTROL_PLANE,
        LogConfig=OBSERVABILITY,
    ),
    "AWS::Events::EventBusPolicy": _support(
        "Action Condition EventBusName Principal Statement StatementId", "Condition Principal Statement"
    ),
    "AWS::Events::Rule": _support(
        "EventBusName EventPattern Name ScheduleExpression State Targets",
        "Targets",
        Description=CONTROL_PLANE,
        RoleArn=ONE_ACCOUNT,
    ),
    "AWS::IAM::ManagedPolicy": _GRANT,
    "AWS::IAM::Policy": _GRANT,
    "AWS::IAM::Role": _support(
        "ManagedPolicyArns Policies RoleName",
        "ManagedPolicyArns Policies",
        AssumeRolePolicyDocument=ONE_ACCOUNT,
        Description=CONTROL_PLANE,
        MaxSessionDuration=ONE_ACCOUNT,
        Path=CONTROL_PLANE,
        PermissionsBoundary="boundaries of roles are not evaluated",
    ),
    "AWS::KMS::Key": _support(
        "KeyPolicy",
        "KeyPolicy",
        Description=CONTROL_PLANE,
        EnableKeyRotation=ENCRYPTION,
        PendingWindowInDays=DELETION,
    ),
    "AWS::Lambda::EventSourceMapping": _support(
        "BatchSize BisectBatchOnFunctionError DestinationConfig Enabled EventSourceArn FilterCriteria FunctionName "
        "FunctionResponseTypes MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts "
        "ScalingConfig StartingPosition",
        KmsKeyArn=ENCRYPTION,
        MetricsConfig=OBSERVABILITY,
        ParallelizationFactor=ONE_AT_A_TIME,
    ),
    "AWS::Lambda::Function": _support(
        "Code Environment FunctionName Handler LoggingConfig MemorySize Role Timeout TracingConfig",
        "Environment LoggingConfig Role",
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
    "AWS::Lambda::Permission": _support("Action FunctionName Principal SourceAccount SourceArn"),
    "AWS::Logs::LogGroup": _support(
        "LogGroupName RetentionInDays",
        DataProtectionPolicy=CONTROL_PLANE,
        DeletionProtectionEnabled=DELETION,
        FieldIndexPolicies=CONTROL_PLANE,
        KmsKeyId=ENCRYPTION,
        LogGroupClass=CONTROL_PLANE,
        ResourcePolicyDocument=ONE_ACCOUNT,
    ),
    "AWS::S3::Bucket": _support(
        "BucketName",
        AccessControl=ONE_ACCOUNT,
        BucketEncryption=ENCRYPTION,
        LifecycleConfiguration=DELETION,
        OwnershipControls=ONE_ACCOUNT,
        PublicAccessBlockConfiguration=ONE_ACCOUNT,
        VersioningConfiguration=DELETION,
    ),
    "AWS::SNS::Topic": _support(
        "KmsMasterKeyId TopicName", "KmsMasterKeyId", DisplayName=CONTROL_PLANE, TracingConfig=OBSERVABILITY
    ),
    "AWS::SQS::Queue": _support(
        "DelaySeconds KmsMasterKeyId MessageRetentionPeriod QueueName RedriveAllowPolicy RedrivePolicy "
        "VisibilityTimeout",
        "KmsMasterKeyId",
        KmsDataKeyReusePeriodSeconds=ENCRYPTION,
        MaximumMessageSize="messages may have any size up to the largest that SQS allows",
        ReceiveMessageWaitTimeSeconds="receiving does not wait",
        SqsManagedSseEnabled=ENCRYPTION,
    ),
    "AWS::SQS::QueuePolicy": _support("PolicyDocument Queues", "PolicyDocument"),
}

LISTED: dict[str, str] = {
    "AWS::ApiGateway::Account": OBSERVABILITY,
    "AWS::ApiGateway::Deployment": "an API is run as it is now",
    "AWS::CDK::Metadata": CONTROL_PLANE,
    "AWS::CloudWatch::CompositeAlarm": OBSERVABILITY,
    "AWS::CloudWatch::Dashboard": OBSERVABILITY,
    "AWS::CodeDeploy::Application": ONE_VERSION,
    "AWS::CodeDeploy::DeploymentConfig": ONE_VERSION,
    "AWS::CodeDeploy::DeploymentGroup": ONE_VERSION,
    "AWS::EventSchemas::Discoverer": "the schema registry is not run",
    "AWS::EventSchemas::Registry": "the schema registry is not run",
    "AWS::EventSchemas::RegistryPolicy": "the schema registry is not run",
    "AWS::EventSchemas::Schema": "the schema registry is not run",
    "AWS::KMS::Alias": ENCRYPTION,
    "AWS::Lambda::Alias": ONE_VERSION,
    "AWS::Lambda::LayerVersion": "the function uses the libraries of this environment",
    "AWS::Lambda::Version": ONE_VERSION,
    "AWS::Logs::MetricFilter": OBSERVABILITY,
    "AWS::Logs::QueryDefinition": OBSERVABILITY,
    "AWS::S3::BucketPolicy": ONE_ACCOUNT,
    "AWS::SNS::Subscription": "nothing is subscribed to a topic; what is published can be read",
    "AWS::SNS::TopicPolicy": ONE_ACCOUNT,
    "AWS::SSM::Parameter": CONTROL_PLANE,
}

UNKNOWN = "the laptop AWS does not know this type"

CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")
"""What the type of a custom resource begins with."""


def why_listed(resource_type: str) -> str:
    """Return why a type that is not run is not."""
    if resource_type.startswith(CUSTOM):
        return "it and its function act only while stacks are deployed and deleted"
    return LISTED.get(resource_type, UNKNOWN)
