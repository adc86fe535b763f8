"""Gives a scenario ids of its own, so that its stories can be played again, and beside what others do meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ensemble.scenario.declaration import Command, Scenario, Story

OPENING = "opening"
"""What stands for a story's number in the correlation id of the opening's commands."""


def apart(scenario: Scenario, run: str, keys: Mapping[str, Collection[str]]) -> Scenario:
    """Return the scenario as one run of it: each command has an event id, and a correlation id, of this run.

    `run`: a text that no other run has. `keys`: by type of command, the fields that find rows; they end with the
    run's text, as do the scenario's `own_ids` wherever they stand. All commands of a story are one workflow, so that
    a pattern finds its events. It measures nothing: figures are named by ids that are other ones now. Where there is no
    opening, the first story's first command is one, under ids that no story has: something must be there to be seen.
    """
    names = {type: {*found, *scenario.own_ids} for type, found in keys.items()}

    def own(command: Command, part: str, number: int | str, end: str = run) -> Command:
        correlation = correlation_of(run, part)
        fields = _ending(command.fields, names.get(command.type, {*scenario.own_ids}), end)
        ids = {"event_id": f"{correlation}-{number}", "correlation_id": correlation}
        return replace(command, fields={**fields, **ids})

    def story_of(story: Story, part: str) -> Story:
        commands = tuple(own(command, part, number) for number, command in enumerate(story.commands))
        return replace(story, commands=commands, measures={})

    opening = [own(command, OPENING, number) for number, command in enumerate(scenario.opening)]
    first = [own(story.commands[0], OPENING, "first", f"{run}-first") for story in scenario.stories[:1]]
    return Scenario(
        opening=tuple(opening or first),
        stories=tuple(story_of(story, str(number)) for number, story in enumerate(scenario.stories)),
    )


def correlation_of(run: str, part: str) -> str:
    """Return the correlation id of a part of a run: of the opening, or of the story of this number."""
    return f"{beginning(run)}{part}"


def beginning(run: str) -> str:
    """Return what the correlation ids of a run begin with, and nobody else's: an id of the kit's begins with a hex
    digit."""
    return f"run-{run}-"


def _ending(value: Any, names: Collection[str], run: str) -> Any:
    """Return a value in which each text of a field with one of these names ends with the run's text."""
    if isinstance(value, Mapping):
        return {
            name: f"{inner}-{run}" if name in names and isinstance(inner, str) else _ending(inner, names, run)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_ending(inner, names, run) for inner in value]
    return value
