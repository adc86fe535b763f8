"""What a saga may publish because of each event: its permissions and the graph follow from it."""

from __future__ import annotations

from collections.abc import Iterator

from functions.kit.saga.table import Cancel, Step, Table


class Says:
    """What may be published because of each event, at the least all that `functions.kit.saga.progress` publishes."""

    def __init__(self, table: Table) -> None:
        self._table, self._stages = table, table.stages

    def when_at(self, place: int) -> Iterator[str]:
        """Going forward, with all done up to this stage: its commands, and the next ones if it may be skipped."""
        for stage in self._stages[place:]:
            yield from (one.command for one in stage if one.command)
            if any(one.when is None for one in stage):
                return
        yield self._table.completes

    def when_back_at(self, place: int) -> Iterator[str]:
        """Going back, with nothing left of what comes after this stage, of which each step is done or skipped."""
        for stage in reversed(self._stages[: place + 1]):
            yield from (one.undo for one in stage if one.undo)
            if any(one.undo and one.when is None for one in stage):
                return
        yield self._table.fails

    def when_done(self, place: int, one: Step) -> Iterator[str]:
        yield from self.when_at(place + 1)
        if one.pivot and self._table.cancel is not None:
            yield self._table.cancel.rejects
        yield from (name for name in (one.accepts, one.rejects) if name)
        if one.within is None and not one.pivot and self._may_turn_back(place, one):
            yield from (one.undo,) if one.undo else self.when_back_at(place - 1)

    def _may_turn_back(self, place: int, one: Step) -> bool:
        """Whether the saga may be going back while this step has not answered."""
        others = (other for other in self._stages[place] if other is not one)
        return self._table.cancel is not None or any(other.refused or other.within for other in others)

    def when_refused(self, place: int, one: Step) -> Iterator[str]:
        yield from (other.undo for other in self._stages[place] if other is not one and other.undo)
        if one.command or not self._holds_back(place, one):
            yield from self.when_back_at(place - 1)
        yield from (name for name in (one.accepts, one.rejects) if name)

    def when_overdue(self) -> Iterator[str]:
        for place, stage in enumerate(self._stages):
            if any(one.within for one in stage):
                yield from self._at_once(place)

    def when_cancelled(self, cancel: Cancel) -> Iterator[str]:
        yield from (cancel.rejects, self._table.fails)
        for place, stage in enumerate(self._stages):
            if any(one.pivot for one in stage):
                return
            yield from self._at_once(place)

    def _at_once(self, place: int) -> Iterator[str]:
        """Going back while steps of this stage have not answered: those that may be late need not."""
        stage = self._stages[place]
        yield from (one.undo for one in stage if one.undo and (one.within or len(stage) > 1))
        if any(not one.command and not self._holds_back(place, one) for one in stage):
            yield from self.when_back_at(place - 1)

    def _holds_back(self, place: int, one: Step) -> bool:
        """Whether something beside this step is to be undone, or may be, before the stage ahead of it is."""
        return any(other.undo and other.when is None for other in self._stages[place] if other is not one)
