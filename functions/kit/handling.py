"""Handles one event's detail, once, and tells the logs, the metrics and the trace what came of it."""

from __future__ import annotations

from collections.abc import Callable

from functions.kit.envelope import Detail
from functions.kit.telemetry import count, described, logger, tracer


def told(handle_once: Callable[[Detail], bool]) -> Callable[[Detail], None]:
    """Return a function that calls `handle_once` and tells of it; it raises what that raised."""

    def handle(detail: Detail) -> None:
        fault = None
        with tracer.provider.in_subsegment(name=f"## {detail['type']}") as subsegment:
            subsegment.put_annotation("correlation_id", detail["correlation_id"])
            try:
                is_new = handle_once(detail)
            except Exception as caught:  # raised outside: the subsegment would record its message
                subsegment.put_annotation("fault", described(caught))
                fault = caught
        if fault is not None:
            raise fault
        outcome = "EventHandled" if is_new else "EventDuplicate"
        count(outcome)
        logger.info(outcome, extra={name: detail[name] for name in ("type", "event_id", "correlation_id")})

    return handle
