"""The alarms of an account: each minute all are evaluated, and who is to be told is told of what changed."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.errors import DeliveryRefused
from ensemble.laptop.cloudwatch.definition import Definition
from ensemble.laptop.cloudwatch.metrics import MINUTE, Metrics, Series
from ensemble.laptop.cloudwatch.verdict import State, verdict
from ensemble.laptop.engine import Engine
from ensemble.laptop.storage import Topic

MAXIMUM_CHANGES = 1_000

FEW = 6
"""Of the values of the evaluated periods so many are told."""


@dataclass(slots=True)
class Alarm:
    """An alarm as it stands: since when (seconds since 1970), and why.

    `began`: since when there can be data: it was made, or the laptop came back after it was stopped or asleep.
    """

    definition: Definition
    began: float
    since: float
    state: State = State.UNKNOWN
    reason: str = "Unchecked: Initial alarm creation"

    @property
    def name(self) -> str:
        """Its name."""
        return self.definition.name


@dataclass(frozen=True, slots=True)
class Change:
    """A change of an alarm's state, when it happened, and how many seconds the state before had lasted."""

    alarm: Definition
    before: State
    after: State
    at: float
    lasted: float
    reason: str


class Alarms:
    """Evaluates from the first whole minute on. `measure` is called before, with the minute that has ended.

    CloudWatch evaluates each minute, too, but gets most data somewhat later.
    """

    def __init__(
        self,
        account: Account,
        engine: Engine,
        metrics: Metrics,
        topics: Mapping[str, Topic],
        measure: Callable[[int], None],
        lose: Callable[[str, object, str], None],
    ) -> None:
        self._account, self._engine, self._metrics, self._topics = account, engine, metrics, topics
        self._measure, self._lose = measure, lose
        self._alarms: dict[str, Alarm] = {}
        self._evaluated = 0
        """The minute until which all were evaluated."""
        self.changes: deque[Change] = deque(maxlen=MAXIMUM_CHANGES)

    @property
    def all(self) -> list[Alarm]:
        """All alarms, by their names."""
        return [self._alarms[name] for name in sorted(self._alarms)]

    def add(self, definition: Definition) -> None:
        """Make an alarm."""
        now = self._engine.clock.now()
        if not self._alarms:
            self._evaluated = int(now // MINUTE) * MINUTE
            self._tick_after(now)
        self._alarms[definition.name] = Alarm(definition, began=now, since=now)

    def state(self) -> dict[str, Any]:
        """Return as JSON how the alarms stand, and the data that they still look at."""
        now = self._engine.clock.now()
        measures = {one.metric for alarm in self.all for one in alarm.definition.queries.measures.values()}
        span = max((alarm.definition.span for alarm in self.all), default=0)
        return {
            "evaluated": self._evaluated,
            "states": {one.name: [one.state, one.since, one.reason, one.began] for one in self.all},
            "values": self._metrics.state(sorted(measures, key=str), now - span),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on with what `state` returned; what has no alarm any more is left out."""
        self._metrics.restore(state.get("values", ()))
        was_away = self._is_gap(state.get("evaluated", 0), self._engine.clock.now())
        for name, (value, since, reason, began) in state.get("states", {}).items():
            if name in self._alarms:
                alarm = self._alarms[name]
                alarm.state, alarm.since, alarm.reason = State(value), since, reason
                alarm.began = alarm.began if was_away else began

    def _tick_after(self, instant: float) -> None:
        due = (int(instant // MINUTE) + 1) * MINUTE
        self._engine.at(due, lambda: self._tick(due), in_background=True)

    def _tick(self, due: int) -> None:
        now = self._engine.clock.now()
        self._tick_after(max(now, due))
        minute = int(now // MINUTE) * MINUTE
        self._measure(minute - MINUTE)
        was_away, self._evaluated = self._is_gap(self._evaluated, minute), minute
        for alarm in self.all:
            alarm.began = now if was_away else alarm.began
            self._evaluate(alarm, minute)

    @staticmethod
    def _is_gap(evaluated: float, now: float) -> bool:
        """Whether minutes passed in which nothing ran, so that nothing was measured: that data is not missing."""
        return now - evaluated >= 2 * MINUTE

    def _evaluate(self, alarm: Alarm, end: int) -> None:
        """Evaluate an alarm over the periods that ended until this minute: the window slides, however long they are
        (Amazon CloudWatch API Reference, EvaluationWindow)."""
        definition = alarm.definition
        begins = range(end - definition.span, end, definition.queries.period)
        (series,) = definition.queries.series(self._metrics, begins[0], end).values()
        points = [definition.breaches(series[begin]) if begin in series else None for begin in begins]
        is_warming_up = end < alarm.began + definition.warm_up
        if is_warming_up and None in points[-definition.periods :]:
            return
        after = verdict(points, definition.needed, definition.periods, definition.missing)
        if after is not None and after is not alarm.state:
            self._change(alarm, after, _reason(definition, series))

    def _change(self, alarm: Alarm, after: State, reason: str) -> None:
        now, before = self._engine.clock.now(), alarm.state
        change = Change(alarm.definition, before, after, now, now - alarm.since, reason)
        alarm.state, alarm.since, alarm.reason = after, now, reason
        self.changes.append(change)
        for action in alarm.definition.actions.get(after, ()):
            if action in self._topics:
                self._notify(self._topics[action], change)

    def _notify(self, topic: Topic, change: Change) -> None:
        notification = self._notification(change)
        try:
            topic.refuse_unencrypted(change.alarm.arn)
        except DeliveryRefused as refusal:
            self._lose(change.alarm.arn, notification, f"{topic.arn}: {refusal}")
            return
        subject = f'{change.after}: "{change.alarm.name}" in {self._account.region}'
        topic.publish(json.dumps(notification), subject)

    def _notification(self, change: Change) -> dict[str, Any]:
        """Return what a topic is told (Amazon CloudWatch User Guide, "Notifying users on alarm changes")."""
        return {
            "AlarmName": change.alarm.name,
            "AlarmDescription": change.alarm.description,
            "AWSAccountId": self._account.account_id,
            "NewStateValue": change.after,
            "NewStateReason": change.reason,
            "StateChangeTime": datetime.fromtimestamp(change.at, UTC).isoformat(timespec="milliseconds"),
            "Region": self._account.region,
            "AlarmArn": change.alarm.arn,
            "OldStateValue": change.before,
        }


def _reason(definition: Definition, series: Series) -> str:
    """Say what was compared with what."""
    compared = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in definition.comparison).strip()
    values = [f"{value:g}" for value in series.values()][-FEW:]
    seen = f"the last values were {', '.join(values)}" if values else "there was no value"
    return (
        f"{seen}; the alarm goes off where {definition.needed} of {definition.periods} periods are "
        f"{compared.replace(' threshold', '')} {definition.threshold:g}; missing ones are {definition.missing}"
    )
