"""What a line is made of, and how a fault is described."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.kit.telemetry import described, logger
from tests.kit.conftest import Kit


def test_an_error_of_aws_is_described_by_its_code_whichever_class_botocore_has_for_it(kit: Kit) -> None:
    answer: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "secret"}}
    modeled = kit.dynamodb.exceptions.ConditionalCheckFailedException(answer, "PutItem")

    expected = "ClientError: PutItem ConditionalCheckFailedException"
    assert [described(modeled), described(ClientError(answer, "PutItem"))] == [expected, expected]


def test_a_line_has_a_time_that_lambda_reads_and_nothing_that_no_search_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5;Parent=5;Sampled=1")
    record = logging.LogRecord("locker", logging.INFO, "consumer.py", 1, "EventHandled", (), None)

    line = json.loads(logger.registered_formatter.format(record))

    assert line.keys() == {"level", "message", "timestamp", "service"}
    assert "T" in line["timestamp"]
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
