"""The dead letters of a place, and what may be done with them: forecast, redriven, dropped, each time recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from ensemble.command_line.dead_letters.forecast import Outlook
from ensemble.command_line.dead_letters.reading import DeadLetterQueues, as_message
from ensemble.command_line.dead_letters.redriving import Redriven, Redriving
from ensemble.command_line.dead_letters.repairs import repair_named, repaired
from ensemble.command_line.dead_letters.taking import Taking
from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.stage import pauses
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.operations import Operation
from ensemble.command_line.stage.place import Place
from ensemble.command_line.terminal import printable
from ensemble.command_line.trace.declared import Declared
from ensemble.console.dead_letters import Letter
from functions.kit.publisher import MAXIMUM_ENTRIES
from functions.kit.waiting import DEAD_LETTER_SUFFIX

Json = dict[str, Any]
Told = Callable[[Redriven], None]

RATE = 10.0
"""Messages that are redriven in a second, unless something else is asked for."""

MOST_NAMED = 100
"""Events that the record of an operation names by their ids."""

INTERRUPTED = "it was interrupted"


@dataclass(frozen=True, slots=True)
class Plan:
    """Letters of one group, what would become of each, and the bodies that a repair makes of theirs, by their ids."""

    letters: Sequence[Letter]
    outlooks: Sequence[Outlook]
    repair: str | None
    bodies: dict[str, str]

    @property
    def going(self) -> list[Letter]:
        """Those that would go through, and so are redriven."""
        return [one for one, outlook in zip(self.letters, self.outlooks, strict=True) if outlook.goes_through]


@dataclass(frozen=True, slots=True)
class Desk:
    """The dead letters of a place. `bus`: where what is done with them is recorded."""

    place: Place
    queues: DeadLetterQueues
    bus: str

    @classmethod
    def of(cls, place: Place, declared: Declared, account: Account, assembly: Path, bus: str) -> Desk:
        """Return that of a place, given what its project declares."""
        return cls(place, DeadLetterQueues.of(declared, account, assembly, lambda: place.now().timestamp()), bus)

    def chosen(self, asked: str, most: int | None = None) -> list[Letter]:
        """Return the letters of a group, the oldest ones if only so many, or the one letter with this id.

        Raises UsageRefused where there is none.
        """
        found = [one for one in self.queues.letters() if asked in (one.group, one.message)]
        if not found:
            where = self.place.stage
            raise UsageRefused(f"no dead letter in {where}, and no group of them, has the id {printable(asked)}")
        return sorted(found, key=lambda one: one.since)[:most]

    def plan(self, letters: Sequence[Letter], repair: str | None = None) -> Plan:
        """Say what would become of letters of one group, by the code of this tree. Raises UsageRefused."""
        first, bodies = letters[0], dict[str, str]()
        if repair is not None:
            function, doors = repair_named(first.service, first.type, repair), self.queues.declared.doors
            bodies = {one.message: repaired(one.body, function, doors) for one in letters}
        messages = [as_message(one) | ({"Body": bodies[one.message]} if bodies else {}) for one in letters]
        return Plan(letters, self.queues.forecast(first.service).of(first.queue, messages), repair, bodies)

    def redrive(self, plan: Plan, rate: float, tell: Told = lambda _: None) -> Redriven:
        """Redrive what would go through, and record it; `tell` is called after each wave. Raises AwsFailed."""
        going = plan.going
        redriving = Redriving(
            self.queues,
            going[0].queue,
            {one.message for one in going},
            rate=rate,
            pause=pauses.pause,
            bodies=plan.bodies,
        )
        asked = {} if plan.repair is None else {"repair": plan.repair}
        done = redriving.done
        with self._recorded("redrive", going, asked, lambda: _result(done)):
            try:
                for _ in redriving.run():
                    tell(done)
            except KeyboardInterrupt:
                done.why = INTERRUPTED
        return done

    def drop(self, letters: Sequence[Letter], why: str) -> int:
        """Delete letters of one group for good, and record why; return how many there were. Raises AwsFailed."""
        sqs, url = self.queues.sqs, self.queues.url(letters[0].queue + DEAD_LETTER_SUFFIX)
        taking, dropped = Taking(sqs, url, {one.message for one in letters}), list[str]()
        by_id, taken = {one.message: one for one in letters}, taking.some(len(letters))
        with self._recorded("drop", letters, {"why": why}, lambda: _dropped(dropped)) as operation:
            try:
                while messages := list(islice(taken, MAXIMUM_ENTRIES)):
                    operation.dropped(by_id[one["MessageId"]] for one in messages)
                    for message in messages:
                        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                        dropped.append(by_id[message["MessageId"]].event_id)
            finally:
                taking.show_others()
        return len(dropped)

    @contextmanager
    def _recorded(
        self, name: str, letters: Sequence[Letter], asked: Json, result: Callable[[], Json]
    ) -> Iterator[Operation]:
        """Record an operation before it is begun with, and what came of it, however it ends."""
        first = letters[0]
        about = {
            "queue": first.queue,
            "type_of_event": first.type,
            "reason": first.plain_reason,
            "number": len(letters),
        }
        operation = Operation(self.queues.account, self.bus, self.place.now, {"operation": name, **about, **asked})
        operation.started()
        try:
            yield operation
        finally:
            operation.ended(result())


def _result(done: Redriven) -> Json:
    """Return what came of a redrive, as it is recorded."""
    stopped = {"stopped": done.why} if done.why else {}
    return {"sent": done.sent, "handled": done.handled, "failed": len(done.failed), **stopped, **_named(done.events)}


def _dropped(events: Sequence[str]) -> Json:
    return {"dropped": len(events), **_named(events)}


def _named(events: Sequence[str]) -> Json:
    return {"events": list(events[:MOST_NAMED])}
