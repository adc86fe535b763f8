"""How functions are looked at, with who may invoke them and what feeds them."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

from botocore.exceptions import ClientError

from ensemble.doctor.expected import Expected
from ensemble.doctor.kinds import NOT_TOLD, Call, ClientOf, Kind, Look, Mend, Property, Read, there, told

LAMBDA = "lambda"
ABSENT = ("NoSuchKey", "404", "NoSuchBucket")
CHUNK_BYTES = 1 << 20


def _configuration(client: ClientOf, one: Expected) -> Read:
    answer = client(LAMBDA).get_function_configuration(FunctionName=one.name)
    variables = answer.get("Environment", {}).get("Variables", {})
    return {
        **told(answer, "MemorySize", "Timeout", "Handler"),
        **told(answer, "Runtime", "Architectures", "TracingConfig", "LoggingConfig"),
        "Environment": {"Variables": variables},
    }


def _configure(name: str) -> Mend:
    def mend(one: Expected, _: Read) -> Call:
        return Call(
            LAMBDA, "UpdateFunctionConfiguration", {"FunctionName": one.name, name: one.properties.get(name, {})}
        )

    return mend


def _concurrency(client: ClientOf, one: Expected) -> Read:
    answer = client(LAMBDA).get_function_concurrency(FunctionName=one.name)
    return {name: answer[name] for name in ("ReservedConcurrentExecutions",) if answer.get(name) is not None}


def _reserve(one: Expected, _: Read) -> Call:
    name = "ReservedConcurrentExecutions"
    if (wanted := one.properties.get(name)) is None:
        return Call(LAMBDA, "DeleteFunctionConcurrency", {"FunctionName": one.name})
    return Call(LAMBDA, "PutFunctionConcurrency", {"FunctionName": one.name, name: wanted})


def _bundle(client: ClientOf, one: Expected) -> Read:
    """Compare what runs with the bundle that the template names, as it lies in the CDK's bucket: the CDK puts it there
    under the hash of its files, and Lambda tells the hash of the same archive (AWS Lambda API Reference,
    FunctionConfiguration, CodeSha256)."""
    runs = client(LAMBDA).get_function_configuration(FunctionName=one.name).get("CodeSha256")
    if not runs:
        return {"Code": NOT_TOLD}
    code = one.properties["Code"]
    try:
        uploaded = _sha256_of(client, code["S3Bucket"], code["S3Key"])
    except ClientError as refused:
        if refused.response["Error"]["Code"] not in ABSENT:
            raise
        return {"Code": "an older bundle: this tree's was never uploaded"}
    return {"Code": code["S3Key"] if uploaded == runs else "another bundle"}


def _sha256_of(client: ClientOf, bucket: str, key: str) -> str:
    """Return the hash of an object, which is read piece by piece."""
    digest = hashlib.sha256()
    for chunk in client("s3").get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK_BYTES):
        digest.update(chunk)
    return base64.b64encode(digest.digest()).decode()


def _update_code(one: Expected, _: Read) -> Call:
    code = one.properties["Code"]
    arguments = {"FunctionName": one.name, "S3Bucket": code["S3Bucket"], "S3Key": code["S3Key"]}
    return Call(LAMBDA, "UpdateFunctionCode", arguments)


def _permission(client: ClientOf, one: Expected) -> Read | None:
    """Look for a statement that allows what the permission does; CloudFormation names it as it likes."""
    function = str(one.properties["FunctionName"]).rpartition(":")[2]
    said = json.loads(client(LAMBDA).get_policy(FunctionName=function)["Policy"])["Statement"]
    return {} if any(_allows(statement, one) for statement in said) else None


def _allows(statement: dict[str, Any], one: Expected) -> bool:
    condition = statement.get("Condition", {})
    sources = {arn for test in condition.values() for name, arn in test.items() if name.lower() == "aws:sourcearn"}
    principal = statement.get("Principal", {})
    services = principal.get("Service") if isinstance(principal, dict) else principal
    wanted = one.properties
    return statement.get("Action") == wanted["Action"] and (
        services == wanted["Principal"] and sources == {wanted[name] for name in ("SourceArn",) if name in wanted}
    )


MAPPED = ("ScalingConfig", "FunctionResponseTypes", "FilterCriteria", "DestinationConfig")


def _mapping(client: ClientOf, one: Expected) -> Read | None:
    function = str(one.properties["FunctionName"])
    source = one.properties["EventSourceArn"]
    listed = client(LAMBDA).list_event_source_mappings(FunctionName=function, EventSourceArn=source)
    for answer in listed["EventSourceMappings"]:
        state = answer.get("State", NOT_TOLD)
        return {
            **told(answer, "BatchSize"),
            "MaximumBatchingWindowInSeconds": answer.get("MaximumBatchingWindowInSeconds", 0),
            **there(answer, *MAPPED),
            "Enabled": state if state is NOT_TOLD else state in ("Enabled", "Enabling", "Creating", "Updating"),
            "UUID": answer["UUID"],
        }
    return None


def _map(name: str, nothing: Any) -> Mend:
    def mend(one: Expected, read: Read) -> Call:
        return Call(LAMBDA, "UpdateEventSourceMapping", {"UUID": read["UUID"], name: one.properties.get(name, nothing)})

    return mend


FUNCTIONS = (
    Kind(
        "AWS::Lambda::Function",
        "function",
        "Its messages wait in their queues.",
        (
            Look(
                _configuration,
                (
                    Property("MemorySize", "It is slower, or costs more.", 128, mend=_configure("MemorySize")),
                    Property(
                        "Timeout",
                        "It is cut off too early, or works longer than its queue hides the message.",
                        3,
                        mend=_configure("Timeout"),
                    ),
                    Property("Handler", "Other code begins.", mend=_configure("Handler")),
                    Property("Runtime", "Its bundle is made for another Python.", mend=_configure("Runtime")),
                    Property("Architectures", "Its bundle is made for another processor.", ["x86_64"]),
                    Property(
                        "TracingConfig",
                        "Its steps are missing in traces, or all are paid for.",
                        {"Mode": "PassThrough"},
                        mend=_configure("TracingConfig"),
                    ),
                    Property(
                        "LoggingConfig",
                        "Its lines are elsewhere, or not those that alarms and `ensemble logs` look for.",
                        of=lambda one: one.properties.get("LoggingConfig", NOT_TOLD),
                        mend=_configure("LoggingConfig"),
                    ),
                    Property(
                        "Environment",
                        "It runs with other settings than were tested.",
                        of=lambda one: one.properties.get("Environment", {"Variables": {}}),
                        mend=_configure("Environment"),
                        is_secret=True,
                    ),
                ),
            ),
            Look(
                _bundle,
                (
                    Property(
                        "Code",
                        "What runs is not what was tested here.",
                        of=lambda one: one.properties["Code"].get("S3Key", NOT_TOLD),
                        mend=_update_code,
                    ),
                ),
            ),
            Look(
                _concurrency,
                (
                    Property(
                        "ReservedConcurrentExecutions",
                        "It is throttled, or takes what others need.",
                        mend=_reserve,
                    ),
                ),
            ),
        ),
    ),
    Kind(
        "AWS::Lambda::Permission",
        "permission",
        "Who should invoke the function is refused.",
        (Look(_permission, ()),),
    ),
    Kind(
        "AWS::Lambda::EventSourceMapping",
        "mapping of",
        "Nothing is taken from the queue: its messages wait until they are lost.",
        (
            Look(
                _mapping,
                (
                    Property(
                        "Enabled",
                        "Nothing is taken from the queue: its messages wait until they are lost.",
                        True,
                        mend=_map("Enabled", True),
                    ),
                    Property("BatchSize", "Steps cost more, or take longer.", 10, mend=_map("BatchSize", 10)),
                    Property(
                        "MaximumBatchingWindowInSeconds",
                        "Messages wait for others, or come alone.",
                        0,
                        mend=_map("MaximumBatchingWindowInSeconds", 0),
                    ),
                    Property(
                        "ScalingConfig",
                        "More or fewer run at once than what they ask can bear.",
                        mend=_map("ScalingConfig", {}),
                    ),
                    Property(
                        "FunctionResponseTypes",
                        "One message that fails makes its whole batch come again.",
                        mend=_map("FunctionResponseTypes", []),
                    ),
                    Property(
                        "FilterCriteria",
                        "Messages that it does not match are deleted unread.",
                        mend=_map("FilterCriteria", {}),
                    ),
                    Property(
                        "DestinationConfig",
                        "What fails for good is lost without a trace.",
                        mend=_map("DestinationConfig", {}),
                    ),
                ),
            ),
        ),
    ),
)
