"""Load, react, commit: how one event changes a service. No Powertools and no queue here."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from functions.kit import clock
from functions.kit.breaker import Breakers
from functions.kit.contracts import Contracts, selection
from functions.kit.envelope import IDENTITY, PLAIN_NAME, Detail, caused, encoded, is_plain
from functions.kit.errors import (
    ContractViolation,
    EffectNotProvided,
    FloorReached,
    PublicationRefused,
    StateUnreadable,
    TimerLeftDue,
    UndeclaredEffect,
    UndeclaredEmission,
)
from functions.kit.history import Handling
from functions.kit.model import (
    EXTERNAL_ID,
    TIMER,
    Decision,
    Event,
    Index,
    Reaction,
    Service,
    system_of,
    unchanged,
)
from functions.kit.rows import DAY_SECONDS, Commit, Row, RowStore, due_partition, is_crowded
from functions.kit.segments import Segment
from functions.kit.states import is_marked, meant, plain, reader, stored_types

OF_THE_ROW = ("causation_id", "correlation_id")
"""What of an event its row has already: what is written is paid by the kilobyte."""

Adapters = Mapping[type, Callable[[Any], Any]]
"""The adapter that performs each kind of effect and returns its outcome."""


class Outbox(NamedTuple):
    """What is to be published because of one event: as it is stored, with what of it the row has."""

    text: str
    cause: str = ""
    correlation_id: str = ""

    @property
    def stored(self) -> Mapping[str, Any]:
        """What the text says: `trace_header` and `events`. Raises ValueError."""
        return _read(self.text)


@lru_cache(maxsize=16)  # it is asked for when it is published, and when that is told
def _read(text: str) -> Mapping[str, Any]:
    stored: dict[str, Any] = json.loads(text)
    return stored


@dataclasses.dataclass(slots=True)
class Work:
    """An event that is being handled: its detail, its row as it is known by now, and whether it is no duplicate.

    `content`: what tells its fields, as they were sent, from others (`functions.kit.inbox`). `version`: the one it was
    sent in. `joins`: what it moves is committed with what the others of its batch move; until then `decision` has what
    it has decided. `ahead`: its row, where the batch's rows were read by one call; it is taken once, by the first load.
    `contradicts`: another event was stored in its place (`functions.kit.store`). `handling`: for its row's history.
    `segment`: what is told of it in its trace, if it is of one that is recorded.
    `began_until`: the deadline of the workflow that began with it; `ended_until`: that of the one that it ended.
    """

    detail: Detail
    content: str = ""
    version: str = ""
    row: Row = dataclasses.field(default_factory=lambda: Row(""))
    is_new: bool = True
    joins: bool = False
    decision: Decision | None = None
    ahead: Row | None = None
    contradicts: bool = False
    handling: Handling | None = None
    segment: Segment | None = None
    began_until: float | None = None
    ended_until: float | None = None

    @property
    def identity(self) -> dict[str, str]:
        """By what the event is found in the log: its workflow is the row's, whatever came with the event."""
        named = {name: self.detail[name] for name in IDENTITY if name in self.detail}
        workflow = self.row.correlation_id or self.detail["correlation_id"]
        return named | {"correlation_id": workflow, "row_key": self.row.key, "version": self.version}

    def committed(self, row: Row) -> None:
        """Take the row as it was written, and note whether a workflow has begun or ended with it."""
        before, after = self.row.deadline, row.deadline
        self.began_until = after if before is None else None
        self.ended_until = before if after is None else None
        self.row = row

    @property
    def outbox(self) -> Outbox | None:
        """What is to be published because of the event, and is not noted as published."""
        cause = self.detail["event_id"]
        text = self.row.unpublished.get(cause)
        return None if text is None else Outbox(text, cause, self.row.correlation_id or "")


class Reactor:
    """Loads the row of an event, lets the service's reaction decide, and commits what it decided."""

    def __init__(
        self, service: Service, contracts: Contracts, rows: RowStore, adapters: Adapters, breakers: Breakers
    ) -> None:
        self._service = service
        self._contracts = contracts
        self._rows = rows
        self._adapters = adapters
        self._breakers = breakers
        self._reactions = {reaction.event: reaction for reaction in service.reactions}
        self._fields = tuple(field.name for field in dataclasses.fields(service.state))
        state: Any = service.state
        self._read = reader(state, service.name)
        types = stored_types(state, are_marked=True)
        self._sensitive = tuple(name for name, hint in types.items() if is_marked(meant(hint)))
        self._state_version = service.state_version
        self._selections = {reaction.event: selection(reaction.reads) for reaction in service.reactions}
        self._selections[TIMER] = selection(tuple({service.key_of(reaction) for reaction in service.reactions}))

    @property
    def is_for_batches(self) -> bool:
        """Whether the events of a batch are handled together."""
        return self._service.handles_together

    def assumes(self, detail: Detail) -> bool:
        """Whether the event usually is the first of its row, which then need not be read."""
        return self._reaction_to(detail).begins

    def load(self, work: Work) -> None:
        """Read the row that the event is about. Raises ContractViolation when the event does not name it."""
        ahead, work.ahead = work.ahead, None
        work.row = self._rows.load(self.key(work.detail)) if ahead is None else ahead

    def knows(self, work: Work) -> bool:
        """Whether the event is a duplicate, given its row. Raises ContractViolation when only its id is."""
        return work.row.has_handled(work.detail["event_id"], work.content)

    def read_ahead(self, works: Sequence[Work]) -> None:
        """Read the rows of a batch by one call, each for the first event of it: for the others it will have changed.

        What that first event usually begins is not read. Nor is a row alone, which costs the same by itself.
        """
        first: dict[str, Work] = {}
        for work in works:
            first.setdefault(work.row.key, work)
        wanted = [key for key, work in first.items() if not self.assumes(work.detail)]
        if len(wanted) > 1:
            for key, row in self._rows.load_together(wanted).items():
                first[key].ahead = row

    def assume(self, work: Work) -> None:
        """Take it that the event has no row yet; the commit finds out. Raises ContractViolation as `load` does."""
        work.row = Row(self.key(work.detail), is_assumed=True)

    def key(self, detail: Detail) -> str:
        """Return the key of the row that an event is about. Raises ContractViolation when it does not name it, or by
        what is no plain name: keys are in ids and in logs."""
        reaction = self._reaction_to(detail)
        if reaction.event == TIMER:
            return str(detail["row_key"])
        name = self._service.key_of(reaction)
        if not detail.get(name):
            raise ContractViolation(f"{detail['type']} has no {name}, which finds the row")
        if not is_plain(detail[name]):
            raise ContractViolation(f"the {name} of {detail['type']}, which finds the row, is no name: {PLAIN_NAME}")
        return f"{name}#{detail[name]}"

    def react(self, work: Work) -> Decision:
        """Decide, performing an effect between two commits when the reaction asks for one.

        Returns the decision that is still to be committed. Raises what the reaction raises, and StateUnreadable.
        """
        detail, reaction = work.detail, self._reaction_to(work.detail)
        if work.row.state_version != self._state_version and work.row.state is not None:
            work.row = self._upcast(work.row)
        state = self._state(work.row.state)
        due_at = self._service.due_at(state)
        if reaction.event == TIMER and not _is_due(due_at, detail):
            return unchanged(state)
        event = self._event(reaction, work.row, detail)
        decision = reaction.react(state, event)
        while decision.effect is not None and decision.then is not None:
            outcome = self._perform(reaction, decision, work)
            decision = decision.then(decision.state, event, outcome)
        if reaction.event == TIMER:
            self._check_timer(decision.state, str(due_at))
        return decision

    def _perform(self, reaction: Reaction, decision: Decision, work: Work) -> Any:
        """Commit the intent, call the adapter and return the outcome. What is known to be down is not even asked, so
        that what was never tried can still be undone without it."""
        adapter, system = self._adapter(reaction, decision.effect), system_of(type(decision.effect))
        is_known = not work.row.is_assumed and self._keeps_state(work.row, decision, work.detail)
        self._breakers.ask(system, is_first=not is_known)
        if is_known:  # an intent that leaves the row's state as it was read tells nothing
            work.row = dataclasses.replace(work.row, is_intent=True)
        else:
            self._commit_intent(work, decision)
        with self._breakers.calling(system):
            return adapter(decision.effect)

    def commit(self, work: Work, decision: Decision) -> None:
        """Write the decision, or its `otherwise` when a counter holds too little for it; or keep it in the work, for
        `commit_together`.

        Raises VersionConflict when another worker was faster, FloorReached without an `otherwise`.
        """
        is_remembered = not (is_crowded(work.row) and self._changes_nothing(work.row, decision, work.detail))
        if not is_remembered and not decision.publications:
            return
        if work.joins and (decision.takes or decision.gives or decision.totals):
            work.decision = decision
            return
        try:
            work.committed(self._rows.commit(self._final(work, decision, is_remembered=is_remembered), clock.now()))
        except FloorReached:
            if decision.otherwise is None:
                raise
            self.commit(work, decision.otherwise)

    def commit_together(self, works: Sequence[Work]) -> None:
        """Write what these events have decided, each of another row: all or nothing.

        Raises as `commit`, but that no `otherwise` is looked at, and TransactionTooLarge.
        """
        commits = [self._final(work, work.decision) for work in works if work.decision is not None]
        for work, row in zip(works, self._rows.commit_together(commits, clock.now()), strict=True):
            work.decision = None
            work.committed(row)

    def _reaction_to(self, detail: Detail) -> Reaction:
        """Return the reaction to an event that the service is known to hear."""
        return self._reactions[detail["type"]]

    def _event(self, reaction: Reaction, row: Row, detail: Detail) -> Event:
        return Event(
            event_id=detail["event_id"],
            type=detail["type"],
            timestamp=detail["timestamp"],
            correlation_id=row.correlation_id or detail["correlation_id"],
            fields=self._selections[reaction.event](detail),
            external_id=detail.get(EXTERNAL_ID),
        )

    def _state(self, stored: Any) -> Any:
        """Read a state, leaving out fields that another version of the service wrote. Raises StateUnreadable."""
        if stored is None:
            return None
        try:
            return self._read(stored)
        except Exception as error:  # such as an enum's value that a newer version has, or a field that it left out
            raise StateUnreadable(
                f"{self._service.name} cannot read the row's state: {type(error).__name__}"
            ) from error

    def _upcast(self, row: Row) -> Row:
        """Return the row with its state in the newest shape. Raises StateUnreadable."""
        try:
            return dataclasses.replace(row, state=self._service.upcast(row.state, row.state_version))
        except StateUnreadable:
            raise
        except Exception as error:  # whatever the service's function raises
            raise StateUnreadable(
                f"the upcast_state of {self._service.name} fails at the row's state: {type(error).__name__}"
            ) from error

    def _check_timer(self, state: Any, due_at: str) -> None:
        """Raise TimerLeftDue when the timer that was due would be due again at once, and so for ever."""
        again = self._service.due_at(state)
        if again is not None and again <= due_at:
            raise TimerLeftDue(f"the reaction to the timer of {due_at} leaves its row due at {again}")

    def _adapter(self, reaction: Reaction, effect: Any) -> Callable[[Any], Any]:
        kind = type(effect)
        if kind not in reaction.effects:
            raise UndeclaredEffect(f"the reaction to {reaction.event} does not declare {kind.__name__} in `effects`")
        adapter = self._adapters.get(kind)
        if adapter is None:
            raise EffectNotProvided(f"{self._service.name}'s handler has no adapter for {kind.__name__}")
        return adapter

    def _commit_intent(self, work: Work, decision: Decision) -> None:
        """Write the intent without the event's id: after a crash the event finds it and goes on from there."""
        intent = dataclasses.replace(self._changed(work.row, decision, work.detail), handling=work.handling)
        written = self._rows.commit(intent, clock.now())
        work.row = dataclasses.replace(written, is_intent=True)

    def _changes_nothing(self, row: Row, decision: Decision, detail: Detail) -> bool:
        """Whether an event may be forgotten: delivered again, it is as if it came then for the first time.

        What it publishes is no change of the row: a command is answered, and answered again if it comes again.
        """
        if row.is_intent or decision.takes or decision.gives or decision.totals:
            return False
        return self._keeps_state(row, decision, detail)

    def _keeps_state(self, row: Row, decision: Decision, detail: Detail) -> bool:
        return encoded(self._changed(row, decision, detail).row.state) == encoded(row.state)

    def _final(self, work: Work, decision: Decision, *, is_remembered: bool = True) -> Commit:
        row, detail = work.row, work.detail
        forgotten_after = int((clock.now() + self._rows.id_memory_seconds) // DAY_SECONDS) + 1
        also: dict[str, Any] = {"deadline": self._deadline(row, decision, detail)}
        if is_remembered:
            also["inbox"] = row.inbox_with(detail["event_id"], work.content, forgotten_after)
        header = "" if work.segment is None else work.segment.header
        outbox = self._outbox(row, decision, detail, header)
        if outbox is not None:
            also["unpublished"] = {**row.unpublished, detail["event_id"]: outbox}
        changed = self._changed(row, decision, detail, also)
        handling = None if self._lets_go(row.state, changed.row.state) else work.handling
        return Commit(
            changed.row, changed.index, changed.keep_seconds, _moves(decision), decision.totals, handling=handling
        )

    def _lets_go(self, before: Any, after: Any) -> bool:
        """Whether a Sensitive field had a value and has none any more: then the history, which has it, goes too."""
        return any((before or {}).get(name) and not (after or {}).get(name) for name in self._sensitive)

    def _deadline(self, row: Row, decision: Decision, detail: Detail) -> float | None:
        """Return until when the workflow of the row is to end; None when it has, or none has begun. A refusal begins
        none."""
        workflow = self._service.workflow
        types = {publication.type for publication in decision.publications}
        if workflow is None or not types.isdisjoint(workflow.ends):
            return None
        is_first = detail["type"] == workflow.starts and row.deadline is None
        if is_first and types.difference(self._reaction_to(detail).refusals):
            return (datetime.fromisoformat(detail["timestamp"]) + workflow.within).timestamp()
        return row.deadline

    def _changed(
        self, row: Row, decision: Decision, detail: Detail, also: Mapping[str, Any] = MappingProxyType({})
    ) -> Commit:
        """Return the commit of the decision's state; the row's first event names the workflow it belongs to.

        `also`: what else of the row changes.
        """
        state, due_at = decision.state, self._service.due_at(decision.state)
        changed = dataclasses.replace(
            row,
            state=None if state is None else self._stored(state, row.state),
            state_version=self._state_version,
            correlation_id=row.correlation_id or detail["correlation_id"],
            **also,
        )
        # The sweep has been where the past is: what is due already is listed as due now.
        index = None if due_at is None else Index(due_partition(row.key), max(due_at, clock.timestamp()))
        return Commit(changed, index, self._keep_seconds(state, due_at))

    def _keep_seconds(self, state: Any, due_at: str | None) -> float | None:
        """Return for how long a row is kept: as its service says, but no less than its timer and its ids need."""
        lifetime = self._service.lifetime(state)
        if lifetime is None:
            return None
        ahead = 0.0 if due_at is None else datetime.fromisoformat(due_at).timestamp() - clock.now()
        return max(lifetime.total_seconds(), max(ahead, 0.0) + self._rows.id_memory_seconds + DAY_SECONDS)

    def _stored(self, state: Any, before: Any) -> dict[str, Any]:
        """Return a state as it is stored: with the fields that only another version of the service knows, kept."""
        stored = {name: plain(getattr(state, name)) for name in self._fields}
        return stored if before is None else before | stored

    def _outbox(self, row: Row, decision: Decision, detail: Detail, trace_header: str) -> str | None:
        """Return the outbox of this commit as JSON, or None when nothing is to be published.

        The header of the trace is in it only where that is recorded: it is 74 bytes of each row, and a row of more than
        a kilobyte costs twice.
        """
        if not decision.publications:
            return None
        reaction = self._reaction_to(detail)
        events = []
        for position, publication in enumerate(decision.publications):
            if publication.type not in self._service.may_publish(reaction):
                raise UndeclaredEmission(
                    f"the reaction to {reaction.event} does not declare {publication.type} in `emits`"
                )
            earlier = decision.publications[:position]
            event = caused(
                detail,
                publication,
                service=self._service.name,
                row_key=row.key,
                version=self._contracts.version_to_publish(publication.type),
                correlation_id=row.correlation_id or detail["correlation_id"],
                timestamp=clock.timestamp(),
                ordinal=sum(other.type == publication.type for other in earlier),
            )
            event = self._contracts.check_published(event)
            events.append({name: event[name] for name in event if name not in OF_THE_ROW})
        outbox = {"trace_header": trace_header, "events": events}
        try:
            return encoded(outbox)
        except (TypeError, ValueError):
            raise PublicationRefused(f"{reaction.event}: an event holds what JSON cannot say") from None


def _moves(decision: Decision) -> Mapping[str, int]:
    """Return by how much each counter moves."""
    if not decision.takes:
        return decision.gives
    moves = Counter(dict(decision.gives))
    moves.subtract(decision.takes)
    return moves


def _is_due(due_at: str | None, detail: Detail) -> bool:
    """Whether the row still wants the timer that the sweep saw, or an earlier one: it may have changed since."""
    return due_at is not None and due_at <= detail["due_at"]
