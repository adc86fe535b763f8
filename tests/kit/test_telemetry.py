"""What the trace holds of an event: no more than the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.kit.telemetry import described, logger, trace_header, traced, tracer
from tests.kit.conftest import Kit


class Subsegment:
    """Records what X-Ray's would: annotations, and the message of an exception that leaves its block."""

    def __init__(self) -> None:
        self.annotations: dict[str, Any] = {}
        self.exceptions: list[str] = []

    def put_annotation(self, key: str, value: Any) -> None:
        self.annotations[key] = value

    @contextmanager
    def in_subsegment(self, name: str) -> Iterator[Subsegment]:
        try:
            yield self
        except Exception as error:
            self.exceptions.append(str(error))
            raise


def test_a_faults_message_does_not_reach_the_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    trace = Subsegment()
    monkeypatch.setattr(tracer, "provider", trace)

    detail = {"type": "ParcelArrived", "correlation_id": "c-1", "event_id": "e-1"}

    with pytest.raises(ValueError, match="tok_secret"), traced(detail):
        raise ValueError("tok_secret")

    assert trace.exceptions == []
    assert trace.annotations == {"correlation_id": "c-1", "fault": "ValueError"}


def test_an_error_of_aws_is_described_by_its_code_whichever_class_botocore_has_for_it(kit: Kit) -> None:
    answer: Any = {"Error": {"Code": "ConditionalCheckFailedException", "Message": "secret"}}
    modeled = kit.dynamodb.exceptions.ConditionalCheckFailedException(answer, "PutItem")

    expected = "ClientError: PutItem ConditionalCheckFailedException"
    assert [described(modeled), described(ClientError(answer, "PutItem"))] == [expected, expected]


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("Root=1-5;Parent=5;Sampled=1", "Root=1-5;Parent=5;Sampled=1"),
        ("Root=1-5;Parent=5;Sampled=0", ""),
        ("Root=1-5", ""),
    ],
)
def test_events_take_along_a_trace_that_is_recorded_and_no_other(
    header: str, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", header)

    assert trace_header() == taken


def test_a_line_has_a_time_that_lambda_reads_and_nothing_that_no_search_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5;Parent=5;Sampled=1")
    record = logging.LogRecord("locker", logging.INFO, "consumer.py", 1, "EventHandled", (), None)

    line = json.loads(logger.registered_formatter.format(record))

    assert line.keys() == {"level", "message", "timestamp", "service"}
    assert "T" in line["timestamp"]
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None
