"""EventBridge Pipes: from a queue or a table's stream to a bus or a queue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ensemble.aws.entries import rfc3339
from ensemble.aws.errors import AwsError, DeploymentRefused, PropertyUnsupported
from ensemble.aws.joints import POLLING
from ensemble.aws.pipes import LARGEST_BATCH, PipeTarget, Record
from ensemble.aws.resources import Resource
from ensemble.aws.targets import kind_of
from ensemble.laptop.cloud import Cloud
from ensemble.laptop.deploy_compute import failure_destination, filters_of, stream_settings
from ensemble.laptop.queue_mapping import QueueMapping, QueueMappingSettings
from ensemble.laptop.stream_mapping import OnFailure, StreamMapping, records_in

BISECT = "AUTOMATIC_BISECT"

Send = Callable[[Record], None]
"""Sends a record to the target of a pipe. Raises AwsError for one that fails."""


@dataclass(frozen=True, slots=True)
class PipeOfStream:
    """A pipe that reads a stream; what it has read and not sent is kept nowhere else. A queue keeps its messages."""

    poller: StreamMapping

    @property
    def waiting(self) -> int:
        """How many records are still to be sent."""
        return records_in(self.poller.state())

    def state(self) -> dict[str, Any]:
        """Return them."""
        return self.poller.state()

    def resume(self, state: dict[str, Any]) -> None:
        """Send what another pipe of this name had still to send."""
        self.poller.resume(state)


def deploy_pipe(cloud: Cloud, resource: Resource) -> None:
    """Make a pipe; one that is stopped polls nothing."""
    properties = resource.properties
    if "Enrichment" in properties:
        raise PropertyUnsupported("it has an enrichment, which is not run")
    source, given = properties["Source"], properties.get("SourceParameters", {})
    stream = next((one for one in cloud.streams.values() if one.arn == source), None)
    if stream is None and source not in cloud.queues_by_arn:
        raise PropertyUnsupported(f"it reads {source}, which is no queue or stream here")
    for action in POLLING[source.split(":")[2]]:
        _refuse_unpermitted(cloud, resource, action, source)
    send, filters = _send_of(cloud, resource), filters_of(resource, given.get("FilterCriteria"))
    is_running = properties.get("DesiredState", "RUNNING") == "RUNNING"
    if stream is None:
        QueueMapping(
            cloud.queues_by_arn[source],
            lambda batch, _trace: _sent(batch, "messageId", send),
            QueueMappingSettings(_batch_size(resource, given.get("SqsQueueParameters", {})), reports_failures=True),
            filters,
            cloud.engine,
            is_enabled=is_running,
        )
        return
    settings = given.get("DynamoDBStreamParameters", {})
    size, bisects = _batch_size(resource, settings), settings.get("OnPartialBatchItemFailure") == BISECT
    poller = StreamMapping(
        stream,
        lambda batch, _trace: _sent(batch, "SequenceNumber", send),
        resource.arn,
        stream_settings(resource, settings, size, reports_failures=True, bisects=bisects),
        filters,
        cloud.engine,
        cloud.identifiers,
        _on_failure(cloud, resource, settings.get("DeadLetterConfig", {}).get("Arn")),
        is_enabled=is_running,
    )
    cloud.held[f"pipe {resource.name}"] = PipeOfStream(poller)


def _batch_size(resource: Resource, settings: dict[str, Any]) -> int:
    size = int(settings.get("BatchSize", LARGEST_BATCH))
    if size > LARGEST_BATCH:
        raise DeploymentRefused(f"{resource} has a BatchSize of {size}, and its target takes at most {LARGEST_BATCH}")
    return size


def _send_of(cloud: Cloud, resource: Resource) -> Send:
    """Return what sends a record to the pipe's target."""
    arn, parameters = resource.properties["Target"], resource.properties.get("TargetParameters", {})
    of_kind = {"event-bus": "EventBridgeEventBusParameters", "sqs": "SqsQueueParameters"}
    kind = kind_of(arn)
    bus = cloud.buses.find(arn)
    if kind not in of_kind or (bus is None and arn not in cloud.queues_by_arn):
        raise PropertyUnsupported(f"its target {arn} is not run: only buses and queues of this account are")
    source = resource.properties["Source"]
    known = {"aws.pipes.pipe-arn": resource.arn, "aws.pipes.pipe-name": resource.name}
    known |= {"aws.pipes.source-arn": source, "aws.pipes.target-arn": arn}
    target = PipeTarget(arn, parameters.get("InputTemplate"), parameters.get(of_kind[kind], {}), known)
    for place in target.unknown_places():
        raise PropertyUnsupported(f"its InputTemplate has <{place}>, which no pipe knows")
    if bus is None:
        _refuse_unpermitted(cloud, resource, "sqs:SendMessage", arn)
        return lambda record: _to_queue(cloud, target, record)
    return lambda record: _to_bus(cloud, resource, target, record)


def _to_bus(cloud: Cloud, resource: Resource, target: PipeTarget, record: Record) -> None:
    entry = target.entry(record, rfc3339(cloud.engine.clock.now()), target.arn)
    keys = {"events:source": [str(entry["Source"])], "events:detail-type": [str(entry["DetailType"])]}
    if not cloud.roles.permit(str(resource.properties.get("RoleArn", "")), "events:PutEvents", target.arn, keys):
        raise AwsError("AccessDeniedException", f"the role of {resource} does not let it put on {target.arn}")
    (result,) = cloud.buses.put_events([entry])["Entries"]
    if "ErrorCode" in result:
        raise AwsError(result["ErrorCode"], result["ErrorMessage"])


def _to_queue(cloud: Cloud, target: PipeTarget, record: Record) -> None:
    cloud.queues_by_arn[target.arn].send(
        target.payload(record, rfc3339(cloud.engine.clock.now())),
        group_id=target.parameter("MessageGroupId", record),
        deduplication_id=target.parameter("MessageDeduplicationId", record),
    )


def _sent(batch: dict[str, Any], identifier: str, send: Send) -> dict[str, Any]:
    """Send each record of a batch; return which failed, as a function would."""
    failed = []
    for record in batch["Records"]:
        try:
            send(record)
        except AwsError:
            failed.append({"itemIdentifier": record.get(identifier) or record["dynamodb"][identifier]})
    return {"batchItemFailures": failed}


def _on_failure(cloud: Cloud, resource: Resource, arn: str | None) -> OnFailure:
    """Return what keeps the record of what the pipe gave up (Amazon EventBridge User Guide, "Amazon EventBridge Pipes
    error handling and troubleshooting")."""
    keep = failure_destination(cloud, str(resource), arn)

    def tell(key: str, record: dict[str, Any], payload: str) -> None:
        kept = {name: record[name] for name in ("version", "timestamp", "DDBStreamBatchInfo")}
        condition = record["requestContext"]["condition"]
        keep(key, {"context": {"partnerResourceArn": resource.arn, "condition": condition}, **kept}, payload)

    return tell


def _refuse_unpermitted(cloud: Cloud, resource: Resource, action: str, arn: str) -> None:
    if not cloud.roles.may(str(resource.properties.get("RoleArn", "")), action, arn):
        raise DeploymentRefused(f"{resource}: its role does not let it {action} on {arn}")
