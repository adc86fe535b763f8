"""Powertools' idempotency with our row as its record: saving in progress loads it, saving success commits it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from functions.kit.envelope import Detail
from functions.kit.errors import SettingRefused, VersionConflict
from functions.kit.lean_import import without_dynamodb_layer
from functions.kit.model import Decision, Reaction
from functions.kit.reactor import Reactor
from functions.kit.rows import Row

with without_dynamodb_layer():
    from aws_lambda_powertools.utilities.idempotency import (
        BasePersistenceLayer,
        idempotent_function,
    )
    from aws_lambda_powertools.utilities.idempotency.exceptions import (
        IdempotencyItemAlreadyExistsError,
        IdempotencyPersistenceLayerError,
    )
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

ATTEMPTS = 3
"""How often an event is decided anew at once after a conflict, before the queue delivers it later."""


class RowPersistence(BasePersistenceLayer):
    """A Powertools persistence layer over the rows of one service, for one event at a time."""

    def __init__(self, reactor: Reactor, reaction_to: Callable[[Detail], Reaction]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._reaction_to = reaction_to
        self._row = Row("")

    def react(self, detail: Detail) -> Decision:
        """Let the reaction decide on the row that was loaded when the event was taken in progress."""
        self._row, decision = self._reactor.react(self._reaction_to(detail), self._row, detail)
        return decision

    def save_inprogress(self, data: Detail, remaining_time_in_millis: int | None = None) -> None:
        """Load the row; Powertools calls no function for an event whose id the row has already."""
        self._row = self._reactor.load(self._reaction_to(data), data)
        if data["event_id"] in self._row.handled:
            raise IdempotencyItemAlreadyExistsError(old_data_record=self.get_record(data))

    def get_record(self, data: Detail) -> DataRecord:
        """Return the record of an event that was handled: its effect is in the row, so it has no result."""
        return DataRecord(idempotency_key=data["event_id"], status="COMPLETED")

    def save_success(self, data: Detail, result: Any) -> None:
        """Commit the decision: the one conditional write."""
        trace = os.environ.get("_X_AMZN_TRACE_ID", "")
        self._reactor.commit(self._reaction_to(data), self._row, result, data, trace)

    def delete_record(self, data: Detail, exception: Exception) -> None:
        """Nothing was written that would have to go: an intent must stay, for the event to go on from it."""

    def _get_record(self, idempotency_key: str) -> DataRecord:
        raise NotImplementedError

    _put_record = _update_record = _delete_record = _get_record  # type: ignore[assignment]


def handled_once(reactor: Reactor, reaction_to: Callable[[Detail], Reaction]) -> Callable[[Detail], bool]:
    """Return a function that handles an event's detail exactly once: True, or False for a duplicate.

    It raises what the reaction, an effect or DynamoDB raised; VersionConflict only after some attempts.
    Raises SettingRefused at once when Powertools is told to skip idempotency.
    """
    if os.environ.get("POWERTOOLS_IDEMPOTENCY_DISABLED"):
        raise SettingRefused("POWERTOOLS_IDEMPOTENCY_DISABLED would drop every event: nothing would be committed")
    persistence = RowPersistence(reactor, reaction_to)

    @idempotent_function(data_keyword_argument="detail", persistence_store=persistence)  # type: ignore[untyped-decorator]
    def decide(*, detail: Detail) -> Decision:
        return persistence.react(detail)

    def handle(detail: Detail) -> bool:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return decide(detail=detail) is not None
            except (IdempotencyPersistenceLayerError, VersionConflict) as error:
                fault = error.__cause__ if isinstance(error, IdempotencyPersistenceLayerError) else error
                if not isinstance(fault, VersionConflict) or attempt == ATTEMPTS:
                    raise fault or error from None
        raise AssertionError("unreachable: the last attempt returns or raises")

    return handle
