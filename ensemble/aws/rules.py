"""EventBridge rules: which events they take."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.entries import Event, rfc3339
from ensemble.aws.patterns import Pattern, compile_pattern
from ensemble.aws.schedules import Schedule
from ensemble.aws.targets import INGESTION_TIME, RULE_ARN, RULE_NAME, Target

FEW = frozenset({"account", "detail-type", "region", "replay-name", "source", "version"})
"""The members of an event that are texts, the same few in all events."""

MOST_REMEMBERED = 1_000
"""How many answers a pattern remembers."""


class Filter:
    """An event pattern with the cheap questions asked first, so that a bus need not match each event in full.

    One that asks for nothing but texts of which there are few remembers what it answered.
    """

    def __init__(self, pattern: Mapping[str, Any]) -> None:
        self.text = json.dumps(pattern)
        self._pattern: Pattern = compile_pattern(pattern)
        self._sources = _literals(pattern.get("source"))
        self._types = _literals(pattern.get("detail-type"))
        self.names_types = "detail-type" in pattern
        self._asked = tuple(pattern) if pattern.keys() <= FEW else None
        self._answers: dict[tuple[Any, ...], bool] = {}
        self._reads_detail = '"detail' in json.dumps(pattern).replace('"detail-type"', "")

    def takes(self, event: Event, head: Event) -> bool:
        """Return whether the pattern matches the event; `head` is the event without its detail."""
        if not self.may_take(event["source"], event["detail-type"]):
            return False
        if self._asked is None:
            return self._pattern.matches(event if self._reads_detail else head)
        texts = tuple(map(head.get, self._asked))
        if texts not in self._answers:
            if len(self._answers) >= MOST_REMEMBERED:
                self._answers.clear()
            self._answers[texts] = self._pattern.matches(head)
        return self._answers[texts]

    def may_take(self, source: str, type: str) -> bool:
        """Return whether the pattern can match an event of the source and the type."""
        return (self._sources is None or source in self._sources) and (self._types is None or type in self._types)


@dataclass(eq=False)
class Rule:
    """A rule of a bus. One with a schedule has no pattern.

    `properties`: those of its template. `targets`: those that run. `put`: all of them, as the API was given
    them, once it has changed them.
    """

    name: str
    arn: str
    bus: str
    pattern: Filter | None = None
    schedule: Schedule | None = None
    is_enabled: bool = True
    targets: list[Target] = field(default_factory=list)
    properties: Mapping[str, Any] = field(default_factory=dict)
    put: list[dict[str, Any]] | None = None

    @property
    def listed(self) -> list[dict[str, Any]]:
        """All targets, as they were put."""
        return self.listed_by_template if self.put is None else self.put

    @property
    def listed_by_template(self) -> list[dict[str, Any]]:
        """All targets, as the template has them."""
        return list(self.properties.get("Targets", []))

    @property
    def is_switched(self) -> bool:
        """Whether it is enabled where its template says it is not, or the other way round."""
        return self.is_enabled is not is_enabled_by(self.properties)

    @property
    def names_types(self) -> bool:
        """Whether the rule is about events of certain types, and not about all."""
        return self.pattern is not None and self.pattern.names_types

    def payload(self, target: Target, event: Event, body: str, now: float) -> str:
        """Return what a target of the rule gets of an event, whose JSON is `body`, that has come at an instant."""
        if target.input_template is None:
            return target.payload(event, body, {})
        return target.payload(event, body, {RULE_ARN: self.arn, RULE_NAME: self.name, INGESTION_TIME: rfc3339(now)})

    def takes(self, event: Event, head: Event) -> bool:
        """Return whether the rule sends the event to its targets."""
        return self.is_enabled and self.pattern is not None and self.pattern.takes(event, head)


def is_enabled_by(properties: Mapping[str, Any]) -> bool:
    """Whether a rule's template enables it."""
    return bool(properties.get("State", "ENABLED") != "DISABLED")


def head_of(event: Event) -> Event:
    """Return the event without its detail."""
    return {name: value for name, value in event.items() if name != "detail"}


def _literals(alternatives: Any) -> frozenset[str] | None:
    """Return the texts of which a field must be one, or None where the pattern asks something else of it."""
    if isinstance(alternatives, list) and all(isinstance(alternative, str) for alternative in alternatives):
        return frozenset(alternatives)
    return None
