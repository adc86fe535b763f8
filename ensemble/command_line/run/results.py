"""What was seen and measured of the stories played, and whether it is as expected."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ensemble.scenario import Amount, Story
from ensemble.scenario.declaration import total

Figures = Mapping[str, Amount]


@dataclass(frozen=True, slots=True)
class Observed:
    """An event seen on the bus, `seconds` after its story began; `cause` is the type of the causing event."""

    event_id: str
    type: str
    source: str
    seconds: float
    cause: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A measure before and after, and what it had to be afterwards."""

    name: str
    before: Amount
    after: Amount
    expected: Amount

    @property
    def as_expected(self) -> bool:
        """Whether it changed just as it had to."""
        return self.after == self.expected


def changes(before: Figures, after: Figures, expected: Figures) -> Iterator[Change]:
    """Yield each measure that changed or should have, by name; what was not there counts as none."""
    for name in sorted({*before, *after, *expected}):
        was, is_now = before.get(name, 0), after.get(name, 0)
        change = Change(name, was, is_now, was + expected.get(name, 0))
        if was != is_now or not change.as_expected:
            yield change


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a story.

    `before`, `after`: the scenario's measures. `at_rest`: whether nothing was left to do when it was measured.
    `postponed`: what functions met meanwhile, and mostly left for later; that explains faults, but is none by itself.
    `ends`: the event types that end a story, this one or another.
    """

    story: Story
    events: tuple[Observed, ...]
    before: Figures
    after: Figures
    at_rest: bool
    postponed: tuple[str, ...] = ()
    ends: frozenset[str] = frozenset()

    @property
    def end(self) -> str:
        """The events that ended it; the same one put twice is one, two of the same type are two."""
        ends = {event.event_id: event.type for event in self.events if event.type in self.ends}
        return text_of_end(tuple(ends.values()))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The measures that changed, or should have."""
        return tuple(changes(self.before, self.after, self.story.measures))

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as expected, in words, the end and the figures first, what may explain it last."""
        seen, story, expected = {event.type for event in self.events}, self.story, text_of_end(self.story.end)
        checks = [
            (not story.end or self.end == expected, f"it ended with {self.end}, not {expected}"),
            *((one.as_expected, f"{one.name} is {one.after}, not {one.expected}") for one in self.changes),
            (self.at_rest, "it did not come to rest in time"),
            *((event in seen, f"{event} was never on the bus") for event in story.appear),
            *((event not in seen, f"{event} was on the bus") for event in story.absent),
        ]
        faults = tuple(fault for is_met, fault in checks if not is_met)
        return faults + self.postponed if faults else ()

    @property
    def as_expected(self) -> bool:
        """Whether the story ended, and changed the measures, as it must."""
        return not self.faults


def text_of_end(types: tuple[str, ...]) -> str:
    """Return in words which events ended a story."""
    return " and ".join(sorted(types)) or "none"


@dataclass(frozen=True, slots=True)
class Results:
    """All stories together.

    `dead_letters`: how many messages lie in each dead-letter queue at the end. `not_played`: the stories
    after one that did not come to rest.
    """

    stories: tuple[Result, ...]
    before: Figures
    after: Figures
    dead_letters: Mapping[str, int]
    not_played: tuple[Story, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """The measures that changed, or should have by all stories that were played."""
        expected = total(result.story.measures for result in self.stories)
        return tuple(changes(self.before, self.after, expected))

    @property
    def balances(self) -> bool:
        """Whether the measures changed by what the stories say, and by nothing else."""
        return all(change.as_expected for change in self.changes)

    @property
    def has_ends(self) -> bool:
        """Whether any story says how it must end."""
        return any(result.story.end for result in self.stories)

    @property
    def as_expected(self) -> bool:
        """Whether each story was played and went as expected, the sums balance and nothing was dead-lettered."""
        nothing_amiss = not self.dead_letters and not self.not_played
        return self.balances and nothing_amiss and all(result.as_expected for result in self.stories)
