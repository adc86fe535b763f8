"""The tables of docs/cost.md, as a run of the meter fills them: `python -m tests.docs.measured_cost` prints them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from tests.conftest import ROOT

STAGE = "prod"
AWS_SERVICES = ("DynamoDB", "EventBridge", "SQS", "SNS", "Lambda", "CloudWatch", "X-Ray")
UNITS = {
    "invocations": "invocations",
    "write units": "write_units",
    "read units": "read_units",
    "events": "events",
    "requests of queues": "queue_requests",
    "bytes of log lines": "log_bytes",
    "bytes of Lambda's own lines": "platform_log_bytes",
}
Rows = dict[str, list[float]]
"""The figures of each row of a table, by its first cell."""


def measured(environment: Mapping[str, str]) -> Any:
    """Return the document of `ensemble meter` for this project."""
    run = subprocess.run(
        [sys.executable, "-m", "ensemble", "meter", "--json", "--environment", STAGE],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def dollars(document: Mapping[str, Any]) -> Rows:
    """Return USD for a million, by rate."""
    rates = document["rates"]
    return {
        "all": [rate["usd"] for rate in rates],
        ", ".join(document["on_the_way"]): [rate["on_the_way"] for rate in rates],
        **{one: [rate["by_aws_service"].get(one, 0.0) for rate in rates] for one in AWS_SERVICES},
        "what runs by the month": [rate["standing"] for rate in rates],
    }


def by_service(document: Mapping[str, Any]) -> Rows:
    """Return the same by service."""
    rates = document["rates"]
    return {service: [rate["by_service"][service] for rate in rates] for service in rates[0]["by_service"]}


def figures(document: Mapping[str, Any]) -> Rows:
    """Return what one order takes, how long it takes, and what is paid where nothing happens."""
    units = document["units"]["all"]
    return {
        **{title: [units[name]] for title, name in UNITS.items()},
        "seconds, by medians": [document["latency"]["seconds"]],
        "USD of an idle month": [document["idle_month"]["usd"]],
    }


def lines(rows: Rows) -> Iterator[str]:
    """Yield the rows as a document has them."""
    for title, amounts in rows.items():
        yield f"| {title} | {' | '.join(f'{amount:,.2f}' if amount < 10 else f'{amount:,.1f}' for amount in amounts)} |"


if __name__ == "__main__":
    found = measured({})
    for table in (dollars, by_service, figures):
        print("\n".join(lines(table(found))), end="\n\n")
