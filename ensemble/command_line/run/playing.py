"""Plays stories on the local AWS, one after the other, each until everything is at rest, and measures them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ensemble.command_line.errors import SendingFailed, StartingFailed
from ensemble.command_line.run.drafts import Command
from ensemble.command_line.run.postponements import Postponements
from ensemble.command_line.run.results import Holdings, Observed, Result, Results
from ensemble.command_line.run.shop import Shop
from ensemble.command_line.run.stories import OPENING_STOCK, Story
from ensemble.laptop import Laptop
from functions.kit.envelope import completed

UNTOLD_VERSION = "1.0"
"""Stands for the version of a command put without one; nothing here depends on it."""


def play(
    laptop: Laptop,
    stories: Iterable[Story],
    *,
    environment: str = "dev",
    on_event: Callable[[Observed], None] | None = None,
    on_result: Callable[[Result], None] | None = None,
    timeout_seconds: float = 60,
) -> Results:
    """Fill the stock, then play each story to its rest, for at most `timeout_seconds` each on the laptop's clock.

    A story that does not come to rest is the last one, for what it left under way would spoil the next one's
    figures. A story's order is put once per laptop: played again on the same laptop, its commands are duplicates.
    Raises SendingFailed when the bus refuses a command, StartingFailed when the opening stock is not counted in time.
    """
    stories = tuple(stories)
    player = Player(laptop, Shop(laptop, environment), on_event or (lambda _event: None))
    player.fill_stock(timeout_seconds)
    before, results = player.holdings(), []
    for story in stories:
        results.append(player.play(story, timeout_seconds))
        if on_result is not None:
            on_result(results[-1])
        if not results[-1].at_rest:
            break
    return Results(tuple(results), before, player.holdings(), player.dead_letters(), stories[len(results) :])


class Player:
    """Puts commands, and watches the bus: what it sees is the story's that is being played."""

    def __init__(self, laptop: Laptop, shop: Shop, on_event: Callable[[Observed], None]) -> None:
        self._laptop = laptop
        self._shop = shop
        self._tell = on_event
        self._postponements = Postponements(laptop)
        self._types: dict[str, str] = {}
        self._seen: list[Observed] = []
        self._story: Story | None = None
        self._began = 0.0
        laptop.on_event(self._observe)

    def fill_stock(self, timeout_seconds: float) -> None:
        """Receive the opening stock, and wait until it is counted. Raises StartingFailed when it is not in time."""
        for command in OPENING_STOCK:
            self._put(command)
        at_rest, postponed = self._rest(timeout_seconds), self._postponed()
        if not at_rest:
            reasons = "; ".join(postponed) or "no function says why"
            raise StartingFailed(f"the opening stock was not counted within {timeout_seconds:g} s: {reasons}")

    def holdings(self) -> Holdings:
        """Measure stock and money."""
        return Holdings(self._shop.stock(), self._shop.money())

    def dead_letters(self) -> Mapping[str, int]:
        """Return the number of messages in each dead-letter queue that has some."""
        return {name: len(messages) for name, messages in self._laptop.dead_letters().items() if messages}

    def play(self, story: Story, timeout_seconds: float) -> Result:
        """Place the story's order, and wait until everything is at rest."""
        before = self.holdings()
        self._story, self._seen, self._began = story, [], self._laptop.now()
        self._put(story.order)
        at_rest = self._rest(timeout_seconds)
        self._story = None
        return Result(story, tuple(self._seen), before, self.holdings(), at_rest, self._postponed())

    def _observe(self, bus: str, event: Mapping[str, Any]) -> None:
        if bus != self._shop.bus or self._story is None:
            return
        detail = completed(event, UNTOLD_VERSION)
        observed = Observed(
            event_id=detail["event_id"],
            type=event["detail-type"],
            source=event["source"],
            seconds=self._laptop.now() - self._began,
            cause=self._types.get(detail["causation_id"]),
        )
        self._types[observed.event_id] = observed.type
        is_first = all(earlier.type != observed.type for earlier in self._seen)
        self._seen.append(observed)
        self._tell(observed)
        trigger = self._story.trigger
        if trigger is not None and trigger.seen == observed.type and is_first:
            self._put(trigger.command)

    def _put(self, command: Command) -> None:
        """Put a command. Raises SendingFailed when the bus does not take it."""
        result = self._laptop.put_events([command.entry(self._shop.bus)])["Entries"][0]
        if "ErrorCode" in result:
            raise SendingFailed(f"{command.type} was refused: {result['ErrorCode']}: {result['ErrorMessage']}")

    def _postponed(self) -> tuple[str, ...]:
        """Return each different reason since the last time."""
        return tuple(dict.fromkeys(self._postponements.new()))

    def _rest(self, timeout_seconds: float) -> bool:
        return self._laptop.run_until(self._laptop.engine.is_idle, timeout_seconds)
