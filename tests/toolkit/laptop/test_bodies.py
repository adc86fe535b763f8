"""The body of a request is read once."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.laptop.answers import Answer
from ensemble.laptop.bodies import Body, content_of
from ensemble.laptop.wire import Interceptor
from functions.kit.aws.sending import Request

TARGET = {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
BODY = b'{"TableName": "books", "Key": {"pk": {"S": "1"}}}'


def test_who_answers_a_request_gets_the_content_that_was_checked() -> None:
    contents: list[Any] = []

    def answer(_: Any, body: bytes) -> Answer:
        contents.extend([content_of(body), content_of(body)])
        return Answer(200, {}, b"{}")

    Interceptor(answer).send(Request("http://dynamodb", TARGET, BODY))

    assert contents[0] == {"TableName": "books", "Key": {"pk": {"S": "1"}}}
    assert contents[0] is contents[1]


@pytest.mark.parametrize("made", [bytes, Body])
def test_an_empty_body_is_an_object_without_members(made: type[bytes]) -> None:
    assert content_of(made(b"")) == {}
    assert content_of(made(BODY))["TableName"] == "books"
