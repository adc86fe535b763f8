"""The loan service's first reaction, written the usual way: what the kit is measured against.

As the Powertools documentation shows it: Logger, Tracer, Metrics, a batch processor, the parser with a pydantic
model, idempotency with the DynamoDB layer, a boto3 table resource and an EventBridge client. It does the same as
the loan service of the tests' domain: takes RequestLoan, stores the loan, publishes LoanRequested.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parser import BaseModel, parse
from aws_lambda_powertools.utilities.parser.models import EventBridgeModel
from pydantic import Field

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Book(BaseModel):
    title: str = Field(min_length=1, max_length=64)
    copies: int = Field(ge=1)


class Reader(BaseModel):
    name: str = Field(min_length=1, max_length=64)
    email: str = Field(min_length=1, max_length=254)


class Place(BaseModel):
    town: str = Field(min_length=1, max_length=64)
    street: str = Field(min_length=1, max_length=128)


class RequestLoan(BaseModel):
    event_id: str = Field(min_length=1)
    correlation_id: str = Field(min_length=1)
    loan_id: str = Field(min_length=1, max_length=64)
    reader: Reader
    books: list[Book] = Field(min_length=1, max_length=20)
    place: Place


class RequestLoanEvent(EventBridgeModel):
    detail: RequestLoan


logger = Logger()
tracer = Tracer()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath="event_id", raise_on_no_idempotency_key=True)
loans = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
bus = boto3.client("events")


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="command", persistence_store=persistence, config=config
)
def request(*, command: RequestLoan) -> dict[str, Any]:
    deposit = {"minor_units": 500 * sum(book.copies for book in command.books), "currency": "EUR"}
    deadline = datetime.now(UTC) + timedelta(minutes=10)
    loans.put_item(
        Item={
            "loan_id": command.loan_id,
            "status": "requested",
            "email": command.reader.email,
            "deposit": deposit,
            "deadline": deadline.isoformat(),
        },
        ConditionExpression="attribute_not_exists(loan_id)",
    )
    publish(
        "LoanRequested",
        command,
        loan_id=command.loan_id,
        books=[book.model_dump() for book in command.books],
        deposit=deposit,
        place=command.place.model_dump(),
    )
    return {"loan_id": command.loan_id, "status": "requested"}


def publish(type: str, cause: RequestLoan, **fields: Any) -> None:
    detail = {
        "event_id": str(uuid4()),
        "type": type,
        "version": "2.0",
        "timestamp": datetime.now(UTC).isoformat(),
        "correlation_id": cause.correlation_id,
        "causation_id": cause.event_id,
        **fields,
    }
    answer = bus.put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_NAME"],
                "Source": "loan",
                "DetailType": type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0]["ErrorCode"])


@tracer.capture_method(capture_response=False)
def handle_record(record: SQSRecord) -> None:
    event = parse(event=record.json_body, model=RequestLoanEvent)
    request(command=event.detail)
    metrics.add_metric(name="EventHandled", unit=MetricUnit.Count, value=1)
    logger.info(
        "EventHandled",
        extra={
            "type": event.detail_type,
            "event_id": event.detail.event_id,
            "correlation_id": event.detail.correlation_id,
        },
    )


@metrics.log_metrics
@tracer.capture_lambda_handler(capture_response=False)
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    config.register_lambda_context(context)
    return process_partial_response(event=event, record_handler=handle_record, processor=processor, context=context)
