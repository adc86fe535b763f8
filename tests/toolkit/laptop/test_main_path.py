"""The way of an event through two services, as their templates say it."""

from __future__ import annotations

from pathlib import Path

from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import (
    Template,
    function,
    get,
    mapping,
    subscription,
    table,
    template,
    write_assembly,
)

CONSUMER = """
import json, os
from botocore.session import get_session
table = get_session().create_client("dynamodb")

def handler(event, context):
    for record in event["Records"]:
        detail = json.loads(record["body"])["detail"]
        item = {"pk": {"S": detail["loan_id"]}, "outbox": {"S": json.dumps(detail)}}
        table.put_item(TableName=os.environ["TABLE_NAME"], Item=item)
    print("handled", len(event["Records"]))
    return {"batchItemFailures": []}
"""

RELAY = """
import os
from botocore.session import get_session
events = get_session().create_client("events")

def handler(event, context):
    for record in event["Records"]:
        detail = record["dynamodb"]["NewImage"]["outbox"]["S"]
        entry = {"Source": "loan", "DetailType": "LoanRequested", "Detail": detail, "EventBusName": "lending"}
        assert events.put_events(Entries=[entry])["FailedEntryCount"] == 0
"""

STREAM = {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
NAMED: Template = {"Environment": {"Variables": {"TABLE_NAME": {"Ref": "Table"}}}}


def loan_service(tmp_path: Path) -> Path:
    """Return an assembly with a service that answers RequestLoan with LoanRequested."""
    resources = subscription({"detail-type": ["RequestLoan"]}, "Loan") | {
        "Loan": function("loan", **NAMED),
        "Relay": function("relay"),
        "Table": table(**STREAM),
        "Stream": mapping(get("Table", "StreamArn"), "Relay", StartingPosition="TRIM_HORIZON"),
    }
    bundles = {"loan": {"functions/handler.py": CONSUMER}, "relay": {"functions/handler.py": RELAY}}
    return write_assembly(tmp_path, {"loan": template(**resources)}, bundles)


def request_loan(loan_id: str) -> dict[str, str]:
    """Return an entry."""
    detail = f'{{"loan_id": "{loan_id}"}}'
    return {"Source": "desk", "DetailType": "RequestLoan", "Detail": detail, "EventBusName": "lending"}


def test_an_event_goes_by_rule_queue_function_table_stream_and_relay_back_to_the_bus(tmp_path: Path) -> None:
    with Laptop(loan_service(tmp_path), VirtualClock()) as laptop:
        heard: list[tuple[str, str]] = []
        laptop.on_event(lambda bus, event: heard.append((bus, event["detail-type"])))

        answer = laptop.put_events([request_loan("l-1")])
        laptop.run_until_idle()

        assert answer["FailedEntryCount"] == 0
        assert heard == [("lending", "RequestLoan"), ("lending", "LoanRequested")]
        assert [item["pk"] for item in laptop.table_items("loan-Table")] == ["l-1"]
        assert laptop.function("loan").output == ["handled 1"]
        assert (laptop.failures, laptop.losses, laptop.dead_letters()) == ([], [], {})
        assert laptop.queue("loan-queue").messages == []
