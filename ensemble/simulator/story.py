"""Tells the steps of a recorded schedule apart by workflow: what each service changed, published, and suffered."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.simulator.buses import Accepted, subject
from ensemble.simulator.dynamodb import OF_THE_KIT, Item
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.row_items import OF_TOTALS, TOTAL, handled, said
from ensemble.simulator.steps import Judged, Loaded, Routine, Step, Struck, Taken, Written
from functions.kit.model import TIMER

_WORD = re.compile(r"[^\s,:()~]+")


@dataclass(slots=True)
class Line:
    """What one service did at one instant. `changes`: field -> (before, after), None where there is or was none."""

    instant: float
    who: str
    text: str
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    is_fault: bool = False


@dataclass(slots=True)
class Workflow:
    """The lines of one correlation id, in the order of causes and time; `subjects`: what its events are about."""

    id: str
    title: str
    subjects: set[str] = field(default_factory=set)
    lines: list[Line] = field(default_factory=list)

    def is_in(self, text: str) -> bool:
        """Return whether a violation names the workflow or what it is about."""
        return not {self.id, *self.subjects}.isdisjoint(_WORD.findall(text))


def workflows(steps: Iterable[Step], services: Collection[str]) -> list[Workflow]:
    """Return the workflows in the order in which they began; what belongs to none is the last, without an id."""
    story = _Story(services)
    for step in steps:
        story.add(step)
    found = [*story.workflows.values(), story.rest]
    return [one for one in found if one.lines]


class _Story:
    """The workflows so far, and which of them events and rows belong to."""

    def __init__(self, services: Collection[str]) -> None:
        self.workflows: dict[str, Workflow] = {}
        self.rest = Workflow("", "What belongs to no workflow")
        self._services = services
        self._events: dict[str, tuple[str, str]] = {}
        """Event id, as services, buses and inboxes know it -> its workflow and type."""
        self._rows: dict[tuple[str, str], str] = {}
        self._present: dict[int, list[str]] = {}
        """By invocation: the workflows of what it is handling."""

    def add(self, step: Step) -> None:
        match step.what:
            case Taken(event):
                self._take(step, event)
            case Loaded(table, key):
                self._load(step, table, key)
            case Written():
                self._write(step, step.what)
            case Struck(place, fault, about):
                service, _, where = place.partition(" ")
                who, text = (service, f"{fault}: {where}") if service in self._services else (place, fault)
                self._note(step, about, Line(step.instant, who, text, is_fault=True))
            case Judged() | Routine():
                pass
            case None:
                self._note(step, step.text, _noted(step))

    def _take(self, step: Step, event: Accepted) -> None:
        detail = event.whole
        id, about = str(detail["correlation_id"]), subject(event.detail)
        workflow = self.workflows.setdefault(id, Workflow(id, f"{event.type} {about}"))
        workflow.subjects.add(about)
        is_again = str(detail["event_id"]) in self._events
        for name in (event.id, str(detail["event_id"]), event.place):
            self._events[name] = id, event.type
        if is_again:
            workflow.lines.append(Line(step.instant, event.source, f"{event.type} is on the bus again", is_fault=True))
        elif event.source not in self._services:
            workflow.lines.append(Line(step.instant, event.source, f"sends {event.type}"))

    def _load(self, step: Step, table: str, key: str) -> None:
        if step.invocation is not None and not key.startswith(OF_THE_KIT):
            name, _, value = key.partition("#")
            found = [one for field, one in _records(step.invocation) if str(field.get(name)) == value]
            known = [self._events[one][0] for one in found if one in self._events]
            row = [self._rows[table, key]] if (table, key) in self._rows else []
            self._present[id(step.invocation)] = (known or row)[:1]

    def _write(self, step: Step, write: Written) -> None:
        service, after = write.table.rpartition("-")[2], write.after
        if write.key.startswith(OF_THE_KIT):
            return
        causes = sorted(handled(after) - handled(write.before))
        published = said(write.before, after)
        of = [self._events[one][0] for one in causes if one in self._events]
        of += [str(event["correlation_id"]) for event in published]
        of += [one for one in [after.get("correlation_id", {}).get("S")] if one]
        of += self._present.get(id(step.invocation), []) + [
            self._rows[write.table, write.key] for _ in [0] if (write.table, write.key) in self._rows
        ]
        changes = _changes(write)
        if of and "state" in after:
            self._rows[write.table, write.key] = of[0]
            self._present[id(step.invocation)] = of[:1]
        lines = self.workflows[of[0]].lines if of and of[0] in self.workflows else self.rest.lines
        last = lines[-1] if lines else None
        if (
            ("amount" in after or write.key.startswith(OF_TOTALS))
            and last
            and (last.instant, last.who) == (step.instant, service)
        ):
            last.changes |= changes  # a counter is written together with the row before it
            return
        text = " and ".join(self._events[one][1] if one in self._events else TIMER for one in causes)
        if text or changes:
            text += "" if changes or published else ": changes nothing"
            types = tuple(str(event["type"]) for event in published)
            lines.append(Line(step.instant, service, text, changes, types))

    def _note(self, step: Step, about: str, line: Line) -> None:
        """Add a line to the workflows that it is about."""
        named = [self._events[word][0] for word in _WORD.findall(about) if word in self._events]
        if not named and step.invocation is not None:
            named = self._present.get(id(step.invocation)) or [
                self._events[one][0] for _, one in _records(step.invocation) if one in self._events
            ]
        for id_ in dict.fromkeys(named):
            self.workflows[id_].lines.append(line)
        if not named:
            self.rest.lines.append(line)


def _noted(step: Step) -> Line:
    """Return the line of a step whose text says all; it is trouble, but for the effects of a function."""
    text = step.text.strip()
    if step.invocation is None:
        return Line(step.instant, "", text, is_fault=True)
    function = step.invocation.function
    is_trouble = text.startswith((f"{function.name} ", "dead-letters")) or text.endswith("does not answer")
    return Line(step.instant, function.service, text.removeprefix(f"{function.name} "), is_fault=is_trouble)


def _records(invocation: Invocation) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield each event that a function was given, or is to publish: its fields and its id on the bus."""
    for record in invocation.event.get("Records", ()):
        if "body" in record:
            try:
                event = json.loads(record["body"])
                yield event["detail"], str(event["id"]).partition("~")[0]
            except (ValueError, LookupError, TypeError):  # a poisoned message
                continue
        else:
            for event in said(None, record.get("dynamodb", {}).get("NewImage", {})):
                yield event, str(event["causation_id"])


def _changes(write: Written) -> dict[str, tuple[Any, Any]]:
    """Return the fields of the state, or the counter, that the write changed."""
    before, after = _fields(write.key, write.before), _fields(write.key, write.after)
    names = dict.fromkeys([*after, *before])
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def _fields(key: str, item: Item | None) -> dict[str, Any]:
    if item is None:
        return {}
    if "amount" in item:
        return {key.removeprefix("counter#"): item["amount"]["N"]}
    if key.startswith(OF_TOTALS):
        of = key.removeprefix(OF_TOTALS)
        return {f"{of} {name.removeprefix(TOTAL)}": item[name]["N"] for name in sorted(item) if name != "pk"}
    return dict(_flat(json.loads(item["state"]["S"]))) if "state" in item else {}


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{path}.{name}" if path else str(name))
    else:
        yield path, value
