"""What surely has its shape has it by botocore's validator too, and what functions send usually does surely."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.model import Shape
from botocore.validate import ParamValidator

from ensemble.laptop.request_check import service_model
from ensemble.laptop.shapes import surely_fits

VALUES = {"S": "a"}, {"N": "1"}, {"BOOL": True}, {"NULL": True}, {"L": [{"S": "a"}]}, {"M": {"a": {"SS": ["b"]}}}
ITEM = {f"a{number}": value for number, value in enumerate(VALUES)}
CHANGE = {
    "TableName": "books",
    "Key": {"id": {"S": "1"}},
    "UpdateExpression": "SET #a = :a",
    "ExpressionAttributeNames": {"#a": "a"},
    "ExpressionAttributeValues": {":a": {"B": "YQ=="}},
}
ENTRY = {"EventBusName": "library", "Source": "desk", "DetailType": "RequestLoan", "Detail": "{}", "Resources": ["a"]}
MESSAGE = {"QueueUrl": "https://queue", "MessageBody": "a", "DelaySeconds": 1}
REQUESTS = [
    ("dynamodb", "PutItem", {"TableName": "books", "Item": ITEM, "ReturnValues": "ALL_OLD"}),
    ("dynamodb", "Query", {"TableName": "books", "Limit": 1, "ScanIndexForward": False}),
    (
        "dynamodb",
        "TransactWriteItems",
        {"TransactItems": [{"Update": CHANGE}, {"Put": {"TableName": "books", "Item": ITEM}}]},
    ),
    ("events", "PutEvents", {"Entries": [ENTRY]}),
    ("sqs", "SendMessage", MESSAGE),
    ("lambda", "Invoke", {"FunctionName": "loan", "Payload": "a"}),
]
INSTEAD: tuple[Any, ...] = (None, "", "a", 0, -1, 1.5, True, [], [None], {}, {"a": 1}, {"S": "a", "N": "1"})
"""What is put in the place of each part of a request, one after the other."""


def shape_of(service: str, operation: str) -> Shape:
    model = service_model(service)
    assert model is not None
    shape = model.operation_model(operation).input_shape
    assert shape is not None
    return shape


def altered(value: Any) -> Iterator[Any]:
    """Yield a value with each of its parts replaced, left out, or beside one that nobody knows."""
    yield from INSTEAD
    if not isinstance(value, dict | list):
        return
    for place in list(value) if isinstance(value, dict) else range(len(value)):
        for part in altered(value[place]):
            other = copy.copy(value)
            other[place] = part
            yield other
    if isinstance(value, dict):
        yield {**value, "Unheard": 1}
        yield from ({name: one for name, one in value.items() if name != left_out} for left_out in value)


@pytest.mark.parametrize(("service", "operation", "request_"), REQUESTS)
def test_a_request_as_functions_send_it_surely_fits(service: str, operation: str, request_: dict[str, Any]) -> None:
    assert surely_fits(request_, shape_of(service, operation))


@pytest.mark.parametrize(("service", "operation", "request_"), REQUESTS)
def test_what_surely_fits_botocore_would_send(service: str, operation: str, request_: dict[str, Any]) -> None:
    shape, validator = shape_of(service, operation), ParamValidator()

    sent = [other for other in altered(request_) if surely_fits(other, shape)]

    assert [other for other in sent if validator.validate(other, shape).has_errors()] == []


def test_a_shape_that_only_botocore_knows_is_left_to_it() -> None:
    shape = shape_of("events", "PutEvents")

    assert not surely_fits({"Entries": [{**ENTRY, "Time": 1_000}]}, shape)
    assert not ParamValidator().validate({"Entries": [{**ENTRY, "Time": 1_000}]}, shape).has_errors()
