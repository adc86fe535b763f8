"""Draws the steps of a saga in a line as Mermaid: those of a stage side by side, the way back dotted. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ensemble.choreography.sagas import COMPLETES, FAILS, STARTS, Conducted, condition, undo_of, ways_of, within
from functions.kit.saga.table import Step


def mermaid_of(saga: Conducted) -> Iterator[str]:
    """Yield the lines of a subgraph. No node of it has the id of a service, which may be called as a step is."""
    yield f'    subgraph {saga.name}_steps["{saga.name}, step by step"]'
    yield from (f"        {line}" for line in (*_nodes(saga), *_arrows(saga)))
    yield "    end"


def _nodes(saga: Conducted) -> Iterator[str]:
    table = saga.table
    yield f"{saga.name}_{STARTS}([{saga.starts}])"
    for one in table.steps:
        left, right = ("[[", "]]") if one.pivot else ("[", "]") if one.command else ("{{", "}}")
        said = "<br>".join((one.name, *_remarks(saga, one)))
        yield f'{saga.name}_{one.name}{left}"{said}"{right}'
    yield f"{saga.name}_{COMPLETES}([{table.completes}])"
    yield from (f"{saga.name}_{undo_of(one)}[{one.undo}]" for one in table.steps if one.undo)
    if saga.goes_back:
        yield f"{saga.name}_{FAILS}([{table.fails}])"


def _remarks(saga: Conducted, one: Step) -> Iterator[str]:
    if one.command in saga.hearers:
        yield f"of {saga.hearers[one.command]}"
    if not one.command:
        yield f"waits for {one.done}"
    if one.within is not None:
        yield f"within {within(one)}"
    if one.when is not None:
        yield f"if {condition(one)}"
    if one.pivot:
        yield "the pivot"


def _arrows(saga: Conducted) -> Iterator[str]:
    for way in ways_of(saga.table):
        if saga.goes_back or not way.is_back:
            sources, targets = (
                " & ".join(f"{saga.name}_{one}" for one in names) for names in (way.sources, way.targets)
            )
            arrow = "-.->" if way.is_back else "-->"
            yield f"{sources} {arrow}{f'|{way.label}|' if way.label else ''} {targets}"
