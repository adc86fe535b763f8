"""The command `ensemble forget`: erases what is sensitive of some subjects, or of what is old, by DynamoDB's own API.

What is sensitive, and where it lies, is said by the schemas and the states of this tree.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.check.states import is_recorded
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.project import read_schemas, read_services, root_of_project
from ensemble.command_line.run.durations import seconds_of
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.forgetting import Data, Forgetting, Found, Wanted
from ensemble.command_line.stage.place import Place
from ensemble.command_line.stage.remaining import Queues, Remaining, remaining_elsewhere
from ensemble.command_line.stage.synthesized import stacks_in
from ensemble.command_line.synthesis import names_in
from ensemble.command_line.terminal import error_console, printable
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.states.evolution import file_of
from ensemble.contracts.states.shape import shape_of
from ensemble.project.deployed import recorded
from ensemble.trace.words import listed
from functions.kit.model import Service
from infrastructure.naming import Names

TELLS_EVERY = 5.0
"""Seconds between two lines."""

MOST_TOLD = 20
"""So many workflows that were left are named."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    stage: str
    wanted: Wanted
    found: Found
    remaining: tuple[Remaining, ...]

    @property
    def unknown(self) -> list[str]:
        """The subjects that no event names."""
        return sorted(self.wanted.subjects - self.found.known)

    @property
    def is_done(self) -> bool:
        """Whether all subjects are known, and nothing of theirs was left or kept."""
        return not (self.unknown or self.found.left or self.found.kept)

    def as_json(self) -> dict[str, Any]:
        """Return the document that docs/json.md describes."""
        before = self.wanted.before
        return {
            "stage": self.stage,
            "done": self.is_done,
            "dry_run": self.wanted.is_dry,
            "subjects": sorted(self.wanted.subjects),
            "before": before.isoformat(timespec="seconds") if before else None,
            "unknown": self.unknown,
            "workflows": len(self.found.workflows),
            "tables": [{"table": name, **asdict(one)} for name, one in sorted(self.found.tables.items())],
            "left": [{"workflow": one, "reason": why} for one, why in sorted(self.found.left.items())],
            "kept": [{"row": row, "reason": why} for row, why in sorted(self.found.kept.items())],
            "shared": sorted(self.found.shared),
            "remaining": [one.as_json() for one in self.remaining],
        }

    def as_text(self) -> Iterator[tuple[str, str]]:
        """Yield what is printed for a person: each line with its style."""
        would = "would be " if self.wanted.is_dry else ""
        yield f"{_number(len(self.found.workflows), 'workflow')} in {self.stage}", ""
        for name, one in sorted(self.found.tables.items()):
            yield f"  {name}: {_number(one.looked_at, 'item')} looked at, {_erased(one, would)}", ""
        for subject in self.unknown:
            yield f"✗ no event names {printable(subject)}: is it the value of a field with x-subject?", "red"
        yield from ((f"✗ left, under way: {line}", "red") for line in _told(self.found.left))
        yield from ((f"✗ kept: {line}", "red") for line in _told(self.found.kept))
        if self.found.left:
            yield "Run it again when they have ended, or with --even-under-way.", ""
        if self.found.shared:
            number = len(self.found.shared)
            yield f"{number} of the workflows name others too, and what names nobody in them {would}went as well.", ""
        if self.remaining:
            yield "Not reached:", "bold"
        for place in self.remaining:
            counted = "" if place.number is None else f"{place.number:,} "
            until = f", until {place.until}" if place.until and place.until != "for ever" else ""
            yield f"  {counted}{place.what}{until or (', for ever' if place.until else '')}", ""


def wanted_of(
    subjects: Sequence[str], older_than: str | None, now: datetime, *, even_under_way: bool, is_dry: bool
) -> Wanted:
    """Return what is to be erased, as it was typed. Raises UsageRefused for what is no duration."""
    before = None if older_than is None else now - timedelta(seconds=seconds_of(older_than))
    return Wanted(frozenset(subjects), before, even_under_way=even_under_way, is_dry=is_dry)


def refuse_what_is_not_said(subjects: Sequence[str], older_than: str | None) -> None:
    """Raise UsageRefused when it is not said what is to be erased, or in two ways."""
    if bool(subjects) == (older_than is not None):
        raise UsageRefused(
            "say whose values are to go, or how old they are: ensemble forget SUBJECT, or ensemble forget "
            "--older-than 400d"
        )
    if older_than is not None:
        seconds_of(older_than)


def forget(
    console: Console,
    subjects: Sequence[str],
    older_than: str | None,
    place: Place,
    *,
    even_under_way: bool = False,
    is_dry: bool = False,
    as_json: bool = False,
) -> bool:
    """Erase it, and print what was erased, left and not reached; return whether nothing was left. Raises
    CommandFailed."""
    refuse_what_is_not_said(subjects, older_than)
    root = root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    refuse_what_cannot_be_found(services, schemas, subjects)
    shown = error_console() if as_json else console
    shapes = {one.name: shapes_of(root, place, one) for one in services if not one.stores_events}
    assembly = place.assembly(shown, root)
    data = Data(services, schemas, tables_of(services, names_in(assembly)), shapes)
    now = place.now()
    wanted = wanted_of(subjects, older_than, now, even_under_way=even_under_way, is_dry=is_dry)
    account = place.account(assembly)
    report = erase(shown, account, data, wanted, place, assembly, now)
    if as_json:
        sys.stdout.write(json.dumps(report.as_json(), indent=2, ensure_ascii=False) + "\n")
    else:
        for line, style in report.as_text():
            console.print(line, style=style or None, markup=False)
    return report.is_done


def erase(
    console: Console, account: Account, data: Data, wanted: Wanted, place: Place, assembly: Path, now: datetime
) -> Report:
    """Erase it in an account. Raises AwsFailed."""
    stacks, told_at = stacks_in(assembly), time.monotonic()
    with aws_answers():
        queues = Queues(stacks, account.client("sqs"))
        forgetting = Forgetting(data, account.client("dynamodb"), wanted, now, queues.busy)
        for found in forgetting.run():
            if time.monotonic() - told_at >= TELLS_EVERY:
                told_at = time.monotonic()
                console.print(f"{_so_far(found)}. Stop it as you like, and run it again", markup=False)
        found = forgetting.found
        remaining = [
            *queues.remaining(data, wanted, found, now),
            *remaining_elsewhere(stacks, data, found, now, is_laptop=place.is_laptop),
        ]
    return Report(place.stage, wanted, found, tuple(remaining) if found.workflows or found.known else ())


def refuse_what_cannot_be_found(services: Sequence[Service], schemas: Schemas, subjects: Sequence[str]) -> None:
    """Raise UsageRefused where nothing says which events are whose."""
    if not any(service.stores_events for service in services):
        raise UsageRefused(
            "no service of this project stores every event, and without these nobody knows which workflow is whose, or "
            "how old. Fix: add one, with reactions=(on_every_event(),)"
        )
    marked = (schemas.subjects(event, one) for event, versions in schemas.versions.items() for one in versions)
    if subjects and not any(marked):
        raise UsageRefused(
            'no schema says whom an event is about. Fix: write "x-subject": true at such a field, as a customer\'s id, '
            "of the commands that begin workflows (docs/schemas.md)"
        )


def shapes_of(root: Path, place: Place, service: Service) -> Mapping[int, Any]:
    """Return the shapes of a service's states that may be in its rows, by version.

    Raises UsageRefused when what is deployed is not as it is here.
    """
    newest = {service.state_version: shape_of(service.state)}
    if place.is_laptop:
        return newest
    if not is_recorded(root, place.stage, service):
        raise UsageRefused(
            f"the state of {service.name} as it is here is not recorded as deployed to {place.stage}, and what is "
            f'sensitive there might be something else. Fix: cdk deploy -c stage={place.stage} "{place.stage}/*", '
            f"then: ensemble deployed {place.stage}"
        )
    known = next(one.services for one in recorded(root) if one.stage == place.stage)[file_of(service.name)]
    return {int(version): shape for version, shape in known["states"].items()} | newest


def tables_of(services: Iterable[Service], names: Names) -> dict[str, str]:
    """Return the table of each service."""
    return {one.name: names.store(one.name) if one.stores_events else names.table(one.name) for one in services}


def _so_far(found: Found) -> str:
    looked_at = sum(one.looked_at for one in found.tables.values())
    return f"{looked_at:,} items looked at, {sum(one.items for one in found.tables.values()):,} erased"


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _erased(one: Any, would: str) -> str:
    if not one.items:
        return f"nothing {would}erased"
    parts = [_number(one.fields, "value")] if one.fields else []
    parts += [_number(one.digests, "digest")] if one.digests else []
    parts += ["the earlier states of " + _number(one.histories, "row")] if one.histories else []
    return f"{listed(parts)} of {_number(one.items, 'item')} {would}erased"


def _told(why: Mapping[str, str]) -> Iterator[str]:
    for one, reason in sorted(why.items())[:MOST_TOLD]:
        yield f"{printable(one)}: {printable(reason)}"
    if len(why) > MOST_TOLD:
        yield f"and {len(why) - MOST_TOLD:,} more"
