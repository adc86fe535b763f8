"""The consumer function of a service: the records of its queues and its sweep's tick, one event at a time.

The way of one event: `handle` takes the batch, `_open` reads and checks the record, `_react` has it loaded, decided and
committed once (`idempotency.py` around `reactor.py`), and `_settle` disposes of a record that failed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast

from functions.kit import clients
from functions.kit.contracts import Contracts
from functions.kit.envelope import IDENTITY, Detail, bridge_event_of, check, completed, identity, identity_in
from functions.kit.errors import ContractViolation, EffectNotProvided, NotYet, TooLittleTime
from functions.kit.idempotency import Idempotency
from functions.kit.model import Service
from functions.kit.reactor import Adapters, Reactor
from functions.kit.redelivery import Record, Redelivery, receives
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings
from functions.kit.store import EventStore, filed
from functions.kit.sweep import due_timers
from functions.kit.telemetry import count, described, logger, metrics, traced, tracer, where

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_sqs import SQSClient

RESERVED_MILLISECONDS = 1_000 * (clients.LONGEST_CALL_SECONDS + 1)
"""Time in which one call of a record may fail, and the record be postponed. With less left in the invocation, a
record is left for the next one: a function that is cut off postpones nothing, and says no reason."""

Handler = Callable[[dict[str, Any], "LambdaContext"], dict[str, Any]]


class Guard(Protocol):
    """What handles an event exactly once: `Idempotency`, but for a simulation that leaves Powertools out, and for a
    service that stores events `EventStore`."""

    def handle(self, detail: Detail) -> bool:
        """Load, react and commit, or store; return whether the event was new."""
        ...


def consumer(service: Service, effects: Adapters | None = None) -> Handler:
    """Return the Lambda handler of a service, its clients made and its settings read.

    `effects`: the adapter of each kind of effect that its reactions declare. Raises SettingMissing, and
    EffectNotProvided when an adapter is missing.
    """
    settings = ConsumerSettings.from_environment(os.environ)
    rows = RowStore(clients.dynamodb(), settings.table_name, settings.row_memory_seconds)
    made = Consumer(service, Contracts.of_bundle(), rows, effects or {}, settings)

    @tracer.capture_lambda_handler(capture_response=False, capture_error=False)
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        try:
            return made.handle(event, context)
        finally:
            metrics.flush_metrics()

    return cast("Handler", handler)


class Consumer:
    """Opens, handles and settles each record, so that a bad one never hurts its neighbours.

    `queues` makes the SQS client at the first failure. Raises EffectNotProvided when a declared effect has no adapter.
    """

    def __init__(
        self,
        service: Service,
        contracts: Contracts,
        rows: RowStore,
        adapters: Adapters,
        settings: ConsumerSettings,
        queues: Callable[[], SQSClient] = clients.sqs,
        guard: Callable[[Reactor], Guard] = Idempotency,
    ) -> None:
        for effect in service.effects:
            if effect not in adapters:
                raise EffectNotProvided(f"{service.name}'s handler has no adapter for {effect.__name__}")
        self._service = service
        self._contracts = contracts
        self._rows = rows
        self._settings = settings
        self._reactions = {reaction.event: reaction for reaction in service.reactions}
        self._redelivery = Redelivery(settings.maximum_receives, queues)
        stores = service.stores_events
        self._guard = EventStore(rows) if stores else guard(Reactor(service, contracts, rows, adapters))

    def handle(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Handle a batch of an SQS queue, or the scheduled tick of the sweep.

        Returns the partial batch response (Lambda Developer Guide, "Handling errors for an SQS event
        source"): the ids of the records that the queue must deliver again.
        """

        def has_time() -> bool:
            return context.get_remaining_time_in_millis() >= RESERVED_MILLISECONDS

        if "Records" not in event:
            self._sweep(event["time"], has_time)
            return {}
        failed = [record["messageId"] for record in event["Records"] if not self._is_done(record, has_time)]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}

    def _is_done(self, record: Record, has_time: Callable[[], bool]) -> bool:
        """Handle a record; say whether its queue may forget it. Never raises."""
        try:
            if not has_time():
                raise TooLittleTime("the invocation had too little time left to begin with the record")
            self._react(self._open(record))
            return True
        except Exception as fault:  # whatever one record meets, the others of its batch are handled
            return self._settle(record, fault)

    def _open(self, record: Record) -> Detail:
        """Return the event's detail with its envelope. Raises ContractViolation when it cannot be handled ever."""
        if self._service.stores_events:
            return filed(record["body"])
        bridge_event = bridge_event_of(record["body"])
        detail = completed(bridge_event, self._contracts.newest_version(bridge_event["detail-type"]))
        check(bridge_event, detail, self._hop_limit(bridge_event["detail-type"]))
        return self._contracts.received(bridge_event["source"], detail)

    def _react(self, detail: Detail) -> None:
        """Load, react and commit, once, and record what came of it."""
        with traced(detail):
            is_new = self._guard.handle(detail)
        outcome = "EventHandled" if is_new else "EventDuplicate"
        count(outcome)
        logger.info(outcome, extra={name: detail[name] for name in IDENTITY})

    def _sweep(self, time: str, has_time: Callable[[], bool]) -> None:
        """Raise each timer that is due at the tick's time; one that fails is due again at the next tick."""
        count("SweepRun")
        for detail in due_timers(self._service.name, self._rows, time):
            if not has_time():
                return
            try:
                self._react(detail)
            except Exception as fault:  # the other rows are due all the same
                count("EventPostponed")
                extra = {"reason": described(fault), "row": detail["row_key"], "code": where(fault)}
                logger.error("EventPostponed", extra=extra | identity(detail))

    def _hop_limit(self, type: str) -> int:
        """Return how many hops an event may have made: fewer where the reaction is part of a declared cycle."""
        reaction = self._reactions.get(type)
        bound = None if reaction is None else reaction.hop_bound
        return self._settings.hop_limit if bound is None else min(bound, self._settings.hop_limit)

    def _settle(self, record: Record, fault: Exception) -> bool:
        """Dead-letter what can never be handled or was received too often, delay the rest; say whether it is done."""
        reason = described(fault)
        final = isinstance(fault, ContractViolation) or self._redelivery.is_last(record)
        try:
            if final:
                self._redelivery.dead_letter(record, reason)
            else:
                self._redelivery.postpone(record)
        except Exception as second:  # the queue's own visibility timeout and redrive still apply
            logger.error("settling failed", extra={"reason": described(second), "code": where(second)})
            final = False
        self._report(record, fault, reason, final)
        return final

    def _report(self, record: Record, fault: Exception, reason: str, final: bool) -> None:
        outcome = "EventDeadLettered" if final else "EventPostponed"
        count(outcome)
        extra = {"reason": reason, "message_id": record["messageId"], "queue": record["eventSourceARN"]}
        extra |= {"receives": receives(record), **identity_in(record["body"])}
        if isinstance(fault, NotYet | ContractViolation | TooLittleTime):
            logger.warning(outcome, extra=extra)
        else:
            logger.error(outcome, extra=extra | {"code": where(fault)})
