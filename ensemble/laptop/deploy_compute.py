"""Deploys functions, their permissions, tables with their streams, and event source mappings."""

from __future__ import annotations

import json
import math
from typing import Any

from ensemble.aws.errors import DeploymentRefused, PropertyUnsupported
from ensemble.aws.filters import RecordFilters
from ensemble.aws.joints import POLLING, hidden_too_briefly, is_polled_by, permission_statement
from ensemble.aws.opaque import Opaque
from ensemble.aws.resources import ONLY_DEPLOYED, Resource
from ensemble.aws.service_resources import document, function_name
from ensemble.laptop.bundled import missing_libraries
from ensemble.laptop.cloud import Cloud, add
from ensemble.laptop.functions import Function, lambda_variables
from ensemble.laptop.logs.groups import LogGroup
from ensemble.laptop.mappings import EventSourceMapping
from ensemble.laptop.queue_mapping import QueueMapping, QueueMappingSettings
from ensemble.laptop.queues import Queue
from ensemble.laptop.sandbox import Bundle, kept_variables
from ensemble.laptop.stream_mapping import OnFailure, StreamMapping, StreamMappingSettings
from ensemble.laptop.streams import Stream

REPORTS_FAILURES = "ReportBatchItemFailures"
LARGEST_BATCH_WITHOUT_WINDOW = 10
"""For a queue (Lambda API reference, CreateEventSourceMapping, BatchSize)."""


def deploy_table(cloud: Cloud, resource: Resource) -> None:
    """Make a table, and its stream if it has one."""
    if resource.name in cloud.tables.names:
        raise DeploymentRefused(f"two resources want to be the table {resource.name!r}")
    cloud.tables.create(resource.name, resource.properties)
    specification = resource.properties.get("StreamSpecification")
    if specification:
        arn, view = cloud.account.stream_arn(resource.name), specification["StreamViewType"]
        keys = resource.properties["KeySchema"]
        cloud.streams[resource.name] = Stream(arn, view, keys, cloud.account.region, cloud.identifiers)


def deploy_log_group(cloud: Cloud, resource: Resource) -> None:
    """Make a log group."""
    days = resource.properties.get("RetentionInDays")
    group = LogGroup(resource.name, resource.arn, cloud.engine.clock.now(), None if days is None else int(days))
    add(cloud.logs.groups, group.name, group, "log group")


def deploy_function(cloud: Cloud, resource: Resource) -> list[str]:
    """Make a function from its asset; it is loaded at its first invocation. Return which variables are not known."""
    properties = resource.properties
    code = properties["Code"]
    directory = resource.assets.get(code.get("S3Key"))
    if directory is None or not directory.is_dir():
        where = "inline" if "ZipFile" in code else f"{code}"
        raise PropertyUnsupported(f"its code is {where}, and only an asset directory of the assembly is run")
    if missing := missing_libraries(directory):
        raise DeploymentRefused(f"{resource} cannot run here: {'; '.join(missing)}. Fix: make setup")
    memory, handler = int(properties.get("MemorySize", 128)), properties["Handler"]
    variables = document(document(properties.get("Environment")).get("Variables"))
    variables = cloud.given.variables(handler, variables)
    shown = {name: str(value) for name, value in variables.items()}
    daemon = cloud.process.daemon
    is_traced = daemon is not None and document(properties.get("TracingConfig")).get("Mode") == "Active"
    bundle = Bundle(
        directory,
        kept_variables()
        | lambda_variables(resource.name, handler, memory, cloud.account.region)
        | ({} if daemon is None else {"AWS_XRAY_DAEMON_ADDRESS": daemon.address})
        | shown,
        cloud.process.output_of(resource.name),
    )
    timeout, role = float(properties.get("Timeout", 3)), str(properties.get("Role", ""))
    function = Function(resource.name, resource.arn, handler, memory, timeout, bundle, shown, is_traced, role)
    add(cloud.functions, function.name, function, "function")
    cloud.functions_by_arn[function.arn] = function
    cloud.logs.of_function[function.name] = _log_group(cloud, resource)
    return [
        f"its variable {name} is the text {value} here, {ONLY_DEPLOYED}"
        for name, value in variables.items()
        if isinstance(value, Opaque)
    ]


def _log_group(cloud: Cloud, resource: Resource) -> LogGroup:
    """Return the log group of a function, which Lambda makes where no stack does (AWS Lambda Developer Guide, "Sending
    Lambda function logs to CloudWatch Logs")."""
    name = document(resource.properties.get("LoggingConfig")).get("LogGroup") or f"/aws/lambda/{resource.name}"
    arn = cloud.account.arn("logs", f"log-group:{name}:*")
    return cloud.logs.groups.setdefault(name, LogGroup(name, arn, cloud.engine.clock.now()))


def deploy_permission(cloud: Cloud, resource: Resource) -> None:
    """Add a permission to a function's policy."""
    function = _function(cloud, resource.properties)
    function.permissions.append(permission_statement(resource.properties, function.arn))


def deploy_mapping(cloud: Cloud, resource: Resource) -> None:
    """Join a queue or a stream to a function; a mapping that is disabled polls nothing."""
    properties = resource.properties
    function = _function(cloud, properties)
    source = properties.get("EventSourceArn")
    streams = {stream.arn: stream for stream in cloud.streams.values()}
    if source not in streams and source not in cloud.queues_by_arn:
        raise PropertyUnsupported(f"it reads {source}, which is no queue or stream here")
    for action in (one for one in POLLING[source.split(":")[2]] if not cloud.roles.may(function.role, one, source)):
        raise DeploymentRefused(f"{resource}: the role of {function.name} does not let it {action} on {source}")
    is_enabled = is_polled_by(properties)
    poller: QueueMapping | StreamMapping
    if source in streams:
        poller = cloud.stream_mappings[resource.name] = _map_stream(
            cloud, resource, streams[source], function, is_enabled
        )
    else:
        poller = cloud.queue_mappings[cloud.queues_by_arn[source].name] = _map_queue(
            cloud, resource, function, is_enabled
        )
    id = cloud.account.mapping_id(resource.name)
    cloud.mappings[id] = EventSourceMapping(id, function, poller, properties, cloud.engine.clock)


def _map_queue(cloud: Cloud, resource: Resource, function: Function, is_enabled: bool) -> QueueMapping:
    properties = resource.properties
    queue = cloud.queues_by_arn[properties["EventSourceArn"]]
    why = hidden_too_briefly(queue.name, queue.settings.visibility_timeout, function.name, function.timeout)
    if why is not None:
        raise DeploymentRefused(f"{resource}: {why}")
    batch_size = int(properties.get("BatchSize", 10))
    window = float(properties.get("MaximumBatchingWindowInSeconds", 0))
    if batch_size > LARGEST_BATCH_WITHOUT_WINDOW and window < 1:
        raise DeploymentRefused(
            f"{resource}: a BatchSize over {LARGEST_BATCH_WITHOUT_WINDOW} needs a MaximumBatchingWindowInSeconds "
            "of at least 1"
        )
    return QueueMapping(
        queue,
        function,
        QueueMappingSettings(
            batch_size=batch_size,
            reports_failures=REPORTS_FAILURES in properties.get("FunctionResponseTypes", []),
            maximum_concurrency=float(properties.get("ScalingConfig", {}).get("MaximumConcurrency", math.inf)),
        ),
        _filters(resource),
        cloud.engine,
        cloud.invoker,
        is_enabled=is_enabled,
    )


def _map_stream(
    cloud: Cloud, resource: Resource, stream: Stream, function: Function, is_enabled: bool
) -> StreamMapping:
    properties = resource.properties
    return StreamMapping(
        stream,
        function,
        StreamMappingSettings(
            mapping_id=resource.name,
            batch_size=int(properties.get("BatchSize", 100)),
            window=float(properties.get("MaximumBatchingWindowInSeconds", 0)),
            reports_failures=REPORTS_FAILURES in properties.get("FunctionResponseTypes", []),
            bisects=bool(properties.get("BisectBatchOnFunctionError", False)),
            maximum_retries=_limit(properties.get("MaximumRetryAttempts", -1)),
            maximum_age=_limit(properties.get("MaximumRecordAgeInSeconds", -1)),
        ),
        _filters(resource),
        cloud.engine,
        cloud.invoker,
        cloud.identifiers,
        _on_failure(cloud, resource),
        is_enabled=is_enabled,
    )


def _filters(resource: Resource) -> RecordFilters:
    try:
        return RecordFilters(resource.properties.get("FilterCriteria"))
    except ValueError as error:
        raise DeploymentRefused(f"{resource} has a filter that is not valid: {error}") from error


def _on_failure(cloud: Cloud, resource: Resource) -> OnFailure:
    """Return what keeps the record of a failed invocation: of the destinations only S3 gets the payload too.

    Source: Lambda Developer Guide, "Retain discarded records for a DynamoDB event source".
    """
    arn = resource.properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination")
    buckets = {bucket.arn: bucket for bucket in cloud.buckets.values()}
    if arn is None:
        return lambda _key, record, _payload: cloud.lose(str(resource), record, "no failure destination")
    if arn in buckets:
        return lambda key, record, payload: buckets[arn].put(key, record | {"payload": payload})
    if arn in cloud.queues_by_arn:
        queue = cloud.queues_by_arn[arn]
        return lambda _key, record, _payload: _send(queue, record)
    raise PropertyUnsupported(f"it has the failure destination {arn}, and only buckets and queues are run")


def _send(queue: Queue, record: dict[str, Any]) -> None:
    queue.send(json.dumps(record))


def _function(cloud: Cloud, properties: dict[str, Any]) -> Function:
    name = function_name(properties)
    function = cloud.functions.get(name)
    if function is None:
        raise PropertyUnsupported(f"it is for the function {name}, which is not run here")
    return function


def _limit(value: Any) -> int | None:
    return None if int(value) == -1 else int(value)
