"""The command `ensemble invoke`: hands one event to a service, on a running `ensemble up` or on a fresh laptop AWS."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.text import Text

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_scenario, read_schemas, read_services, root_of_project, scenario_to_play
from ensemble.command_line.run.asking import NothingAnswers, ask, now_at
from ensemble.command_line.run.invoking import invoked
from ensemble.command_line.run.needs import given_to
from ensemble.command_line.run.running import running_laptop, running_sandboxes
from ensemble.command_line.run.unheard import nearest
from ensemble.command_line.synthesis import assembly_of, names_in
from ensemble.command_line.terminal import printable, printable_lines
from ensemble.contracts.schemas import Schemas
from ensemble.laptop import RealClock
from ensemble.scenario.generated import example, filled_in
from functions.kit.model import KIT_FIELDS, rfc3339

STDIN = "-"


def invoke(console: Console, service: str, source: str, port: int | None, default_port: int, environment: str) -> bool:
    """Hand the event to the service and print what it decided; return whether it met no fault. Raises CommandFailed.

    `source`: a file, `-` for the standard input, or the type of an event. `port`: of the `up` that must run, else that
    of the one that may run.
    """
    root = root_of_project()
    endpoint = f"http://127.0.0.1:{default_port if port is None else port}"
    event = _event(source, root, now_at(endpoint))
    try:
        answer, place = ask(endpoint, "invoke", service=service, event=event), f"the laptop AWS at {endpoint}"
    except NothingAnswers:
        if port is not None:
            raise
        answer, place = _on_a_fresh_one(console, service, event, environment, root), "a fresh laptop AWS"
    for text in _texts(answer, event, place):
        console.print(text)
    return not answer["faults"]


def _on_a_fresh_one(
    console: Console, service: str, event: Mapping[str, Any], environment: str, root: Path
) -> Mapping[str, Any]:
    with running_sandboxes(scenario_to_play(root)) as sandboxes:
        settings = given_to(read_services(root), sandboxes.settings, root, with_file=True)
        with running_laptop(console, environment, RealClock(), settings) as laptop:
            return invoked(laptop, names_in(assembly_of(environment, console, root)), service, event)


def _event(source: str, root: Path, now: datetime) -> dict[str, Any]:
    """Return the event as EventBridge delivers it, at this time unless it has its own. Raises UsageRefused."""
    services = read_services(root)
    schemas = read_schemas(root, services)
    if source in schemas.publishers:
        fields = filled_in(example(source, services, schemas, read_scenario(root)), secrets.token_hex(4))
        return _delivered(source, fields, schemas, now)
    given = _read(source, schemas)
    if isinstance(given.get("Records"), list):
        given = _of_record(source, given["Records"])
    if isinstance(given.get("detail"), Mapping) and isinstance(given.get("detail-type"), str):
        return _delivered(given["detail-type"], given["detail"], schemas, now) | given
    if isinstance(given.get("type"), str):
        return _delivered(given["type"], given, schemas, now)
    raise UsageRefused(
        f"{source} holds no event: give what EventBridge delivers (detail-type, source, detail), a record of SQS "
        "(Records), or an event's detail with its type"
    )


def _read(source: str, schemas: Schemas) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if source == STDIN else Path(source).read_text(encoding="utf-8")
        given = json.loads(text)
    except FileNotFoundError:
        near = nearest(source, schemas)
        hint = f": did you mean the event {near}?" if near else ""
        raise UsageRefused(f"{source} is no file and no event{hint}") from None
    except (OSError, ValueError) as error:
        raise UsageRefused(f"{source} holds no event: {error}") from error
    if not isinstance(given, dict):
        raise UsageRefused(f"{source} holds no event: it is no JSON object")
    return given


def _of_record(source: str, records: list[Any]) -> dict[str, Any]:
    """Return the event in the one record of a function's input, as a log or another tool wrote it."""
    try:
        (record,) = records
        return dict(json.loads(record["body"]))
    except (ValueError, TypeError, LookupError):
        raise UsageRefused(f"{source} holds {len(records)} records: give one, whose body is an event") from None


def _delivered(type: str, detail: Mapping[str, Any], schemas: Schemas, now: datetime) -> dict[str, Any]:
    """Return the event around a detail (EventBridge User Guide, "Event structure")."""
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": type,
        "source": schemas.publishers.get(type, "unknown"),
        "time": rfc3339(now),
        "detail": dict(detail),
    }


def _texts(answer: Mapping[str, Any], event: Mapping[str, Any], place: str) -> Iterator[Text]:
    """Yield the lines of the answer."""
    about = ", ".join(f"{name} {value}" for name, value in answer["event"].items() if name != "type")
    head = Text.assemble((f"{answer['function']}  {event['detail-type']}", "bold"), (f"  {about}", "dim"))
    yield head.append(f"  on {place}", "dim")
    for fault in answer["faults"]:
        yield Text(f"✗ {printable_lines(fault)}", "red")
    for change in answer["changes"]:
        yield Text(f"{printable(change['key'])}", "bold")
        yield Text(f"  before  {_shown(change['before'])}")
        yield Text(f"  after   {_shown(change['after'])}")
    for published in answer["published"]:
        fields = {name: value for name, value in published.items() if name not in KIT_FIELDS}
        yield Text.assemble(("publishes ", "bold"), printable(published["type"]), f"  {_shown(fields)}")
    if not answer["changes"]:
        yield Text("No row changed.")
    for line in answer["log"]:
        yield Text(f"log  {printable(line)}", "dim")


def _shown(value: Any) -> str:
    return "-" if value is None else printable(json.dumps(value, ensure_ascii=False))
