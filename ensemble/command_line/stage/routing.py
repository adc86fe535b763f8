"""Which events each stack may put on a bus, and which its rules let through: read from templates alone.

So it holds of what is deployed, which no code here describes any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from ensemble.aws.account import Account
from ensemble.aws.assembly import StackTemplate
from ensemble.aws.opaque import is_known
from ensemble.aws.patterns import Pattern, compile_pattern
from ensemble.aws.resource_types import BUS, ROLE, RULE
from ensemble.aws.service_resources import document
from ensemble.choreography.permissions import DETAIL_TYPE, SOURCE, listed, put_statements
from ensemble.choreography.templates import Resource, resources_of

OUTSIDE_THE_DETAIL = ("source", "detail-type")

Event = tuple[str, str]
"""An event's source and its type."""


@dataclass(frozen=True, slots=True)
class Routing:
    """By name of a stack, what the roles of its functions may publish, and the patterns of its rules."""

    publishes: Mapping[str, frozenset[Event]]
    patterns: Mapping[str, tuple[Pattern, ...]]

    def hears(self, stack: str, event: Event) -> bool:
        """Whether a rule of the stack lets the event through, whatever is in its detail."""
        shown = {"source": event[0], "detail-type": event[1]}
        return any(pattern.matches(shown) for pattern in self.patterns.get(stack, ()))


def read_routing(templates: Mapping[str, Mapping[str, Any]]) -> Routing:
    """Read it off the stacks, given their templates by name."""
    stacks = [StackTemplate(name, dict(one), {}) for name, one in sorted(templates.items())]
    resources = resources_of(stacks, Account())
    buses = [one.arn for one in resources if one.type == BUS]
    publishes: dict[str, set[Event]] = {name: set() for name in templates}
    patterns: dict[str, list[Pattern]] = {name: [] for name in templates}
    for one in resources:
        if one.type == ROLE:
            publishes[one.stack].update(_published(one, buses))
        if one.type == RULE and "EventPattern" in one.properties:
            patterns[one.stack].append(_pattern(one))
    return Routing(
        {name: frozenset(events) for name, events in publishes.items()},
        {name: tuple(found) for name, found in patterns.items()},
    )


def _published(role: Resource, buses: Sequence[str]) -> set[Event]:
    """Return the events that a role's statements name by source and type."""
    events: set[Event] = set()
    for statement in put_statements(role, buses):
        conditions: dict[str, Any] = statement.get("Condition", {})
        if is_known(conditions):
            sources, types = (_values(conditions, key) for key in (SOURCE, DETAIL_TYPE))
            events.update(product(sources, types))
    return events


def _values(conditions: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    """Return what a condition key must be one of."""
    return [
        str(value)
        for operator, keys in conditions.items()
        if operator != "Null" and key in keys
        for value in listed(keys[key])
    ]


def _pattern(rule: Resource) -> Pattern:
    """Return what a rule asks of source and type; of what only a deployment knows it asks nothing."""
    asked = document(rule.properties["EventPattern"])
    known = {name: asked[name] for name in OUTSIDE_THE_DETAIL if name in asked and is_known(asked[name])}
    return compile_pattern(known or {"source": [{"prefix": ""}]})
