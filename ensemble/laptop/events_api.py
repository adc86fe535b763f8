"""The operations of EventBridge's API that the laptop answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ensemble.laptop.buses import Bus, Buses
from ensemble.laptop.errors import AwsError
from ensemble.laptop.patterns import InvalidEventPattern, compile_pattern
from ensemble.laptop.rules import Rule

MANDATORY_IN_TEST = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event must have to be tested (EventBridge API reference, TestEventPattern)."""

Operation = Callable[[dict[str, Any]], dict[str, Any]]


class EventsApi:
    """Answers EventBridge requests, by operation name."""

    def __init__(self, buses: Buses) -> None:
        self._buses = buses
        self.operations: dict[str, Operation] = {
            "DescribeEventBus": self._describe_event_bus,
            "DescribeReplay": lambda request: buses.describe_replay(request["ReplayName"]),
            "ListEventBuses": lambda _: {"EventBuses": [_bus_description(bus) for bus in buses.all]},
            "ListRules": self._list_rules,
            "PutEvents": lambda request: buses.put_events(request.get("Entries")),
            "StartReplay": buses.start_replay,
            "TestEventPattern": answer_test_event_pattern,
        }

    def _describe_event_bus(self, request: dict[str, Any]) -> dict[str, Any]:
        return _bus_description(self._bus(request.get("Name", "default")))

    def _list_rules(self, request: dict[str, Any]) -> dict[str, Any]:
        bus = self._bus(request.get("EventBusName", "default"))
        prefix = request.get("NamePrefix", "")
        return {"Rules": [_rule_description(rule) for rule in bus.rules if rule.name.startswith(prefix)]}

    def _bus(self, name: str) -> Bus:
        bus = self._buses.find(name)
        if bus is None:
            raise AwsError("ResourceNotFoundException", f"Event bus {name} does not exist.")
        return bus


def answer_test_event_pattern(request: dict[str, Any]) -> dict[str, Any]:
    """Answer TestEventPattern. Raises AwsError for a pattern or an event that is not valid."""
    event = _tested_event(request.get("Event"))
    try:
        pattern = compile_pattern(str(request.get("EventPattern")))
    except InvalidEventPattern as error:
        raise AwsError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from error
    return {"Result": pattern.matches(event)}


def _tested_event(text: Any) -> dict[str, Any]:
    try:
        event = json.loads(str(text))
    except ValueError:
        event = None
    if not isinstance(event, dict):
        raise AwsError("ValidationException", "Parameter Event is not valid. Reason: it is not a JSON object.")
    missing = [name for name in MANDATORY_IN_TEST if name not in event]
    if missing:
        reason = f"it lacks {', '.join(missing)}"
        raise AwsError("ValidationException", f"Parameter Event is not valid. Reason: {reason}.")
    return event


def _bus_description(bus: Bus) -> dict[str, Any]:
    return {"Name": bus.name, "Arn": bus.arn}


def _rule_description(rule: Rule) -> dict[str, Any]:
    state = "ENABLED" if rule.is_enabled else "DISABLED"
    return {"Name": rule.name, "Arn": rule.arn, "EventBusName": rule.bus, "State": state}
