"""One log line for what became of each record, and counts of what is not routine.

docs/observability.md lists all of them; a test compares it with what is written here and in the other modules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from math import isfinite
from typing import Any, Concatenate, ParamSpec

from functions.kit import clock
from functions.kit.contracts import Contracts
from functions.kit.envelope import CAUSATION_ID, Detail, detail_in, identity, is_plain, is_version, unchecked
from functions.kit.errors import BreakerOpen, ContractViolation, EnsembleError, Kind
from functions.kit.faults import kind_of
from functions.kit.history import Handling
from functions.kit.model import TIMER, Doors, Service
from functions.kit.reactor import Work
from functions.kit.telemetry import count, count_at, described, logger, segment_of, segments, where
from functions.kit.traces import part_id
from functions.kit.waiting import Record, came_at, history_of, receives

LATE_SECONDS = 180.0
"""A timer is late that is handled so long after it was due: the sweep looks each minute."""

MOST_PUBLISHED = 100
"""So many events that were published a line names. It would be cut in pieces that are no JSON if it were too long."""

OF_A_SEGMENT = ("type", "event_id", "correlation_id", "row_key", "attempt")
"""By what of a line the segment of the same outcome is found."""

OF_A_PUBLICATION = ("type", "version", "event_id")
"""What a line says of each event that was published: all else is that of its cause, which the line is about."""


@dataclass(slots=True)
class Attempt:
    """A record that the function has begun with, when it did (seconds since 1970), and its event once it is opened.

    `bridge_event`: EventBridge's, once it is read.
    """

    record: Record
    begun: float = field(default_factory=lambda: clock.now())
    bridge_event: Mapping[str, Any] | None = None
    work: Work | None = None
    _unchecked: Detail | None = None

    def opened(self, work: Work) -> None:
        """Take the event of the record, and note in it what its row's history is to say of the attempt."""
        self.work = work
        work.handling = Handling(work.detail["event_id"], self.begun, *_arrival(self))

    def unchecked(self, doors: Doors) -> Detail:
        """Return the event of the record, which may be one that was refused, as it came. It is read once."""
        if self._unchecked is None:
            read = self.bridge_event
            self._unchecked = detail_in(self.record["body"], doors) if read is None else unchecked(read, doors)
        return self._unchecked


Rest = ParamSpec("Rest")
Telling = Callable[Concatenate["Outcomes", Attempt, Rest], None]


def never_raising(tell: Telling[Rest]) -> Telling[Rest]:
    """Let what tells an outcome log `OutcomeNotLogged` where it would raise: what it is about is done, and stays so."""

    @wraps(tell)
    def told(outcomes: Outcomes, attempt: Attempt, /, *arguments: Rest.args, **named: Rest.kwargs) -> None:
        try:
            tell(outcomes, attempt, *arguments, **named)
        except Exception as fault:  # the record must not come again for a line, nor hurt its neighbours
            extra = {"reason": described(fault), "code": where(fault), "message_id": attempt.record["messageId"]}
            logger.error("OutcomeNotLogged", extra=extra)

    return told


class Outcomes:
    """Logs and counts the outcomes of a service's records."""

    def __init__(self, service: Service, contracts: Contracts) -> None:
        self._contracts = contracts
        self._stores_events = service.stores_events
        self._keys = {reaction.event: service.key_of(reaction) for reaction in service.reactions}

    @never_raising
    def handled(self, attempt: Attempt, work: Work) -> None:
        """Log that an event was handled: that it was new, or a duplicate, and what was published because of it.

        Of a stored event nothing is logged, as it says itself that it was stored; but of one that contradicts another.
        """
        if self._stores_events:
            self._trace(attempt, "EventHandled", identity(work.detail), is_decided=work.is_new)
            if work.contradicts:
                count("EventContradicted")
                logger.warning("EventContradicted", extra=self._of_record(attempt))
            return
        times = _times(attempt, work.detail)
        extra = work.identity | times | _published(work)
        outcome = "EventHandled" if work.is_new else "EventDuplicate"
        self._trace(attempt, outcome, extra, is_decided=work.is_new or work.outbox is not None)
        if not work.is_new:
            _log_duplicate(extra)
            return
        if work.detail["type"] == TIMER and times.get("lag", 0) >= 1_000 * LATE_SECONDS:
            count("TimerLate")
        logger.info("EventHandled", extra=extra)

    def committed(self, work: Work) -> None:
        """Count a workflow that has begun or ended, both at its deadline: so of those that are due in a minute each is
        in time, late, or has not ended."""
        now = clock.now()
        if work.began_until is not None:
            count_at("WorkflowDue", max(work.began_until, now))
        if work.ended_until is None:
            return
        if now <= work.ended_until:
            count_at("WorkflowInTime", work.ended_until)
        else:
            count_at("WorkflowLate", work.ended_until)

    @never_raising
    def dropped(self, attempt: Attempt) -> None:
        """Log that a record is not needed, since a newer copy of it was sent."""
        extra = self._of_record(attempt)
        self._trace(attempt, "EventDuplicate", extra)
        _log_duplicate(extra)

    @never_raising
    def failed(self, attempt: Attempt, fault: Exception, *, is_given_up: bool) -> None:
        """Log why an event was not handled, and that it waits or was given up."""
        record, kind = attempt.record, kind_of(fault)
        extra = {"reason": described(fault), "kind": kind, "queue": record["eventSourceARN"]}
        extra |= {"message_id": record["messageId"], "tries": history_of(record).attempts}
        extra |= self._of_record(attempt)
        if kind is not Kind.NOT_YET and not isinstance(fault, ContractViolation | BreakerOpen):
            extra["code"] = where(fault)
        is_expected = kind in (Kind.OUTAGE, Kind.NOT_YET) or isinstance(fault, ContractViolation)
        log = logger.warning if is_expected else logger.error
        self._trace(attempt, "EventDeadLettered" if is_given_up else "EventPostponed", extra)
        if is_given_up:
            reason = type(fault).__name__ if isinstance(fault, EnsembleError) else "Other"
            count("EventDeadLettered")
            count(f"DeadLettered_{reason}")
            log("EventDeadLettered", extra=extra)
        else:
            count("EventPostponed")
            log("EventPostponed", extra=extra)

    @never_raising
    def not_settled(self, attempt: Attempt, fault: Exception) -> None:
        """Log why a record could neither be sent again nor given up nor be taken out of its queue."""
        extra = {"reason": described(fault), "code": where(fault), "message_id": attempt.record["messageId"]}
        logger.error("RecordNotSettled", extra=extra | self._of_record(attempt))

    def _trace(self, attempt: Attempt, outcome: str, said: Mapping[str, Any], *, is_decided: bool = False) -> None:
        """Tell the outcome in the event's trace, if it is recorded, with its reason as the fault if there is one.

        What was published because of an event comes after the segment of the attempt that decided on it, whichever
        other attempts there were: each of those is a segment of its own.
        """
        record, work = attempt.record, attempt.work
        segment = segment_of(attempt.unchecked(self._contracts.doors), record) if work is None else work.segment
        if segment is None:
            return
        if not is_decided:
            segment.id = part_id(segment.id, f"{record['messageId']}/{receives(record)}")
        segment.began, segment.fault = attempt.begun, said.get("reason", "")
        segment.put_annotation("outcome", outcome)
        for name in OF_A_SEGMENT:
            if name in said:
                segment.put_annotation(name, said[name])
        segments.end(segment)

    def _of_record(self, attempt: Attempt) -> dict[str, Any]:
        """Return all that is known of the event of a record, which may be one that was refused.

        What stands in the place of an id and is none is left out: it may be anything, a person's too.
        """
        detail = attempt.unchecked(self._contracts.doors)
        opened = {} if attempt.work is None else attempt.work.detail  # the event store opens what nobody else can
        known: dict[str, Any] = identity(opened) | identity(detail, CAUSATION_ID)
        type = known.get("type", "")
        name, version = self._keys.get(type, ""), detail.get("version") or self._contracts.newest.get(type)
        if is_plain(detail.get(name)):
            known["row_key"] = f"{name}#{detail[name]}"
        if is_version(version):
            known["version"] = version
        if attempt.work is not None and attempt.work.row.correlation_id:
            known["correlation_id"] = attempt.work.row.correlation_id
        return known | _times(attempt, detail)


def _log_duplicate(extra: Mapping[str, Any]) -> None:
    count("EventDuplicate")
    logger.info("EventDuplicate", extra=extra)


def _published(work: Work) -> dict[str, Any]:
    outbox = work.outbox
    if outbox is None:
        return {}
    events = outbox.stored["events"][:MOST_PUBLISHED]
    return {"published": [{name: event.get(name) for name in OF_A_PUBLICATION} for event in events]}


def _times(attempt: Attempt, detail: Detail) -> dict[str, Any]:
    """Return which attempt it is at the event, and in milliseconds for how long it was in the queue, how old the event
    was (a timer: since it was due) and how long the attempt took."""
    begun, handling = attempt.begun, None if attempt.work is None else attempt.work.handling
    queue_wait, number = _arrival(attempt) if handling is None else (handling.queue_wait, handling.attempt)
    times = {"attempt": number, "queue_wait": queue_wait}
    happened = _instant(detail.get("due_at" if detail.get("type") == TIMER else "timestamp"))
    if happened is not None:
        times["lag"] = _milliseconds(begun - happened)
    return times | {"duration": _milliseconds(clock.now() - begun)}


def _arrival(attempt: Attempt) -> tuple[int, int]:
    """Return for how many milliseconds the event was in the queue, and which attempt it is at it."""
    record = attempt.record
    return _milliseconds(attempt.begun - came_at(record)), history_of(record).waits + receives(record)


def _instant(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _milliseconds(seconds: float) -> int:
    """Return a span that was taken by two clocks: the one that is ahead makes none of less than nothing."""
    span = 1_000 * seconds
    return max(0, round(span)) if isfinite(span) else 0
