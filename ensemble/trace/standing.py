"""Where a workflow stands, and why it goes no further: from what is known of it to sentences. Pure.

What waits in a queue is hidden there, so that nobody can receive it but the consumer, when its time has come. It is
known all the same: a row says what it has not handled, a rule says which queue that comes by, SQS counts what the queue
holds, and the service's table says what is down and since when a message waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ensemble.trace.known import Circuit, DeadLetter, Drop, Happened, Known, Queue, Row, Waited
from ensemble.trace.sagas import SagaStanding, saga_of
from ensemble.trace.steps import Reception, Step, Steps, steps_of
from ensemble.trace.words import counted, listed, moment, span
from functions.kit.errors import BreakerOpen
from functions.kit.inbox import place_of
from functions.kit.model import TIMER
from functions.kit.publisher import BUS
from functions.kit.waiting import DEAD_LETTER_SUFFIX, GIVEN_UP, LONGEST_DELAY_SECONDS
from infrastructure.retention import TARGET_RETRY_SECONDS

ON_ITS_WAY_SECONDS = 60.0
"""For so long nothing is wrong with an event that is in no queue, and no row has handled: SQS's counts may lag behind
by about so much (Amazon SQS API Reference, GetQueueAttributes), and a batch may be gathered meanwhile."""

MOVING_SECONDS = 10.0
"""So long a step may take while nothing is said to be waiting."""

SWEEP_SECONDS = 180.0
"""The sweep comes each minute; that late it does not come."""


class State(StrEnum):
    """How a workflow is; `UNKNOWN` where only its rows are known, and nothing of these is left to do."""

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"
    STOPPED = "stopped"
    DROPPED = "dropped"
    UNKNOWN = "unknown"
    DONE = "done"


class Cause(StrEnum):
    """Why a workflow goes no further."""

    DEAD_LETTER = "dead letter"
    NO_RULE = "no rule"
    NO_MESSAGE = "no message"
    MESSAGE = "message"
    OUTBOX = "outbox"
    DROPPED = "dropped"
    TIMER = "timer"
    SWEEP = "sweep"
    STORE = "store"
    NOTHING = "nothing triggered"


URGENCY = tuple(Cause)


@dataclass(frozen=True, slots=True)
class Why:
    """One reason, as a sentence and as what it says.

    `event`: the one that was not handled, or is not out; None for a timer. `queue`: where its message is. `since`:
    since when. `next_at`: when what is down is asked again, or a timer is due. `next_within`: in how many seconds a
    message is tried at the latest, as a rule. `reason`: what a dead letter says, what is noted of a message that was
    sent again, or why it was dropped. `system`: what does not answer. `holds_up`: whether anything of the workflow
    comes after.
    """

    cause: Cause
    text: str
    state: State
    service: str = ""
    row: str | None = None
    event: Happened | None = None
    queue: str = ""
    since: float | None = None
    next_at: float | None = None
    next_within: float | None = None
    sent_again: int = 0
    reason: str = ""
    system: str = ""
    holds_up: bool = True


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands. `why`: the most urgent reason first. `ended_by`: the events after which nothing more comes.

    `is_undone`: whether something was undone. `sagas`: where those stand whose rows are of it.
    """

    state: State
    why: tuple[Why, ...]
    steps: Steps
    ended_by: tuple[Happened, ...]
    is_undone: bool
    sagas: tuple[SagaStanding, ...] = ()


def standing_of(known: Known) -> Standing:
    """Say where a workflow stands."""
    steps = steps_of(known)
    whys = [_why(step, known) for step in steps.steps if not step.is_done]
    whys += [*_of_rows(known), *_of_unreadable(known)]
    ended_by = tuple(_ends(known, steps))
    whys += _of_stores(known, steps) if known.stores else _of_no_store(known)
    if not whys and not ended_by and steps.events:
        whys.append(_nothing(steps))
    whys.sort(key=lambda why: (not why.holds_up, URGENCY.index(why.cause)))
    sagas = tuple(_sagas(known, steps))
    is_undone = any(step.published and step.hearing.is_compensation for step in steps.steps)
    is_undone = is_undone or any(saga.goes_back for saga in sagas)
    weighty = [why for why in whys if _matters(why, known, is_ended=bool(ended_by))]
    return Standing(_state(weighty), tuple(whys), steps, ended_by, is_undone, sagas)


def unhandled(queues: Mapping[str, Queue]) -> Iterator[str]:
    """Say where something may be of which nothing is known, given the queues that hold messages."""
    for queue, holds in queues.items():
        yield f"{counted(holds.messages, 'message')} in {queue}, of which nothing is known yet: it may be among them"


def _sagas(known: Known, steps: Steps) -> Iterator[SagaStanding]:
    events = tuple(steps.events.values())
    for row in known.rows:
        if not row.is_shared and (saga := saga_of(row, known.now, events)) is not None:
            yield saga


def _matters(why: Why, known: Known, *, is_ended: bool) -> bool:
    """Whether a reason says how the workflow is: what is to be stored yet does where nothing has ended, and what was
    dropped where it holds something up, until the workflow has ended another way."""
    match why.cause:
        case Cause.STORE:
            return not is_ended
        case Cause.DROPPED:
            return not known.is_ended and (why.holds_up or not is_ended)
    return True


def _state(whys: Sequence[Why]) -> State:
    """Return the worst that a reason says. A timer that is not due matters where nothing else is under way."""
    others = [why for why in whys if why.next_at is None or why.cause is not Cause.TIMER]
    for state in (State.FAILED, State.STOPPED, State.WAITING, State.RUNNING, State.DROPPED, State.UNKNOWN):
        if any(why.state is state for why in others or whys):
            return state
    return State.DONE


def _ends(known: Known, steps: Steps) -> Iterator[Happened]:
    """Yield the events of services that nobody answers with another one."""
    services = {hearing.service for hearing in known.hearings}
    answered = {step.event.name for step in steps.steps if step.hearing.publishes} | steps.unpublished
    for event in steps.events.values():
        is_ours = event.source in services and event.cause is not None and not event.is_timer
        if is_ours and event.name not in answered:
            yield event


# A step that is not done


def _why(step: Step, known: Known) -> Why:
    """Say what a step waits for."""
    service, event = step.hearing.service, step.event
    what = _subject(step, known)
    for letter in known.dead_letters:
        is_same = letter.content == event.content or not (letter.content and event.content)
        if (letter.service, letter.event_id) == (service, event.event_id) and is_same:
            return _dead(step, letter, known)
    for drop in reversed(known.drops):
        if (drop.service, drop.event_id) == (service, event.event_id):
            return _dropped(step, drop, known)
    if step.hearing.queue is None:
        text = (
            f"{what}: no rule sends {event.type} to {service}, which declares that it hears it. Fix: deploy {service}; "
            "`ensemble check` says what is missing"
        )
        return _made(step, Cause.NO_RULE, text, State.FAILED)
    return _in_queue(step, known, what, step.hearing.queue)


def _subject(step: Step, known: Known) -> str:
    """Say what was not done, and for how long."""
    service, event, age = step.hearing.service, step.event, span(known.now - step.event.out_at)
    if step.left:
        types = listed(one.type for one in step.left)
        return f"{service} has handled {event.type} and not noted for {age} that {types} is on the bus"
    return f"{service} has not handled {event.type}, which is {age} old"


def _dead(step: Step, letter: DeadLetter, known: Known) -> Why:
    service, event = step.hearing.service, step.event
    text = (
        f"{service} gave {event.type} up at {moment(letter.since, known.now)}: it is in {letter.queue}, until somebody "
        f"redrives it. Its reason: {letter.reason}"
    )
    return _made(step, Cause.DEAD_LETTER, text, State.FAILED, letter.queue, since=letter.since, reason=letter.reason)


def _dropped(step: Step, drop: Drop, known: Known) -> Why:
    again = ". `ensemble reconcile` has it said again" if step.left else ""
    text = (
        f"{_subject(step, known)}: it was dropped at {moment(drop.at, known.now)} by {drop.who}: {drop.why} (operation "
        f"{drop.operation}). It had been given up: {drop.reason}{again}"
    )
    return _made(step, Cause.DROPPED, text, State.DROPPED, since=drop.at, reason=drop.why)


def _in_queue(step: Step, known: Known, what: str, queue: str) -> Why:
    """Say what is known of a message in a queue that cannot be received."""
    service, event = step.hearing.service, step.event
    holds, age = known.queues.get(queue, Queue()), known.now - event.out_at
    waited = known.waited.get((service, event.digest)) if event.digest else None
    circuit = _circuit(step, known)
    if not holds.messages:
        return _in_no_queue(step, known, what, queue, waited)
    is_moving = age < MOVING_SECONDS and circuit is None and waited is None
    next_at = circuit.probe_at if circuit is not None and circuit.probe_at > known.now else None
    text = f"{what}: {_place(queue, holds, waited)}{_sent_again(waited, known)}{_tried(circuit, holds, service, known)}"
    return _made(
        step,
        Cause.OUTBOX if step.left else Cause.MESSAGE,
        text,
        State.RUNNING if is_moving else State.WAITING,
        queue,
        since=waited.since if waited else event.out_at,
        next_at=next_at,
        next_within=max(LONGEST_DELAY_SECONDS, holds.hides_for) if holds.hidden + holds.delayed else None,
        sent_again=waited.copies if waited else 0,
        reason=waited.reason if waited else "",
        system=circuit.system if circuit else "",
    )


def _in_no_queue(step: Step, known: Known, what: str, queue: str, waited: Waited | None) -> Why:
    age, again = known.now - step.event.out_at, f"send its text to {queue} once more (docs/operate.md)"
    if age < ON_ITS_WAY_SECONDS:
        text = f"{what}: it is on its way to {queue}"
        return _made(step, Cause.NO_MESSAGE, text, State.RUNNING, queue)
    nowhere = f"{what}: no message is in {queue} or in {queue}{DEAD_LETTER_SUFFIX}"
    if waited is not None and waited.copies >= GIVEN_UP:
        why = f" because of {waited.reason}" if waited.reason else ""
        text = f"{nowhere}. It was given up{why}, and somebody has purged it since. Fix: {again}"
        return _made(step, Cause.NO_MESSAGE, text, State.FAILED, queue, reason=waited.reason)
    if age < TARGET_RETRY_SECONDS and not step.left:
        text = (
            f"{nowhere}. EventBridge may still try to deliver it, for a day; or somebody has purged it. Else: {again}"
        )
        return _made(step, Cause.NO_MESSAGE, text, State.WAITING, queue)
    return _made(step, Cause.NO_MESSAGE, f"{nowhere}: somebody has purged it. Fix: {again}", State.FAILED, queue)


def _place(queue: str, holds: Queue, waited: Waited | None) -> str:
    """Say where a message is. Nobody has seen it there: that it was sent again is noted, all else follows."""
    is_in = "is" if waited else "should be"
    if holds.messages == 1:
        return f"it {is_in} the message in {queue}"
    return f"it {is_in} one of {counted(holds.messages, 'message')} in {queue}"


def _sent_again(waited: Waited | None, known: Known) -> str:
    if waited is None or waited.copies >= GIVEN_UP:
        return ""
    again = f", waits since {moment(waited.since, known.now)}, was sent again {counted(waited.copies, 'time')}"
    is_said = waited.reason.startswith(BreakerOpen.__name__)  # what is down is told anyway
    return f"{again} because of {waited.reason}" if waited.reason and not is_said else again


def _tried(circuit: Circuit | None, holds: Queue, service: str, known: Known) -> str:
    """Say when a message of a queue is tried next."""
    if circuit is not None:
        again = "by whichever message is tried next"
        if circuit.probe_at > known.now:
            again = f"at {moment(circuit.probe_at, known.now)}"
        return (
            f". {circuit.system} does not answer {service} ({counted(circuit.failures, 'failure')} in a row) and is "
            f"asked again {again}"
        )
    if not holds.hidden + holds.delayed:
        return (
            f". Nobody has received it yet. If that lasts: look whether the function of {service} starts, and whether "
            "the queue's mapping is on"
        )
    hidden = f"hidden until it is tried again, within {LONGEST_DELAY_SECONDS} s"
    if holds.hides_for > LONGEST_DELAY_SECONDS:
        hidden += f", or {span(holds.hides_for)} where the function gave no answer"
    return f", of which {holds.visible} can be received and the others are {hidden}" if holds.visible else f", {hidden}"


def _circuit(step: Step, known: Known) -> Circuit | None:
    """Return what is down of what the step needs; what an effect asks, before the bus."""
    needed = (BUS,) if step.left else (*step.hearing.systems, BUS)
    open_ones = {one.system: one for one in known.circuits.get(step.hearing.service, ())}
    return next((open_ones[system] for system in needed if system in open_ones), None)


def _made(
    step: Step,
    cause: Cause,
    text: str,
    state: State,
    queue: str = "",
    *,
    since: float | None = None,
    next_at: float | None = None,
    next_within: float | None = None,
    sent_again: int = 0,
    reason: str = "",
    system: str = "",
) -> Why:
    if step.reception is Reception.REFUSED and cause not in (Cause.DEAD_LETTER, Cause.DROPPED):
        text = f"{text}. Another event with its id was handled: this one is refused, when it is received"
    return Why(
        cause,
        text,
        state,
        step.hearing.service,
        step.row,
        step.event,
        queue,
        since,
        next_at,
        next_within,
        sent_again,
        reason,
        system,
        holds_up=bool(step.hearing.publishes),
    )


# Timers, stores, and what nothing has triggered


def _of_rows(known: Known) -> Iterator[Why]:
    """Yield the timers that rows wait for."""
    for row in known.rows:
        if row.due_at is not None and row.service in known.timers and not row.is_shared:
            why = _timer(row, row.due_at, known)
            saga = saga_of(row, known.now)
            yield why if saga is None else _of_saga(saga, why, row.due_at, known.now)


def _timer(row: Row, due_at: float, known: Known) -> Why:
    service, queue = row.service, known.timers[row.service].queue
    if due_at > known.now:
        text = f"{service} wakes {row.key} by its timer at {moment(due_at, known.now)}"
        return Why(Cause.TIMER, text, State.WAITING, service, row.key, None, queue, None, due_at)
    late = f"the timer of {row.key} of {service} was due at {moment(due_at, known.now)}"
    for letter in known.dead_letters:
        if letter.service == service and letter.type == TIMER and letter.row == row.key:
            text = f"{late}, and {service} gave it up: it is in {letter.queue}. Its reason: {letter.reason}"
            return Why(
                Cause.DEAD_LETTER,
                text,
                State.FAILED,
                service,
                row.key,
                queue=letter.queue,
                since=letter.since,
                reason=letter.reason,
            )
    swept, holds = known.timers[service].swept_until, known.queues.get(queue, Queue())
    if known.now - due_at > SWEEP_SECONDS and (swept is None or known.now - swept > SWEEP_SECONDS):
        last = "never came" if swept is None else f"came last at {moment(swept, known.now)}"
        text = f"{late}, and the sweep that sends timers {last}. Fix: look whether the function of {service} starts"
        return Why(Cause.SWEEP, text, State.FAILED, service, row.key, None, queue, due_at)
    if swept is None or swept < due_at or not holds.messages:
        text = f"{late}: the sweep, which comes each minute, sends it to {queue}"
    else:
        text = f"{late}: the sweep has sent it to {queue}, which holds {counted(holds.messages, 'message')}"
    return Why(Cause.TIMER, text, State.RUNNING, service, row.key, None, queue, due_at, next_within=60.0)


def _of_saga(saga: SagaStanding, why: Why, due_at: float, now: float) -> Why:
    """Say of a saga's timer what it is for."""
    if why.cause is not Cause.TIMER:
        return why
    names = listed(saga.waits_for)
    if saga.goes_back and due_at <= now:
        text = (
            f"{saga.service} waits for long until {names} answers, and an undo is never given up: look at its service"
        )
        return replace(why, text=text, state=State.WAITING)
    if due_at <= now:
        return why
    then = "an alarm rings" if saga.goes_back else f"{saga.service} undoes what was done"
    text = f"{saga.service} waits for {names}. Without an answer {then} at {moment(due_at, now)}"
    return replace(why, text=text)


def _of_no_store(known: Known) -> Iterator[Why]:
    """Yield what is not known where nothing stores events, and in which queues it may be."""
    text = (
        "no service of this project stores every event (`on_every_event()`), so that nothing is known but rows and "
        "dead letters"
    )
    yield Why(Cause.STORE, text, State.UNKNOWN, holds_up=False)
    full = {queue: holds for queue, holds in known.queues.items() if holds.messages}
    for queue, text in zip(full, unhandled(full), strict=True):
        yield Why(Cause.STORE, text, State.UNKNOWN, queue=queue, holds_up=False)


def _of_stores(known: Known, steps: Steps) -> Iterator[Why]:
    """Yield why something of the workflow may be missing here."""
    is_missing = any(not event.is_stored for event in steps.events.values() if not event.is_timer)
    if not steps.events:
        text = "no event of it is stored, so that nothing is known but its rows"
        yield Why(Cause.STORE, text, State.UNKNOWN, holds_up=False)
    for row in known.rows:
        unknown = len(row.inbox.keys() - {place_of(event.event_id) for event in steps.events.values()})
        if unknown and steps.events and not row.is_shared:
            or_timers = ", or timers that changed nothing" if row.service in known.timers else ""
            text = (
                f"{row.service} has handled {counted(unknown, 'event')} of {row.key} that are not here: not stored "
                f"yet, or under another workflow{or_timers}"
            )
            yield Why(Cause.STORE, text, State.RUNNING, row.service, row.key, holds_up=False)
    for queue, holds in known.stores.items():
        if holds.messages and (not steps.events or is_missing or _is_unfinished(steps)):
            text = (
                f"{counted(holds.messages, 'message')} in {queue} are to be stored yet: what happened last may be "
                "missing here"
            )
            yield Why(Cause.STORE, text, State.RUNNING, queue=queue, holds_up=False)


def _of_unreadable(known: Known) -> Iterator[Why]:
    """Yield which stored events are missing here since they cannot be read."""
    for one in known.unreadable:
        text = (
            f"the stored event {one.position} of {one.workflow} cannot be read ({one.fault}): somebody has written it "
            f"otherwise, and what it says is missing here. Fix: write it anew in {one.table}, or delete it there"
        )
        yield Why(Cause.STORE, text, State.UNKNOWN, holds_up=False)


def _is_unfinished(steps: Steps) -> bool:
    """Whether something may have been published that is not known."""
    return any(
        step.reception is Reception.HANDLED and step.hearing.publishes and not step.published for step in steps.steps
    )


def _nothing(steps: Steps) -> Why:
    """Say where it stopped: what was handled last by somebody who could have gone on."""
    able = [step for step in steps.steps if step.hearing.publishes and not step.published]
    *_, last = steps.events.values()
    if not able:
        text = f"nothing is on its way, and nobody hears {last.type}, which was last"
        return Why(Cause.NOTHING, text, State.STOPPED, event=last)
    step = able[-1]
    service, type = step.hearing.service, step.event.type
    did = f"{service} has handled {type} and published nothing"
    if step.reception is Reception.FORGOTTEN:
        did = f"{service} does not remember whether it handled {type}"
    text = f"nothing is on its way: {did}. What could have come next: {listed(step.hearing.publishes, 'or')}"
    return Why(Cause.NOTHING, text, State.STOPPED, step.hearing.service, step.row, step.event)
