"""The simulated world: virtual time, what is due in it, and the functions that run in it, one request at a time."""

from __future__ import annotations

import heapq
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from botocore.exceptions import ClientError
from greenlet import getcurrent, greenlet

from ensemble.simulator.answers import THROTTLED, Crash, NoAnswer, Refused
from ensemble.simulator.chance import Chance
from ensemble.simulator.fault_injection import OF_DATABASE, TAKE_TIME, Striker
from ensemble.simulator.faults import Fault, Plan, Profile, planned
from ensemble.simulator.invocation import Handler, Invocation, Lane
from ensemble.simulator.steps import Judged, Step, Struck, What
from ensemble.simulator.topology import FunctionSpec, Topology
from functions.kit.errors import Kind
from functions.kit.faults import kind_of
from functions.kit.model import rfc3339

START = 1_767_225_600.0
"""2026-01-01T00:00:00Z in seconds since 1970."""

MAXIMUM_ACTIONS = 200_000
"""A schedule that needs more goes in circles."""

AFFLICTIONS_OF_REACTIONS = (Fault.CRASH_LOOP, Fault.MISTAKE)

Action = Callable[[], None]
Result = TypeVar("Result")


class SimulatedMistake(Exception):
    """Raised by a reaction that is mistaken about an event, until somebody mends it."""


class World:
    """Time, chance and the functions. The services of AWS are joined to it by `requests`: what each operation does.

    `absent`: services that are left out of this schedule, with what would be delivered to them.
    `keep`: only these disturbances happen; None: all that are drawn. `plans`: what strikes an invocation, by
    its key, instead of what is drawn. `disturbances` lists what did happen, `trace` (if recorded) has all.
    `unanswered`: the kinds of errors by which functions learnt that a system outside did not answer. `refused_of`: by
    service and cause, how often the bus refused what was published, until somebody mends that. `vain`: when what is
    down was called in vain, by the fault, the system and the caller's service. `troubled_until`: when a fault last
    struck, or what it held up arrives. `watch`: called after each action; it may look, and change nothing.
    """

    def __init__(
        self,
        topology: Topology,
        chance: Chance,
        profile: Profile,
        lane: Lane,
        *,
        absent: Collection[str] = (),
        keep: Collection[str] | None = None,
        plans: Mapping[str, Plan] | None = None,
        recorded: bool = False,
    ) -> None:
        self.topology, self.chance, self.profile, self.lane = topology, chance, profile, lane
        self.absent = absent
        self.now = START
        self.heals_at = START + profile.heals_at
        self.requests: dict[str, Callable[[Invocation, Mapping[str, Any]], dict[str, Any]]] = {}
        self.disturbances: list[str] = []
        self.violations: list[str] = []
        self.mistake: Exception | None = None
        self.faults: Counter[tuple[str, Fault]] = Counter()
        self.unanswered: set[str] = set()
        self.refused_of: Counter[tuple[str, str]] = Counter()
        self.vain: dict[tuple[Fault, str, str], list[float]] = {}
        self.troubled_until = START
        self.trace: list[tuple[float, str]] | None = [] if recorded else None
        self.steps: list[Step] = []
        self.points: list[tuple[str, int]] = []
        self.actions = self.invocations = 0
        self.striker = Striker(self)
        self.interrupt: Callable[[Invocation], None] | None = None
        self.watch: Action | None = None
        self._keep, self._plans = keep, plans
        self._due: list[tuple[float, int, Action]] = []
        self._order = 0
        self._windows: dict[tuple[Fault, str], list[tuple[float, float]]] = {}
        self._afflicted: dict[tuple[Fault, str], bool] = {}
        self._pools: dict[tuple[str, bool], deque[Handler]] = {}
        self._read = lambda: self.now
        self.active = Invocation(next(iter(topology.functions.values())), {}, "", None, 0.0, 0.0, self._read)

    # Time

    def at(self, instant: float, action: Action) -> None:
        """Do the action at the instant, after all that was asked for before."""
        self._order += 1
        heapq.heappush(self._due, (instant, self._order, action))

    def run(self) -> None:
        """Do all that is due until nothing is, or an invariant is violated. Raises the mistake of a watcher."""
        due = self._due
        while due and not self.violations:
            self.now, _, action = heapq.heappop(due)
            self.actions += 1
            if self.actions > MAXIMUM_ACTIONS:
                self.violate("it does not come to rest")
            action()
            if self.watch is not None:
                self.watch()
            if self.mistake is not None:
                raise self.mistake

    def clock(self) -> float:
        """Return the time that the function under way reads, in seconds since 1970."""
        return self.now + self.active.skew

    def pause(self, longest: float) -> None:
        """Let the function under way pause: no time goes by, since what others do comes between requests anyway."""

    # What happens, and what is wrong

    def note(self, text: str, what: What = None) -> None:
        """Add a line to the trace; `what` it is about, where the text does not say all."""
        if self.trace is not None:
            self.trace.append((self.now, text))
            under_way = self.active if self.active.thread is getcurrent() else None
            self.steps.append(Step(self.now, text, what, under_way))

    def violate(self, invariant: str) -> None:
        """Say that an invariant does not hold; the schedule ends here."""
        self.violations.append(invariant)
        self.note(f"VIOLATED: {invariant}", Judged())

    def strikes(self, fault: Fault, key: str) -> bool:
        """Return whether the fault, which can strike once at this place, does."""
        rate = self.profile.rates.get(fault)
        if rate is None or self.now >= self.heals_at or self.chance.draw(f"{fault} {key}") >= rate:
            return False
        return self.disturbs(f"{fault}: {key}")

    def afflicts(self, fault: Fault, key: str) -> bool:
        """Return whether the fault meets what is named, as it does each time until all heals."""
        if self.now >= self.heals_at:
            return False
        if (fault, key) not in self._afflicted:
            self._afflicted[fault, key] = self.strikes(fault, key)
        return self._afflicted[fault, key]

    def has_afflicted(self, fault: Fault, key: str) -> bool:
        """Return whether the fault has met what is named."""
        return self._afflicted.get((fault, key), False)

    def meet(self, service: str, event_id: str) -> None:
        """Let a reaction meet an event. Raises Crash or Mistaken where a fault afflicts the two."""
        for fault in AFFLICTIONS_OF_REACTIONS:
            if fault in self.profile.rates and self.afflicts(fault, f"{service} {event_id}"):
                self.hit(f"{service} react", fault)
                raise Crash if fault is Fault.CRASH_LOOP else SimulatedMistake

    def disturbs(self, disturbance: str) -> bool:
        """Return whether a disturbance that was drawn is to happen, and list it if so."""
        if self._keep is not None and disturbance not in self._keep:
            return False
        self.disturbances.append(disturbance)
        return True

    def hit(self, step: str, fault: Fault, about: str = "") -> None:
        """Count a fault that struck a step; `about`: which delivery, where no function is under way."""
        self.faults[step, fault] += 1
        self.trouble_until(self.now)
        if self.trace is not None:
            self.note(f"  FAULT at {step}: {fault}", Struck(step, str(fault), about))

    def trouble_until(self, instant: float) -> None:
        """Note that a fault holds something up until then."""
        self.troubled_until = max(self.troubled_until, instant)

    def called_in_vain(self, fault: Fault, system: str, caller: Invocation) -> None:
        """Note a call of what is down."""
        self.vain.setdefault((fault, system, caller.function.service), []).append(self.now)

    # Windows of time

    def open_window(self, fault: Fault, what: str, start: float, end: float) -> None:
        """Let a fault that lasts be there for what is named, between two instants."""
        if self.disturbs(f"{fault}: {what} for {end - start:.0f} s from {start - START:.0f} s on"):
            self._windows.setdefault((fault, what), []).append((start, end))

    def in_window(self, fault: Fault, what: str) -> bool:
        """Return whether the fault is there now for what is named."""
        windows = self._windows.get((fault, what))
        return windows is not None and any(start <= self.now < end for start, end in windows)

    @property
    def has_windows(self) -> bool:
        """Whether something that lasts is there now."""
        return any(start <= self.now < end for windows in self._windows.values() for start, end in windows)

    def windows(self, fault: Fault, what: str) -> Sequence[tuple[float, float]]:
        """Return from when to when the fault was there for what is named."""
        return self._windows.get((fault, what), ())

    def end_of_window(self, fault: Fault, what: str) -> float:
        """Return when the fault that is there now will have gone."""
        return max(end for start, end in self._windows[fault, what] if start <= self.now < end)

    # Functions

    def invoke(
        self,
        function: FunctionSpec,
        event: dict[str, Any],
        key: str,
        records: int,
        done: Callable[[Invocation], None],
        expire: Action = lambda: None,
    ) -> None:
        """Invoke a function; `done` is called when it has returned or crashed, which may be later.

        `expire` makes its batch visible to another worker, when that is to happen while it is at work.
        """
        self.invocations += 1
        plan = self._plan(function, key, records)
        skewed = bool(self._windows) and self.in_window(Fault.CLOCK_SKEWED, function.service)
        skew = (self.chance.draw(f"skew {function.name}") - 0.5) * 600 if skewed else 0.0
        older = (
            bool(self._windows)
            and self.in_window(Fault.OLDER_VERSION, function.service)
            and self.chance.draw(f"older {key}") < 0.5
        )
        invocation = Invocation(function, event, key, plan, skew, self.now + function.timeout, self._read)
        if self.lane.is_naive:
            invocation.calls_left = 0
        if plan is not None and plan.fault is Fault.VISIBILITY_EXPIRED:
            invocation.stalled = expire
        if skewed:
            self.hit(f"{function.service} {'relay' if function.is_relay else 'consumer'}", Fault.CLOCK_SKEWED)
        if older and not function.is_relay:
            self.hit(f"{function.service} consumer", Fault.OLDER_VERSION)
        pool = self._pools.setdefault((function.name, older), deque())
        if (
            plan is not None
            and plan.fault is Fault.ENVIRONMENT_REPLACED
            and self.disturbs(f"{plan.fault}: {invocation.key}")
        ):
            self.hit(f"{function.service} consumer", plan.fault)
            pool.clear()
        handler = pool.popleft() if pool else self.lane.environment(function, older=older)

        def run() -> None:
            if self._survives(handler, invocation, event):
                pool.append(handler)
            done(invocation)

        if self._windows or (plan is not None and plan.fault in TAKE_TIME):
            greenlet(run).switch()
        else:
            run()

    def _plan(self, function: FunctionSpec, key: str, records: int) -> Plan | None:
        if self._plans is not None:
            self.points.append((key, -1))
            return self._plans.get(key)
        shares = self.profile.relay if function.is_relay else self.profile.consumer
        if not shares or self.now >= self.heals_at:
            return None
        draws = self.chance.draws(f"invocation {key}")
        if draws[0] >= shares[-1][1]:
            return None
        calls = 2 if function.is_relay else self.lane.calls_of_a_record * records
        return planned(shares, draws, calls, function.timeout)

    def _survives(self, handler: Handler, invocation: Invocation, event: dict[str, Any]) -> bool:
        """Run the handler; return whether its environment lives on: one that crashes takes its memory with it."""
        survives = True
        self.active = invocation
        plan = invocation.plan
        if self.trace is not None:
            invocation.thread = getcurrent()
        try:
            if (
                plan is not None
                and plan.fault is Fault.TIMEOUT
                and plan.call == 1
                and self.striker.hits(invocation, "begin")
            ):
                invocation.short_of_time = True
            invocation.result = handler(event, invocation)
            if plan is not None and plan.fault is Fault.CRASH and plan.call > invocation.calls:
                self.striker.crash(invocation, "acknowledge")
        except Crash:
            invocation.crashed, survives = True, False
            self.note(f"  {invocation.function.name} crashes")
        except Exception as error:
            invocation.crashed = True
            kind = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
            self.note(f"  {invocation.function.name} fails: {kind}")
            if "Records" in event or Kind.OUTAGE not in (kind_of(error), getattr(error, "kind", None)):
                self.violate(f"{invocation.function.name} fails as a whole: {kind}")
        finally:
            self.active = invocation
            invocation.thread = None
        if self._plans is not None:
            self.points[-1] = (invocation.key, invocation.calls)
        return survives

    # Requests

    def permit(self, active: Invocation, action: str, resource: str, context: Mapping[str, str] | None = None) -> None:
        """Let a call pass that the role of the function permits; any other violates an invariant."""
        if not active.function.permissions.allow(action, resource, context):
            self.violate(f"{active.function.name} may not {action} on {resource}")
            raise Refused("AccessDeniedException")

    def request(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request of the function under way. Raises Refused, NoAnswer and Crash."""
        try:
            return self._answered(operation, parameters)
        except (Refused, NoAnswer):
            raise
        except Exception as error:  # a function would take our own mistake for AWS's
            self.mistake = error
            raise

    def _answered(self, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        active = self.active
        if active.plan is None and self.interrupt is None and not self._windows:  # as nearly always
            active.calls += 1
            return self.requests[operation](active, parameters)
        return self._reach(operation, lambda active: self._at_work(active, operation, parameters))

    def _at_work(self, active: Invocation, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request unless its table is out. Raises Refused, NoAnswer and Crash."""
        if self._windows and operation in OF_DATABASE:
            service = active.function.service
            if self.in_window(Fault.DATABASE_DOWN, service):
                self.hit(f"{service} table", Fault.DATABASE_DOWN)
                self.striker.wait(active, operation)
            if self.in_window(Fault.TABLE_THROTTLED, service):
                self.hit(f"{service} table", Fault.TABLE_THROTTLED)
                raise Refused(THROTTLED)
        return self.requests[operation](active, parameters)

    def effect(self, system: str, perform: Callable[[], Result], lost: Callable[[str], Exception]) -> Result:
        """Let the function under way ask a system outside AWS. Raises what `lost` makes when no answer comes."""

        def perform_there(active: Invocation) -> Result:
            if self.in_window(Fault.PROVIDER_DOWN, system):
                self.hit(f"{active.function.service} effect", Fault.PROVIDER_DOWN)
                self.called_in_vain(Fault.PROVIDER_DOWN, system, active)
                self.striker.wait(active, "effect")
            return perform()

        try:
            return self._reach("effect", perform_there)
        except NoAnswer:
            self.note(f"  {system} does not answer")
            error = lost(system)
            self.unanswered.add(type(error).__name__)
            raise error from None

    def _reach(self, operation: str, carry_out: Callable[[Invocation], Result]) -> Result:
        active = self.active
        if self.interrupt is not None:
            self.interrupt(active)
            self.active = active
        active.calls += 1
        if active.short_of_time:
            active.calls_left -= 1
            if active.calls_left < 0:
                raise Crash
        plan = active.plan
        if plan is None or plan.call > active.calls or active.struck >= plan.times:
            return carry_out(active)
        return self.striker.carry_out(operation, carry_out, active, plan)


def instant(seconds: float) -> str:
    """Write an instant as EventBridge does: RFC 3339, UTC, to the second."""
    return rfc3339(datetime.fromtimestamp(int(seconds), UTC))[:19] + "Z"
