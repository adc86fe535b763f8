"""One workflow, played calmly and written down: what each service is sent for it, and how often it can be sent again.

Its own ids are found and can be replaced, so that thousands of workflows like it can be offered to one service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ensemble.contracts.doors import commands_from_outside
from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.apart import apart
from ensemble.scenario.generated import generated_stories
from ensemble.simulator.account import AwsAccount
from ensemble.simulator.application import Application
from ensemble.simulator.chance import Chance
from ensemble.simulator.core_lane import CoreLane
from ensemble.simulator.dynamodb import Item
from ensemble.simulator.faults import CALM
from ensemble.simulator.queues import Message
from ensemble.simulator.schedule import arrive
from ensemble.simulator.topology import FunctionSpec, Topology
from ensemble.simulator.world import START, World
from functions.kit.reactor import Adapters

FLOW = "workflow-00000000"
"""What the ids of the recorded workflow end with; each other workflow has its number there."""

_HEX = "@@@@@@@@"
_DERIVED = re.compile(r"[0-9a-f]{8}(?=-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Sent:
    """A message of the workflow: for which queue, so many seconds after its begin, which event, and its body."""

    queue: str
    after: float
    about: str
    body: str


@dataclass(frozen=True, slots=True)
class Recording:
    """A workflow as it was: its messages in their order, what the tables held before it, how its effects came out.

    `published`: events that its services put on the bus. `effects`: each kind of effect, how often, and whether an SNS
    topic performs it.
    """

    story: str
    messages: tuple[Sent, ...]
    tables: Mapping[str, Mapping[str, Item]]
    outcomes: Mapping[type, Outcome]
    published: int


@dataclass(slots=True)
class Outcome:
    """What an effect of one kind came to, how often it was asked for, and whether an SNS topic performed it."""

    value: Any
    calls: int
    by_topic: bool


def text_of(text: str, number: int) -> str:
    """Return a recorded text as that of another workflow."""
    return text.replace(_HEX, f"{number:08x}").replace(FLOW, f"workflow-{number:08d}")


def _cut(text: str) -> str:
    """Return a text in which each id that was derived is told from that of other workflows by its first digits."""
    return _DERIVED.sub(_HEX, text)


def story_of(application: Application, name: str | None) -> tuple[Scenario, Story]:
    """Return a story with its scenario: the one of that name, or the first. Raises KeyError when there is none."""
    scenario, services = application.scenario, tuple(application.services.values())
    if not scenario.stories:
        scenario = replace(scenario, stories=generated_stories(services, application.schemas, scenario))
    stories = {story.name: story for story in scenario.stories}
    return scenario, stories[name] if name is not None else next(iter(stories.values()))


def record(application: Application, topology: Topology, name: str | None, *, shares: bool) -> Recording:
    """Play a story alone and write it down.

    `shares`: whether all workflows are about the same things of the scenario's `own_ids`, such as one article; without
    it each has its own. Raises KeyError when there is no story of that name.
    """
    scenario, story = story_of(application, name)
    if shares:
        scenario = replace(scenario, own_ids=())
    keys = commands_from_outside(application.services.values(), application.schemas)
    own = apart(replace(scenario, stories=(story,)), FLOW, keys)
    opening = own.opening if scenario.opening else ()
    return _Recorder(application, topology).play(story.name, opening, own.stories[0].commands)


class _Recorder:
    def __init__(self, application: Application, topology: Topology) -> None:
        self._heard = Overheard(application, self)
        lane = CoreLane(self._heard)
        self._application, self._lane = application, lane
        self._world = World(topology, Chance(0), CALM, lane)
        self._account = AwsAccount(self._world)
        self.outcomes: dict[type, Outcome] = {}
        self._sent: list[Sent] = []
        self._began = START
        self._deliver, self._account.queues.deliver = self._account.queues.deliver, self._listen

    def play(self, story: str, opening: Sequence[Command], commands: Sequence[Command]) -> Recording:
        world, account = self._world, self._account
        course = self._application.begin(account, [*opening, *commands])
        with self._lane.running(world, course.secrets):
            for command in opening:
                arrive(account, command)
            world.run()
            self._sent.clear()
            self.outcomes.clear()
            tables = {name: dict(table.items) for name, table in account.dynamodb.tables.items()}
            accepted = len(account.buses.accepted)
            self._began = world.now + 1.0
            for command in commands:
                arrive(account, command if command.after else replace(command, at=self._began - START + command.at))
            world.run()
        published = [one for one in account.buses.accepted[accepted:] if one.source in self._application.services]
        return Recording(story, tuple(self._sent), tables, dict(self.outcomes), len(published))

    def _listen(self, name: str, message: Message) -> None:
        if name in self._world.topology.mappings:
            after = max(0.0, self._world.now - self._began)
            self._sent.append(Sent(name, after, _cut(message.about), _cut(message.body)))
        self._deliver(name, message)

    def topic_calls(self) -> int:
        """Return how many messages SNS topics were given so far."""
        return len(self._account.published)


class Overheard(Application):
    """The application as it is; what its effects come to is noted."""

    def __init__(self, application: Application, recorder: _Recorder) -> None:
        super().__init__(application.services, application.schemas, application.scenario)
        self._application, self._recorder = application, recorder

    def effects(self, function: FunctionSpec, topic: Any) -> Adapters:
        """Return the application's adapters, each of which is noted."""
        given = self._application.effects(function, topic)
        return {kind: self._noted(kind, adapter) for kind, adapter in given.items()}

    def _noted(self, kind: type, adapter: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def perform(effect: Any) -> Any:
            recorder = self._recorder
            before = recorder.topic_calls()
            value = adapter(effect)
            known = recorder.outcomes.get(kind)
            calls = 1 if known is None else known.calls + 1
            recorder.outcomes[kind] = Outcome(value, calls, recorder.topic_calls() > before)
            return value

        return perform
