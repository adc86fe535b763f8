"""The words of a scenario: commands, stories with their expected end, and what is measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.scenario.look import Amount, Measures, nothing
from ensemble.scenario.sandboxes import Settings, Start
from functions.kit.model import KIT_FIELDS

SECONDS_OF_A_STORY = 15.0
LONGEST_IN_REAL_TIME = 60.0
"""Seconds; a story that may take longer is played on a virtual clock."""


@dataclass(frozen=True, slots=True)
class Command:
    """A request, or any other event, that comes from outside: its type, who sends it, and its fields.

    It comes `at` seconds after the beginning, or `after` an event: as soon as one of that type is first on the bus.
    `key` sets it apart from others of the same type about the same thing, such as a repeated one.
    """

    type: str
    source: str
    fields: Mapping[str, Any]
    at: float = 0.0
    after: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.at and self.after:
            raise ScenarioMisdeclared(f"{self.name} comes at {self.at:g} s and after {self.after}: choose one")

    @property
    def name(self) -> str:
        """What reports call it: its key, or else its type and what it is about."""
        return self.key or f"{self.type} {subject(self.fields)}".rstrip()

    def entry(self, bus: str) -> dict[str, str]:
        """Return the command as an entry of PutEvents (EventBridge API Reference, PutEventsRequestEntry)."""
        return {
            "EventBusName": bus,
            "Source": self.source,
            "DetailType": self.type,
            "Detail": json.dumps(self.fields, ensure_ascii=False),
        }


def subject(fields: Mapping[str, Any]) -> str:
    """Return what an event is about: the first of its own fields that is an id, such as `trip_id`."""
    return next((str(value) for name, value in fields.items() if name.endswith("_id") and name not in KIT_FIELDS), "")


@dataclass(frozen=True, slots=True)
class Story:
    """One way that a workflow can go, and its expected end.

    `end`: the types of the events that end it, each to be on the bus once; no other story's end may be there.
    `appear`, `absent`: event types that must, and must not, be on the bus on the way. `measures`: by how much each
    of the scenario's measures must have changed in the end; those that are not named must not have changed.
    `within`: seconds that it may take; a longer story than a minute is played on a virtual clock.
    """

    name: str
    commands: tuple[Command, ...]
    end: tuple[str, ...]
    appear: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    measures: Mapping[str, Amount] = field(default_factory=dict)
    within: float = SECONDS_OF_A_STORY

    @property
    def is_long(self) -> bool:
        """Whether it is played on a virtual clock."""
        return self.within > LONGEST_IN_REAL_TIME

    @property
    def is_race(self) -> bool:
        """Whether a command comes as soon as an event is there: who is first is certain on the laptop alone."""
        return any(command.after for command in self.commands)

    def __post_init__(self) -> None:
        for name, given in (("end", self.end), ("appear", self.appear), ("absent", self.absent)):
            if isinstance(given, str):
                raise ScenarioMisdeclared(f'the story {self.name!r} needs a comma: {name}=("{given}",)')
        if not self.commands:
            raise ScenarioMisdeclared(f"the story {self.name!r} has no command, so nothing happens in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What the tools know of an application beside its services and schemas.

    `opening`: commands that come before any story, such as a first stock. `stories`: the ways a workflow can go.
    `examples`: fields of a command by its type, for `send`; a text may hold `{unique}`, which is another text in each
    command. `measures`: figures by name, read from tables or from the sandboxes of systems outside, that stories
    change by known amounts. `settings`: what services get on a laptop and in tests for their settings and secrets, by
    service and field. `sandboxes`: what starts each of the servers that play a system outside, by name; they run for
    as long as `demo`, `up` or a test, and give settings too. `own_ids`: names of fields, beside those that find rows,
    whose texts a run on a deployed stage makes its own, such as an article's: it does not meet what earlier runs left
    of it there. Raises ScenarioMisdeclared when two stories have one name.
    """

    stories: tuple[Story, ...] = ()
    opening: tuple[Command, ...] = ()
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    measures: Measures = nothing
    settings: Settings = field(default_factory=dict)
    sandboxes: Mapping[str, Start] = field(default_factory=dict)
    own_ids: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.own_ids, str):
            raise ScenarioMisdeclared(f'own_ids needs a comma: own_ids=("{self.own_ids}",)')
        for name, number in Counter(story.name for story in self.stories).items():
            if number > 1:
                raise ScenarioMisdeclared(f"{number} stories are called {name!r}: give each a name of its own")

    @property
    def ends(self) -> frozenset[str]:
        """The types of the events that end a story."""
        return frozenset(type for story in self.stories for type in story.end)


def total(changes: Iterable[Mapping[str, Amount]]) -> dict[str, Amount]:
    """Add up changes by name, without those that come to nothing."""
    sums: dict[str, Amount] = {}
    for change in changes:
        for name, amount in change.items():
            sums[name] = sums.get(name, 0) + amount
    return {name: amount for name, amount in sums.items() if amount}
