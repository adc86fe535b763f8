"""The ways to run `ensemble simulate`, and which options each of them heeds."""

from __future__ import annotations

from collections.abc import Iterable

from ensemble.command_line.errors import UsageRefused

WAYS = (
    ("exhaustive",),
    ("mutants",),
    ("seed", "lane", "shrunk", "whole", "record"),
    ("seeds", "full", "first", "jobs", "as_json"),
)
"""Each way's options. The first option of a way chooses it, the last way but needs none."""


def refuse_ignored(typed: Iterable[str]) -> None:
    """Refuse the options, by their names, of which one would be ignored beside another, or alone."""
    options = set(typed)
    chosen = next((way for way in WAYS if way[0] in options), WAYS[-1])
    for way in WAYS:
        ignored = [option for option in way if option in options and way is not chosen]
        if ignored and chosen[0] in options:
            raise UsageRefused(f"{_typed(ignored[0])} means nothing with --{chosen[0]}")
        if ignored:
            raise UsageRefused(f"{_typed(ignored[0])} means nothing without --{way[0]}")


def _typed(option: str) -> str:
    return {"whole": "--all", "as_json": "--json"}.get(option, f"--{option}")
