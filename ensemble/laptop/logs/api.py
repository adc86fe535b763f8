"""The operations of CloudWatch Logs' API that the laptop answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ensemble.aws.errors import AwsError
from ensemble.laptop.clock import Clock
from ensemble.laptop.logs.groups import STREAM, LogEvent, LogGroup, Logs
from ensemble.laptop.logs.pattern import PatternRefused, compiled
from ensemble.laptop.paging import next_token, page

TARGET = "Logs_20140328"
"""What CloudWatch Logs is called on the wire (its service model, targetPrefix)."""

GROUPS_OF_A_PAGE = 50
"""Amazon CloudWatch Logs API Reference, DescribeLogGroups, limit."""

MOST_EVENTS, MOST_BYTES = 10_000, 1_000_000
"""Of one answer (the same reference, FilterLogEvents)."""

ASKED_OF_GROUPS = {"logGroupNamePrefix", "limit", "nextToken"}
ASKED_OF_EVENTS = {
    *("logGroupName", "logGroupIdentifier", "startTime", "endTime", "filterPattern", "limit", "nextToken"),
    "interleaved",
}

Request = dict[str, Any]
Operation = Callable[[Request], dict[str, Any]]


class LogsApi:
    """Answers CloudWatch Logs requests, by operation name. Instants are milliseconds since 1970."""

    def __init__(self, logs: Logs, clock: Clock) -> None:
        self._logs, self._clock = logs, clock
        self.operations: dict[str, Operation] = {
            "DescribeLogGroups": self._describe_log_groups,
            "FilterLogEvents": self._filter_log_events,
        }

    def _describe_log_groups(self, request: Request) -> dict[str, Any]:
        _refuse_others(request, ASKED_OF_GROUPS)
        prefix = request.get("logGroupNamePrefix", "")
        found = [group for name, group in sorted(self._logs.groups.items()) if name.startswith(prefix)]
        size = request.get("limit", GROUPS_OF_A_PAGE)
        shown, token = page(found, request.get("nextToken"), size, "InvalidParameterException")
        return {"logGroups": [_described(group) for group in shown], **next_token("nextToken", token)}

    def _filter_log_events(self, request: Request) -> dict[str, Any]:
        """Answer the events of a group that match a pattern, the oldest first; those of `endTime` are among them.

        The next page's token is the number of its first event, so that what is printed meanwhile moves nothing.
        """
        _refuse_others(request, ASKED_OF_EVENTS)
        try:
            is_match = compiled(request.get("filterPattern", ""))
        except PatternRefused as refused:
            raise AwsError("InvalidParameterException", f"Invalid filter pattern: {refused}") from refused
        start, end = request.get("startTime", 0), request.get("endTime", float("inf"))
        found: list[LogEvent] = []
        size, most, first = 0, request.get("limit", MOST_EVENTS), _first(request)
        for event in self._group(request).events(self._clock.now()):
            if event.number < first or not start <= event.at <= end or not is_match(event.message):
                continue
            if len(found) == most or size > MOST_BYTES:
                return {"events": list(map(_shown, found)), "searchedLogStreams": [], "nextToken": str(event.number)}
            found.append(event)
            size += event.size
        return {"events": list(map(_shown, found)), "searchedLogStreams": []}

    def _group(self, request: Request) -> LogGroup:
        asked = request.get("logGroupName") or request.get("logGroupIdentifier") or ""
        name = asked.partition(":log-group:")[2] if asked.startswith("arn:") else asked
        if name not in self._logs.groups:
            raise AwsError("ResourceNotFoundException", "The specified log group does not exist.")
        return self._logs.groups[name]


def _refuse_others(request: Request, asked: set[str]) -> None:
    if others := sorted(request.keys() - asked):
        raise AwsError("InvalidParameterException", f"{', '.join(others)} is not answered by the laptop AWS")


def _first(request: Request) -> int:
    token = request.get("nextToken", "0")
    if not token.isdecimal():
        raise AwsError("InvalidParameterException", f"{token!r} is no token of the laptop AWS")
    return int(token)


def _described(group: LogGroup) -> dict[str, Any]:
    retention = {} if group.retention_days is None else {"retentionInDays": group.retention_days}
    return {
        "logGroupName": group.name,
        "creationTime": int(group.made_at * 1_000),
        "metricFilterCount": 0,
        "arn": group.arn,
        "logGroupArn": group.arn.removesuffix(":*"),
        "storedBytes": group.stored_bytes,
        "logGroupClass": "STANDARD",
        **retention,
    }


def _shown(event: LogEvent) -> dict[str, Any]:
    return {
        "logStreamName": STREAM,
        "timestamp": event.at,
        "message": event.message,
        "ingestionTime": event.at,
        "eventId": str(event.number),
    }
