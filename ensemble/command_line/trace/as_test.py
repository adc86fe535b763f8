"""The command `ensemble trace --as-test`: writes a test that plays a workflow again, and tries it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

from rich.console import Console

from ensemble.command_line.errors import CommandFailed, UsageRefused
from ensemble.command_line.project import read_scenario, read_schemas, read_services, root_of_project
from ensemble.command_line.stage.account import aws_answers
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import error_console, printable
from ensemble.command_line.trace.hiding import HIDDEN
from ensemble.command_line.trace.recorded import Played, Recorded, value_at
from ensemble.command_line.trace.standins import StandIns
from ensemble.command_line.trace.story import Telling
from ensemble.command_line.trace.trace import reading_of, refuse_what_finds_nothing, unknown
from ensemble.command_line.trace.writing import source
from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Scenario, Story
from ensemble.trace.known import Known
from ensemble.trace.standing import Standing, State, standing_of
from functions.kit.model import Service, rfc3339

MOST_TRIES = 8
"""So many other times of commands and values for sensitive ones are tried, where it goes another way than recorded."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What a person expects: the types of the events that end it, and values of fields, by service or type."""

    ends: tuple[str, ...] = ()
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, texts: Sequence[str], services: Sequence[Service], schemas: Schemas) -> Expected:
        """Read what was typed. Raises UsageRefused."""
        ends, fields = [], dict[str, dict[str, Any]]()
        for text in texts:
            left, equals, value = text.partition("=")
            name, _, path = left.partition(".")
            known = {*schemas.publishers} | ({one.name for one in services} if path else set())
            if name not in known or bool(path) != bool(equals):
                raise UsageRefused(
                    f"--expect {printable(text)} names no event of the project, nor a field as NAME.FIELD=VALUE"
                )
            if path:
                fields.setdefault(name, {})[path] = _value(value)
            else:
                ends.append(name)
        return cls(tuple(ends), fields)

    def __bool__(self) -> bool:
        return bool(self.ends or self.fields)


def write_test(console: Console, asked: str, place: Place, file: Path, expect: Sequence[str], environment: str) -> None:
    """Write the test, and say what it says now. Raises CommandFailed."""
    refuse_what_finds_nothing(asked)
    if file.exists() or file.suffix != ".py" or not file.parent.is_dir():
        raise UsageRefused(f"{file} cannot be written: name a new file that ends with .py, in a folder that there is")
    root = root_of_project()
    services = read_services(root)
    schemas = read_schemas(root, services)
    expected = Expected.of(expect, services, schemas)
    stand_ins = StandIns(schemas, read_scenario(root) or Scenario())
    declared, reading = reading_of(error_console(), place, stand_ins.shown)
    with aws_answers():
        known = reading.known(asked)
    if known is None:
        raise CommandFailed(unknown(asked, place, declared))
    standing = standing_of(known)
    telling = Telling(known, standing, expected.ends)
    if not telling.asked:
        raise CommandFailed(
            f"no command of {printable(asked)} is known, so that there is nothing to play: it is stored by no service "
            "(`on_every_event()`), or not yet"
        )
    began = rfc3339(datetime.fromtimestamp(telling.asked[0].out_at, UTC))
    story = telling.story(f"{asked} in {place.stage}")
    recorded = Recorded(asked, began, story, expected.fields, environment)
    played = _played_as_recorded(recorded, chain(telling.others(story), stand_ins.others(story)))
    recorded = played.recorded
    is_right = standing.state is State.DONE and not expected
    if is_right:
        recorded = replace(recorded, fields=_same_fields(known, played))
    head = _head(asked, place, file, standing, expect)
    file.write_text(source(recorded, head, _comments(expected, is_right)), encoding="utf-8")
    for line, style in _said(file, played, is_right=is_right):
        console.print(line, style=style or None, markup=False)


def _played_as_recorded(recorded: Recorded, others: Iterable[Story]) -> Played:
    """Play it; where it goes another way than recorded, with what could have been otherwise."""
    first = recorded.play()
    if first.is_as_recorded:
        return first
    tries = (replace(recorded, story=story).play() for story in islice(others, MOST_TRIES))
    return next((played for played in tries if played.is_as_recorded), first)


def _same_fields(known: Known, played: Played) -> dict[str, dict[str, Any]]:
    """Return the plain values of the rows' states that came out again as they were recorded."""
    found: dict[str, dict[str, Any]] = {}
    for row in known.rows:
        state = row.state if isinstance(row.state, Mapping) and not row.is_shared else {}
        for name, value in state.items():
            is_plain = isinstance(value, str | int | float) and value not in ("", HIDDEN)
            if is_plain and played.known is not None and _is_at(played.known, row.service, name, value):
                found.setdefault(row.service, {})[name] = value
    return found


def _is_at(known: Known, service: str, name: str, value: Any) -> bool:
    try:
        return bool(value_at(known, service, name) == value)
    except LookupError:
        return False


def _head(asked: str, place: Place, file: Path, standing: Standing, expect: Sequence[str]) -> Iterator[str]:
    yield f"The workflow of {asked} in {place.stage}, played again on the laptop AWS."
    yield ""
    stage = "" if place.is_laptop else f" --stage {place.stage}"
    options = "".join(f" --expect {one}" for one in expect)
    yield f"Made by `ensemble trace {asked}{stage} --as-test {file.name}{options}`. Its state then: {standing.state}."
    yield from (f"- {why.text}" for why in standing.why)
    yield "Values that are marked as sensitive are others, of the same schemas."


def _comments(expected: Expected, is_right: bool) -> Mapping[str, str]:
    """Return what is said of the arguments that a person may have to correct."""
    if is_right:
        return {"end": "As recorded. Correct it where it was wrong.", "fields": "As recorded, too."}
    if not expected.ends:
        return {"end": "What must end it was not recorded. Write the event here."}
    return {}


def _said(file: Path, played: Played, *, is_right: bool) -> Iterator[tuple[str, str]]:
    faults = played.faults()
    if not faults and is_right:
        yield f"✓ {file} is written. It passes: it expects what was recorded.", "green"
        yield "  If that is wrong, correct `end` and `fields` in it; or make it again with --expect.", ""
        return
    if not faults:
        yield (
            f"? {file} is written, and passes: on the laptop AWS, by the code that is here, nothing goes wrong.",
            "yellow",
        )
        yield "  It was of a system outside, of another workflow, of a value that is sensitive, or it is mended.", ""
        return
    yield f"✓ {file} is written. It fails for as long as this is so:", "bold"
    yield from ((f"  ✗ {printable(fault)}", "red") for fault in faults)
    if not played.is_as_recorded:
        yield "  Not all events came again that were recorded. What a system outside answered, perhaps by a value", ""
        yield (
            "  that is sensitive, and what other workflows had done, is not known: correct `commands`, or the opening.",
            "",
        )


def _value(text: str) -> Any:
    """Return what was typed as JSON; a word is a text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
