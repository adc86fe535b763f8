"""What is read off templates: what the bill follows from, and what that is where a template says nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.meter.platform_log import bytes_of_an_invocation
from ensemble.meter.stage import Function, Mapping, Stage, read_stage

QUEUE = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "app-dev-loan-events"}}
FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "app-dev-loan", "MemorySize": 256}}
MAPPING = {
    "Type": "AWS::Lambda::EventSourceMapping",
    "Properties": {"FunctionName": {"Ref": "Function"}, "EventSourceArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {"TableName": "app-dev-loan", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Return a function that reads a stage of one stack with these resources."""

    def reading(**resources: Any) -> Stage:
        properties = {"templateFile": "loan.json", "stackName": "app-dev-loan"}
        artifacts = {"loan": {"type": "aws:cloudformation:stack", "properties": properties}}
        (tmp_path / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
        (tmp_path / "loan.json").write_text(json.dumps({"Resources": resources}))
        return read_stage(tmp_path)

    return reading


def changed(resource: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {**resource, "Properties": {**resource["Properties"], **properties}}


def test_a_function_is_of_the_service_whose_stack_it_is_in(read: Any) -> None:
    found = read(Function=changed(FUNCTION, Architectures=["arm64"], TracingConfig={"Mode": "Active"}))

    assert found.functions == {
        "app-dev-loan": Function("app-dev-loan", "loan", 256, True, True, log_format="Text", system_level="INFO")
    }


def test_a_function_that_passes_traces_through_is_not_traced(read: Any) -> None:
    assert (
        not read(Function=changed(FUNCTION, TracingConfig={"Mode": "PassThrough"})).functions["app-dev-loan"].is_traced
    )
    assert not read(Function=FUNCTION).functions["app-dev-loan"].is_traced


def test_lambdas_own_lines_follow_from_format_and_level(read: Any) -> None:
    def size(**logging: str) -> int:
        return bytes_of_an_invocation(read(Function=changed(FUNCTION, LoggingConfig=logging)).functions["app-dev-loan"])

    assert size() == size(LogFormat="Text") > 200
    assert size(LogFormat="JSON") > 200
    assert size(LogFormat="JSON", SystemLogLevel="WARN") == 0


def test_a_mapping_has_lambdas_defaults_where_the_template_says_nothing(read: Any) -> None:
    assert read(Queue=QUEUE, Function=FUNCTION, Mapping=MAPPING).mappings == (
        Mapping("app-dev-loan-events", "app-dev-loan", is_stream=False, batch_size=10, window=0, workers=None),
    )


def test_a_mapping_has_its_window_batch_size_and_concurrency(read: Any) -> None:
    mapping = changed(MAPPING, BatchSize=100, MaximumBatchingWindowInSeconds=5, ScalingConfig={"MaximumConcurrency": 2})

    (found,) = read(Queue=QUEUE, Function=FUNCTION, Mapping=mapping).mappings
    assert (found.batch_size, found.window, found.workers) == (100, 5, 2)


def test_a_mapping_of_a_stream_is_named_after_its_table(read: Any) -> None:
    mapping = changed(MAPPING, EventSourceArn={"Fn::GetAtt": ["Table", "StreamArn"]})
    table = changed(TABLE, StreamSpecification={"StreamViewType": "NEW_IMAGE"})

    (found,) = read(Table=table, Function=FUNCTION, Mapping=mapping).mappings
    assert (found.source, found.is_stream, found.batch_size) == ("app-dev-loan", True, 100)


def test_a_table_has_its_indexes_and_its_recovery(read: Any) -> None:
    index = {
        "IndexName": "index",
        "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    recovery = {"PointInTimeRecoveryEnabled": True}
    table = changed(TABLE, GlobalSecondaryIndexes=[index], PointInTimeRecoverySpecification=recovery)

    found = read(Table=table).tables["app-dev-loan"]
    assert (found.key, found.is_recoverable) == (("pk",), True)
    assert [(one.key, one.shown) for one in found.indexes] == [(("due",), None)]
    assert not read(Table=TABLE).tables["app-dev-loan"].is_recoverable


def test_an_alarm_is_billed_by_the_metrics_that_it_looks_at(read: Any) -> None:
    one = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"MetricName": "Errors"}}
    queries = [{"Id": "sum", "Expression": "a + b"}, {"Id": "a", "MetricStat": {}}, {"Id": "b", "MetricStat": {}}]
    other = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": queries}}

    assert read(One=one, Other=other).alarm_metrics == 3


def test_the_archive_and_the_days_of_logs_are_read(read: Any) -> None:
    found = read(
        Bus={"Type": "AWS::Events::EventBus", "Properties": {"Name": "app-dev-bus"}},
        Archive={
            "Type": "AWS::Events::Archive",
            "Properties": {"RetentionDays": 90, "SourceArn": {"Fn::GetAtt": ["Bus", "Arn"]}},
        },
        Log={"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": 7}},
    )

    assert (found.has_archive, found.archive_days, found.log_days) == (True, 90, 7)
