"""Holds back what begins workflows, and waits until none is under way.

What begins one is a command from outside, and these have a queue of their own in each service. Its mapping is switched
off, so that commands wait in it; all else goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ensemble.command_line.errors import CommandFailed
from ensemble.command_line.stage.pauses import Clock
from ensemble.command_line.stage.under_way import Queue, Tables, UnderWay, messages_under_way, queues_of
from infrastructure.lanes import COMMANDS

POLL_SECONDS = 2.0
MOST_POLLS = 450
"""So often it is looked whether a mapping has stopped: for 15 minutes."""

QUIET_SECONDS = 60.0
"""How long nothing must be seen: the numbers that SQS tells are right a minute after the last message was sent at the
latest (Amazon SQS API Reference, GetQueueAttributes)."""


@dataclass(frozen=True, slots=True)
class Held:
    """A queue of commands. `is_held`: nobody takes them."""

    queue: Queue
    is_held: bool


@dataclass(frozen=True, slots=True)
class Draining:
    """`clients` makes the client of a service of AWS. `beginning`: of the names of the stage. `waiting`: the services
    whose commands from outside begin nothing, but are waited for. `quiet_seconds`: how long nothing must be seen."""

    clients: Callable[[str], Any]
    beginning: str
    waiting: Sequence[str]
    tables: Tables
    quiet_seconds: float = QUIET_SECONDS

    def held(self) -> list[Held]:
        """Return the queues of what begins workflows."""
        return [Held(one, not any(map(_is_on, self._mappings(one)))) for one in self._beginning(self._queues())]

    def under_way(self) -> UnderWay:
        """Return all that is under way now."""
        return self._with_rows(self._messages())

    def hold(self, clock: Clock) -> None:
        """Let no command begin a workflow any more. Raises CommandFailed where a mapping does not stop."""
        self._switch(on=False)
        for _ in range(MOST_POLLS):
            if all(one["State"] == "Disabled" for queue in self.held() for one in self._mappings(queue.queue)):
                return
            clock[1](POLL_SECONDS)
        raise CommandFailed("the mappings of commands do not stop. Fix: see why, and run it again")

    def resume(self) -> None:
        """Take what has waited, and what comes."""
        self._switch(on=True)

    def until_over(self, clock: Clock) -> Iterator[UnderWay]:
        """Yield what is under way at each look, until nothing has been for long enough: that is the last one."""
        now, pause = clock
        quiet_since: float | None = None
        while True:
            found = self._messages()
            found = found if found.number else self._with_rows(found)
            yield found
            if found.number:
                quiet_since = None
            elif quiet_since is None:
                quiet_since = now()
            elif now() - quiet_since >= self.quiet_seconds:
                return
            pause(POLL_SECONDS)

    def _messages(self) -> UnderWay:
        queues = self._queues()
        return messages_under_way(queues, [one.name for one in self._beginning(queues)])

    def _with_rows(self, messages: UnderWay) -> UnderWay:
        return replace(self.tables.under_way(), queues=messages.queues, dead_letters=messages.dead_letters)

    def _queues(self) -> list[Queue]:
        return queues_of(self.clients("sqs"), self.beginning)

    def _beginning(self, queues: Iterable[Queue]) -> list[Queue]:
        others = {f"{self.beginning}-{service}-{COMMANDS}" for service in self.waiting}
        return [one for one in queues if one.name.endswith(f"-{COMMANDS}") and one.name not in others]

    def _mappings(self, queue: Queue) -> list[Mapping[str, Any]]:
        pages = self.clients("lambda").get_paginator("list_event_source_mappings").paginate(EventSourceArn=queue.arn)
        return [one for page in pages for one in page["EventSourceMappings"]]

    def _switch(self, *, on: bool) -> None:
        client = self.clients("lambda")
        for queue in self._beginning(self._queues()):
            for mapping in self._mappings(queue):
                if _is_on(mapping) is not on:
                    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=on)


def _is_on(mapping: Mapping[str, Any]) -> bool:
    return mapping["State"] in ("Enabled", "Enabling", "Creating", "Updating")
