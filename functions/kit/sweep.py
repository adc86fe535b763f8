"""The sweep of a service: finds the rows whose timer is due, and makes of each an event like any other."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from functions.kit.envelope import Detail, derived_id
from functions.kit.model import TIMER, rfc3339
from functions.kit.rows import RowStore


def due_timers(service: str, rows: RowStore, time: str) -> Iterator[Detail]:
    """Yield the event of each timer that is due at this time, earliest first.

    The same row and instant always make the same id.
    """
    for row_key, instant in rows.due(rfc3339(datetime.fromisoformat(time))):
        name, value = row_key.split("#", 1)
        event_id = derived_id(service, row_key, instant)
        yield {
            "event_id": event_id,
            "type": TIMER,
            "version": "1.0",
            "timestamp": time,
            "correlation_id": event_id,
            "causation_id": event_id,
            "hops": 0,
            "row_key": row_key,
            "due_at": instant,
            name: value,
        }
