"""A stage of one service, and what its function was recorded to do."""

from __future__ import annotations

from collections.abc import Mapping as Members
from typing import Any

from ensemble.meter.items import Table
from ensemble.meter.recording import Call, Invocation
from ensemble.meter.stage import Function, Mapping, Stage
from ensemble.meter.units import Unit, Units

CONSUMER = Function("loan", "loan", 256, is_arm=True, is_traced=True, log_format="JSON", system_level="WARN")
MAPPING = Mapping("loan-events", "loan", is_stream=False, batch_size=10, window=0, workers=5)


def staged(
    *others: Function, consumer: Function = CONSUMER, mappings: tuple[Mapping, ...] = (MAPPING,), **changed: Any
) -> Stage:
    """Return a stage with this consumer and these mappings."""
    known = {
        "tables": {"loan": Table(("pk",))},
        "alarm_metrics": 2,
        "has_archive": True,
        "archive_days": 7,
        "log_days": 7,
    }
    functions = {one.name: one for one in (consumer, *others)}
    return Stage(functions=functions, mappings=mappings, **{**known, **changed})


def handled(event: str, *calls: Call, function: str = "loan", source: str = "loan-events") -> Invocation:
    """Return an invocation with one record, which a rule has delivered."""
    return Invocation(function, source, 1, 1, frozenset({event}), list(calls))


def write(units: float = 1.0) -> Call:
    return Call("PutItem", 5.5, Units({Unit.WRITE: units}))


def read() -> Call:
    return Call("GetItem", 5.5, Units({Unit.READ: 1.0}))


def publish(*events: str) -> Call:
    return Call("PutEvents", 12.0, Units({Unit.EVENT: float(len(events))}), events)


def event(id: str, type: str, source: str, cause: str | None = None) -> Members[str, Any]:
    """Return an event as it is on the bus; one from outside without a cause has EventBridge's id alone."""
    detail = {} if cause is None else {"event_id": id, "causation_id": cause}
    return {"id": id, "detail-type": type, "source": source, "detail": detail}
