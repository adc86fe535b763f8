"""Powertools' idempotency with our row as its record: saving in progress loads it, saving success commits it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import contextmanager
from types import ModuleType
from typing import TYPE_CHECKING, Any

from functions.kit.errors import SettingRefused
from functions.kit.model import Decision
from functions.kit.reactor import Reactor, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

DYNAMODB_LAYER = "aws_lambda_powertools.utilities.idempotency.persistence.dynamodb"


@contextmanager
def without_dynamodb_layer() -> Iterator[None]:
    """Let a placeholder stand for Powertools' DynamoDB layer while its package is imported, and no longer.

    That layer imports boto3 and its resources, which cost about 45 ms of CPU at each cold start (`make bench`
    measures it), and this kit does not need it.
    """
    if DYNAMODB_LAYER in sys.modules:
        yield
        return
    placeholder = ModuleType(DYNAMODB_LAYER)
    placeholder.DynamoDBPersistenceLayer = None  # type: ignore[attr-defined]
    sys.modules[DYNAMODB_LAYER] = placeholder
    try:
        yield
    finally:
        del sys.modules[DYNAMODB_LAYER]


with without_dynamodb_layer():
    from aws_lambda_powertools.utilities.idempotency import BasePersistenceLayer, idempotent_function
    from aws_lambda_powertools.utilities.idempotency.exceptions import (
        IdempotencyItemAlreadyExistsError,
        IdempotencyPersistenceLayerError,
    )
    from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord


class Idempotency(BasePersistenceLayer):
    """Handles an event exactly once: Powertools' guard around load, react and commit, one event at a time.

    Raises SettingRefused when Powertools is set to skip idempotency.
    """

    def __init__(self, reactor: Reactor) -> None:
        if os.environ.get("POWERTOOLS_IDEMPOTENCY_DISABLED"):
            raise SettingRefused("POWERTOOLS_IDEMPOTENCY_DISABLED would drop every event: nothing would be committed")
        super().__init__()  # type: ignore[no-untyped-call]
        self._reactor = reactor
        self._work = Work({})
        self._load: Callable[[Work], None] = reactor.load
        # Powertools copies its payload deeply, hence the id instead of the whole detail.
        self._react_once = idempotent_function(self._react, data_keyword_argument="event_id", persistence_store=self)

    def handle(self, work: Work, load: Callable[[Work], None]) -> bool:
        """Load, react and commit; return whether the event was new, and not a duplicate.

        Raises what the reaction, an effect or DynamoDB raised.
        """
        self._work, self._load = work, load
        try:
            return self._react_once(event_id=work.detail["event_id"]) is not None
        except IdempotencyPersistenceLayerError as error:
            raise error.__cause__ or error from None

    def save_inprogress(self, data: Any, remaining_time_in_millis: int | None = None) -> None:
        """Load the row; Powertools calls no function for an event whose id the inbox has already."""
        self._load(self._work)
        if self._reactor.knows(self._work):
            raise IdempotencyItemAlreadyExistsError(old_data_record=self.get_record(data))

    def _react(self, *, event_id: str) -> Decision:
        return self._reactor.react(self._work)

    def save_success(self, data: Any, result: Any) -> None:
        """Commit the decision: the one conditional write."""
        self._reactor.commit(self._work, result)

    def get_record(self, data: Any) -> DataRecord:
        """Return the record of an event that was handled: its effect is in the row, so it has no result."""
        return DataRecord(idempotency_key=data, status="COMPLETED")

    def delete_record(self, data: Any, exception: Exception) -> None:
        """Nothing was written that would have to go: an intent must stay, for the event to go on from it."""

    def _get_record(self, idempotency_key: str) -> DataRecord:
        raise NotImplementedError

    _put_record = _update_record = _delete_record = _get_record  # type: ignore[assignment]
