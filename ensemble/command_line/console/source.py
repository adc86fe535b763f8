"""Reads for the console by AWS's APIs what happens on a stage: events, and how its services are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from ensemble.command_line.console.facts import StageFacts
from ensemble.command_line.errors import AwsFailed, CommandFailed
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import Reading
from ensemble.console.progress import Looked, Shown, shown_as
from ensemble.trace.known import Happened
from ensemble.trace.standing import standing_of


class StageSource:
    """A stage that is deployed, or that runs on the laptop AWS. `facts`: how its services are."""

    def __init__(self, declared: Declared, account: Account, facts: StageFacts, now: Callable[[], datetime]) -> None:
        self._declared, self._facts, self._now = declared, facts, now
        self._dynamodb, self._sqs = account.client("dynamodb"), account.client("sqs")
        self._seen: set[tuple[str, str]] = set()

    def now(self) -> float:
        """Return the time there, in seconds since 1970."""
        return self._now().timestamp()

    def reading(self) -> Reading:
        """Return what reads one workflow, as it is now."""
        return Reading(self._declared, self._dynamodb, self._sqs, self.now())

    def opening(self) -> Iterable[Happened]:
        """Return the events of the newest workflows."""
        return self.new_events()

    def new_events(self) -> Iterable[Happened]:
        """Return the events that were stored since."""
        from ensemble.command_line.stage.stored_events import stored_in
        from functions.kit.store import unpacked

        found = []
        reading = self.reading()
        with aws_answers():
            for service in self._declared.event_stores:
                items = []
                for page in self._dynamodb.get_paginator("scan").paginate(
                    TableName=self._declared.tables[service.name]
                ):
                    items += page["Items"]
                new = [one for one in items if (one["pk"]["S"], one["position"]["S"]) not in self._seen]
                new.sort(key=lambda one: (one["pk"]["S"], one["position"]["S"]))
                self._seen |= {(one["pk"]["S"], one["position"]["S"]) for one in new}
                for stored in stored_in(new, lambda item, fault: None):
                    found.append(
                        reading._happened(stored, unpacked(*(v for i in stored.items for v in i["event"].values())))
                    )
        return sorted(found, key=lambda one: one.at)

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the services' queues, of the alarms and of the dead letters."""
        return self._facts.read(self.reading())

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
        if isinstance(failure, AwsFailed):
            return str(failure)
        raise failure
