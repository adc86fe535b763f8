"""Plays stories on a deployed stage: puts their commands on its bus, and watches what comes of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from ensemble.command_line.errors import StartingFailed
from ensemble.command_line.run.observing import identity_of, observe
from ensemble.command_line.run.results import Observed, Result, text_of_end
from ensemble.command_line.stage.watch import Event, Watch
from ensemble.scenario import Command, Scenario, Story
from ensemble.scenario.apart import OPENING, correlation_of
from functions.kit.model import Doors

SECONDS_FOR_A_STORY = 120.0
"""What a story may take at least: at first each function has to start, one after the other."""

SECONDS_OF_QUIET = 5
"""How long nothing more must come before it is judged what did not."""

SECONDS_UNTIL_SEEN = 90.0
"""How long it may take until a new rule delivers (Amazon EventBridge User Guide, "My rule ran but my event was not
matched": allow a short period of time)."""

SECONDS_BETWEEN_TRIES = 3

Put = Callable[[Command], None]
Clock = Callable[[], float]


@dataclass(slots=True)
class Playing:
    """A story under way: what was seen of its workflow, when, and which of its commands are still to be put.

    `ends`: the ways in which it may end. A race may end as any story does: what a command comes `after` goes on
    meanwhile.
    """

    story: Story
    ends: frozenset[tuple[str, ...]]
    began: float
    waiting: list[Command]
    seen: list[tuple[float, Event]] = field(default_factory=list)
    is_complete: bool = False

    @property
    def types(self) -> set[str]:
        return {event["detail-type"] for _, event in self.seen}

    @property
    def has_all(self) -> bool:
        """Whether all commands were put, and all that must be on the bus was there."""
        types = self.types
        is_ended = any(end and types.issuperset(end) for end in self.ends)
        return is_ended and not self.waiting and (self.story.is_race or types.issuperset(self.story.appear))


class Player:
    """Plays the stories of a scenario whose ids are this run's own (`apart`), seen through `watch`.

    `put` puts a command on the bus. `is_handled` says whether all services that hear a command have handled it.
    `now`: seconds. `doors`: what comes from outside, and is given its identity by who hears it.
    """

    def __init__(
        self,
        scenario: Scenario,
        run: str,
        watch: Watch,
        put: Put,
        is_handled: Callable[[Command], bool],
        now: Clock,
        doors: Doors,
    ) -> None:
        self._scenario, self._run, self._watch = scenario, run, watch
        self._put, self._is_handled, self._now = put, is_handled, now
        self._doors = doors
        self._ends = frozenset(story.end for story in scenario.stories)
        self._playing: dict[str, Playing] = {}
        self._opened: set[str] = set()

    def open(self, first: Command) -> None:
        """Put `first` until it is seen on the bus, then the opening, and wait until that is handled.

        A rule that is new delivers nothing at first. Put again, a command is a duplicate of itself. Raises
        StartingFailed.
        """
        until = self._now() + SECONDS_UNTIL_SEEN
        while first.fields["event_id"] not in self._opened:
            if self._now() > until:
                raise StartingFailed(
                    f"{first.name} was put and is not seen on the bus after {SECONDS_UNTIL_SEEN:g} s. Fix: look "
                    "whether the rule and the queue of this run may be made, and whether the bus is the stage's"
                )
            self._put(first)
            self._look(SECONDS_BETWEEN_TRIES)
        for command in self._scenario.opening:
            if command != first:
                self._put(command)
        until = self._now() + SECONDS_FOR_A_STORY
        for command in self._scenario.opening:
            while not self._is_handled(command):
                if self._now() > until:
                    raise StartingFailed(
                        f"the opening's {command.name} was not handled within {SECONDS_FOR_A_STORY:g} s. Fix: look "
                        "into the logs and the dead-letter queues of the services that hear it"
                    )
                self._look(1)

    def play(self, number: int) -> None:
        """Play the story of this number until all that must appear has, or its time is over."""
        story = self._scenario.stories[number]
        ends = self._ends if story.is_race else frozenset({story.end})
        playing = Playing(
            story, ends, self._now(), [command for command in story.commands if command.at or command.after]
        )
        self._playing[correlation_of(self._run, str(number))] = playing
        for command in story.commands:
            if command not in playing.waiting:
                self._put(command)
        until = playing.began + max(story.within, SECONDS_FOR_A_STORY)
        quiet_since = self._now()
        while not playing.has_all and self._now() < until:
            if self._look(1):
                quiet_since = self._now()
            self._put_what_is_due(playing)
            if not story.end and not playing.waiting and self._now() - quiet_since > SECONDS_OF_QUIET:
                playing.is_complete = True
                return
        playing.is_complete = playing.has_all

    def settle(self) -> None:
        """Watch until nothing more comes: then what must not be on the bus was not there."""
        while self._look(SECONDS_OF_QUIET):
            pass

    def results(self) -> tuple[Result, ...]:
        """Return what became of the stories played."""
        return tuple(_judged(one, self._scenario.ends, self._doors) for one in self._playing.values())

    def _look(self, seconds: int) -> bool:
        """Give what is new on the bus to its story; return whether there was anything."""
        events = self._watch.receive(seconds)
        for event in events:
            correlation = str(event["detail"]["correlation_id"])
            if correlation == correlation_of(self._run, OPENING):
                self._opened.add(str(event["detail"].get("event_id")))
            elif correlation in self._playing:
                playing = self._playing[correlation]
                playing.seen.append((self._now() - playing.began, event))
        return bool(events)

    def _put_what_is_due(self, playing: Playing) -> None:
        for command in list(playing.waiting):
            is_due = command.after in playing.types if command.after else self._now() - playing.began >= command.at
            if is_due:
                playing.waiting.remove(command)
                self._put(command)


def _judged(playing: Playing, ends: frozenset[str], doors: Doors) -> Result:
    """Return what became of a story; a race is judged by the end that it came to, if that is one of the ends."""
    result = Result(playing.story, _observed(playing, doors), {}, {}, at_rest=playing.is_complete, ends=ends)
    came_to = next((end for end in playing.ends if text_of_end(end) == result.end), None)
    if not playing.story.is_race or came_to is None:
        return result
    return replace(result, story=replace(playing.story, end=came_to, appear=(), absent=()))


def _observed(playing: Playing, doors: Doors) -> tuple[Observed, ...]:
    """Return what was seen; a queue gives events in any order, so causes are looked up among all of them."""
    types = dict(identity_of(event, doors) for _, event in playing.seen)
    return tuple(observe(event, seconds, types, doors) for seconds, event in playing.seen)
