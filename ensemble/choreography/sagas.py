"""The sagas of a project as they are told: their steps, the ways between them, and the way back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ensemble.choreography.graph import Graph
from functions.kit.model import Service
from functions.kit.saga import Saga
from functions.kit.saga.table import Step, Table

Json = dict[str, Any]

STARTS, COMPLETES, FAILS = "starts", "completes", "fails"
"""What stands before the first step of a saga, after its last one, and at the end of the way back."""


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
    return {one.name: one.table for one in services if isinstance(one, Saga)}


def sagas_of(graph: Graph) -> tuple[Conducted, ...]:
    """Return the sagas of a graph, by their names."""
    sagas = sorted((one for one in graph.services if isinstance(one, Saga)), key=lambda one: one.name)
    return tuple(Conducted(one.name, one.begins.event, one.table, _hearers(graph, one.table)) for one in sagas)


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


# Ways


@dataclass(frozen=True, slots=True)
class Way:
    """From what to what a saga goes: names of steps, of undos as `undo_of` has them, STARTS, COMPLETES or FAILS.

    `label`: the refusal that leads there, or `late`. `is_back`: whether something is undone from there on.
    """

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    label: str = ""
    is_back: bool = False


def undo_of(step: Step) -> str:
    """Return the name that stands for the undo of a step; no step is called so."""
    return f"undo_{step.name}"


def ways_of(table: Table) -> Iterator[Way]:
    """Yield all ways: onward from stage to stage, and back from each refusal over what is undone to the end."""
    ranks = [(STARTS,), *(tuple(one.name for one in stage) for stage in table.stages), (COMPLETES,)]
    yield from (Way(before, after) for before, after in pairwise(ranks))
    for place, stage in enumerate(table.stages):
        before = _undone_before(table, place)
        for one in stage:
            others = _undos(other for other in stage if other is not one)
            yield from (Way((one.name,), others or before, event, is_back=True) for event in one.refused)
            if one.within is not None:
                yield Way((one.name,), _undos([one]) or before, "late", is_back=True)
        if _undos(stage):
            yield Way(_undos(stage), before, is_back=True)


def _undos(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(undo_of(one) for one in steps if one.undo)


def _undone_before(table: Table, place: int) -> tuple[str, ...]:
    """Return what is undone once nothing is left of a stage."""
    return next((undos for stage in reversed(table.stages[:place]) if (undos := _undos(stage))), (FAILS,))
