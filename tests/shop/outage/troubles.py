"""What goes wrong on a bad day: systems and services of AWS that are down for a span, and what is refused for good."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ensemble.simulator.answers import THROTTLED, Crash, Refused
from ensemble.simulator.faults import Fault
from ensemble.simulator.invocation import Invocation
from ensemble.simulator.world import START
from tests.shop.outage.day import Day, Span, Trouble

Request = Mapping[str, Any]
CarryOut = Callable[[Invocation, Request], dict[str, Any]]
Instead = Callable[[CarryOut, Invocation, Request], dict[str, Any]]


def system_down(system: str, span: Span) -> Trouble:
    """A system outside that answers nothing."""

    def join(day: Day) -> None:
        day.world.open_window(Fault.PROVIDER_DOWN, system, START + span.begins, START + span.ends)

    return join


def never_starts(service: str, span: Span) -> Trouble:
    """A function of which no environment starts, as after a bad deploy."""

    def join(day: Day) -> None:
        day.world.open_window(Fault.OUTAGE, service, START + span.begins, START + span.ends)

    return join


def tables_throttled(span: Span, *services: str) -> Trouble:
    """DynamoDB, which throttles all requests to the tables of these services; of all services when none is named."""

    def join(day: Day) -> None:
        tables = {day.account.table_of(one).name for one in services or sorted(day.services)}

        def answer(carry_out: CarryOut, active: Invocation, request: Request) -> dict[str, Any]:
            if span.has(day.world.now) and not tables.isdisjoint(_tables(request)):
                day.world.calls.append(day.world.now)
                day.world.hit(f"{active.function.service} table", Fault.THROTTLED)
                raise Refused(THROTTLED)
            return carry_out(active, request)

        for operation in set(day.world.requests) & OF_TABLES:
            _instead(day, operation, answer)

    return join


OF_TABLES = {"GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "Query"}


def _tables(request: Request) -> set[str]:
    writes = [parameters for write in request.get("TransactItems", ()) for parameters in write.values()]
    named = [one["TableName"] for one in (request, *writes) if "TableName" in one]
    return {*named, *request.get("RequestItems", ())}


def bus_throttles_calls(span: Span) -> Trouble:
    """EventBridge, which refuses each call of a function by its quota."""

    def join(day: Day) -> None:
        def answer(carry_out: CarryOut, active: Invocation, request: Request) -> dict[str, Any]:
            if span.has(day.world.now):
                _ask_in_vain(day, active)
                raise Refused(THROTTLED)
            return carry_out(active, request)

        _instead(day, "PutEvents", answer)

    return join


def bus_throttles_entries(span: Span) -> Trouble:
    """EventBridge, which takes calls and refuses every entry in them for now."""

    def join(day: Day) -> None:
        def answer(carry_out: CarryOut, active: Invocation, request: Request) -> dict[str, Any]:
            if not span.has(day.world.now):
                return carry_out(active, request)
            _ask_in_vain(day, active)
            refusal = {"ErrorCode": THROTTLED, "ErrorMessage": "rate exceeded"}
            return {"FailedEntryCount": len(request["Entries"]), "Entries": [refusal for _ in request["Entries"]]}

        _instead(day, "PutEvents", answer)

    return join


def entry_refused(order_id: str, type: str, span: Span) -> Trouble:
    """EventBridge, which refuses one event for good, whoever asks: until the cause is mended at the end of the span."""

    def join(day: Day) -> None:
        def answer(carry_out: CarryOut, active: Invocation, request: Request) -> dict[str, Any]:
            refused = [
                span.has(day.world.now) and one["DetailType"] == type and order_id in one["Detail"]
                for one in request["Entries"]
            ]
            if not any(refused):
                return carry_out(active, request)
            _ask_in_vain(day, active)
            taken = [one for one, is_refused in zip(request["Entries"], refused, strict=True) if not is_refused]
            results = iter(carry_out(active, {**request, "Entries": taken})["Entries"] if taken else ())
            refusal = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
            entries = [refusal if is_refused else next(results) for is_refused in refused]
            return {"FailedEntryCount": sum(refused), "Entries": entries}

        _instead(day, "PutEvents", answer)

    return join


def row_kills(service: str, order_id: str) -> Trouble:
    """A row at which the function dies as soon as it asks DynamoDB for it or writes it."""

    def join(day: Day) -> None:
        table, key = day.account.table_of(service).name, f"order_id#{order_id}"

        def answer(carry_out: CarryOut, active: Invocation, request: Request) -> dict[str, Any]:
            if table in _tables(request) and f"'{key}'" in str(request):
                day.world.calls.append(day.world.now)
                day.world.hit(f"{service} consumer", Fault.CRASH)
                raise Crash
            return carry_out(active, request)

        for operation in set(day.world.requests) & OF_TABLES:
            _instead(day, operation, answer)

    return join


def _ask_in_vain(day: Day, active: Invocation) -> None:
    day.world.calls.append(day.world.now)
    day.world.hit(f"{active.function.service} publish", Fault.ENTRIES_FAILED)


def _instead(day: Day, operation: str, answer: Instead) -> None:
    """Answer an operation's requests otherwise."""
    carry_out = day.world.requests[operation]
    day.world.requests[operation] = lambda active, request: answer(carry_out, active, request)
