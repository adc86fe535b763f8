"""Reads how the services of a stage are: what lies in their queues, whether they run, what is down; and the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.deadletters import MESSAGES
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.console.edges import edge
from ensemble.console.nodes import Facts, node_of
from functions.kit.waiting import DEAD_LETTER_SUFFIX
from infrastructure.naming import OLDEST_MESSAGE, Names

SECONDS_BETWEEN_AGES = 60.0
"""How often the ages of messages are asked for: SQS says them once a minute (Amazon SQS Developer Guide, "Available
CloudWatch metrics for Amazon SQS"), and each costs."""

AGES_SINCE_SECONDS = 300.0
MINUTE = 60
RUNNING = ("Creating", "Enabling", "Enabled", "Updating")
"""States of a mapping that polls, or will (AWS Lambda API Reference, EventSourceMappingConfiguration)."""


def polled_queues(client: Any) -> dict[str, bool]:
    """Return by queue whether its mapping polls it. `client`: Lambda's."""
    pages = client.get_paginator("list_event_source_mappings").paginate()
    mappings: Iterable[Mapping[str, Any]] = (one for page in pages for one in page["EventSourceMappings"])
    return {one["EventSourceArn"].rpartition(":")[2]: one["State"] in RUNNING for one in mappings}


class StageFacts:
    """`seconds_apart`: so long holds what was read. Instants and spans are in seconds."""

    def __init__(self, declared: Declared, account: Account, names: Names, seconds_apart: float) -> None:
        self._declared, self._names, self._seconds_apart = declared, names, seconds_apart
        self._sqs, self._cloudwatch, self._lambda = (account.client(one) for one in ("sqs", "cloudwatch", "lambda"))
        self._url = cache(lambda queue: self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])
        self._read_at = self._aged_at = float("-inf")
        self._known: Mapping[str, Any] = {}
        self._ages: dict[str, float] = {}
        self._held: dict[str, int] = {}

    def read(self, reading: Reading) -> Mapping[str, Any]:
        """Return the cards by service, the numbers of dead letters and of alarms, and for how long (seconds) the oldest
        message of each edge's queue waits. Raises CommandFailed."""
        now = reading.now
        if abs(now - self._read_at) >= self._seconds_apart:
            with aws_answers():
                if abs(now - self._aged_at) >= SECONDS_BETWEEN_AGES:
                    self._ages, self._aged_at = self._oldest(now), now
                polled = polled_queues(self._lambda)
                self._held = {queue: self._messages(queue) for queue in self._declared.fed}
                names = [service.name for service in self._declared.services]
                nodes = {name: node_of(self._of(name, polled, reading)) for name in names}
                dead = sum(one["dead"] for one in nodes.values())
                facts = {"nodes": nodes, "dead": dead, "alarms": self._alarms(), "waits": self._waits()}
                self._known, self._read_at = facts, now
        return self._known

    def _of(self, service: str, polled: Mapping[str, bool], reading: Reading) -> Facts:
        queues = [queue for queue, fed in self._declared.fed.items() if fed == service]
        waiting = sum(self._held[queue] for queue in queues)
        return Facts(
            waiting,
            sum(self._messages(queue + DEAD_LETTER_SUFFIX) for queue in queues),
            is_stopped=bool(queues) and not any(polled.get(queue, True) for queue in queues),
            down=[one.system for one in reading.down(service)],
            oldest=max(map(self._oldest_of, queues), default=0.0) or None,
        )

    def _waits(self) -> dict[str, float]:
        heard = ((edge(one.source, one.event, one.service), one.queue) for one in self._declared.hearings)
        return {name: oldest for name, queue in heard if queue and (oldest := self._oldest_of(queue))}

    def _oldest_of(self, queue: str) -> float:
        """Return for how long a queue's oldest message waits: nothing where none is there any more."""
        return self._ages.get(queue, 0.0) if self._held.get(queue) else 0.0

    def _messages(self, queue: str) -> int:
        names = [MESSAGES, f"{MESSAGES}NotVisible", f"{MESSAGES}Delayed"]
        told = self._sqs.get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def _oldest(self, now: float) -> dict[str, float]:
        """Return by queue how old its oldest message is."""
        queues = list(self._declared.fed)
        answer = self._cloudwatch.get_metric_data(
            MetricDataQueries=[_age_of(queue, number) for number, queue in enumerate(queues)],
            StartTime=datetime.fromtimestamp(now - AGES_SINCE_SECONDS, UTC),
            EndTime=datetime.fromtimestamp(now, UTC),
        )
        newest = {one["Id"]: one["Values"][0] for one in answer["MetricDataResults"] if one["Values"]}
        return {queue: float(newest.get(f"age{number}", 0.0)) for number, queue in enumerate(queues)}

    def _alarms(self) -> int:
        paginator = self._cloudwatch.get_paginator("describe_alarms")
        pages = paginator.paginate(AlarmNamePrefix=f"{self._names.beginning}-", StateValue="ALARM")
        return sum(len(page["MetricAlarms"]) for page in pages)


def _age_of(queue: str, number: int) -> dict[str, Any]:
    dimensions = [{"Name": "QueueName", "Value": queue}]
    metric = {"Namespace": "AWS/SQS", "MetricName": OLDEST_MESSAGE, "Dimensions": dimensions}
    return {"Id": f"age{number}", "MetricStat": {"Metric": metric, "Period": MINUTE, "Stat": "Maximum"}}
