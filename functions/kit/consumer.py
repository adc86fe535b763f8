"""The consumer function of a service: the records of its queues and its sweep's tick, one event at a time.

The way of one event: `handle` takes the batch, `_decide` has the record opened, loaded, decided and committed once
(`once.py` around `idempotency.py` and `reactor.py`), `_publish` has what was decided published, and `_settle` lets a
record that failed wait, or gives it up. Without effects a batch is decided together, just before it is published
(`together.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from functions.kit import clients
from functions.kit.breaker import Breakers
from functions.kit.contracts import Contracts
from functions.kit.copies import Copies, CopiesUntold
from functions.kit.envelope import bridge_event_of, check, completed, is_plain
from functions.kit.errors import EffectNotProvided, NoAnswerBefore, StateUnreadable, TooLittleTime
from functions.kit.idempotency import Idempotency
from functions.kit.inbox import content_of
from functions.kit.model import TIMER, Service
from functions.kit.once import Guard, Once
from functions.kit.outcomes import Attempt, Outcomes
from functions.kit.publisher import Publisher
from functions.kit.reactor import Adapters, Reactor, Work
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings
from functions.kit.store import EventStore, filed
from functions.kit.sweep import Sweep
from functions.kit.telemetry import described, flush, logger, segment_of, tracer
from functions.kit.waiting import Policy, Record, Settled, Waiting, history_of, parted

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_sqs import SQSClient

RESERVED_MILLISECONDS = 1_000 * (clients.LONGEST_CALL_SECONDS + 1)
"""Time in which one call of a record may fail, and the record be postponed. With less left in the invocation, a
record is left for the next one: a function that is cut off postpones nothing, and says no reason."""

HasTime = Callable[[], bool]
"""Whether the invocation has time for one more call that fails."""

Handler = Callable[[dict[str, Any], "LambdaContext"], dict[str, Any]]


def consumer(service: Service, effects: Adapters | None = None) -> Handler:
    """Return the Lambda handler of a service, its clients made and its settings read.

    `effects`: the adapter of each kind of effect that its reactions declare. Raises SettingMissing, and
    EffectNotProvided when an adapter is missing.
    """
    settings = ConsumerSettings.from_environment(os.environ)
    rows = RowStore(clients.dynamodb(), settings.table_name, settings.id_memory_seconds)
    bus = clients.events() if service.emits else None
    made = Consumer(service, Contracts.of_bundle(), rows, effects or {}, settings, bus=bus)

    @tracer.capture_lambda_handler(capture_response=False, capture_error=False)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return made.handle(event, context)
        finally:
            flush()

    return cast("Handler", handler)


@dataclass(slots=True)
class Batch:
    """What became of the records of an invocation: decided and not published yet, done, or to be delivered again.

    `untried`: message ids of those whose rows are left to newer code.
    """

    decided: list[tuple[Attempt, Work]] = field(default_factory=list)
    done: list[Record] = field(default_factory=list)
    failed: list[Record] = field(default_factory=list)
    untried: set[str] = field(default_factory=set)


class Consumer:
    """Opens, handles and settles each record, so that a bad one never hurts its neighbours.

    `queues` makes the SQS client when it is needed first: most invocations need none. `bus`: None for a service that
    publishes nothing. Raises EffectNotProvided when a declared effect has no adapter.
    """

    def __init__(
        self,
        service: Service,
        contracts: Contracts,
        rows: RowStore,
        adapters: Adapters,
        settings: ConsumerSettings,
        queues: Callable[[], SQSClient] = clients.sqs,
        bus: EventBridgeClient | None = None,
        guard: Callable[[Reactor], Guard] = Idempotency,
    ) -> None:
        for effect in service.effects:
            if effect not in adapters:
                raise EffectNotProvided(f"{service.name}'s handler has no adapter for {effect.__name__}")
        self._service = service
        self._contracts = contracts
        self._settings = settings
        self._reactions = {reaction.event: reaction for reaction in service.reactions}
        self._has_effects, self._stores_events = bool(service.effects), service.stores_events
        self._copies = CopiesUntold() if self._stores_events else Copies(rows)
        self._waiting = Waiting(queues, self._copies)
        self._outcomes = Outcomes(service, contracts)
        self._sweep = Sweep(service.name, rows, queues, settings.queue_url)
        self._breakers = [rows.breakers]
        self._once: Once | EventStore
        if self._stores_events:
            self._once = EventStore(rows)
        else:
            breakers = Breakers(rows)
            self._breakers.append(breakers)
            reactor = Reactor(service, contracts, rows, adapters, breakers)
            publisher = None if bus is None else Publisher(bus, settings.event_bus_name, service.name, breakers)
            self._once = Once(reactor, rows, guard(reactor), publisher)

    def handle(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Handle a batch of an SQS queue, or the scheduled tick of the sweep.

        Returns the partial batch response (Lambda Developer Guide, "Handling errors for an SQS event
        source"): the ids of the records that the queue must deliver again.
        """

        def has_time() -> bool:
            return context.get_remaining_time_in_millis() >= RESERVED_MILLISECONDS

        is_tick = "Records" not in event
        for breakers in self._breakers:  # the sweep looks at the time itself, and must note how far it got
            breakers.has_time = _always if is_tick else has_time
        if is_tick:
            self._sweep.send_due(event["time"], has_time)
            return {}
        failed = self._handle_batch(event["Records"], has_time)
        return {"batchItemFailures": [{"itemIdentifier": record["messageId"]} for record in failed]}

    def _handle_batch(self, records: list[Record], has_time: HasTime) -> list[Record]:
        """Handle records so that one that ends the function costs no other its life; return those that failed.

        What they publish goes out together, unless an effect, or a marked record, could hold it up.
        """
        batch = Batch()
        begun, apart = parted(records)
        for record in apart:
            self._set_apart(record, batch)
        if apart:
            self._forget(batch)
        for record in begun:
            is_marked = history_of(record).marked
            if is_marked:
                self._finish(batch)
                if self._copies.has_newer(record):
                    self._drop(Attempt(record), batch)
                    continue
            self._decide(record, batch, has_time)
            if is_marked:
                self._finish(batch)
                self._note_answer(record, batch)
            elif self._has_effects:
                self._publish(batch)
        self._publish(batch)
        return batch.failed

    def _finish(self, batch: Batch) -> None:
        """Publish what was decided, and take what is done out of the queue: it shall not come again with what comes
        before or after it here."""
        self._publish(batch)
        self._forget(batch)

    def _drop(self, attempt: Attempt, batch: Batch) -> None:
        """Let the queue forget a record of which a newer copy was sent."""
        batch.done.append(attempt.record)
        self._outcomes.dropped(attempt)

    def _note_answer(self, record: Record, batch: Batch) -> None:
        """Note that the function did not die at a marked record. If that fails, it is given up sooner next time."""
        try:
            self._copies.answered(record, was_tried=record["messageId"] not in batch.untried)
        except Exception as fault:
            logger.info("AnswerNotNoted", extra={"reason": described(fault), "message_id": record["messageId"]})

    def _decide(self, record: Record, batch: Batch, has_time: HasTime) -> None:
        """Have a record loaded, decided and committed once. Never raises."""
        attempt = Attempt(record)
        try:
            if not has_time():
                raise TooLittleTime("the invocation had too little time left to begin with the record")
            if history_of(record).marked:
                self._copies.begin(record)
            work = self._open(attempt)
            work.segment = segment_of(work.detail, record)
            attempt.opened(work)
            self._once.decide(work)
            batch.decided.append((attempt, work))
        except Exception as fault:  # whatever one record meets, the others of its batch are handled
            self._settle(attempt, fault, batch)

    def _publish(self, batch: Batch) -> None:
        """Publish what was decided since, and record what came of it."""
        decided, batch.decided = batch.decided, []
        faults = self._once.publish([work for _, work in decided]) if decided else []
        for (attempt, work), fault in zip(decided, faults, strict=True):
            self._outcomes.committed(work)
            if fault is not None:
                self._settle(attempt, fault, batch)
                continue
            batch.done.append(attempt.record)
            self._outcomes.handled(attempt, work)

    def _set_apart(self, record: Record, batch: Batch) -> None:
        """Send a record at which the function may have died again, marked."""
        attempt = Attempt(record)
        fault = NoAnswerBefore("the function gave no answer for it before")
        try:
            self._waiting.mark(record, described(fault))
        except Exception as error:  # it comes back as it is
            self._outcomes.not_settled(attempt, error)
            batch.failed.append(record)
            return
        self._outcomes.failed(attempt, fault, is_given_up=False)
        batch.done.append(record)

    def _forget(self, batch: Batch) -> None:
        """Take what is done out of the queue."""
        for record in batch.done:
            try:
                self._waiting.forget(record)
            except Exception as fault:  # it and those after it come back, and are known as handled
                self._outcomes.not_settled(Attempt(record), fault)
                break
        batch.done = []

    def _open(self, attempt: Attempt) -> Work:
        """Return the event with its envelope, to be handled. Raises ContractViolation when it cannot be, ever."""
        body = attempt.record["body"]
        if self._stores_events:
            return Work(filed(body, self._contracts.doors))
        bridge_event = attempt.bridge_event = bridge_event_of(body)
        sent = bridge_event["detail"]
        if self._is_timer(bridge_event):
            return Work(dict(sent), version=sent["version"])
        newest = self._contracts.newest_version(bridge_event["detail-type"])
        detail = completed(bridge_event, newest, self._contracts.doors)
        check(bridge_event, detail, self._hop_limit(bridge_event["detail-type"]))
        received = self._contracts.received(bridge_event["source"], detail)
        return Work(received, content_of(sent), version=detail["version"])

    def _is_timer(self, bridge_event: Mapping[str, Any]) -> bool:
        """Whether our own sweep has sent it. No rule does: none matches an event of this name."""
        if bridge_event["detail-type"] != TIMER or TIMER not in self._reactions:
            return False
        return bool(bridge_event["source"] == self._service.name)

    def _hop_limit(self, type: str) -> int:
        """Return how many hops an event may have made: fewer where the reaction is part of a declared cycle."""
        reaction = self._reactions.get(type)
        bound = None if reaction is None else reaction.hop_bound
        return self._settings.hop_limit if bound is None else min(bound, self._settings.hop_limit)

    def _settle(self, attempt: Attempt, fault: Exception, batch: Batch) -> None:
        """Let a record wait, or give it up."""
        record = attempt.record
        policy = self._policy(attempt)
        if isinstance(fault, StateUnreadable):
            batch.untried.add(record["messageId"])
        try:
            settled = self._waiting.settle(record, fault, described(fault), policy)
        except Exception as second:  # the queue's own visibility timeout and redrive still apply
            self._outcomes.not_settled(attempt, second)
            settled = Settled.HIDDEN
        if settled is Settled.DROPPED:
            self._drop(attempt, batch)
            return
        (batch.failed if settled is Settled.HIDDEN else batch.done).append(record)
        self._outcomes.failed(attempt, fault, is_given_up=settled is Settled.GIVEN_UP)

    def _policy(self, attempt: Attempt) -> Policy:
        """Return how long an event waits, and how often it is tried."""
        type = attempt.unchecked(self._contracts.doors).get("type", "")
        reaction = self._reactions.get(type) if is_plain(type) else None
        return Policy() if reaction is None else Policy.of(reaction.patience, reaction.tries)


def _always() -> bool:
    return True
