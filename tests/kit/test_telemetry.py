"""What a line is made of, and how a fault is described."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

import pytest
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter
from botocore.exceptions import ClientError

from functions.kit.telemetry import Lines, described, logger
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


def raised() -> Any:
    try:
        raise ValueError("none")
    except ValueError as error:
        return type(error), error, error.__traceback__


@pytest.mark.parametrize("fault", [None, raised()], ids=["no fault", "a fault"])
@pytest.mark.parametrize(
    ("message", "values"),
    [
        ("EventHandled", ()),
        ("a message of words", ()),
        ("%s came", ("it",)),
        ('{"json": true}', ()),
        ({"no": "text"}, ()),
    ],
)
def test_a_line_is_what_powertools_own_formatter_writes(message: Any, values: tuple[Any, ...], fault: Any) -> None:
    record = logging.LogRecord("locker", logging.INFO, "consumer.py", 1, message, values, fault)
    said = {"type": "Ä", "at": datetime(2026, 1, 1), "row_key": None, "published": [{"type": "B"}], "service": "x"}
    record.__dict__.update(said)
    lines = []

    for formatter in (Lines(use_rfc3339=True), LambdaPowertoolsFormatter(use_rfc3339=True)):
        formatter.append_keys(service="locker", location=None, xray_trace_id=None, tenant="t-1")
        formatter.thread_safe_append_keys(stage="dev")
        lines.append(formatter.format(record))
        formatter.thread_safe_clear_keys()

    assert lines[0] == lines[1]
    assert json.loads(lines[0])["type"] == "Ä"
