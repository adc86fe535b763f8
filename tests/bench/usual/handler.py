"""The order service's first reaction, written the usual way: what the kit is measured against.

As the Powertools documentation shows it: Logger, Tracer, Metrics, a batch processor, the parser with a pydantic
model, idempotency with the DynamoDB layer, a boto3 table resource and an EventBridge client. It does the same as
`functions/order`: takes PlaceOrder, stores the order, publishes OrderPlaced.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from decimal import Decimal
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


class Line(BaseModel):
    sku: str = Field(min_length=1, max_length=64)
    quantity: int = Field(ge=1)
    unit_price: float = Field(ge=0)


class Address(BaseModel):
    country: str = Field(min_length=2, max_length=2)
    postcode: str = Field(min_length=1)
    street: str = Field(min_length=1)


class PlaceOrder(BaseModel):
    event_id: str = Field(min_length=1)
    correlation_id: str = Field(min_length=1)
    order_id: str = Field(min_length=1, max_length=64)
    customer_id: str = Field(min_length=1, max_length=64)
    email: str = Field(min_length=3, max_length=254)
    items: list[Line] = Field(min_length=1, max_length=50)
    payment_token: str = Field(min_length=1, max_length=128)
    address: Address


class PlaceOrderEvent(EventBridgeModel):
    detail: PlaceOrder


logger = Logger()
tracer = Tracer()
metrics = Metrics()
processor = BatchProcessor(event_type=EventType.SQS)
persistence = DynamoDBPersistenceLayer(table_name=os.environ["IDEMPOTENCY_TABLE_NAME"])
config = IdempotencyConfig(event_key_jmespath="event_id", raise_on_no_idempotency_key=True)
orders = boto3.resource("dynamodb").Table(os.environ["TABLE_NAME"])
bus = boto3.client("events")


@idempotent_function(  # type: ignore[untyped-decorator]
    data_keyword_argument="command", persistence_store=persistence, config=config
)
def place(*, command: PlaceOrder) -> dict[str, Any]:
    total = round(sum(line.quantity * line.unit_price for line in command.items), 2)
    deadline = datetime.now(UTC) + timedelta(minutes=15)
    orders.put_item(
        Item={
            "order_id": command.order_id,
            "status": "placed",
            "customer_id": command.customer_id,
            "email": command.email,
            "total": Decimal(str(total)),
            "deadline": deadline.isoformat(),
        },
        ConditionExpression="attribute_not_exists(order_id)",
    )
    publish(
        "OrderPlaced",
        command,
        order_id=command.order_id,
        customer_id=command.customer_id,
        items=[{"sku": line.sku, "quantity": line.quantity} for line in command.items],
        total=total,
        payment_token=command.payment_token,
        address=command.address.model_dump(),
    )
    return {"order_id": command.order_id, "status": "placed"}


def publish(type: str, cause: PlaceOrder, **fields: Any) -> None:
    detail = {
        "event_id": str(uuid4()),
        "type": type,
        "version": "1.0",
        "timestamp": datetime.now(UTC).isoformat(),
        "correlation_id": cause.correlation_id,
        "causation_id": cause.event_id,
        **fields,
    }
    answer = bus.put_events(
        Entries=[
            {
                "EventBusName": os.environ["EVENT_BUS_NAME"],
                "Source": "order",
                "DetailType": type,
                "Detail": json.dumps(detail),
            }
        ]
    )
    if answer["FailedEntryCount"]:
        raise RuntimeError(answer["Entries"][0]["ErrorCode"])


@tracer.capture_method(capture_response=False)
def handle_record(record: SQSRecord) -> None:
    event = parse(event=record.json_body, model=PlaceOrderEvent)
    place(command=event.detail)
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
