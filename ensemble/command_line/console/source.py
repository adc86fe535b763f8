"""Reads for the console by AWS's APIs what happens on a stage: events, queues, what is down, alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.stage.deadletters import MESSAGES
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.listing import newest
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.tailing import LeftBehind, Tail
from ensemble.console.nodes import Facts, node_of
from ensemble.console.progress import Looked, Shown, shown_as
from ensemble.trace.known import Happened
from ensemble.trace.standing import standing_of
from functions.kit.waiting import DEAD_LETTER_SUFFIX

MOST_AT_FIRST = 200
"""So many workflows are shown that were there before somebody looked."""


class StageSource:
    """A stage that is deployed, or that runs on the laptop AWS."""

    def __init__(self, declared: Declared, account: Account, now: Callable[[], datetime]) -> None:
        self._declared, self._now = declared, now
        names = ("dynamodb", "sqs", "cloudwatch", "lambda")
        self._dynamodb, self._sqs, self._cloudwatch, self._lambda = (account.client(name) for name in names)
        streams = account.client("dynamodbstreams")
        tables = (declared.tables[store.name] for store in declared.event_stores)
        self._tails = [Tail(self._dynamodb, streams, table) for table in tables]

    def now(self) -> float:
        """Return the time there, in seconds since 1970."""
        return self._now().timestamp()

    def reading(self) -> Reading:
        """Return what reads one workflow, as it is now."""
        return Reading(self._declared, self._dynamodb, self._sqs, self.now())

    def opening(self) -> Iterator[list[Happened]]:
        """Yield the events of the newest workflows, those of the last hour first; `new_events` goes on from there."""
        with aws_answers():
            for tail in self._tails:
                tail.begin()
            reading, now = self.reading(), self.now()
            for store in self._declared.event_stores:
                for workflows in newest(self._dynamodb, self._declared.tables[store.name], now, MOST_AT_FIRST):
                    found = [event for workflow in workflows for event in reading.stored(workflow)]
                    yield sorted(found, key=lambda event: event.at)

    def new_events(self) -> list[Happened] | None:
        """Return the events that were stored since; None where that is not known any more, and to be begun anew."""
        reading = self.reading()
        try:
            with aws_answers():
                new = [items for tail in self._tails for items in tail.new()]
        except LeftBehind:
            return None
        return [event for items in new for event in reading.read(items)]

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the services' queues, of the alarms and of the dead letters."""
        with aws_answers():
            nodes = {service.name: node_of(self._facts_of(service.name)) for service in self._declared.services}
            return {"nodes": nodes, "dead": sum(one["dead"] for one in nodes.values()), "alarms": self._alarms()}

    def looked(self, workflow: str) -> Looked:
        """Look closely at a workflow: how it is, and why it goes no further."""
        try:
            with aws_answers():
                known = self.reading().known(workflow)
        except CommandFailed as failure:
            return Looked(Shown.WAITING, str(failure), self.now())
        if known is None:
            return Looked(Shown.WAITING, "nothing is known of it any more", self.now())
        standing = standing_of(known)
        text = standing.why[0].text if standing.why else ""
        return Looked(shown_as(standing.state, is_undone=standing.is_undone), text, self.now())

    def described(self, failure: Exception) -> str:
        """Return what AWS answered. Raises what is none of AWS."""
        if isinstance(failure, CommandFailed):
            return str(failure)
        raise failure

    def _facts_of(self, service: str) -> Facts:
        queues = [queue for queue, fed in self._declared.fed.items() if fed == service]
        waiting, dead = 0, 0
        for queue in queues:
            waiting += self._messages(queue)
            dead += self._messages(queue + DEAD_LETTER_SUFFIX)
        return Facts(waiting, dead, self._is_stopped(queues), ())

    def _messages(self, queue: str) -> int:
        url = self._sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        names = [MESSAGES, f"{MESSAGES}NotVisible", f"{MESSAGES}Delayed"]
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(told[name]) for name in names)

    def _is_stopped(self, queues: Iterable[str]) -> bool:
        return False

    def _alarms(self) -> int:
        answer = self._cloudwatch.describe_alarms(StateValue="ALARM")
        return len(answer["MetricAlarms"])
