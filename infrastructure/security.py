"""cdk-nag and checkov: which of their findings are meant to remain, with reasons.

It runs when the CDK's context has `cdk-nag`: `ensemble check --cdk-nag`, or `cdk synth -c cdk-nag=true`. Without it
nothing here is needed, and cdk-nag need not be installed. checkov looks at the templates from outside, by `make audit`:
what is meant to remain stands in them where the context has `checkov`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

import aws_cdk as cdk

from functions.kit.needs import Permission
from infrastructure.canary import CODE_DEPLOY_POLICY

CONTEXT, CHECKOV = "cdk-nag", "checkov"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A rule that does not hold for these constructs. `where`: patterns of their paths in the stack."""

    rule: str
    where: tuple[str, ...]
    reason: str


CONSUMER, CONSUMER_ROLE = "Consumer/Function", "Consumer/Role"
RULES_DEAD_LETTERS = ("ReplayDeadLetters", "SweepDeadLetters")
BUS_DEAD_LETTERS = "BusDeadLetters"

TRAIL_BUCKET = "TrailBucket"
LOG_OF_A_LOG = "it is itself the log of who reads and writes: who reads it is in the account's own trail"

DOOR_STAGE = "Api/DeploymentStage*"

ROWS = "which rows there will be is not known: a publisher may ask for each of a service that hears it"

TRACES_ONLY = "X-Ray knows no resource for the two actions that write traces"

ACKNOWLEDGED = (
    Acknowledged("AwsSolutions-S1", (TRAIL_BUCKET,), LOG_OF_A_LOG),
    Acknowledged("AwsSolutions-IAM5[Resource::*]", (CONSUMER_ROLE,), TRACES_ONLY),
    Acknowledged("Serverless-LambdaStarPermissions", (CONSUMER_ROLE,), TRACES_ONLY),
    Acknowledged(
        f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{CODE_DEPLOY_POLICY}]",
        ("Canary/Role",),
        "AWS keeps what CodeDeploy needs in this policy, which reaches aliases and alarms only",
    ),
    Acknowledged(
        "Serverless-SNSRedrivePolicy",
        ("Subscriber-*",),
        "a notice that did not arrive is of no use later: the alarm itself is still in CloudWatch",
    ),
    Acknowledged(
        "AwsSolutions-SQS3",
        (*RULES_DEAD_LETTERS, BUS_DEAD_LETTERS),
        "it is the dead-letter queue of a rule or a bus, not of a queue",
    ),
    Acknowledged(
        "Serverless-SQSRedrivePolicy",
        ("*/DeadLetters", *RULES_DEAD_LETTERS, BUS_DEAD_LETTERS),
        "it is a dead-letter queue itself",
    ),
    Acknowledged(
        "Serverless-LambdaDLQ",
        (CONSUMER,),
        "queues call it and keep what fails; a sweep that failed is alarmed, and the next follows within a minute",
    ),
    Acknowledged(
        "Serverless-LambdaTracing",
        (CONSUMER,),
        "whether a stage is traced is its argument: at low traffic tracing is the greatest part of the bill",
    ),
    Acknowledged(
        "Serverless-LambdaEventSourceMappingDestination",
        ("*/Source",),
        "what fails goes to the dead-letter queue of its queue: a queue's mapping takes no destination for failures",
    ),
    Acknowledged(
        "AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs]",
        ("Api/CloudWatchRole/*",),
        "AWS keeps what API Gateway needs to write logs in this policy",
    ),
    Acknowledged(
        "AwsSolutions-APIG3", (DOOR_STAGE,), "a web ACL costs by the month: whether one is needed is the team's to say"
    ),
    Acknowledged(
        "AwsSolutions-APIG6",
        (DOOR_STAGE,),
        "execution logs hold parts of what was sent; the access log has each request without",
    ),
    Acknowledged(
        "AwsSolutions-COG4",
        ("Api/Default/*",),
        "callers are programs, which IAM knows; people come with a token of Cognito",
    ),
    Acknowledged(
        "Serverless-APIGWXrayEnabled",
        (DOOR_STAGE,),
        "whether a stage is traced is its argument: at low traffic tracing is the greatest part of the bill",
    ),
)

KEYS_ARE_AN_ARGUMENT = "whether a stage has keys of its own is its argument; without, a key that AWS owns encrypts it"

SKIPPED = (
    Acknowledged("CKV_AWS_18", (TRAIL_BUCKET,), LOG_OF_A_LOG),
    Acknowledged("CKV_AWS_26", ("Alarms", "Topic-*"), KEYS_ARE_AN_ARGUMENT),
    Acknowledged("CKV_AWS_27", ("*/Queue", "*/DeadLetters", *RULES_DEAD_LETTERS), KEYS_ARE_AN_ARGUMENT),
    Acknowledged("CKV_AWS_27", (BUS_DEAD_LETTERS,), "it keeps events of a bus whose key cannot be used"),
    Acknowledged(
        "CKV_AWS_33",
        ("Key",),
        "anyone of the account who may use the queue, table or topic: the condition names the account and the services",
    ),
    Acknowledged(
        "CKV_AWS_115",
        (CONSUMER,),
        "the maximum concurrency of its queues limits it: what is reserved for one function is taken from all others",
    ),
    Acknowledged(
        "CKV_AWS_35",
        ("Trail",),
        "by a key of S3: a key of the stage's that is lost would take the log of its use along",
    ),
    Acknowledged("CKV_AWS_67", ("Trail",), "it is of a stage, and a stage is in one region"),
    Acknowledged("CKV_AWS_116", (CONSUMER,), "queues call it and keep what fails"),
    Acknowledged("CKV_AWS_117", (CONSUMER,), "it speaks to AWS and to providers alone: nothing of it lies in a VPC"),
    Acknowledged("CKV_AWS_119", ("Table",), KEYS_ARE_AN_ARGUMENT),
    Acknowledged("CKV_AWS_158", ("Consumer/Log", "*AccessLog*"), KEYS_ARE_AN_ARGUMENT),
    Acknowledged("CKV_AWS_173", (CONSUMER,), KEYS_ARE_AN_ARGUMENT),
    Acknowledged("CKV_AWS_73", (DOOR_STAGE,), "whether a stage is traced is its argument"),
    Acknowledged("CKV_AWS_120", (DOOR_STAGE,), "a status is asked for to know how it stands now"),
)
"""What checkov finds and is meant to remain."""


def ask_cdk_nag(app: cdk.App) -> None:
    """Let cdk-nag look at all stacks of the app when the context asks for it: what it finds ends the synthesis."""
    if app.node.try_get_context(CONTEXT):
        import cdk_nag

        cdk.Validations.of(app).add_plugins(cdk_nag.AwsSolutionsChecks(app), cdk_nag.ServerlessChecks(app))


def acknowledge(stage: cdk.Stage) -> None:
    """Take what is acknowledged out of what cdk-nag and checkov find in the stage, if they look at all."""
    if stage.node.try_get_context(CHECKOV):
        for construct in stage.node.find_all():
            if isinstance(construct, cdk.CfnResource) and (skipped := list(_of(construct, SKIPPED))):
                told = [{"id": one.rule, "comment": one.reason} for one in skipped]
                construct.add_metadata("checkov", {"skip": told})
    if stage.node.try_get_context(CONTEXT):
        for construct in stage.node.find_all():
            if isinstance(construct, cdk.CfnResource) and (rules := list(_acknowledged(construct))):
                cdk.Validations.of(construct).acknowledge(*rules)


def acknowledge_permission(role: cdk.CfnResource, permission: Permission, beginning: str) -> None:
    """Take the stars of a service's own permission out of what cdk-nag finds in its role, if it says why.

    By the finding's own id, so that no other permission passes with it. `beginning`: of the stage's names.
    """
    if permission.why and role.node.try_get_context(CONTEXT):
        resources = [
            re.sub(r"\$\{(.+?)\}", r"<\1>", one.replace("${Stage}", beginning)) for one in permission.resources
        ]
        found = [f"Action::{one}" for one in permission.actions] + [f"Resource::{one}" for one in resources]
        for one in found:
            if "*" in one and one != "Resource::*":  # acknowledged for the traces; a permission for all says why itself
                rule = f"AwsSolutions-IAM5[{one}]"
                cdk.Validations.of(role).acknowledge(cdk.Acknowledgment(id=rule, reason=permission.why))


def acknowledge_rows(policy: cdk.CfnResource, api: str, paths: Sequence[str]) -> None:
    """Take the stars at the end of these paths of the front door out of what cdk-nag finds in a caller's policy.

    `api`: the logical id of the API.
    """
    if policy.node.try_get_context(CONTEXT):
        stack = cdk.Stack.of(policy)
        place = ":".join(
            f"<AWS::{name}>" if cdk.Token.is_unresolved(known) else known
            for name, known in (("Region", stack.region), ("AccountId", stack.account))
        )
        for path in paths:
            rule = f"AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:execute-api:{place}:<{api}>{path}]"
            cdk.Validations.of(policy).acknowledge(cdk.Acknowledgment(id=rule, reason=ROWS))


def _acknowledged(resource: cdk.CfnResource) -> Iterator[cdk.Acknowledgment]:
    for one in _of(resource, ACKNOWLEDGED):
        yield cdk.Acknowledgment(id=one.rule, reason=one.reason)


def _of(resource: cdk.CfnResource, acknowledged: Iterable[Acknowledged]) -> Iterator[Acknowledged]:
    """Yield what of a resource is acknowledged, by its path below stage and stack."""
    path = resource.node.path.split("/", 2)[2]
    for one in acknowledged:
        if any(fnmatchcase(path, pattern) for pattern in one.where):
            yield one
