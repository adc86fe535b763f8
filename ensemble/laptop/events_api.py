"""The operations of EventBridge's API that the laptop answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.aws.patterns import InvalidEventPattern, compile_pattern
from ensemble.aws.rules import Rule
from ensemble.laptop.archives import Archive
from ensemble.laptop.buses import Bus, Buses
from ensemble.laptop.paging import next_token, page
from ensemble.laptop.rule_targets import RuleTargets

MANDATORY_IN_TEST = ("id", "account", "source", "time", "region", "resources", "detail-type")
"""What an event must have to be tested (EventBridge API reference, TestEventPattern)."""

MOST_LISTED = 100
"""Of one answer (the same reference, ListRules, Limit)."""

Request = dict[str, Any]
Operation = Callable[[Request], dict[str, Any]]


class EventsApi:
    """Answers EventBridge requests, by operation name. `left_out`: the ARNs of what templates have and is not run."""

    def __init__(self, buses: Buses, left_out: Collection[str]) -> None:
        self._buses = buses
        targets = RuleTargets(self._rule, left_out)
        self.operations: dict[str, Operation] = {
            "CancelReplay": lambda request: buses.cancel_replay(request["ReplayName"]),
            "DescribeArchive": self._describe_archive,
            "DescribeEventBus": lambda request: _bus_description(self._bus(request.get("Name"))),
            "DescribeReplay": lambda request: buses.replay(request["ReplayName"]).description(),
            "DescribeRule": lambda request: _rule_description(self._rule(request, "Name")),
            "DisableRule": lambda request: self._switch(request, is_enabled=False),
            "EnableRule": lambda request: self._switch(request, is_enabled=True),
            "ListArchives": self._list_archives,
            "ListEventBuses": self._list_event_buses,
            "ListReplays": self._list_replays,
            "ListRules": self._list_rules,
            "ListTargetsByRule": self._list_targets_by_rule,
            "PutEvents": lambda request: buses.put_events(request.get("Entries")),
            "PutTargets": targets.put,
            "RemoveTargets": targets.remove,
            "StartReplay": buses.start_replay,
            "TestEventPattern": answer_test_event_pattern,
        }

    def _list_event_buses(self, request: Request) -> dict[str, Any]:
        return _listed("EventBuses", map(_bus_description, self._buses.all), request, "Name")

    def _list_rules(self, request: Request) -> dict[str, Any]:
        return _listed("Rules", map(_rule_description, self._bus(request.get("EventBusName")).rules), request, "Name")

    def _list_targets_by_rule(self, request: Request) -> dict[str, Any]:
        return _listed("Targets", self._rule(request, "Rule").listed, request, "Id")

    def _switch(self, request: Request, *, is_enabled: bool) -> dict[str, Any]:
        self._rule(request, "Name").is_enabled = is_enabled
        return {}

    def _archives(self) -> dict[str, Archive]:
        return {archive.name: archive for bus in self._buses.all for archive in bus.archives}

    def _describe_archive(self, request: Request) -> dict[str, Any]:
        name = request["ArchiveName"]
        if (archive := self._archives().get(name)) is None:
            raise AwsError("ResourceNotFoundException", f"Archive {name} does not exist.")
        return {"ArchiveArn": archive.arn, **archive.description()}

    def _list_archives(self, request: Request) -> dict[str, Any]:
        """An archive's pattern is not listed, as on AWS (EventBridge API Reference, Archive)."""
        shown = (_without(one.description(), "EventPattern") for one in self._archives().values())
        return _listed("Archives", shown, request, "ArchiveName")

    def _list_replays(self, request: Request) -> dict[str, Any]:
        shown = (_without(one.description(), "ReplayArn", "Destination") for one in self._buses.replays.values())
        return _listed("Replays", shown, request, "ReplayName")

    def _rule(self, request: Request, named: str) -> Rule:
        """Return the rule that a request names by this member."""
        bus = self._bus(request.get("EventBusName"))
        for rule in bus.rules:
            if rule.name == request[named]:
                return rule
        raise AwsError("ResourceNotFoundException", f"Rule {request[named]} does not exist on EventBus {bus.name}.")

    def _bus(self, name: str | None) -> Bus:
        bus = self._buses.find(name or "default")
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


def _listed(member: str, found: Iterable[dict[str, Any]], request: Request, name: str) -> dict[str, Any]:
    """Return a page of what was found and the request asks for: by its prefix, its state, and where it is from."""
    prefix = request.get("NamePrefix", "")
    wanted = {asked: request[asked] for asked in ("State", "EventSourceArn") if asked in request}
    chosen = [one for one in found if one[name].startswith(prefix) and wanted.items() <= one.items()]
    size = request.get("Limit", MOST_LISTED)
    shown, token = page(chosen, request.get("NextToken"), size, "ValidationException")
    return {member: shown, **next_token("NextToken", token)}


def _without(description: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in description.items() if name not in names}


def _bus_description(bus: Bus) -> dict[str, Any]:
    policy = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": bus.policy})} if bus.policy else {}
    return {"Name": bus.name, "Arn": bus.arn, **policy}


def _rule_description(rule: Rule) -> dict[str, Any]:
    about: dict[str, Any] = {"EventPattern": rule.pattern.text} if rule.pattern is not None else {}
    if "ScheduleExpression" in rule.properties:
        about["ScheduleExpression"] = rule.properties["ScheduleExpression"]
    state = "ENABLED" if rule.is_enabled else "DISABLED"
    return {"Name": rule.name, "Arn": rule.arn, "EventBusName": rule.bus, "State": state, **about}
