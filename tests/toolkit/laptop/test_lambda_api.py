"""STS and Lambda, asked by boto3: the account, functions, mappings that are switched off, and invocations."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ensemble.laptop import Laptop
from ensemble.laptop.server import Server
from tests.toolkit.laptop.assemblies import function, get, mapping, subscription, table
from tests.toolkit.laptop.clients import aws, client
from tests.toolkit.laptop.small import SUCCEEDS, entry, laptop_with

ADDS = "def handler(event, context):\n    return {'sum': event['a'] + event['b'], 'in': context.function_name}\n"
REQUESTED = {"detail-type": ["LoanRequested"]}


def lending(directory: Path) -> Laptop:
    """Return a laptop with a function fed by a queue, one fed by a stream, and one by nothing."""
    return laptop_with(
        directory,
        bundles={"loan": SUCCEEDS, "reader": SUCCEEDS, "adder": ADDS},
        Loan=function("loan", Environment={"Variables": {"DAYS": "14"}}),
        Reader=function("reader"),
        Adder=function("adder"),
        Table=table(TableName="rows", StreamSpecification={"StreamViewType": "NEW_IMAGE"}),
        FromTable=mapping(get("Table", "StreamArn"), "Reader", StartingPosition="LATEST"),
        **subscription(REQUESTED, "Loan", BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"]),
    )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    with lending(tmp_path) as laptop:
        yield laptop


@pytest.fixture
def server(laptop: Laptop) -> Server:
    return laptop.serve()


@pytest.fixture
def lambdas(server: Server) -> Any:
    return client(server, "lambda")


def id_of(lambdas: Any, function_name: str) -> str:
    """Return the UUID of the one mapping of a function."""
    (found,) = lambdas.list_event_source_mappings(FunctionName=function_name)["EventSourceMappings"]
    return str(found["UUID"])


def test_a_caller_is_told_in_which_account_it_is(server: Server) -> None:
    by_cli = aws(server, "sts", "get-caller-identity")

    assert client(server, "sts").get_caller_identity()["Account"] == "000000000000"
    assert json.loads(by_cli.stdout)["Arn"] == "arn:aws:iam::000000000000:root"


def test_functions_are_listed_page_by_page(lambdas: Any) -> None:
    pages = lambdas.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 2})

    assert [[one["FunctionName"] for one in page["Functions"]] for page in pages] == [["adder", "loan"], ["reader"]]


@pytest.mark.parametrize("name", ["loan", "arn:aws:lambda:eu-west-1:000000000000:function:loan", "loan:$LATEST"])
def test_a_functions_configuration_is_found_by_its_name_or_its_arn(lambdas: Any, name: str) -> None:
    configuration = lambdas.get_function_configuration(FunctionName=name)

    assert configuration["FunctionArn"] == "arn:aws:lambda:eu-west-1:000000000000:function:loan"
    assert (configuration["Timeout"], configuration["MemorySize"]) == (10, 128)
    assert configuration["Environment"]["Variables"] == {"DAYS": "14"}
    assert configuration["State"] == "Active"


def test_a_mapping_is_described_as_its_template_has_it(lambdas: Any) -> None:
    of_stream = lambdas.list_event_source_mappings(FunctionName="reader")["EventSourceMappings"][0]
    of_queue = lambdas.get_event_source_mapping(UUID=id_of(lambdas, "loan"))
    by_source = lambdas.list_event_source_mappings(EventSourceArn=of_queue["EventSourceArn"])["EventSourceMappings"]

    assert of_queue["EventSourceArn"] == "arn:aws:sqs:eu-west-1:000000000000:loan-queue"
    assert (of_queue["State"], of_queue["BatchSize"]) == ("Enabled", 5)
    assert of_queue["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert of_queue["LastModified"].isoformat() == "2026-01-01T00:00:00+00:00"
    assert ":table/rows/stream/" in of_stream["EventSourceArn"]
    assert [one["UUID"] for one in by_source] == [of_queue["UUID"]]


def test_while_a_queues_mapping_is_off_messages_wait_and_then_they_are_handled(laptop: Laptop, lambdas: Any) -> None:
    off = lambdas.update_event_source_mapping(UUID=id_of(lambdas, "loan"), Enabled=False)
    laptop.put_events([entry()])
    laptop.run_for(120)

    assert off["State"] == "Disabled"
    assert len(laptop.queue("loan-queue").messages) == 1
    assert laptop.function("loan").invocations == 0

    on = lambdas.update_event_source_mapping(UUID=off["UUID"], Enabled=True)
    laptop.run_until_idle()

    assert on["State"] == "Enabled"
    assert laptop.queue("loan-queue").messages == []
    assert laptop.function("loan").invocations == 1


def test_the_aws_command_switches_a_mapping_off(server: Server, lambdas: Any) -> None:
    listed = aws(server, "lambda", "list-event-source-mappings", "--function-name", "loan")
    (mapping,) = json.loads(listed.stdout)["EventSourceMappings"]
    off = aws(server, "lambda", "update-event-source-mapping", "--uuid", mapping["UUID"], "--no-enabled")

    assert off.returncode == 0, off.stderr
    assert lambdas.get_event_source_mapping(UUID=mapping["UUID"])["State"] == "Disabled"


def test_while_a_streams_mapping_is_off_records_wait_and_then_they_are_handled(laptop: Laptop, lambdas: Any) -> None:
    id = id_of(lambdas, "reader")
    lambdas.update_event_source_mapping(UUID=id, Enabled=False)
    client(laptop.serve(), "dynamodb").put_item(TableName="rows", Item={"pk": {"S": "a"}})
    laptop.run_for(120)

    assert laptop.function("reader").invocations == 0

    lambdas.update_event_source_mapping(UUID=id, Enabled=True)
    laptop.run_until_idle()

    assert laptop.function("reader").invocations == 1


def test_a_mapping_that_is_switched_off_stays_so_in_the_laptop_that_goes_on(
    laptop: Laptop, lambdas: Any, tmp_path: Path
) -> None:
    lambdas.update_event_source_mapping(UUID=id_of(lambdas, "loan"), Enabled=False)

    with lending(tmp_path / "again") as after:
        after.restore(laptop.state())

        others = client(after.serve(), "lambda")
        states = {one["UUID"]: one["State"] for one in others.list_event_source_mappings()["EventSourceMappings"]}
        assert states == {id_of(lambdas, "loan"): "Disabled", id_of(lambdas, "reader"): "Enabled"}


def test_nothing_else_of_a_mapping_can_be_changed(lambdas: Any) -> None:
    with pytest.raises(ClientError, match="BatchSize cannot be changed on the laptop AWS"):
        lambdas.update_event_source_mapping(UUID=id_of(lambdas, "loan"), BatchSize=1)


def test_a_function_is_invoked_and_its_result_comes_back(laptop: Laptop, lambdas: Any) -> None:
    answer = lambdas.invoke(FunctionName="adder", Payload=json.dumps({"a": 1, "b": 2}))

    assert (answer["StatusCode"], answer.get("FunctionError")) == (200, None)
    assert json.loads(answer["Payload"].read()) == {"sum": 3, "in": "adder"}
    assert laptop.function("adder").invocations == 1


def test_what_a_function_raises_comes_back_as_its_error(laptop: Laptop, lambdas: Any) -> None:
    answer = lambdas.invoke(FunctionName="adder", Payload=b'{"a": 1}')

    described = json.loads(answer["Payload"].read())
    assert (answer["StatusCode"], answer["FunctionError"]) == (200, "Unhandled")
    assert (described["errorType"], described["errorMessage"]) == ("KeyError", "'b'")
    assert len(laptop.failures) == 1


def test_a_function_that_is_throttled_is_the_error_that_boto3_knows(laptop: Laptop, lambdas: Any) -> None:
    laptop.function("adder").is_throttled = True

    with pytest.raises(lambdas.exceptions.TooManyRequestsException):
        lambdas.invoke(FunctionName="adder")


def test_an_event_is_taken_at_once_and_the_function_invoked_later(laptop: Laptop, lambdas: Any) -> None:
    answer = lambdas.invoke(FunctionName="adder", InvocationType="Event", Payload=b'{"a": 1, "b": 2}')

    assert (answer["StatusCode"], laptop.function("adder").invocations) == (202, 0)
    laptop.run_until_idle()
    assert laptop.function("adder").invocations == 1


def test_a_dry_run_invokes_nothing(laptop: Laptop, lambdas: Any) -> None:
    assert lambdas.invoke(FunctionName="adder", InvocationType="DryRun")["StatusCode"] == 204
    assert laptop.function("adder").invocations == 0


def test_a_payload_that_is_not_json_is_refused(lambdas: Any) -> None:
    with pytest.raises(lambdas.exceptions.InvalidRequestContentException):
        lambdas.invoke(FunctionName="adder", Payload=b"{")


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [("get_function_configuration", {"FunctionName": "gone"}), ("get_event_source_mapping", {"UUID": "0" * 36})],
)
def test_what_is_not_there_is_the_error_that_boto3_knows(
    lambdas: Any, operation: str, arguments: dict[str, str]
) -> None:
    with pytest.raises(lambdas.exceptions.ResourceNotFoundException):
        getattr(lambdas, operation)(**arguments)


def test_an_operation_that_is_not_answered_is_named_with_those_that_are(lambdas: Any) -> None:
    with pytest.raises(ClientError, match=r"lambda DeleteFunction is not answered by the laptop AWS; .*ListFunctions"):
        lambdas.delete_function(FunctionName="loan")


def test_a_service_that_is_not_answered_is_named_with_those_that_are(server: Server) -> None:
    with pytest.raises(ClientError, match=r"s3 GET /shelf is not answered by the laptop AWS; .*lambda.*sqs"):
        client(server, "s3").list_objects_v2(Bucket="shelf")
    with pytest.raises(ClientError, match="scheduler ListSchedules is not answered"):
        client(server, "scheduler").list_schedules()


def test_a_request_that_nobody_signed_is_refused(server: Server) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/2015-03-31/functions")

    with refused.value as answer:
        assert answer.status == 403


@pytest.mark.parametrize(("query", "body"), [("MaxItems=many", b""), ("", b"["), ("", b"[]")])
def test_a_request_of_rest_that_cannot_be_read_is_an_error_of_the_client(
    server: Server, query: str, body: bytes
) -> None:
    scope = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/eu-west-1/lambda/aws4_request"}
    headers = scope | {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}/2015-03-31/functions/?{query}", body or None, headers, method="GET")

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request)

    with refused.value as answer:
        assert (answer.status, answer.headers["x-amzn-errortype"]) == (400, "InvalidRequestContentException")
