"""What both clients ask, and what they return of an answer."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError, ParamValidationError

from functions.kit.errors import Kind
from functions.kit.faults import kind_of
from tests.kit.aws.conftest import KINDS, Make
from tests.kit.aws.server import Asked, Reply, Server

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ROW = {"pk": {"S": "book/ä"}, "cover": {"B": b"\x00\xff"}, "copies": {"N": "2"}, "none": {"NULL": True}}
ATTRIBUTES = {
    "a": {"DataType": "String", "StringValue": "ä & b"},
    "b": {"DataType": "Binary", "BinaryValue": b"\x00\x01"},
}

CALLS: list[tuple[str, str, dict[str, Any]]] = [
    ("dynamodb", "get_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}, "ConsistentRead": True}),
    ("dynamodb", "batch_get_item", {"RequestItems": {"t": {"Keys": [{"pk": {"S": "x"}}], "ConsistentRead": True}}}),
    ("dynamodb", "put_item", {"TableName": "t", "Item": ROW, "ConditionExpression": "attribute_not_exists(pk)"}),
    ("dynamodb", "update_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}, "UpdateExpression": "REMOVE a"}),
    ("dynamodb", "delete_item", {"TableName": "t", "Key": {"pk": {"S": "x"}}, "ReturnValues": "ALL_OLD"}),
    ("dynamodb", "query", {"TableName": "t", "KeyConditionExpression": "pk = :p", "Limit": 3}),
    ("dynamodb", "scan", {"TableName": "t", "ExclusiveStartKey": {"pk": {"B": b"\x01"}}}),
    (
        "dynamodb",
        "transact_write_items",
        {"TransactItems": [{"Put": {"TableName": "t", "Item": ROW}}], "ClientRequestToken": "c-1"},
    ),
    ("events", "put_events", {"Entries": [{"Source": "desk", "Detail": "{}", "Time": NOON, "Resources": ["a"]}]}),
    ("sqs", "send_message", {"QueueUrl": "https://q/1/a", "MessageBody": "ä", "MessageAttributes": ATTRIBUTES}),
    ("sqs", "send_message_batch", {"QueueUrl": "https://q/1/a", "Entries": [{"Id": "1", "MessageBody": "b"}]}),
    ("sqs", "change_message_visibility", {"QueueUrl": "q", "ReceiptHandle": "h", "VisibilityTimeout": 3}),
    ("sqs", "delete_message", {"QueueUrl": "q", "ReceiptHandle": "h"}),
    (
        "sns",
        "publish",
        {"TopicArn": "arn:t", "Message": "ä & <b> 100% +\n", "Subject": "s", "MessageAttributes": ATTRIBUTES},
    ),
]
"""Each operation that the kit's client knows."""

PUBLISHED = b'<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult><MessageId>m-1' + (
    b"</MessageId></PublishResult><ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></PublishResponse>"
)


def _usual(service: str) -> Reply:
    return Reply(PUBLISHED) if service == "sns" else Reply()


@pytest.mark.parametrize(("service", "method", "parameters"), CALLS, ids=[method for _, method, _ in CALLS])
def test_both_clients_ask_alike(
    make: Make, server: Server, service: str, method: str, parameters: dict[str, Any]
) -> None:
    server.usual = _usual(service)
    for kind in KINDS:
        getattr(make(kind, service), method)(**parameters)

    ours, theirs = server.asked
    assert _meant(ours) == _meant(theirs)
    for header in ("content-type", "host", "x-amz-target", "x-amzn-query-mode", "content-length"):
        assert header == "content-length" or ours.headers.get(header) == theirs.headers.get(header)


def _meant(asked: Asked) -> Any:
    return parse_qs(asked.body.decode(), strict_parsing=True) if b"Action=" in asked.body else asked.json


@pytest.mark.parametrize("token", ["", "session-token+/="])
@pytest.mark.parametrize("service", ["dynamodb", "events", "sqs", "sns"])
def test_requests_are_signed(make: Make, kind: str, server: Server, service: str, token: str) -> None:
    server.usual = _usual(service)
    method, parameters = next((method, given) for name, method, given in CALLS if name == service)

    getattr(make(kind, service, AWS_SESSION_TOKEN=token), method)(**parameters)

    (asked,) = server.asked
    assert asked.headers.get("x-amz-security-token", "") == token
    assert asked.headers["authorization"] == _signed_by_botocore(asked, service, server.url, token)


def _signed_by_botocore(asked: Asked, service: str, url: str, token: str) -> str:
    """Return the header that botocore writes for what was received."""
    signed = asked.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"host", "x-amz-date", "content-type"} <= set(signed)
    headers = {name: asked.headers[name] for name in signed}
    request = AWSRequest("POST", url + asked.path, headers, asked.body)
    request.context["timestamp"] = asked.headers["x-amz-date"]
    auth = SigV4Auth(Credentials("testing", "testing", token or None), service, "eu-west-1")
    canonical = auth.canonical_request(request)
    signature = auth.signature(auth.string_to_sign(request, canonical), request)
    return f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, SignedHeaders={';'.join(signed)}, Signature={signature}"


def test_members_of_an_answer_are_as_they_were_given(dynamodb: Any, server: Server) -> None:
    nested = {"M": {"B": {"S": "null"}, "l": {"L": [{"BS": [b64encode(b"\x01").decode()]}]}}}
    item = {"pk": {"S": "book/ä"}, "cover": {"B": b64encode(b"\x00\xff").decode()}, "nested": nested}
    server.usual = Reply({"Item": item, "ConsumedCapacity": None})

    answer = dynamodb.get_item(TableName="t", Key={"pk": {"S": "book/ä"}})

    metadata = answer.pop("ResponseMetadata")
    assert answer == {
        "Item": {
            "pk": {"S": "book/ä"},
            "cover": {"B": b"\x00\xff"},
            "nested": {"M": {"B": {"S": "null"}, "l": {"L": [{"BS": [b"\x01"]}]}}},
        }
    }
    assert (metadata["HTTPStatusCode"], metadata["RequestId"], metadata["RetryAttempts"]) == (200, "r-1", 0)
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == "r-1"


def test_a_message_that_was_published_has_an_id(sns: Any, server: Server) -> None:
    server.usual = Reply(PUBLISHED)

    answer = sns.publish(TopicArn="arn:t", Message="m")

    assert answer["MessageId"] == "m-1"


def test_an_error_of_sns_has_its_code(sns: Any, server: Server) -> None:
    error = b"<Error><Type>Sender</Type><Code>NotFound</Code><Message>Topic &amp; all</Message></Error>"
    server.usual = Reply(
        b'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">%s</ErrorResponse>' % error, 404
    )

    with pytest.raises(sns.exceptions.NotFoundException) as raised:
        sns.publish(TopicArn="arn:t", Message="m")

    said = raised.value.response["Error"]
    assert (said["Code"], said["Message"]) == ("NotFound", "Topic & all")
    assert kind_of(raised.value) is Kind.OUTAGE


def test_a_cancelled_transaction_says_why_each_write_was(dynamodb: Any, server: Server) -> None:
    reasons = [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "no", "Item": {"pk": {"S": "x"}}}]
    server.usual = Reply(
        {"__type": "a#TransactionCanceledException", "Message": "no", "CancellationReasons": reasons}, 400
    )

    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        dynamodb.transact_write_items(TransactItems=[{"Put": {"TableName": "t", "Item": {"pk": {"S": "x"}}}}])

    assert raised.value.response["CancellationReasons"] == reasons
    assert raised.value.response["Error"]["Message"] == "no"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_an_error_of_sqs_has_the_code_that_its_clients_know(sqs: Any, server: Server) -> None:
    headers = {"x-amzn-query-error": "AWS.SimpleQueueService.NonExistentQueue;Sender"}
    server.usual = Reply({"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "no"}, 400, headers)

    with pytest.raises(sqs.exceptions.QueueDoesNotExist) as raised:
        sqs.send_message(QueueUrl="q", MessageBody="b")

    assert raised.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert raised.value.response["Error"]["QueryErrorCode"] == "QueueDoesNotExist"
    assert kind_of(raised.value) is Kind.OUTAGE


def test_an_answer_that_is_no_error_of_aws_has_its_status_for_a_code(events: Any, server: Server) -> None:
    server.usual = Reply(b"<html>forbidden</html>", 403)

    with pytest.raises(ClientError) as raised:
        events.put_events(Entries=[{"Source": "desk"}])

    assert raised.value.response["Error"] == {"Code": "403", "Message": "<html>forbidden</html>"}


def test_pages_are_read_one_after_the_other(dynamodb: Any, server: Server) -> None:
    key = {"pk": {"S": "b"}}
    server.replies = [Reply({"Items": [{"pk": {"S": "a"}}], "LastEvaluatedKey": key}), Reply({"Items": [key]})]

    pages = dynamodb.get_paginator("query").paginate(TableName="t", KeyConditionExpression="pk = :p")

    assert [item["pk"]["S"] for page in pages for item in page["Items"]] == ["a", "b"]
    assert [asked.json.get("ExclusiveStartKey") for asked in server.asked] == [None, key]


def test_what_the_kit_s_client_does_not_know_goes_to_botocore(make: Make, server: Server) -> None:
    dynamodb = make("kit", "dynamodb")
    server.usual = Reply({"TableNames": ["t"]})

    assert dynamodb.list_tables()["TableNames"] == ["t"]
    assert next(iter(dynamodb.get_paginator("list_tables").paginate()))["TableNames"] == ["t"]
    dynamodb.get_item(TableName="t", Key={"pk": {"S": "x"}}, AttributesToGet=["a"])
    with pytest.raises(ParamValidationError, match="ConditionExpresion"):
        dynamodb.put_item(TableName="t", Item={}, ConditionExpresion="misspelt")

    assert [asked.headers["x-amz-target"].partition(".")[2] for asked in server.asked] == [
        *("ListTables", "ListTables", "GetItem")
    ]
    assert all("Botocore" in asked.headers["user-agent"] for asked in server.asked)
    dynamodb._botocore.close()


def test_a_value_without_a_form_is_refused_before_it_is_sent(dynamodb: Any, server: Server) -> None:
    with pytest.raises(ParamValidationError) as raised:
        dynamodb.get_item(TableName="t", Key={"pk": {"SS": {"x"}}})

    assert kind_of(raised.value) is Kind.NEVER
    assert server.asked == []


@pytest.mark.parametrize("trace", ["Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0", "Root=ä b"])
def test_the_trace_of_an_invocation_goes_along(make: Make, server: Server, trace: str) -> None:
    for kind in KINDS:
        make(kind, "events", _X_AMZN_TRACE_ID=trace).put_events(Entries=[{"Source": "desk"}])

    ours, theirs = (asked.headers["x-amzn-trace-id"] for asked in server.asked)
    assert ours == theirs


def test_the_server_is_told_which_client_asks(make: Make, server: Server) -> None:
    make("kit", "events").put_events(Entries=[{"Source": "desk"}])

    assert server.asked[0].headers["user-agent"].startswith("ensemble-kit lang/python#3.")
    assert json.loads(server.asked[0].body)["Entries"] == [{"Source": "desk"}]
