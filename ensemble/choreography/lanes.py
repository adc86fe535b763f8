"""Lays the graph out as lanes: a column for each service, a row for each event, from its publisher to who hears it.

Rows run in the order of causes: commands first, then what follows from them, step by step.
"""

from __future__ import annotations

from dataclasses import dataclass

from ensemble.choreography.flow import by_causes
from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import drawn, undoing

COLUMN, ROW, TOP, SIDE = 138, 30, 44, 80
"""Pixels: between columns and rows, above the first row, beside the first column."""


@dataclass(frozen=True, slots=True)
class Arrow:
    """An event's row: where its publisher and its hearers stand, in pixels, and whether it is off the happy path."""

    event: str
    y: int
    start: int
    ends: tuple[int, ...]
    is_dotted: bool

    @property
    def label_x(self) -> int:
        """Where the event's name begins: at the left end of its row."""
        return min(self.start, *self.ends) + 8


@dataclass(frozen=True, slots=True)
class Lanes:
    """The picture: (name, x) of each column, the rows, and its size in pixels."""

    columns: tuple[tuple[str, int], ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def lanes(graph: Graph) -> Lanes:
    """Return the layout of what is live; services that hear everything are left out, as in the other pictures."""
    edges = drawn(graph)
    names = dict.fromkeys(edge.publisher for edge in edges) | dict.fromkeys(edge.service for edge in edges)
    place = {name: SIDE + position * COLUMN for position, name in enumerate(names)}
    hearers: dict[tuple[str, str], list[int]] = {}
    for edge in edges:
        hearers.setdefault((edge.publisher, edge.event), []).append(place[edge.service])
    off_path, turn = undoing(graph), {event: number for number, event in enumerate(by_causes(graph))}
    rows = sorted(hearers.items(), key=lambda row: turn[row[0][1]])
    arrows = tuple(
        Arrow(event, TOP + (row + 1) * ROW, place[publisher], tuple(ends), event in off_path)
        for row, ((publisher, event), ends) in enumerate(rows)
    )
    height = TOP + (len(arrows) + 1) * ROW
    return Lanes(tuple(place.items()), arrows, 2 * SIDE + (len(place) - 1) * COLUMN, height)
