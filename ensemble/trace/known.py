"""What is known of a workflow: its events, the rows that these are about, and where its messages may lie.

Whoever reads it has it from DynamoDB and SQS alone, and has received no message but dead letters. Instants are seconds
since 1970.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.trace.history import Commit
from functions.kit.model import TIMER
from functions.kit.saga.table import Table


@dataclass(frozen=True, slots=True)
class Happened:
    """An event or a command of the workflow.

    `at`: when it was published, as it says itself. `taken_at`: when the bus took it, in whole seconds; None where that
    is not known. `cause`: the id of the event that caused it; None where it comes from outside.
    `values`: those of its fields that find rows. `fields`: all that its publisher said, without what is sensitive.
    `content`: what tells its fields from others (`functions.kit.inbox`). `digest`: of the text that queues have of it.
    `is_stored`: whether an event store has it; else it is known by who has handled it, or has it still to publish.
    `is_beside`: another one has its id, and says something else. `version`: in which it says that it was sent.
    """

    event_id: str
    type: str
    source: str
    workflow: str
    at: float
    cause: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    fields: Any = None
    content: str = ""
    digest: str = ""
    is_stored: bool = True
    is_beside: bool = False
    taken_at: float | None = None
    version: str = ""

    @property
    def name(self) -> str:
        """What no other event here has: its id, unless another one has that."""
        return f"{self.event_id} {self.content}" if self.is_beside else self.event_id

    @property
    def out_at(self) -> float:
        """When it was on the bus: it may say anything, and may have waited in its outbox."""
        return self.at if self.taken_at is None else max(self.taken_at, min(self.at, self.taken_at + 1))

    @property
    def is_timer(self) -> bool:
        """Whether it is no event of the bus, but the timer of a row."""
        return self.type == TIMER


@dataclass(frozen=True, slots=True)
class Hearing:
    """That a service hears an event, as it is declared.

    `key`: the field that finds its row. `queue`: by which the event comes; None where no rule sends it there.
    `publishes`: what may follow. `systems`: what its reaction may ask outside.
    """

    service: str
    source: str
    event: str
    key: str
    queue: str | None
    publishes: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    is_compensation: bool = False


@dataclass(frozen=True, slots=True)
class Waited:
    """What a service's table notes of a message that was sent again (`functions.kit.copies`).

    `since`: when it began to wait. `copies`: how often it was sent again; so many that it was given up (`GIVEN_UP`).
    `reason`: why it was sent again last; none where an earlier kit noted it.
    """

    since: float
    copies: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a service. `state`: without what is sensitive. `inbox`: what it has handled.

    `outboxes`: the events that it has still to publish, by the id of their cause. `due_at`: when its timer is due.
    `is_crowded`: it does not remember all that it handled. `is_shared`: it is of another workflow, and so are its timer
    and its state. `history`: its last commits, the oldest first; `is_whole`: these are all of them. `table`: of the
    saga whose row it is.
    """

    service: str
    key: str
    workflow: str
    version: int
    state: Any = None
    state_version: int = 1
    inbox: Mapping[str, str] = field(default_factory=dict)
    outboxes: Mapping[str, tuple[Happened, ...]] = field(default_factory=dict)
    due_at: float | None = None
    is_crowded: bool = False
    is_shared: bool = False
    history: tuple[Commit, ...] = ()
    is_whole: bool = False
    table: Table | None = None


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message in the DLQ of a service. `event_id`: of its event, or of a timer, whose row is `row`. `content`: that
    of the event."""

    queue: str
    service: str
    event_id: str
    type: str
    since: float
    reason: str
    content: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Drop:
    """That a dead letter was deleted for good, as the operation says that did it.

    `service`: in whose DLQ it was. `event_id`: of its event. `who`: by whom, and `why`, as they said. `reason`: why it
    was a dead letter. `operation`: the workflow of the operation.
    """

    service: str
    event_id: str
    at: float
    who: str
    why: str
    reason: str
    operation: str


@dataclass(frozen=True, slots=True)
class Queue:
    """How many messages a queue holds, whosever they are: to be received, received or delayed (as SQS counts them).

    `hides_for`: for how long (seconds) what is received is hidden, if the function gives no answer.
    """

    visible: int = 0
    hidden: int = 0
    delayed: int = 0
    hides_for: float = 0.0

    @property
    def messages(self) -> int:
        return self.visible + self.hidden + self.delayed


@dataclass(frozen=True, slots=True)
class Circuit:
    """A system that does not answer a service: failures in a row, and when it is asked again."""

    system: str
    failures: int
    probe_at: float


@dataclass(frozen=True, slots=True)
class Timers:
    """How a service's timers come: by which queue, and until when its sweep has sent those that were due.

    `publishes`: what may follow from one.
    """

    queue: str
    swept_until: float | None
    publishes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An event of a workflow that somebody has written otherwise: where it is stored, and what kind of fault it is."""

    table: str
    workflow: str
    position: str
    fault: str


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of some workflows, at the instant `now`.

    `dead_letters`: of any workflow, in the DLQs that were looked through. `waited`: by service and digest. `circuits`:
    those that are open, by service. `timers`: by service that has some. `stores`: the queues by which events come to
    where they are stored, and their DLQs, with what they hold. `unreadable`: what is stored and cannot be read.
    `drops`: in the order of time. `is_ended`: whether one has ended as its service declares it.
    """

    now: float
    events: tuple[Happened, ...] = ()
    rows: tuple[Row, ...] = ()
    hearings: tuple[Hearing, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    queues: Mapping[str, Queue] = field(default_factory=dict)
    waited: Mapping[tuple[str, str], Waited] = field(default_factory=dict)
    circuits: Mapping[str, tuple[Circuit, ...]] = field(default_factory=dict)
    timers: Mapping[str, Timers] = field(default_factory=dict)
    stores: Mapping[str, Queue] = field(default_factory=dict)
    unreadable: tuple[Unreadable, ...] = ()
    drops: tuple[Drop, ...] = ()
    is_ended: bool = False
