"""What both clients do when AWS cannot, will not or does not answer."""

from __future__ import annotations

import random
import socket
from typing import Any
from zlib import crc32

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from functions.kit.errors import Kind
from functions.kit.faults import kind_of
from tests.kit.aws.conftest import KINDS, Make
from tests.kit.aws.server import RESET, SILENCE, Reply, Server

KEY = {"pk": {"S": "book/1"}}
ENTRY = {"Source": "desk", "DetailType": "RequestLoan", "Detail": "{}"}


def refusal(code: str, status: int = 400, **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}, status, named)


def get(dynamodb: Any) -> Any:
    return dynamodb.get_item(TableName="table", Key=KEY)


@pytest.mark.parametrize(
    "first",
    [
        *(Reply(b"<html>", status) for status in (500, 502, 503, 504)),
        Reply({"message": "slowly"}, 429),
        *map(refusal, ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")),
        refusal("TransactionInProgressException"),
        RESET,
        SILENCE,
    ],
)
def test_what_may_do_better_is_asked_again(dynamodb: Any, server: Server, first: Any) -> None:
    server.replies = [first]
    server.usual = Reply({"Item": KEY})

    answer = get(dynamodb)

    assert answer["Item"] == KEY
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert len(server.asked) == 2


def test_a_write_that_met_another_region_s_is_asked_again(dynamodb: Any, server: Server) -> None:
    server.replies = [refusal("ReplicatedWriteConflictException")]

    dynamodb.put_item(TableName="table", Item=KEY)

    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "code", ["ValidationException", "ConditionalCheckFailedException", "ResourceNotFoundException", "AccessDenied"]
)
def test_what_does_no_better_is_asked_once(dynamodb: Any, server: Server, code: str) -> None:
    server.usual = refusal(code)

    with pytest.raises(ClientError) as raised:
        get(dynamodb)

    assert raised.value.response["Error"] == {"Code": code, "Message": "no"}
    assert raised.value.operation_name == "GetItem"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    ("always", "error"),
    [
        (Reply(b"", 500), ClientError),
        (refusal("ThrottlingException"), ClientError),
        (RESET, ConnectionClosedError),
        (SILENCE, ReadTimeoutError),
    ],
)
def test_after_three_attempts_the_last_fault_is_raised_and_it_is_an_outage(
    dynamodb: Any, server: Server, always: Any, error: type[Exception]
) -> None:
    server.usual = always

    with pytest.raises(error) as raised:
        get(dynamodb)

    assert len(server.asked) == 3
    assert kind_of(raised.value) is Kind.OUTAGE


def test_where_nobody_listens_the_endpoint_is_named(make: Make, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    dynamodb = make(kind, "dynamodb", AWS_ENDPOINT_URL=f"http://127.0.0.1:{port}")

    with pytest.raises(EndpointConnectionError, match=str(port)) as raised:
        get(dynamodb)

    assert kind_of(raised.value) is Kind.OUTAGE


def test_connections_are_kept(dynamodb: Any, server: Server) -> None:
    for _ in range(5):
        get(dynamodb)

    assert (len(server.asked), server.connections) == (5, 1)


def test_a_kept_connection_that_was_ended_meanwhile_is_not_used(dynamodb: Any, server: Server) -> None:
    server.replies = [Reply(is_last=True)]
    get(dynamodb)
    server.wait_until_ended()

    answer = get(dynamodb)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    assert (len(server.asked), server.connections) == (2, 2)


def test_a_kept_connection_that_ends_under_a_request_is_replaced(dynamodb: Any, server: Server) -> None:
    server.replies = [Reply(), RESET]
    get(dynamodb)

    answer = get(dynamodb)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 1
    assert (len(server.asked), server.connections) == (3, 2)


def test_an_attempt_repeated_is_one_transaction_and_another_call_is_another(dynamodb: Any, server: Server) -> None:
    server.replies = [RESET, Reply(b"", 503)]
    write = {"Put": {"TableName": "table", "Item": KEY}}
    dynamodb.transact_write_items(TransactItems=[write])
    dynamodb.transact_write_items(TransactItems=[write])
    dynamodb.transact_write_items(TransactItems=[write], ClientRequestToken="mine")

    tokens = [asked.json["ClientRequestToken"] for asked in server.asked]
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert tokens[4] == "mine"


def test_an_answer_that_is_not_of_its_checksum_is_asked_for_again(dynamodb: Any, server: Server) -> None:
    whole = b'{"Item": {"pk": {"S": "book/1"}}}'
    right = {"x-amz-crc32": str(crc32(whole))}
    server.replies = [Reply(whole.replace(b"1", b"7"), headers=right), Reply(whole, headers=right)]

    answer = get(dynamodb)

    assert answer["Item"] == KEY
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "first", [Reply(b"", 500), refusal("ThrottlingException"), refusal("X", 503, x_amz_retry_after="1500"), RESET]
)
@pytest.mark.parametrize("service", ["dynamodb", "events"])
def test_both_clients_pause_alike(make: Make, server: Server, slept: list[float], first: Any, service: str) -> None:
    paused = []
    for kind in KINDS:
        client = make(kind, service)
        random.seed(7)
        slept.clear()
        server.replies = [first, first]
        get(client) if service == "dynamodb" else client.put_events(Entries=[ENTRY])
        paused.append(list(slept))

    assert paused[0] == pytest.approx(paused[1])
    assert len(paused[0]) == 2


def test_where_all_fails_a_client_soon_asks_once_for_each_call(dynamodb: Any, server: Server) -> None:
    server.usual = Reply(b"", 500)
    asked = []
    for _ in range(20):
        with pytest.raises(ClientError):
            get(dynamodb)
        asked.append(len(server.asked))

    assert asked[16] == 17 * 3, "35 attempts cost 14 of 500 each"
    assert asked[-1] - asked[-2] == 1

    server.usual = Reply()
    for _ in range(14):
        get(dynamodb)
    server.replies = [Reply(b"", 500)]
    get(dynamodb)
    assert len(server.asked) == asked[-1] + 14 + 2, "and each success earns it a little again"


def test_what_ends_before_its_length_is_asked_for_again(make: Make, server: Server) -> None:
    """Botocore takes it for an answer without members."""
    server.replies = [Reply({"Item": KEY}, length=1_000, is_last=True), Reply(b'{"Item": {"pk"')]
    server.usual = Reply({"Item": KEY})

    assert get(make("kit", "dynamodb"))["Item"] == KEY
    assert len(server.asked) == 3
