"""The command `ensemble meter`: what one workflow costs on AWS and how long it takes, in tables or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from ensemble.command_line.run.metering import Metered, metered
from ensemble.command_line.terminal import error_console
from ensemble.meter import assumed
from ensemble.meter.bill import Bill
from ensemble.meter.platform_log import bytes_of_an_invocation
from ensemble.meter.prices import looked_up, prices, usd, usd_by_service
from ensemble.meter.units import GIGABYTE, MONTH_HOURS, Unit, Units

RATES = (0.1, 1.0, 10.0, 100.0)
"""Workflows that begin a second."""

MILLION = 1_000_000
MONTH_SECONDS = 3600 * MONTH_HOURS
TITLES = {
    "invocations": "runs",
    "write_units": "write units",
    "read_units": "read units",
    "events": "events",
    "queue_requests": "SQS",
    "gb_milliseconds": "GB ms",
    "log_lines": "log lines",
    "log_bytes": "log bytes",
    "platform_log_bytes": "Lambda log",
}
"""Of the columns of the table of units, by the name in the document."""


def meter(console: Console, environment: str, story: str | None, *, as_json: bool) -> None:
    """Measure, and print. Raises CommandFailed."""
    found = metered(error_console() if as_json else console, environment, story)
    document = document_of(found)
    if as_json:
        print(json.dumps(document, indent=2))
    else:
        _show(console, document)


def document_of(found: Metered) -> dict[str, Any]:
    """Return all that is known, as docs/json.md describes it."""
    bills = {rate: found.meter.bill(rate) for rate in RATES}
    way = list(dict.fromkeys(step.service for step in found.steps))
    return {
        "stage": found.environment,
        "story": found.story.name,
        "prices": {"region": "us-east-1", "looked_up": looked_up().isoformat()},
        "units": _units(found, bills[RATES[0]]),
        "rates": [_at(found, rate, bill, way) for rate, bill in bills.items()],
        "on_the_way": way,
        "conducted_by": [service for service in way if service in found.sagas],
        "lines": {service: found.lines[service] for service in way},
        "idle_month": {"usd": usd(found.idle), "by_aws_service": usd_by_service(found.idle)},
        "in_use_month": {"metrics": len(found.metrics), "usd": usd(_metrics(found))},
        "stored": {
            "tables_month": usd(found.stored) * MILLION,
            "archive_and_logs": usd(_kept(found, bills[RATES[0]])) * MILLION,
        },
        "latency": {
            "seconds": sum(step.milliseconds for step in found.steps) / 1000,
            "steps": [
                {
                    "service": step.service,
                    "event": step.event,
                    "publishes": step.publishes,
                    "milliseconds": round(step.milliseconds, 1),
                    "of_it": {"window": step.window, "function": round(step.function, 1), "stream": step.stream},
                }
                for step in found.steps
            ],
        },
        "assumptions": list(_assumptions(found)),
    }


def _units(found: Metered, bill: Bill) -> dict[str, Any]:
    """Return what one workflow by itself takes, by service and in all."""
    rows = {service: _row(found, service, units, bill) for service, units in bill.units.items()}
    names = next(iter(rows.values()))
    return {"by_service": rows, "all": {name: round(sum(row[name] for row in rows.values()), 2) for name in names}}


def _row(found: Metered, service: str, units: Units, bill: Bill) -> dict[str, float]:
    functions = [
        one for one in found.stage.functions.values() if one.service == service and one.name in found.meter.alone
    ]
    alone = [found.meter.alone[one.name] for one in functions]
    of_platform = [found.meter.alone[one.name].invocations.total * bytes_of_an_invocation(one) for one in functions]
    return {
        "invocations": sum(one.invocations.total for one in alone),
        "write_units": units[Unit.WRITE],
        "read_units": units[Unit.READ],
        "events": units[Unit.EVENT],
        "queue_requests": round(units[Unit.QUEUE], 2),
        "gb_milliseconds": round(1000 * (units[Unit.DURATION] + units[Unit.DURATION_X86]), 2),
        "log_lines": sum(one.log_lines for one in alone),
        "log_bytes": sum(one.log_bytes for one in alone),
        "platform_log_bytes": sum(of_platform),
        "archived_bytes": round(units[Unit.ARCHIVED] * GIGABYTE),
    }


def _at(found: Metered, rate: float, bill: Bill, way: list[str]) -> dict[str, Any]:
    """Return what a million workflows cost at this rate; `standing`: what runs by the month meanwhile."""
    months = MILLION / rate / MONTH_SECONDS
    fixed = Units({unit: amount for unit, amount in found.idle.items() if unit is not Unit.QUEUE})
    standing = (usd(fixed) + usd(_metrics(found))) * months + usd(Units({Unit.QUEUE: bill.empty_receives * MILLION}))
    by_service = {service: usd(units) * MILLION for service, units in bill.units.items()}
    return {
        "a_second": rate,
        "usd": sum(by_service.values()),
        "on_the_way": sum(by_service[service] for service in way),
        "by_service": by_service,
        "by_aws_service": {service: amount * MILLION for service, amount in usd_by_service(bill.total).items()},
        "standing": standing,
        "invocations": bill.invocations.total,
        "traces": bill.total[Unit.TRACE],
        "overloaded": found.meter.overloaded(rate),
    }


def _metrics(found: Metered) -> Units:
    return Units({Unit.METRIC: len(found.metrics)})


def _kept(found: Metered, bill: Bill) -> Units:
    """Return what the archive and the logs keep of one workflow until they forget it; logs as large as they came."""
    months, stage = 24 / MONTH_HOURS, found.stage
    archived, logged = bill.total[Unit.ARCHIVED], bill.total[Unit.LOG]
    return Units(
        {Unit.KEPT_EVENTS: archived * stage.archive_days * months, Unit.KEPT_LOG: logged * stage.log_days * months}
    )


def _assumptions(found: Metered) -> Iterator[str]:
    memories = sorted({one.memory for name, one in found.stage.functions.items() if name in found.meter.alone})
    traced = any(one.is_traced for one in found.stage.functions.values())
    yield f"list prices of us-east-1, looked up on {looked_up()} ({len(prices())} rows of ensemble/meter/prices.toml)"
    yield f"memory of the templates: {', '.join(map(str, memories))} MB; warm functions; no faults, no retries"
    yield (
        f"{assumed.CALL_MILLISECONDS} ms a call of DynamoDB, {assumed.SLOW_CALL_MILLISECONDS:g} ms a transaction, "
        f"PutEvents and other calls, {assumed.CODE_MILLISECONDS} ms of a core a record; nothing for calls outside AWS"
    )
    yield f"traces: {'one a second and 5% of the rest, of each function' if traced else 'none, passed through'}"
    yield "workflows begin at random; each poller of a queue collects its own batch in a window"
    yield (
        f"medians: EventBridge {assumed.EVENTBRIDGE_MILLISECONDS:g} ms, SQS {assumed.QUEUE_MILLISECONDS} ms, a stream "
        f"{assumed.STREAM_MILLISECONDS:g} ms"
    )


def _show(console: Console, document: Mapping[str, Any]) -> None:
    console.print(f"\nThe story {document['story']!r} of {document['stage']}, by itself:", markup=False)
    console.print(_table_of_units(document["units"]))
    console.print("USD for a million of them, by how many begin a second:")
    console.print(_table_of_rates(document))
    idle, in_use = document["idle_month"], document["in_use_month"]
    parts = ", ".join(f"{service} {amount:.2f}" for service, amount in idle["by_aws_service"].items())
    console.print(f"Idle a month: {idle['usd']:.2f} USD ({parts}).", end=" ")
    console.print(f"In use also {in_use['usd']:.2f} for {in_use['metrics']} custom metrics.")
    stored = document["stored"]
    console.print(
        f"Of a million the tables keep {stored['tables_month']:.2f} USD a month, as long as rows live;", end=" "
    )
    console.print(f"archive and logs {stored['archive_and_logs']:.2f} USD until they forget it.")
    console.print(f"\nFrom the command to its last event, by medians: {document['latency']['seconds']:.2f} s")
    for step in document["latency"]["steps"]:
        console.print(
            f"  {step['milliseconds']:6.0f} ms  {step['service']}: {step['event']} to {step['publishes']}", markup=False
        )
    console.print("\nAssumed:")
    for one in document["assumptions"]:
        console.print(f"  - {one}", markup=False)


def _table_of_units(units: Mapping[str, Any]) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("service", no_wrap=True)
    for title in TITLES.values():
        table.add_column(title, justify="right", max_width=6)
    for service, row in units["by_service"].items():
        table.add_row(service, *(f"{row[name]:,.0f}" for name in TITLES))
    table.add_section()
    table.add_row("all", *(f"{units['all'][name]:,.0f}" for name in TITLES), style="bold")
    return table


def _table_of_rates(document: Mapping[str, Any]) -> Table:
    rates = document["rates"]
    table = Table(box=SIMPLE)
    table.add_column("")
    for one in rates:
        table.add_column(f"{one['a_second']:g}", justify="right")

    def row(title: str, amounts: Iterator[float], style: str = "") -> None:
        table.add_row(title, *(f"{amount:.1f}" for amount in amounts), style=style)

    for service in rates[0]["by_service"]:
        row(service, (one["by_service"][service] for one in rates))
    table.add_section()
    for service in rates[0]["by_aws_service"]:
        row(service, (one["by_aws_service"].get(service, 0.0) for one in rates))
    table.add_section()
    row("all", (one["usd"] for one in rates), "bold")
    row(", ".join(document["on_the_way"]), (one["on_the_way"] for one in rates))
    row("what runs by the month", (one["standing"] for one in rates))
    table.add_row("too much for", *(", ".join(one["overloaded"]) or "-" for one in rates))
    return table
