"""A service's table and functions have what the service declares and what the kit counts on."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

from functions.kit.model import Index, Service
from functions.kit.rows import Commit, Row, RowStore, due_partition
from functions.kit.settings import ConsumerSettings
from tests.conftest import LENDING, NAMES
from tests.toolkit.infrastructure.templates import Template, statements

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

DAY = 24 * 60 * 60


def test_the_settings_of_every_function_can_be_read_by_the_kit(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        variables = dev[service.name].the("AWS::Lambda::Function")["Environment"]["Variables"]

        settings = ConsumerSettings.from_environment(variables)
        assert settings.table_name == dev[service.name].the("AWS::DynamoDB::Table")["TableName"]
        assert variables.get("EVENT_BUS_NAME") == (NAMES.bus if service.emits else None)


def test_ids_are_remembered_for_longer_than_anything_can_deliver_their_events(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    archive_days = dev["platform"].the("AWS::Events::Archive")["RetentionDays"]
    for service in services:
        template = dev[service.name]
        queues = {queue["MessageRetentionPeriod"] for queue in template.of_type("AWS::SQS::Queue").values()}
        memory = template.the("AWS::Lambda::Function")["Environment"]["Variables"]["ID_MEMORY_SECONDS"]

        redriven = 2 * max(queues) + max(queues) + 2 * max(queues)  # a message that waits is sent again
        assert int(memory) > redriven + archive_days * DAY + DAY + redriven


def test_a_service_is_one_function_and_one_table_without_a_stream_unless_it_stores_events(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        table = dev[service.name].the("AWS::DynamoDB::Table")

        assert dev[service.name].the("AWS::Lambda::Function")["FunctionName"] == NAMES.consumer(service.name)
        assert ("StreamSpecification" in table) == service.stores_events


def test_the_stream_of_an_event_store_has_keys_alone_and_feeds_nothing(dev: dict[str, Template]) -> None:
    template = dev["journal"]

    assert template.the("AWS::DynamoDB::Table")["StreamSpecification"] == {"StreamViewType": "KEYS_ONLY"}
    assert "Stream" not in str(template.of_type("AWS::Lambda::EventSourceMapping"))


def test_only_a_service_that_forgets_lets_rows_expire_and_only_one_that_lists_something_has_an_index(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        table = dev[service.name].the("AWS::DynamoDB::Table")

        assert ("TimeToLiveSpecification" in table) == (not service.stores_events)
        assert ("GlobalSecondaryIndexes" in table) == (service.sweeps or service.stores_events)


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
    store = RowStore(cast("DynamoDBClient", recorder), "table", id_memory_seconds=60)
    store.commit(Commit(Row("o-1"), Index(due_partition("o-1"), "2026-01-01"), keep_seconds=60), now=0)
    table = dev["loan"].the("AWS::DynamoDB::Table")
    (index,) = table["GlobalSecondaryIndexes"]
    expiry = dev["mail"].the("AWS::DynamoDB::Table")["TimeToLiveSpecification"]

    for key in [*table["KeySchema"], *index["KeySchema"]]:
        assert "S" in recorder.item[key["AttributeName"]]
    assert recorder.item[expiry["AttributeName"]] == {"N": "60"}


def test_every_function_runs_on_arm_with_the_powertools_that_are_installed_here(
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
            log_group = template.resources[str(template.target_of(function["LoggingConfig"]["LogGroup"]))]
            assert log_group["Properties"]["RetentionInDays"] > 0


def test_lambda_writes_lines_of_its_own_only_where_something_fails_and_all_of_powertools(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        function = dev[service.name].the("AWS::Lambda::Function")
        logging = {name: value for name, value in function["LoggingConfig"].items() if name != "LogGroup"}

        assert logging == {"LogFormat": "JSON", "SystemLogLevel": "WARN", "ApplicationLogLevel": "INFO"}
        assert function["Environment"]["Variables"]["POWERTOOLS_LOG_LEVEL"] == logging["ApplicationLogLevel"]


def test_a_stage_is_traced_as_it_says_and_may_write_traces_only_then(
    dev: dict[str, Template], prod: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        for stage, mode, disabled in ((dev, "Active", "false"), (prod, "PassThrough", "true")):
            function = stage[service.name].the("AWS::Lambda::Function")
            writes = [one for _, one in statements(stage[service.name]) if "xray:PutTraceSegments" in one["Action"]]

            assert function["TracingConfig"] == {"Mode": mode}
            assert function["Environment"]["Variables"]["POWERTOOLS_TRACE_DISABLED"] == disabled
            assert bool(writes) == (mode == "Active")


def test_the_registry_has_every_version_of_every_schema(dev: dict[str, Template]) -> None:
    files = [path.relative_to(LENDING / "schemas") for path in (LENDING / "schemas").rglob("[0-9]*.json")]
    expected = {f"{file.parts[0]}@{file.parts[1]}-{file.stem}" for file in files}

    registered = dev["platform"].of_type("AWS::EventSchemas::Schema").values()

    assert {schema["SchemaName"] for schema in registered} == expected
    assert {schema["Type"] for schema in registered} == {"JSONSchemaDraft4"}
