"""Reads docs/observability.md: every line that the kit logs, with its levels and fields, and every metric."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tests.conftest import ROOT
from tests.docs.documented_map import code, table_rows

DOCUMENT = ROOT / "docs" / "observability.md"
COMMON = ("level", "message", "timestamp", "service")
TYPES = {
    "text": lambda value: isinstance(value, str),
    "whole number": lambda value: type(value) is int,
    "list of texts": lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
    "list of objects": lambda value: isinstance(value, list) and all(isinstance(one, dict) for one in value),
}
"""What the document calls the types of fields."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is documented: its levels, the fields that it always has, and those that it may have."""

    levels: frozenset[str]
    always: frozenset[str]
    all: frozenset[str]


def section(heading: str) -> str:
    """Return what stands under a heading of the document."""
    return DOCUMENT.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]


@cache
def lines() -> Mapping[str, Line]:
    """Return each documented line by its message."""
    found = {}
    for message, levels, _, fields in table_rows(section("Lines")):
        names = [*COMMON, *code(fields)]
        always = frozenset(name for name in names if not name.endswith("?"))
        found[code(message)[0]] = Line(frozenset(levels.split(", ")), always, frozenset(n.strip("?") for n in names))
    return found


@cache
def fields() -> Mapping[str, str]:
    """Return the type of each documented field."""
    return {code(name)[0]: type for name, type, *_ in table_rows(section("Fields"))}


@cache
def metrics() -> frozenset[str]:
    """Return the names of the documented metrics; `<reason>` stands for the class of a fault."""
    return frozenset(code(name)[0] for name, *_ in table_rows(section("Metrics")))


def named(metric: str, names: Iterable[str]) -> list[str]:
    """Return which of these are names of a metric of the document."""
    return [name for name in names if re.fullmatch(re.sub("<.*>", r"[A-Z]\\w+", metric), name)]


def is_documented_metric(name: str) -> bool:
    """Whether a metric of this name is in the document."""
    return any(named(metric, [name]) for metric in metrics())


def metrics_in(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of the metrics that a line counts, if it is one of EMF."""
    for declared in line.get("_aws", {}).get("CloudWatchMetrics", []):
        yield from (metric["Name"] for metric in declared["Metrics"])


def undocumented(line: Mapping[str, Any]) -> Iterator[str]:
    """Yield what of a line that was written is not as the document has it."""
    documented = lines().get(line["message"])
    if documented is None:
        yield f"no line {line['message']}"
        return
    if line["level"] not in documented.levels:
        yield f"{line['message']} of level {line['level']}"
    yield from (f"{line['message']} with {name}" for name in sorted(line.keys() - documented.all))
    yield from (f"{line['message']} without {name}" for name in sorted(documented.always - line.keys()))
    for name, value in line.items():
        if name in fields() and not TYPES[fields()[name]](value):
            yield f"{line['message']} with a {type(value).__name__} as {name}"
