"""The figures of cost in the documents: `python -m tests.docs.measured_cost` measures and writes them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from tests.conftest import ROOT

STAGE = "prod"
DOCUMENTS = tuple(ROOT / "docs" / name for name in ("cost.md", "operate.md", "how-it-works.md", "observability.md"))
AWS_SERVICES = ("DynamoDB", "EventBridge", "SQS", "SNS", "Lambda", "CloudWatch", "X-Ray")
UNITS = {
    "invocations": "invocations",
    "write units": "write_units",
    "read units": "read_units",
    "events": "events",
    "requests of queues": "queue_requests",
    "log lines": "log_lines",
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


def lines(document: Mapping[str, Any]) -> Rows:
    """Return the log lines and their bytes of one order, by service."""
    rows = {name: row for name, row in document["units"]["by_service"].items() if row["invocations"]}
    return {
        name: [row["log_lines"], row["log_bytes"]] for name, row in {**rows, "all": document["units"]["all"]}.items()
    }


TABLES = {"A million orders": dollars, "By service": by_service, "One order": figures, "Lines of one order": lines}
"""The tables of the documents, by their headings."""


def sentences(document: Mapping[str, Any]) -> dict[str, float]:
    """Return the figures in sentences: by a pattern of what stands before it."""
    at_one = next(rate for rate in document["rates"] if rate["a_second"] == 1)
    return {
        r"An idle stage costs about ": document["idle_month"]["usd"],
        r"[Aa] step of the (?:shop's )?saga (?:costs )?about ": at_one["on_the_way"]
        / len(document["latency"]["steps"]),
    }


def text_of(amount: float) -> str:
    """Return a figure as the documents have it."""
    if amount == round(amount):
        return f"{amount:,.0f}"
    return f"{amount:,.2f}" if amount < 10 else f"{amount:,.1f}"


def with_table(text: str, heading: str, rows: Rows) -> str:
    """Return a document with these figures in the last columns of the table under a heading."""
    before, rest = text.split(f"\n## {heading}\n")
    head = re.search(r"\A.*?\n\|[-|]+\|\n", rest, re.DOTALL)
    assert head is not None, heading
    table, _, after = rest[head.end() :].partition("\n\n")
    written = {cells[0]: cells[1:] for cells in (line.strip("| ").split(" | ") for line in table.splitlines())}
    kept = {title: written.get(title, [])[: -len(amounts)] for title, amounts in rows.items()}
    lines = [" | ".join([title, *kept[title], *map(text_of, amounts)]) for title, amounts in rows.items()]
    return f"{before}\n## {heading}\n{head[0]}" + "\n".join(f"| {line} |" for line in lines) + f"\n\n{after}"


def written(text: str, document: Mapping[str, Any]) -> str:
    """Return a document with all figures of cost that it has as they were measured."""
    for heading, table in TABLES.items():
        if f"\n## {heading}\n" in text:
            text = with_table(text, heading, table(document))
    for pattern, amount in sentences(document).items():
        text = re.sub(f"({pattern})[\\d.]+", lambda found, amount=amount: f"{found[1]}{amount:.2f}", text)  # type: ignore[misc]
    return text


if __name__ == "__main__":
    found = measured({})
    for file in DOCUMENTS:
        file.write_text(written(file.read_text(), found))
