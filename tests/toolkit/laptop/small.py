"""A service in a small assembly, and what is put to it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ensemble.laptop import Laptop, VirtualClock
from tests.toolkit.laptop.assemblies import Template, function, subscription, template, write_assembly

START = "2026-01-01T00:00:00Z"

SUCCEEDS = "def handler(event, context):\n    return {'batchItemFailures': []}\n"
FAILS = "def handler(event, context):\n    raise ValueError('no')\n"
FAILS_AND_REPORTS = """
def handler(event, context):
    bad = [r["messageId"] for r in event["Records"] if "bad" in r["body"]]
    return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
"""
REPORTS: Template = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}


def laptop_with(directory: Path, *, bundles: dict[str, str] | None = None, **resources: Template) -> Laptop:
    """Deploy these resources beside the bus `lending`; `bundles` are the sources of handlers."""
    files = {name: {"functions/handler.py": source} for name, source in (bundles or {}).items()}
    return Laptop(write_assembly(directory, {"lending": template(**resources)}, files), VirtualClock(START))


def subscriber(directory: Path, handler: str, **mapping: Any) -> Laptop:
    """Deploy the function `loan`, which hears LoanRequested by `loan-queue`."""
    resources = subscription({"detail-type": ["LoanRequested"]}, "Loan", **mapping)
    return laptop_with(directory, bundles={"loan": handler}, Loan=function("loan"), **resources)


def entry(detail_type: str = "LoanRequested", **changes: Any) -> dict[str, Any]:
    """Return a PutEvents entry for the bus `lending`."""
    detail = json.dumps(changes.pop("detail", {"loan_id": "l-1"}))
    return {"Source": "lending", "DetailType": detail_type, "Detail": detail, "EventBusName": "lending"} | changes


def seen_by(laptop: Laptop, function_name: str) -> list[Any]:
    """Note each event that a function is invoked with."""
    seen: list[Any] = []

    def note(name: str, event: Any) -> None:
        if name == function_name:
            seen.append(event)

    laptop.before_invoke(note)
    return seen


def left_out(laptop: Laptop) -> dict[str, str]:
    """Return why a resource of the stack `shop`, or a part of one, is not run, by its logical id."""
    return {one.what.rpartition("/")[2]: one.why for one in laptop.not_run if one.is_one_resource}
