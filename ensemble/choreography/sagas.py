"""The sagas of a project as they are drawn and told: step by step, with the way back. Pure, read off their tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ensemble.choreography.graph import Graph
from functions.kit.model import Service
from functions.kit.saga import Saga
from functions.kit.saga.table import Step, Table

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Conducted:
    """A saga that is drawn: its name, its first event, its table, and who hears each command of it."""

    name: str
    starts: str
    table: Table
    hearers: Mapping[str, str]

    @property
    def goes_back(self) -> bool:
        """Whether anything makes it undo what was done."""
        return self.table.cancel is not None or any(one.refused or one.within for one in self.table.steps)


def tables_of(services: Iterable[Service]) -> dict[str, Table]:
    """Return the table of each saga, by its name."""
    return {one.name: one.table for one in services if isinstance(one, Saga) and one.table is not None}


def sagas_of(graph: Graph) -> tuple[Conducted, ...]:
    """Return the sagas of a graph, by their names."""
    tables = tables_of(graph.services)
    return tuple(
        Conducted(service.name, _first(service), tables[service.name], _hearers(graph, tables[service.name]))
        for service in sorted(graph.services, key=lambda one: one.name)
        if service.name in tables
    )


def _first(saga: Service) -> str:
    return next(reaction.event for reaction in saga.reactions if reaction.begins)


def _hearers(graph: Graph, table: Table) -> dict[str, str]:
    commands = {command for one in table.steps for command in (one.command, one.undo) if command}
    return {edge.event: edge.service for edge in graph.edges if edge.event in commands and not edge.replay}


def ways_back(services: Iterable[Service]) -> frozenset[str]:
    """Return the commands by which sagas undo, and their answers."""
    steps = [one for table in tables_of(services).values() for one in table.steps]
    return frozenset(event for one in steps for event in (one.undo, one.undone) if event)


def roles(services: Iterable[Service]) -> dict[str, str]:
    """Say of each command of a saga which step of which saga asks for it, by the command's name."""
    said: dict[str, str] = {}
    for name, table in tables_of(services).items():
        for place, stage in enumerate(table.stages, start=1):
            for one in stage:
                step = f"step {place} of the saga {name}"
                said |= {one.command: f"Asked for by {step}."} if one.command else {}
                said |= {one.undo: f"Undoes {one.name}, {step}."} if one.undo else {}
    return said


def as_documents(sagas: Sequence[Conducted]) -> list[Json]:
    """Return each saga as docs/json.md describes it."""
    return [
        {
            "name": one.name,
            "key": one.table.key,
            "starts": one.starts,
            "stages": [[step_document(step) for step in stage] for stage in one.table.stages],
            "completes": one.table.completes,
            "fails": one.table.fails,
            "cancels": one.table.cancel.event if one.table.cancel else None,
        }
        for one in sagas
    ]


def step_document(step: Step) -> Json:
    """Return what a step's row of the table says."""
    return {
        "name": step.name,
        "command": step.command or None,
        "done": step.done,
        "refused": list(step.refused),
        "undo": step.undo or None,
        "undone": step.undone or None,
        "within_seconds": step.within.total_seconds() if step.within else None,
        "when": condition(step) or None,
        "pivot": step.pivot,
    }


def condition(step: Step) -> str:
    """Return the name of a step's condition; nothing where it is always needed."""
    if step.when is None:
        return ""
    name = getattr(step.when, "__name__", "")
    return name if name.isidentifier() else "a condition holds"


# As Mermaid


def mermaid_of(saga: Conducted) -> Iterator[str]:
    """Yield the lines of a subgraph: the steps in a line, those of a stage below each other; the way back is dotted."""
    drawing = _Drawing(saga)
    yield f'    subgraph {saga.name}_steps["{saga.name}, step by step"]'
    yield f"        {drawing.id('starts')}([{saga.starts}])"
    for one in saga.table.steps:
        yield f"        {drawing.step(one)}"
    yield f"        {drawing.id('completes')}([{saga.table.completes}])"
    for one in saga.table.steps:
        if one.undo:
            yield f"        {drawing.undo(one)}"
    if saga.goes_back:
        yield f"        {drawing.id('fails')}([{saga.table.fails}])"
    yield from (f"        {line}" for line in (*drawing.onward(), *drawing.back()))
    yield "    end"


class _Drawing:
    """The nodes and ways of one saga. No node has the id of a service, which may be called as a step is."""

    def __init__(self, saga: Conducted) -> None:
        self._saga, self._stages = saga, saga.table.stages

    def id(self, name: str) -> str:
        return f"{self._saga.name}_{name}"

    def step(self, one: Step) -> str:
        said = [one.name, *self._remarks(one)]
        left, right = ("[[", "]]") if one.pivot else ("[", "]") if one.command else ("{{", "}}")
        return f'{self.id(one.name)}{left}"{"<br>".join(said)}"{right}'

    def _remarks(self, one: Step) -> Iterator[str]:
        if one.command in self._saga.hearers:
            yield f"of {self._saga.hearers[one.command]}"
        if not one.command:
            yield f"waits for {one.done}"
        if one.within is not None:
            yield f"within {within(one)}"
        if one.when is not None:
            yield f"if {condition(one)}"
        if one.pivot:
            yield "the pivot"

    def undo(self, one: Step) -> str:
        return f"{self._undo_id(one)}[{one.undo}]"

    def _undo_id(self, one: Step) -> str:
        return self.id(f"undo_{one.name}")

    def onward(self) -> Iterator[str]:
        ranks = [[self.id("starts")], *([self.id(one.name) for one in stage] for stage in self._stages)]
        ranks.append([self.id("completes")])
        for before, after in zip(ranks, ranks[1:], strict=False):
            yield f"{' & '.join(before)} --> {' & '.join(after)}"

    def back(self) -> Iterator[str]:
        """Yield what leads to the way back, and the way: to who is undone next, and at last to the end."""
        for place, stage in enumerate(self._stages):
            for one in stage:
                for event in one.refused:
                    others = [self._undo_id(other) for other in stage if other is not one and other.undo]
                    yield f"{self.id(one.name)} -.->|{event}| {' & '.join(others or self._before(place))}"
                if one.within is not None:
                    target = [self._undo_id(one)] if one.undo else self._before(place)
                    yield f"{self.id(one.name)} -.->|late| {' & '.join(target)}"
            if undos := [self._undo_id(one) for one in stage if one.undo]:
                yield f"{' & '.join(undos)} -.-> {' & '.join(self._before(place))}"

    def _before(self, place: int) -> list[str]:
        for stage in reversed(self._stages[:place]):
            if undos := [self._undo_id(one) for one in stage if one.undo]:
                return undos
        return [self.id("fails")]


def within(step: Step) -> str:
    """Return in words how long a step's answer may take; nothing where it may take for ever."""
    if step.within is None:
        return ""
    left, parts = round(step.within.total_seconds()), []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        if left // seconds:
            parts.append(f"{left // seconds} {unit}")
        left %= seconds
    return " ".join(parts)
