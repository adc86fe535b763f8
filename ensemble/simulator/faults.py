"""The faults there are, which of them a seed has and how often, and what strikes an invocation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ensemble.simulator.chance import Chance, spread


class Fault(StrEnum):
    """Everything that can go wrong, in words."""

    # On the way to a queue, and in it
    DELIVERED_TWICE = "the bus delivers twice"
    DELIVERED_LATE = "the bus delivers late"
    QUEUED_TWICE = "the queue delivers twice"
    BACK_AFTER_DELETE = "the message comes back after it was deleted"
    BACK_LATE = "the message comes back days later"
    POISON = "a poison message"
    # In a consumer
    CRASH = "a crash"
    TIMEOUT = "the invocation runs out of time"
    STALL = "the function stalls"
    VISIBILITY_EXPIRED = "the visibility timeout expires under a worker"
    OLDER_VERSION = "an older version of the service runs"
    ENVIRONMENT_REPLACED = "the execution environment is replaced"
    CRASH_LOOP = "a message ends its function each time"
    MISTAKE = "a reaction fails at an event until it is mended"
    SENDS_FAILED = "the queue refuses messages of a batch"
    # In DynamoDB
    THROTTLED = "a request is throttled"
    CONFLICT = "a transaction is in conflict"
    ANSWER_LOST = "the answer is lost after the request was carried out"
    INDEX_STALE = "the index is read as it was"
    # Outside
    EFFECT_REFUSED = "the provider does not answer, and did nothing"
    EFFECT_ANSWER_LOST = "the provider does what was asked, and does not answer"
    # Of who publishes
    ENTRIES_FAILED = "the bus refuses entries"
    ENTRY_REFUSED = "the bus refuses an entry until the cause is mended"
    # In a relay's stream
    RECORD_RETRIED = "a stream record is delivered again"
    # For a while
    OUTAGE = "the service is out for hours"
    STREAM_STALLED = "the stream stalls"
    TARGET_FORBIDDEN = "the bus may not send to the queue"
    TARGET_MISSING = "the queue is gone"
    PROVIDER_DOWN = "the provider is down for hours"
    DATABASE_DOWN = "DynamoDB does not answer for hours"
    TABLE_THROTTLED = "the table is throttled for hours"
    BUS_DOWN = "EventBridge takes nothing for hours"
    CLOCK_SKEWED = "the function's clock is off"
    # By people
    REDRIVEN = "a dead-letter queue is redriven"
    REPLAYED = "the archive is replayed"
    SWEPT_TWICE = "the schedule ticks twice"


IN_CONSUMER = (
    Fault.CRASH,
    Fault.TIMEOUT,
    Fault.STALL,
    Fault.VISIBILITY_EXPIRED,
    Fault.THROTTLED,
    Fault.CONFLICT,
    Fault.ANSWER_LOST,
    Fault.INDEX_STALE,
    Fault.EFFECT_REFUSED,
    Fault.EFFECT_ANSWER_LOST,
    Fault.ENTRIES_FAILED,
    Fault.SENDS_FAILED,
    Fault.ENVIRONMENT_REPLACED,
)

IN_RELAY = (Fault.CRASH, Fault.STALL, Fault.THROTTLED, Fault.ANSWER_LOST, Fault.ENTRIES_FAILED, Fault.RECORD_RETRIED)
FOR_A_WHILE = (
    Fault.OUTAGE,
    Fault.STREAM_STALLED,
    Fault.TARGET_FORBIDDEN,
    Fault.TARGET_MISSING,
    Fault.PROVIDER_DOWN,
    Fault.DATABASE_DOWN,
    Fault.TABLE_THROTTLED,
    Fault.BUS_DOWN,
    Fault.OLDER_VERSION,
    Fault.CLOCK_SKEWED,
)

OF_ONE_REQUEST = (Fault.INDEX_STALE, Fault.EFFECT_REFUSED, Fault.EFFECT_ANSWER_LOST)
"""Faults that only one kind of request meets: it is the first of that kind."""

RATES = (0.03, 0.1, 0.3)
RATES_OF_RARE = (0.1, 0.3, 0.6)
"""For faults that can strike in few places."""

RARE = frozenset(
    {
        Fault.BACK_LATE,
        Fault.BUS_DOWN,
        Fault.DATABASE_DOWN,
        Fault.INDEX_STALE,
        Fault.OLDER_VERSION,
        Fault.OUTAGE,
        Fault.PROVIDER_DOWN,
        Fault.STREAM_STALLED,
        Fault.SWEPT_TWICE,
        Fault.TABLE_THROTTLED,
    }
)

RATES_OF_AFFLICTIONS = (0.01, 0.03, 0.1)
AFFLICTIONS = frozenset({Fault.CRASH_LOOP, Fault.ENTRY_REFUSED, Fault.MISTAKE})
"""Faults that meet one event, each time, until all heals."""

SHARE_OF_INVOCATIONS = 0.5
"""Above it, the rates of a seed are scaled down: else nothing would ever be done."""

HORIZONS = (600.0, 7_200.0, 86_400.0, 8 * 86_400.0)
"""How long faults go on, in seconds, before the world heals."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A fault that strikes one invocation: at the first request it can strike, from the `call`-th on.

    `after`: after the request was carried out. `seconds`: how long, for a fault that takes time; `times`: how
    many requests in a row.
    """

    fault: Fault
    call: int
    after: bool = False
    seconds: float = 0.0
    times: int = 1


@dataclass(frozen=True, slots=True)
class Profile:
    """A seed's faults with their rates, and the time (seconds from the start) at which all of them end."""

    rates: Mapping[Fault, float] = field(default_factory=dict)
    heals_at: float = 0.0
    consumer: tuple[tuple[Fault, float], ...] = ()
    relay: tuple[tuple[Fault, float], ...] = ()

    def rate(self, fault: Fault) -> float:
        """Return how often the fault strikes where it can, from 0 to 1."""
        return self.rates.get(fault, 0.0)


CALM = Profile()
"""No faults at all."""


def profile_of(chance: Chance) -> Profile:
    """Draw the faults of a seed: some seeds have none, most a few, some nearly all."""
    density = chance.one_of("density", (0.0, 0.15, 0.25, 0.4, 0.4, 0.6, 0.6, 0.8))
    rates = {}
    for fault in Fault:
        present, rate, _, _ = chance.draws(f"rate {fault}")
        if present < density:
            rates[fault] = _rates_of(fault)[int(rate * 3)]
    return made(rates, chance.one_of("horizon", HORIZONS))


def made(rates: Mapping[Fault, float], heals_at: float) -> Profile:
    """Return the profile with these rates."""
    return Profile(rates, heals_at, *(_scale(one, rates) for one in (IN_CONSUMER, IN_RELAY)))


def _rates_of(fault: Fault) -> tuple[float, ...]:
    if fault in AFFLICTIONS:
        return RATES_OF_AFFLICTIONS
    return RATES_OF_RARE if fault in RARE else RATES


def _scale(faults: Iterable[Fault], rates: Mapping[Fault, float]) -> tuple[tuple[Fault, float], ...]:
    """Return the faults with their cumulated shares of the invocations."""
    present = [fault for fault in faults if fault in rates]
    scale = min(1.0, SHARE_OF_INVOCATIONS / (sum(rates[fault] for fault in present) or 1.0))
    cumulated, total = [], 0.0
    for fault in present:
        total += rates[fault] * scale
        cumulated.append((fault, total))
    return tuple(cumulated)


def planned(
    shares: tuple[tuple[Fault, float], ...],
    draws: tuple[float, float, float, float],
    calls: int,
    timeout: float,
) -> Plan | None:
    """Return what strikes an invocation of about that many calls; a stall may outlast the function's timeout."""
    which, where, how, much = draws
    for fault, until in shares:
        if which < until:
            return Plan(
                fault,
                call=1 if fault in OF_ONE_REQUEST else 1 + int(where * calls),
                after=how < 0.5,
                seconds=spread(much, 0.01, timeout * 1.5),
                times=1 + int(much * 4),
            )
    return None
