"""A workflow that was recorded as a story: what came from outside, each at its time, and what must come of it. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from math import ceil

from ensemble.scenario import Command, Story
from ensemble.trace.known import Happened, Known
from ensemble.trace.standing import MOVING_SECONDS, Standing, State
from functions.kit.envelope import derived_id

LEAST_SECONDS = 600
"""A story may take so long, in virtual time: what fails is tried for minutes before it is given up."""


class Telling:
    """Tells a workflow as a story. `expected`: the types of the events that should have ended it; none: as it did."""

    def __init__(self, known: Known, standing: Standing, expected: Sequence[str] = ()) -> None:
        self._known, self._standing, self._expected = known, standing, tuple(expected)
        self._services = {hearing.service for hearing in known.hearings}
        self._services |= {row.service for row in known.rows}
        ordered = [event for event in standing.steps.events.values() if not event.is_timer]
        self.asked = [event for event in ordered if event.source not in self._services]
        self._told = [event for event in ordered if event.source in self._services]

    def story(self, name: str) -> Story:
        """Return the story; `asked` must not be empty."""
        return Story(
            name,
            commands=tuple(map(self._command, self.asked)),
            end=self._end,
            appear=tuple(dict.fromkeys(event.type for event in self._right())),
            absent=tuple(type for type in self._ended_by if self._expected and type not in self._expected),
            within=self._within(),
        )

    @property
    def _ended_by(self) -> Sequence[str]:
        return tuple(dict.fromkeys(event.type for event in self._standing.ended_by))

    @property
    def _end(self) -> tuple[str, ...]:
        """The recorded end, unless another one is expected: of what has not ended well none is known."""
        recorded = self._ended_by if self._standing.state is State.DONE else ()
        return self._expected or tuple(recorded)

    def _within(self) -> float:
        """Return how long it may take: as long as it took, where a timer was waited for, and what trying takes."""
        events = self._standing.steps.events.values()
        last = self.asked if not any(event.is_timer for event in events) else events
        return LEAST_SECONDS + max(0, ceil(max(event.at for event in last) - self.asked[0].out_at))

    # Commands

    def _command(self, event: Happened) -> Command:
        first = self.asked[0]
        after = "" if event is first else self._overtaken(event)
        at = 0 if after else max(0, round(event.out_at - first.out_at))
        return Command(event.type, event.source, {**(event.fields or {}), **self._own(event)}, at=at, after=after)

    def _own(self, event: Happened) -> Mapping[str, str]:
        """Return what its sender wrote of the envelope, and services go by."""
        made = {derived_id("workflow", f"{field}#{value}") for field, value in event.values.items()}
        own = {} if event.workflow in made else {"correlation_id": event.workflow}
        return own | ({"version": event.version} if event.version else {})

    def _overtaken(self, command: Happened) -> str:
        """Return the type of the event that was last as a command came, if what came before was still under way.

        On the laptop nothing takes time, so that seconds would say nothing.
        """
        before = [event for event in self._told if event.at < command.at]
        later = [event for event in self._told if command.at <= event.at < command.at + MOVING_SECONDS]
        is_moving = any(self._root(event) not in ("", command.name) for event in later)
        return before[-1].type if before and is_moving else ""

    def _root(self, event: Happened) -> str:
        """Return the command from which an event follows; nothing where a timer is in between, or no cause is known."""
        events, seen = self._standing.steps.events, set[str]()
        while event.cause is not None and event.cause in events and event.name not in seen:
            seen.add(event.name)
            event = events[event.cause]
        return event.name if event in self.asked else ""

    def others(self, story: Story) -> Iterator[Story]:
        """Yield the story with a command at another time: EventBridge says when it came in whole seconds, in which much
        may have happened before."""
        for number, command in enumerate(self.asked[1:], start=1):
            within = [event for event in self._told if command.at <= event.at < command.at + 1 - command.at % 1]
            for type in dict.fromkeys(event.type for event in within):
                moved = replace(story.commands[number], at=0, after=type)
                yield replace(story, commands=(*story.commands[:number], moved, *story.commands[number + 1 :]))

    # What went well

    def _right(self) -> Iterator[Happened]:
        """Yield the events that must come again: those before the first trouble, or before the way to what is expected
        was left; all, where all went well."""
        if self._expected:
            leading = self._leading_to(set(self._expected))
            return takewhile(lambda event: event.type in leading, self._told)
        troubles = [why.event.name for why in self._standing.why if why.event is not None and why.holds_up]
        if self._standing.state is State.DONE or not troubles:
            return iter(self._told)
        names = list(self._standing.steps.events)
        first = min(names.index(name) for name in troubles if name in names)
        return (event for event in self._told if names.index(event.name) <= first)

    def _leading_to(self, types: Collection[str]) -> set[str]:
        """Return the types of events from which one of these may follow, by what is declared."""
        leading = set(types)
        while more := {
            hearing.event
            for hearing in self._known.hearings
            if hearing.event not in leading and not leading.isdisjoint(hearing.publishes)
        }:
            leading |= more
        return leading
