"""All limits of a stage, in workflows a second: those that a simulation finds, and those that follow from a quota."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ensemble.limits import quotas
from ensemble.limits.figures import Figures, figures
from ensemble.limits.load import Service, name_of
from ensemble.limits.search import Found, find, reason
from ensemble.limits.sweeping import Swept, sweep
from ensemble.limits.workers import workers_of

HOUR = 3_600.0

UNKNOWN_REGION = "unknown-region"
"""What the CDK writes for a stage of no region."""

WORKERS = "workers"
SPREAD = "workers, each workflow about its own things"


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit: whose, which, what one workflow takes of it, and at how many workflows a second it bites.

    `a_second`: None: not as far as was tried. `because`: what was seen to bite, for one that was found by trials.
    """

    where: str
    what: str
    takes: str
    a_second: float | None
    because: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of a service: figures of one workflow, the rate that it keeps up with, and its timers.

    `apart`: figures and rate of workflows that have nothing in common; None where that makes no difference.
    """

    service: str
    figures: Figures
    found: Found
    because: str
    apart: tuple[Found, str] | None
    swept: Swept | None


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is tried: seconds of each trial, how close to come (0.05: to 5%), and rows that are due at once."""

    seconds: float = 10.0
    precision: float = 0.05
    rows: int = 90_000


def measure(together: Service, apart: Service, effort: Effort) -> Measured:
    """Measure one service. `together`: all workflows are about the same things; `apart`: each has its own."""
    of_one = figures(together)
    found = _find(together, of_one, effort)
    own = figures(apart)
    differs = len(own.shared) < len(of_one.shared)
    other = _find(apart, own, effort) if differs else None
    return Measured(
        together.name,
        of_one,
        found,
        reason(found),
        None if other is None else (other, reason(other)),
        sweep(together, effort.rows),
    )


def _find(service: Service, of_one: Figures, effort: Effort) -> Found:
    return find(service, of_one.guess(service), effort.seconds, effort.precision)


def limits_of(services: Mapping[str, Service], measured: Iterable[Measured], region: str) -> list[Limit]:
    """Return all limits, the lowest first."""
    known = list(measured)
    limits = [limit for one in known for limit in _of_service(services[one.service], one)]
    limits += _of_account(known, region)
    return sorted(limits, key=lambda one: float("inf") if one.a_second is None else one.a_second)


def _of_service(service: Service, one: Measured) -> Iterator[Limit]:
    takes = f"{one.figures.worker_seconds * 1_000:.0f} ms of workers"
    yield Limit(one.service, WORKERS, takes, _rate(one.found), one.because)
    if one.apart is not None:
        found, because = one.apart
        yield Limit(one.service, SPREAD, takes, _rate(found), because)
    for name, most, places in (
        ("write units of one item", quotas.ITEM_WRITES, one.figures.shared),
        ("write units of one partition of the index", quotas.ITEM_WRITES, one.figures.listed),
    ):
        place = max(places, key=lambda place: places[place], default=None)
        if place is not None:
            yield Limit(one.service, name, f"{places[place]:.3g} of {name_of(place)}", most / places[place])
    if one.figures.written:
        units = one.figures.written
        yield Limit(one.service, "write units of a new table", f"{units:.3g}", quotas.NEW_TABLE_WRITES / units)
    yield from _of_pollers(service, one.figures)
    calls = sum(outcome.calls for kind, outcome in service.recording.outcomes.items() if _waits(service, kind))
    if calls:
        a_second = quotas.IN_FLIGHT / HOUR / calls
        yield Limit(one.service, "messages in flight, after an hour in which what it asks is out", f"{calls}", a_second)


def _waits(service: Service, kind: type) -> bool:
    """Whether the service asks a system outside AWS for this effect."""
    declared = service.application.services[service.name].effects
    return kind in declared and not service.recording.outcomes[kind].by_topic


def _of_pollers(service: Service, of_one: Figures) -> Iterator[Limit]:
    """Yield what the first workers of the slowest queue have time for, until Lambda has given it all of them."""
    slow = {name: used for name, used in of_one.by_queue.items() if used}
    if not slow:
        return
    name = max(slow, key=lambda one: slow[one])
    more = workers_of(service.topology.mappings[name]) - quotas.FIRST_POLLERS
    if more > 0:
        seconds = 60 * more / quotas.POLLERS_A_MINUTE
        takes = f"{slow[name] * 1_000:.0f} ms of workers"
        what = f"the first {quotas.FIRST_POLLERS} workers of a queue, for {seconds:.0f} s"
        yield Limit(service.name, what, takes, quotas.FIRST_POLLERS / slow[name])


def _of_account(known: list[Measured], region: str) -> Iterator[Limit]:
    calls = sum(one.found.below.publications for one in known if one.found.below is not None)
    if calls:
        most = quotas.put_events(region)
        where = "a region that app.py leaves open" if region == UNKNOWN_REGION else region
        yield Limit("account", f"PutEvents in {where}", f"{calls:.3g} of {most:,} calls", most / calls)
    seconds = sum(one.figures.worker_seconds for one in known)
    takes = f"{seconds * 1_000:.0f} ms of {quotas.CONCURRENCY:,} workers"
    yield Limit("account", "invocations at once", takes, quotas.CONCURRENCY / seconds)


def _rate(found: Found) -> float | None:
    return found.rate if found.above is not None else None
