"""The sweep of a service: raises `DUE` for each row that came due, by the same way that an event is handled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from functions.kit.envelope import Detail, derived_id
from functions.kit.model import DUE, rfc3339
from functions.kit.rows import RowStore
from functions.kit.telemetry import count, described, logger, where


class Sweep:
    """Looks for due rows when the schedule ticks, and handles each."""

    def __init__(self, service_name: str, rows: RowStore, handle: Callable[[Detail], None]) -> None:
        self._service_name = service_name
        self._rows = rows
        self._handle = handle

    def run(self, time: str, has_time: Callable[[], bool]) -> None:
        """Raise `DUE` for each row due by the tick's time; a row that fails is due again at the next tick."""
        count("SweepRun")
        for row_key, instant in self._rows.due(rfc3339(datetime.fromisoformat(time))):
            if not has_time():
                return
            try:
                self._handle(self._due(row_key, instant, time))
            except Exception as fault:  # the other rows are due all the same
                count("EventPostponed")
                extra = {"reason": described(fault), "row": row_key, "code": where(fault)}
                logger.error("EventPostponed", extra=extra)

    def _due(self, row_key: str, instant: str, time: str) -> Detail:
        """Return the event that a row came due; the same row and instant always make the same id."""
        name, value = row_key.split("#", 1)
        event_id = derived_id(self._service_name, row_key, instant)
        return {
            "event_id": event_id,
            "type": DUE,
            "version": "1.0",
            "timestamp": time,
            "correlation_id": event_id,
            "causation_id": event_id,
            "hops": 0,
            "row_key": row_key,
            "due_at": instant,
            name: value,
        }
