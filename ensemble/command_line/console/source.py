"""Reads for the console by AWS's APIs what happens on a stage: events, and how its services are."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

from ensemble.command_line.console.facts import StageFacts
from ensemble.command_line.console.rules import StageRules
from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.stage.account import Account, aws_answers
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.listing import Listing
from ensemble.command_line.trace.reading import Reading
from ensemble.command_line.trace.tailing import LeftBehind, Tail
from ensemble.console.progress import Looked, Shown, shown_as
from ensemble.trace.known import Happened
from ensemble.trace.standing import standing_of

MOST_AT_FIRST = 200
"""So many workflows are shown that were there before somebody looked,"""

SHOWN_SECONDS = 86_400.0
"""and none that is older."""


class StageSource:
    """A stage that is deployed, or that runs on the laptop AWS. `facts`: how its services are; `rules`: what leads to
    them."""

    def __init__(
        self, declared: Declared, account: Account, facts: StageFacts, rules: StageRules, now: Callable[[], datetime]
    ) -> None:
        self._declared, self._facts, self._rules, self._now = declared, facts, rules, now
        self._dynamodb, self._sqs = account.client("dynamodb"), account.client("sqs")
        streams = account.client("dynamodbstreams")
        self._tails = [
            (store, Tail(self._dynamodb, streams, declared.tables[store.name])) for store in declared.event_stores
        ]

    def now(self) -> float:
        """Return the time there, in seconds since 1970."""
        return self._now().timestamp()

    def reading(self) -> Reading:
        """Return what reads one workflow, as it is now."""
        return Reading(self._declared, self._dynamodb, self._sqs, self.now())

    def opening(self) -> Iterator[list[Happened]]:
        """Yield the events of the newest workflows, those of the last hour first; `new_events` goes on from there."""
        with aws_answers():
            for _, tail in self._tails:
                tail.begin()
            reading = self.reading()
            seen = set[str]()
            for entries in Listing(reading, self._declared, self._dynamodb).hours(self.now() - SHOWN_SECONDS):
                new = islice(
                    (workflow for _, workflow, _ in entries if workflow not in seen), MOST_AT_FIRST - len(seen)
                )
                workflows = dict.fromkeys(new)
                seen |= workflows.keys()
                found = [event for workflow in workflows for event in reading.events_of(workflow)]
                yield sorted(found, key=lambda event: event.at)
                if len(seen) >= MOST_AT_FIRST:
                    return

    def new_events(self) -> list[Happened] | None:
        """Return the events that were stored since; None where that is not known any more, and to be begun anew."""
        reading = self.reading()
        try:
            with aws_answers():
                new = [(store, items) for store, tail in self._tails for items in tail.new()]
        except LeftBehind:
            return None
        return [event for store, items in new for event in reading.read(store, items)]

    def facts(self) -> Mapping[str, Any]:
        """Return what is known of the services' queues, of the alarms and of the dead letters."""
        return self._facts.read(self.reading())

    def rules(self) -> Mapping[str, Any]:
        """Return which edges have a fault as they are deployed, and what differs from the project."""
        return self._rules.read(self.now())

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
        steps = (saga.brief for saga in standing.sagas)
        text = ": ".join(filter(None, (*steps, standing.why[0].text if standing.why else "")))
        return Looked(shown_as(standing.state, is_undone=standing.is_undone), text, self.now())

    def described(self, failure: Exception) -> str:
        """Return what AWS answered; what is none of AWS is printed where the console runs."""
        if isinstance(failure, CommandFailed):
            return str(failure)
        traceback.print_exception(failure)
        return f"the console met {type(failure).__name__}: its terminal says where"
