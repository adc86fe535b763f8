"""What was seen and measured of the stories played, and whether it is as expected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ensemble.command_line.run.stories import COMPLETED, ENDS, Story


@dataclass(frozen=True, slots=True)
class Observed:
    """An event seen on the bus, `seconds` after its story began; `cause` is the type of the causing event."""

    event_id: str
    type: str
    source: str
    seconds: float
    cause: str | None


@dataclass(frozen=True, slots=True)
class Holdings:
    """The stock by article and the money in euros at one moment."""

    stock: Mapping[str, int]
    money: Decimal

    def change(self, after: Holdings) -> Holdings:
        """Return what was added until `after`, without the articles that did not change."""
        skus = sorted({*self.stock, *after.stock})
        moved = {sku: after.stock.get(sku, 0) - self.stock.get(sku, 0) for sku in skus}
        return Holdings({sku: pieces for sku, pieces in moved.items() if pieces}, after.money - self.money)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a story.

    `at_rest`: whether nothing was left to do when it was measured. `postponed`: why functions left events
    for later meanwhile; that explains faults, but is none by itself.
    """

    story: Story
    events: tuple[Observed, ...]
    before: Holdings
    after: Holdings
    at_rest: bool
    postponed: tuple[str, ...] = ()

    @property
    def end(self) -> str:
        """The event that ended the order; more than one (the same one put twice is one), or none, is a fault."""
        ends = {event.event_id: event.type for event in self.events if event.type in ENDS}
        return " and ".join(sorted(ends.values())) or "none"

    @property
    def change(self) -> Holdings:
        """What the story added to stock and money."""
        return self.before.change(self.after)

    @property
    def faults(self) -> tuple[str, ...]:
        """Everything that is not as expected, in words, the end and the figures first, what may explain it last."""
        seen, story = {event.type for event in self.events}, self.story
        checks = [
            (self.end == story.end, f"it ended with {self.end}, not {story.end}"),
            (self.stock_balances, f"its stock changed by {dict(self.change.stock)}, not {dict(story.stock_change)}"),
            (self.money_balances, f"its money changed by {self.change.money:.2f}, not {story.money_change:.2f}"),
            (self.at_rest, "it did not come to rest in time"),
            *((event in seen, f"{event} was never on the bus") for event in story.appear),
            *((event not in seen, f"{event} was on the bus") for event in story.absent),
        ]
        faults = tuple(fault for is_met, fault in checks if not is_met)
        return faults + self.postponed if faults else ()

    @property
    def stock_balances(self) -> bool:
        """Whether just what the story ships left the stock."""
        return self.change.stock == self.story.stock_change

    @property
    def money_balances(self) -> bool:
        """Whether just what the story earns came in."""
        return self.change.money == self.story.money_change

    @property
    def as_expected(self) -> bool:
        """Whether the story ended, and moved stock and money, as it must."""
        return not self.faults


@dataclass(frozen=True, slots=True)
class Results:
    """All stories together.

    `dead_letters`: how many messages lie in each dead-letter queue at the end. `not_played`: the stories
    after one that did not come to rest.
    """

    stories: tuple[Result, ...]
    before: Holdings
    after: Holdings
    dead_letters: Mapping[str, int]
    not_played: tuple[Story, ...] = ()

    @property
    def expected_change(self) -> Holdings:
        """What the orders that did complete ship and pay, all together."""
        orders = [result.story for result in self.stories if result.end == COMPLETED]
        pieces: Counter[str] = Counter()
        for order in orders:
            pieces.subtract(order.pieces)
        return Holdings(dict(pieces), sum((order.total for order in orders), Decimal(0)))

    @property
    def balances(self) -> bool:
        """Whether stock and money changed by what the completed orders ship and pay, and by nothing else."""
        return self.before.change(self.after) == self.expected_change

    @property
    def as_expected(self) -> bool:
        """Whether each story was played and went as expected, the sums balance and nothing was dead-lettered."""
        nothing_amiss = not self.dead_letters and not self.not_played
        return self.balances and nothing_amiss and all(result.as_expected for result in self.stories)
