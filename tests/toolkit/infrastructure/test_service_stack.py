"""A service's table and functions have what the service declares and what the kit counts on."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

from functions.kit.model import Index, Service
from functions.kit.rows import Commit, Row, RowStore
from functions.kit.settings import ConsumerSettings, RelaySettings
from tests.conftest import LENDING, NAMES
from tests.toolkit.infrastructure.templates import Template, statements

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAY = 24 * 60 * 60


def test_the_settings_of_every_function_can_be_read_by_the_kit(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        functions = dev[service.name].of_type("AWS::Lambda::Function").values()
        variables = {function["FunctionName"]: function["Environment"]["Variables"] for function in functions}

        settings = ConsumerSettings.from_environment(variables[NAMES.consumer(service.name)])
        assert settings.table_name == dev[service.name].the("AWS::DynamoDB::Table")["TableName"]
        assert (settings.row_memory_seconds is None) == (service.stores_events or not service.forgets)
        if service.emits:
            relay = RelaySettings.from_environment(variables[NAMES.relay(service.name)])
            assert (relay.service, relay.event_bus_name) == (service.name, NAMES.bus)


def test_rows_are_remembered_for_longer_than_anything_can_deliver_their_events(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    archive_days = dev["platform"].the("AWS::Events::Archive")["RetentionDays"]
    for service in services:
        queues = dev[service.name].of_type("AWS::SQS::Queue").values()
        (consumer,) = [
            function
            for function in dev[service.name].of_type("AWS::Lambda::Function").values()
            if function["FunctionName"] == NAMES.consumer(service.name)
        ]
        memory = consumer["Environment"]["Variables"]["ROW_MEMORY_SECONDS"]

        waits = {queue["MessageRetentionPeriod"] for queue in queues}
        assert memory == "none" or int(memory) > archive_days * DAY + DAY + sum(waits)


def test_only_a_service_that_speaks_has_a_stream_and_a_relay(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        table = dev[service.name].the("AWS::DynamoDB::Table")
        functions = [f["FunctionName"] for f in dev[service.name].of_type("AWS::Lambda::Function").values()]

        assert table.get("StreamSpecification") == ({"StreamViewType": "NEW_IMAGE"} if service.emits else None)
        assert (NAMES.relay(service.name) in functions) == bool(service.emits)


def test_only_a_service_that_forgets_lets_rows_expire_and_only_one_with_timers_has_an_index(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        table = dev[service.name].the("AWS::DynamoDB::Table")

        assert ("TimeToLiveSpecification" in table) == (service.forgets and not service.stores_events)
        assert ("GlobalSecondaryIndexes" in table) == service.sweeps


def test_an_event_store_has_its_events_by_workflow_and_position_and_may_do_no_more_than_put_them(
    dev: dict[str, Template],
) -> None:
    template = dev["journal"]
    table = template.the("AWS::DynamoDB::Table")
    may = [one["Action"] for _, one in statements(template) if "dynamodb" in str(one["Action"])]

    assert table["TableName"] == f"{NAMES.stack('journal')}-store"
    assert [(key["AttributeName"], key["KeyType"]) for key in table["KeySchema"]] == [
        ("pk", "HASH"),
        ("position", "RANGE"),
    ]
    assert may == [["dynamodb:PutItem"]]


class Recorder:
    """Stands for DynamoDB and remembers the item that was put."""

    item: dict[str, Any]

    def put_item(self, **request: Any) -> None:
        self.item = request["Item"]


def test_the_table_is_keyed_listed_and_cleared_by_what_the_kit_writes(dev: dict[str, Template]) -> None:
    recorder = Recorder()
    store = RowStore(cast("DynamoDBClient", recorder), "table", memory_seconds=60)
    store.commit(Commit(Row("o-1"), outbox="[]", index=Index("timer", "2026-01-01")), now=0)
    table = dev["loan"].the("AWS::DynamoDB::Table")
    (index,) = table["GlobalSecondaryIndexes"]

    for key in [*table["KeySchema"], *index["KeySchema"]]:
        assert "S" in recorder.item[key["AttributeName"]]
    assert recorder.item[table["TimeToLiveSpecification"]["AttributeName"]] == {"N": "60"}
    assert "S" in recorder.item["outbox"]


def test_the_relay_gives_a_record_up_only_shortly_before_the_stream_does_and_then_keeps_all_of_it(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        template = dev[service.name]
        streams = [
            mapping
            for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
            if mapping["EventSourceArn"]["Fn::GetAtt"][1] == "StreamArn"
        ]
        assert len(streams) == bool(service.emits)
        for mapping in streams:
            destination = template.target_of(mapping["DestinationConfig"]["OnFailure"]["Destination"])
            assert DAY - 2 * 60 * 60 <= mapping["MaximumRecordAgeInSeconds"] < DAY
            assert mapping["MaximumRetryAttempts"] == -1
            assert mapping["StartingPosition"] == "TRIM_HORIZON"
            assert mapping["BisectBatchOnFunctionError"] is True
            assert destination in template.of_type("AWS::S3::Bucket")


def test_the_relay_is_called_only_for_rows_that_say_something(dev: dict[str, Template]) -> None:
    (mapping,) = [
        mapping
        for mapping in dev["courier"].of_type("AWS::Lambda::EventSourceMapping").values()
        if "FilterCriteria" in mapping
    ]
    (filter,) = mapping["FilterCriteria"]["Filters"]

    assert json.loads(filter["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"NewImage": {"outbox": {"S": [{"exists": True}]}}},
    }


def test_every_function_runs_traced_on_arm_with_the_powertools_that_are_installed_here(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    installed = version("aws_lambda_powertools")
    for service in services:
        template = dev[service.name]
        layer = template.content["Parameters"]["PowertoolsLayer"]["Default"]
        assert layer == f"/aws/service/powertools/python/arm64/python3.14/{installed}"
        for function in template.of_type("AWS::Lambda::Function").values():
            assert function["Layers"] == [{"Ref": "PowertoolsLayer"}]
            assert (function["Runtime"], function["Architectures"]) == ("python3.14", ["arm64"])
            assert function["TracingConfig"] == {"Mode": "Active"}
            log_group = template.resources[str(template.target_of(function["LoggingConfig"]["LogGroup"]))]
            assert log_group["Properties"]["RetentionInDays"] > 0


def test_buckets_are_private(dev: dict[str, Template]) -> None:
    for template in dev.values():
        for bucket in template.of_type("AWS::S3::Bucket").values():
            assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}


def test_the_registry_has_every_version_of_every_schema(dev: dict[str, Template]) -> None:
    files = [path.relative_to(LENDING / "schemas") for path in (LENDING / "schemas").rglob("[0-9]*.json")]
    expected = {f"{file.parts[0]}@{file.parts[1]}-{file.stem}" for file in files}

    registered = dev["platform"].of_type("AWS::EventSchemas::Schema").values()

    assert {schema["SchemaName"] for schema in registered} == expected
    assert {schema["Type"] for schema in registered} == {"JSONSchemaDraft4"}
