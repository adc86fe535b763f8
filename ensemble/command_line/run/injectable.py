"""The simulator's faults that a running laptop AWS can have, in words: what each does, and what to expect of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ensemble.simulator.faults import Fault


class Of(StrEnum):
    """What a fault is switched on for."""

    SERVICE = "service"
    SANDBOX = "sandbox"
    STAGE = "stage"


@dataclass(frozen=True, slots=True)
class Injectable:
    """A fault; `of`: what it is switched on for. `does` and `expect` are sentences for whoever switches it on."""

    fault: Fault
    of: Of
    does: str
    expect: str


INJECTABLE = (
    Injectable(
        Fault.OUTAGE,
        Of.SERVICE,
        "Each invocation of its function ends before it has begun, as after a bad deployment.",
        "Its messages come back to their queues and wait. Switched off, all of them are handled. After some minutes "
        "the alarms failing and late go off.",
    ),
    Injectable(
        Fault.CRASH,
        Of.SERVICE,
        "Every second invocation of its function ends after all is committed and published, before its messages are "
        "deleted.",
        "SQS delivers these messages once more when their visibility timeout is over. The inbox knows their events: "
        "nothing is done twice.",
    ),
    Injectable(
        Fault.DELIVERED_TWICE,
        Of.STAGE,
        "Each rule sends each event to its queue twice.",
        "The second one is a duplicate in each service: more invocations, no other end.",
    ),
    Injectable(
        Fault.DELIVERED_LATE,
        Of.SERVICE,
        "Its queues refuse what EventBridge sends, with an error that passes.",
        "EventBridge tries again, with longer and longer waits. Workflows stand still before the service, and go on "
        "after.",
    ),
    Injectable(
        Fault.TABLE_THROTTLED,
        Of.SERVICE,
        "DynamoDB throttles every request for its table.",
        "Its events wait and are tried again, none becomes a dead letter. After minutes the alarm waiting goes off.",
    ),
    Injectable(
        Fault.DATABASE_DOWN,
        Of.SERVICE,
        "DynamoDB answers every request for its table with an error of its own.",
        "As with a throttled table: its events wait, and nothing is lost.",
    ),
    Injectable(
        Fault.ANSWER_LOST,
        Of.SERVICE,
        "Every third request for its table is carried out, and then answered with an error.",
        "The client asks again, and a write that was done is known again. Everything is slower, and ends the same.",
    ),
    Injectable(
        Fault.BUS_DOWN,
        Of.SERVICE,
        "EventBridge answers all that it publishes with an error.",
        "Its events stay in its rows. The breaker of EventBridge opens, its card says so, and one probe a minute finds "
        "out when all is well again.",
    ),
    Injectable(
        Fault.ENTRIES_FAILED,
        Of.SERVICE,
        "EventBridge refuses every second request's entries, with an error that passes.",
        "They stay in its rows for seconds and are published by a later try.",
    ),
    Injectable(
        Fault.PROVIDER_DOWN,
        Of.SANDBOX,
        "The scenario's sandbox refuses connections.",
        "Who asks it waits; after some failures its breaker is open, and the card says so. A minute after it is back "
        "all goes on.",
    ),
)

ONLY_SIMULATED = tuple(fault for fault in Fault if fault not in {one.fault for one in INJECTABLE})
"""The faults that `ensemble simulate` has alone: they need virtual time, or another version, or a person."""


def listed(targets: Mapping[Of, Iterable[str]], on: Mapping[Fault, Iterable[str]]) -> dict[str, Any]:
    """Return them for a page. `targets`: what each can be switched on for; `on`: what it is on for now."""
    return {
        "faults": [
            {
                "name": one.fault.name,
                "words": str(one.fault),
                "of": str(one.of),
                "does": one.does,
                "expect": one.expect,
                "targets": list(targets[one.of]),
                "on": sorted(on.get(one.fault, ())),
            }
            for one in INJECTABLE
        ],
        "only_simulated": [str(one) for one in ONLY_SIMULATED],
    }
