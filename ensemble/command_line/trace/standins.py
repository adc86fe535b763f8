"""Commands of people as a test may hold them: another value of its schema stands in for each that is sensitive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from ensemble.command_line.stage.erasing import SENSITIVE, Erasing
from ensemble.contracts.examples import plausible
from ensemble.contracts.profile import Json
from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Scenario, Story
from ensemble.scenario.generated import filled_in


class _Gathering(Erasing):
    """Gathers the sensitive values of a scenario, by what their schema says of them. They are no secrets."""

    def __init__(self) -> None:
        super().__init__({}, subjects=None)
        self.found: dict[str, list[Any]] = {}

    def _replaced(self, value: Any, shapes: Sequence[Json]) -> Any:
        known = self.found.setdefault(_place(shapes), [])
        if value not in known:
            known.append(value)
        return value


class StandIns(Erasing):
    """Replaces what is sensitive, the same value by the same one wherever it stands.

    What the project's own scenario says stays. Any other value becomes one of the scenario's for this field, each of
    which a sandbox may answer in its own way, or one that is made from the schema. What no schema declares is blanked,
    as `ensemble forget` does it.
    """

    def __init__(self, schemas: Schemas, scenario: Scenario) -> None:
        super().__init__({}, subjects=None)
        gathering = _Gathering()
        for type, fields in _known_commands(scenario):
            gathering.of(fields, schemas.ever(type))
        self._known = gathering.found
        self._chosen: dict[tuple[str, str], Any] = {}
        self._others: list[tuple[int, Any, Any]] = []

    def shown(self, fields: Any, shapes: Sequence[Json]) -> Any:
        """Return the fields of an event so, given the schemas of all its versions."""
        return self.of(fields, list(shapes)) if shapes else {}

    def _replaced(self, value: Any, shapes: Sequence[Json]) -> Any:
        place = _place(shapes)
        known = self._known.get(place, [])
        if value is None or value in known:
            return value
        if not any(SENSITIVE in shape for shape in shapes):
            return super()._replaced(value, shapes)
        return self._chosen.setdefault((place, json.dumps(value)), self._choice(place, [*known, _made(shapes)]))

    def _choice(self, place: str, choices: Sequence[Any]) -> Any:
        """Return the first that stands for no other value of this field yet."""
        taken = [value for (where, _), value in self._chosen.items() if where == place]
        chosen = next((one for one in choices if one not in taken), choices[-1])
        self._others += [(len(choices), chosen, one) for one in choices if one not in (chosen, *taken)]
        return chosen

    def others(self, story: Story) -> Iterator[Story]:
        """Yield the story with another value in the place of one that was put in; first those of fields that have few
        values, as a card's token has, and a mail address has not."""
        for _, chosen, other in sorted(self._others, key=lambda one: one[0]):
            commands = (replace(one, fields=_with(one.fields, chosen, other)) for one in story.commands)
            yield replace(story, commands=tuple(commands))


def _known_commands(scenario: Scenario) -> Iterable[tuple[str, Any]]:
    yield from ((type, filled_in(fields, "1")) for type, fields in scenario.examples.items())
    for command in (*scenario.opening, *(one for story in scenario.stories for one in story.commands)):
        yield command.type, command.fields


def _place(shapes: Sequence[Json]) -> str:
    """Return what stands for a field: what its newest schema says of it."""
    return json.dumps(shapes[-1:], sort_keys=True)


def _made(shapes: Sequence[Json]) -> Any:
    return plausible({name: one for name, one in shapes[-1].items() if name != SENSITIVE})


def _with(value: Any, before: Any, after: Any) -> Any:
    if value == before and type(value) is type(before):
        return after
    if isinstance(value, dict):
        return {name: _with(one, before, after) for name, one in value.items()}
    return [_with(one, before, after) for one in value] if isinstance(value, list) else value
