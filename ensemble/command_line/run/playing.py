"""Plays stories on the laptop AWS, one after the other, each until everything is at rest, and measures them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ensemble.command_line.errors import StartingFailed
from ensemble.command_line.run.fault_log import FaultLog
from ensemble.command_line.run.faults import texts_of
from ensemble.command_line.run.look import LaptopLook, names_of
from ensemble.command_line.run.observing import doors_of_laptop, observe
from ensemble.command_line.run.opening import put, put_opening
from ensemble.command_line.run.results import Observed, Result, Results
from ensemble.laptop import Laptop
from ensemble.scenario import Amount, Command, Scenario, Story
from ensemble.scenario.declaration import SECONDS_OF_A_STORY
from ensemble.scenario.sandboxes import Sandboxes

NO_SANDBOXES = Sandboxes()


def play(
    laptop: Laptop,
    scenario: Scenario,
    *,
    sandboxes: Sandboxes = NO_SANDBOXES,
    on_story: Callable[[Story], None] = lambda _: None,
    on_event: Callable[[Observed], None] = lambda _: None,
    on_result: Callable[[Result], None] = lambda _: None,
    timeout_seconds: float | None = None,
) -> Results:
    """Put the opening, then play each story to its rest, for at most its own time on the laptop's clock.

    `sandboxes`: those of the scenario, running. `on_story` is called before each story. `timeout_seconds` takes the
    place of the stories' own times. A story that does not come to rest is the last one, for what it left under way
    would spoil the next one's figures. A story is played once per laptop: played again, its commands are duplicates.
    Raises SendingFailed when the bus refuses a command, StartingFailed when the opening is not handled in time.
    """
    player = Player(laptop, scenario, sandboxes, on_event)
    player.open(timeout_seconds)
    before, results = player.measured(), []
    for story in scenario.stories:
        on_story(story)
        results.append(player.play(story, timeout_seconds))
        on_result(results[-1])
        if not results[-1].at_rest:
            break
    return Results(tuple(results), before, player.measured(), player.dead_letters(), scenario.stories[len(results) :])


class Player:
    """Puts commands, and watches the bus: what it sees is the story's that is being played."""

    def __init__(
        self,
        laptop: Laptop,
        scenario: Scenario,
        sandboxes: Sandboxes,
        on_event: Callable[[Observed], None],
    ) -> None:
        self._laptop, self._scenario, self._on_event = laptop, scenario, on_event
        self._look, self._bus = LaptopLook(laptop, sandboxes), names_of(laptop).bus
        self._fault_log = FaultLog(laptop)
        self._doors = doors_of_laptop(laptop)
        self._types: dict[str, str] = {}
        self._seen: list[Observed] = []
        self._bridge_ids: set[str] = set()
        self._story: Story | None = None
        self._began = 0.0
        laptop.on_event(self._observe)

    def open(self, timeout_seconds: float | None) -> None:
        """Put the opening, and wait until it is handled. Raises StartingFailed when it is not in time."""
        put_opening(self._laptop, self._scenario, self._bus)
        seconds = SECONDS_OF_A_STORY if timeout_seconds is None else timeout_seconds
        at_rest, postponed = self._laptop.run_until(self._laptop.engine.is_idle, seconds), self._postponed()
        if not at_rest:
            reasons = "; ".join(postponed) or "no function says why"
            raise StartingFailed(f"the scenario's opening was not handled within {seconds:g} s: {reasons}")

    def measured(self) -> Mapping[str, Amount]:
        """Measure all that the scenario measures."""
        return self._scenario.measures(self._look)

    def dead_letters(self) -> Mapping[str, int]:
        """Return the number of messages in each dead-letter queue that has some."""
        return {name: len(messages) for name, messages in self._laptop.dead_letters().items() if messages}

    def play(self, story: Story, timeout_seconds: float | None) -> Result:
        """Put the story's commands, each at its time, and wait until everything is at rest."""
        before = self.measured()
        self._story, self._seen, self._bridge_ids, self._began = story, [], set(), self._laptop.now()
        for command in story.commands:
            if command.at:
                self._laptop.engine.after(command.at, lambda late=command: self._put(late))  # type: ignore[misc]
            elif not command.after:
                self._put(command)
        seconds = story.within if timeout_seconds is None else timeout_seconds
        at_rest = self._laptop.run_until(self._is_at_rest, seconds)
        postponed, self._story = self._postponed(), None
        ends = self._scenario.ends
        return Result(story, tuple(self._seen), before, self.measured(), at_rest, postponed, ends)

    def _is_at_rest(self) -> bool:
        """Whether nothing is under way; a long story may wait for a timer, which is seen only once it is due."""
        assert self._story is not None
        is_waiting = self._story.is_long and not {event.type for event in self._seen}.issuperset(self._story.end)
        return self._laptop.engine.is_idle() and not is_waiting

    def _observe(self, bus: str, event: Mapping[str, Any]) -> None:
        if bus != self._bus or self._story is None:
            return
        self._bridge_ids.add(event["id"])
        observed = observe(event, self._laptop.now() - self._began, self._types, self._doors)
        self._types[observed.event_id] = observed.type
        is_first = all(earlier.type != observed.type for earlier in self._seen)
        self._seen.append(observed)
        self._on_event(observed)
        for command in self._story.commands:
            if command.after == observed.type and is_first:
                self._put(command)

    def _put(self, command: Command) -> None:
        put(self._laptop, command, self._bus)

    def _postponed(self) -> tuple[str, ...]:
        """Return each different fault since the last time, in words, and how often it was met."""
        return (*texts_of(self._fault_log.new()), *self._unheard())

    def _unheard(self) -> Iterator[str]:
        """Yield which commands of the story no rule has taken."""
        commands = {} if self._story is None else {one.type: one.source for one in self._story.commands}
        for bus, event in self._laptop.unheard:
            if bus == self._bus and event["id"] in self._bridge_ids and event["detail-type"] in commands:
                yield f"no rule takes {event['detail-type']} from {event['source']}"
