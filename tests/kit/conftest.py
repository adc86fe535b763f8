"""A table and queues on moto, the toy service's consumer over them, and a count of every AWS call."""

from __future__ import annotations

import io
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from functions.kit import clients, clock, telemetry
from functions.kit.consumer import RESERVED_MILLISECONDS, Consumer
from functions.kit.model import rfc3339
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings
from functions.kit.telemetry import logger
from tests.conftest import ROOT
from tests.docs.documented_lines import undocumented
from tests.kit.locker import CONTRACTS, LOCKER, CallCourier

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NOON = 1_767_268_800.0
"""2026-01-01T12:00:00Z in seconds."""

QUEUE = "test-locker-events"
KIT = ROOT / "functions" / "kit"


class Context:
    """What the consumer uses of a Lambda context: the milliseconds that remain at each look."""

    def __init__(self, *remaining: int) -> None:
        self._remaining = list(remaining)

    def get_remaining_time_in_millis(self) -> int:
        return self._remaining.pop(0) if self._remaining else 30_000


class EndingContext(Context):
    """A context with hardly any time left once something has happened."""

    def __init__(self, is_over: Callable[[], bool]) -> None:
        super().__init__()
        self._is_over = is_over

    def get_remaining_time_in_millis(self) -> int:
        return RESERVED_MILLISECONDS - 1 if self._is_over() else RESERVED_MILLISECONDS


class Courier:
    """The toy effect's adapter: remembers each call and can fail after it took effect."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.failures = 0

    def call(self, effect: CallCourier) -> str:
        self.calls.append(effect.key)
        if self.failures:
            self.failures -= 1
            raise TimeoutError("the courier knows the secret number 4242")
        return f"courier for {effect.key}"


class Bus:
    """An EventBridge that takes everything, or answers as it is told."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self.codes: list[str | None] = []
        self.fault: Exception | None = None
        self.calls = 0

    def put_events(self, **request: Any) -> dict[str, Any]:
        self.calls += 1
        if self.fault is not None:
            raise self.fault
        answer = []
        for entry in request["Entries"]:
            code = self.codes.pop(0) if self.codes else None
            if code is None:
                self.entries.append(entry)
            answer.append({"EventId": "1"} if code is None else {"ErrorCode": code, "ErrorMessage": "no"})
        return {"Entries": answer}

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return the details that were published."""
        return [json.loads(entry["Detail"]) for entry in self.entries]


class Kit:
    """The toy service's consumer on moto, with what a test needs to drive it and look at it."""

    def __init__(self, dynamodb: DynamoDBClient, calls: Counter[str]) -> None:
        self.dynamodb = dynamodb
        self.calls = calls
        self.courier = Courier()
        self.bus = Bus()
        self.rows = RowStore(dynamodb, "table", 3600)
        self.sqs = clients.sqs()
        self.queue_url = self.sqs.create_queue(QueueName=QUEUE)["QueueUrl"]
        self.dlq_url = self.sqs.create_queue(QueueName=f"{QUEUE}-dlq")["QueueUrl"]
        self.settings = ConsumerSettings("table", 3600, 8, "bus", self.queue_url)
        self.consumer = self.another_worker()

    def another_worker(self, **changes: Any) -> Consumer:
        made: dict[str, Any] = {
            "service": LOCKER,
            "contracts": CONTRACTS,
            "rows": self.rows,
            "adapters": {CallCourier: self.courier.call},
            "settings": self.settings,
            "bus": self.bus,
        }
        return Consumer(**(made | changes))

    def handle(self, *records: dict[str, Any], context: Context | None = None) -> list[str]:
        """Handle a batch; return the message ids that it reports as failed."""
        answer = self.consumer.handle({"Records": list(records)}, context or Context())  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def item(self, key: str) -> dict[str, Any]:
        return dict(self.dynamodb.get_item(TableName="table", Key={"pk": {"S": key}}).get("Item", {}))

    def state(self, key: str) -> Any:
        return json.loads(self.item(key)["state"]["S"])

    def unpublished(self, key: str) -> list[dict[str, Any]]:
        """Return the events of a row that are not noted as published."""
        item = self.item(key)
        return [
            {"correlation_id": item["correlation_id"]["S"], "causation_id": cause, **event}
            for cause, outbox in item.get("unpublished", {"M": {}})["M"].items()
            for event in json.loads(outbox["S"])["events"]
        ]

    def queued(self, type: str, fields: dict[str, Any], **envelope: Any) -> dict[str, Any]:
        """Put an event in the service's queue and take it out, so that it can be hidden there."""
        self.sqs.send_message(QueueUrl=self.queue_url, MessageBody=record(type, fields, **envelope)["body"])
        (message,) = self.messages()
        return message

    def messages(self) -> list[dict[str, Any]]:
        """Take what is in the service's queue, as Lambda hands it over."""
        answer = self.sqs.receive_message(
            QueueUrl=self.queue_url,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
            MaxNumberOfMessages=10,
        )
        return [received(message) for message in answer.get("Messages", [])]

    def counter(self, name: str) -> int:
        return int(self.item(f"counter#{name}").get("amount", {"N": "0"})["N"])

    def stock(self, **sizes: int) -> None:
        for size, amount in sizes.items():
            item = {"pk": {"S": f"counter#space#{size}"}, "amount": {"N": str(amount)}}
            self.dynamodb.put_item(TableName="table", Item=item)

    def dead_letters(self) -> list[tuple[str, str]]:
        """Return (message body, reason) of what is in the DLQ."""
        answer = self.sqs.receive_message(
            QueueUrl=self.dlq_url, MessageAttributeNames=["All"], MaxNumberOfMessages=10, VisibilityTimeout=0
        )
        return [(m["Body"], m["MessageAttributes"]["reason"]["StringValue"]) for m in answer.get("Messages", [])]


@pytest.fixture
def virtual_noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the functions log, as text."""
    text = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", text)
    return text


@pytest.fixture(autouse=True)
def documented_lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a test does, the kit logs no line but as docs/observability.md has it."""
    written: list[dict[str, Any]] = []
    form = logger.registered_formatter.format

    def noted(record: logging.LogRecord) -> str:
        line = form(record)
        if Path(record.pathname).parent == KIT:
            written.append(json.loads(line))
        return line

    monkeypatch.setattr(logger.registered_formatter, "format", noted)
    telemetry._at_instants.clear()  # what another test has counted and not written
    yield
    assert [fault for line in written for fault in undocumented(line)] == []


@pytest.fixture
def kit(virtual_noon: None) -> Iterator[Kit]:
    with kit_on_moto() as made:
        yield made


@contextmanager
def kit_on_moto() -> Iterator[Kit]:
    """Make the toy service's consumer with a table and queues of its own."""
    with mock_aws():
        dynamodb = clients.dynamodb()
        dynamodb.create_table(
            TableName="table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[
                {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "index_partition", "index_position")
            ],
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            GlobalSecondaryIndexes=[
                {
                    "IndexName": "index",
                    "KeySchema": [
                        {"AttributeName": "index_partition", "KeyType": "HASH"},
                        {"AttributeName": "index_position", "KeyType": "RANGE"},
                    ],
                    "Projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
        calls: Counter[str] = Counter()
        dynamodb.meta.events.register("before-call.*.*", lambda model, **_: calls.update([model.name]))
        made = Kit(dynamodb, calls)
        calls.clear()
        yield made


def record(
    type: str,
    fields: dict[str, Any],
    *,
    event_id: str | None = "e-1",
    source: str = "street",
    receives: int = 1,
    message_id: str = "m-1",
    **envelope: Any,
) -> dict[str, Any]:
    """Make the SQS record in which an event arrives; `event_id=None` leaves the envelope to the consumer."""
    known = {
        "event_id": event_id,
        "type": type,
        "version": "1.0",
        "timestamp": rfc3339_noon(),
        "correlation_id": "c-1",
        "causation_id": "cause-1",
        "hops": 0,
        **envelope,
    }
    body = {
        "version": "0",
        "id": "bridge-1",
        "detail-type": type,
        "source": source,
        "time": "2026-01-01T11:59:59Z",
        "detail": {**(known if event_id else envelope), **fields},
    }
    return {
        "messageId": message_id,
        "receiptHandle": f"handle of {message_id}",
        "body": json.dumps(body),
        "attributes": {
            "ApproximateReceiveCount": str(receives),
            "SentTimestamp": str(int(NOON * 1_000)),
            "ApproximateFirstReceiveTimestamp": str(int(NOON * 1_000)),
            "AWSTraceHeader": "Root=1-5",
        },
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{QUEUE}",
    }


def received(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message of SQS as Lambda hands it over (Lambda Developer Guide, "Using Lambda with Amazon SQS")."""
    attributes = {
        name: {"stringValue": one["StringValue"], "dataType": one["DataType"]}
        for name, one in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": attributes,
        "eventSourceARN": f"arn:aws:sqs:eu-west-1:123456789012:{QUEUE}",
    }


def rfc3339_noon() -> str:
    from datetime import UTC, datetime

    return rfc3339(datetime.fromtimestamp(NOON, UTC))
