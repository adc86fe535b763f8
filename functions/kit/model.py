"""What a service is: reactions to events, and the decisions they make. Pure: standard library only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from functions.kit.amounts import counters, totals_of
from functions.kit.errors import ServiceMisdeclared, StateRefused, StateUnreadable, UndeclaredRead
from functions.kit.needs import Permission, Setting, settings_in
from functions.kit.states import AS_THEY_ARE, SENSITIVE, is_marked, meant, reader, stored_types

EVERY_EVENT = "*"
"""The event name of a reaction that hears all that is on the bus, and reads all of it."""

TIMER = "timer"
"""The event name of a reaction to a timer that a row has asked for (see `Service`), raised by the service's sweep."""

INDEX = "index"
"""The name of the index of a table that lists rows: those that want a timer, and those that were begun."""

FIRST_VERSION = 1
"""The version of a state that says none."""

RESERVED_KEYS = ("counter", "kit", "totals")
"""What the keys of items begin with that are no workflow's, and so no service's key may be."""

ENVELOPE = ("event_id", "type", "version", "timestamp", "correlation_id", "causation_id", "hops")
"""The fields that the kit gives every event, beside its business fields."""

EXTERNAL_ID = "external_id"
"""The field in which an event from outside has the id that its sender wrote."""

TRACEPARENT = "traceparent"
"""The field in which an event has its trace, where that is recorded (W3C Trace Context, level 1)."""

KIT_FIELDS = (*ENVELOPE, EXTERNAL_ID, TRACEPARENT)
"""All fields of an event that are the kit's to write: no business field has such a name."""

Kept = TypeVar("Kept")
Sensitive = Annotated[Kept, SENSITIVE]
"""A field of a state that `ensemble forget` erases, as `x-sensitive` says it of an event's: `email: Sensitive[str]`.
To mypy, and when a state is read, it is the type itself."""

Doors = Mapping[tuple[str, str], str]
"""Which events come from outside: the field that finds the row of each, by source and type."""


@dataclass(frozen=True, slots=True)
class Event:
    """What a reaction is handed: who and when, and only the fields that it declares in `reads`.

    `external_id`: the id that its sender wrote, of an event from outside; None if there was none. An answer names it.
    """

    event_id: str
    type: str
    timestamp: str
    correlation_id: str
    fields: Mapping[str, Any]
    external_id: str | None = None

    def __getitem__(self, name: str) -> Any:
        """Return the field. Raises UndeclaredRead when it is absent: not declared, or optional and not sent."""
        if name not in self.fields:
            raise UndeclaredRead(
                f"{self.type} was handed to the reaction without the field {name!r}: add it to `reads`"
            )
        return self.fields[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Return an optional field, or `default` when the event came without it."""
        return self.fields.get(name, default)

    def later(self, delay: timedelta) -> str:
        """Return the instant `delay` after this event, RFC 3339 in UTC."""
        return rfc3339(datetime.fromisoformat(self.timestamp) + delay)


def rfc3339(instant: datetime) -> str:
    """Write an aware UTC datetime as RFC 3339 with milliseconds, so that text order is time order."""
    return instant.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Publication:
    """An event to publish: its type and its business fields; the envelope is added at commit."""

    type: str
    fields: Mapping[str, Any]


class Publish:
    """Says what shall be published: `publish.ParcelStored(locker_id=...)`, with the business fields by their names.

    A field that is None is left out: null of an optional field is absence. To mypy each service has a `publish` of its
    own, in its `events.pyi`: one method for each event that it may publish, typed by the schema. At run time it is
    this one, and the name of the event may also be its first argument.
    """

    def __call__(self, type: str, /, **fields: Any) -> Publication:
        """Return the publication. Raises ServiceMisdeclared when a field is of the envelope, which the kit writes."""
        if not fields.keys().isdisjoint(KIT_FIELDS):
            taken = sorted(fields.keys() & {*KIT_FIELDS})
            raise ServiceMisdeclared(f"{type} is published with {taken} of the envelope")
        return Publication(type, {name: value for name, value in fields.items() if value is not None})

    if not TYPE_CHECKING:

        def __getattr__(self, type: str) -> Callable[..., Publication]:
            if not type[:1].isupper():  # no event's name, but one that Python or a tool looks for
                raise AttributeError(type)
            made = self.__dict__[type] = partial(self, type)  # the next time it is found without coming here
            return made


publish = Publish()


@dataclass(frozen=True, slots=True)
class Index:
    """Where a row is listed beside its key: a partition and a position in it, sorted as text."""

    partition: str
    position: str


class Decision:
    """What a reaction decides: the new state and what shall happen with it, committed in one write.

    `publications`: events to publish. `takes` / `gives`: whole numbers to subtract from and add to the
    service's named counters, all or nothing; when a counter holds less than is taken, `otherwise` is
    decided instead. `totals`: whole numbers to add to the service's named totals, by item and name: those of one item
    are kept together, and nothing is ever taken from them. What of these names is no letter, digit or `._:-` is
    written as %XX, but for the first `#` of a counter's, before which stands its kind: `stock#<sku>`. `effect`:
    something outside DynamoDB, done by the handler's adapter between two commits; its outcome is handed to
    `then(state, event, outcome)`, whose decision is the final one. Raises AmountRefused for an amount that is no whole
    number from 0 on, or a name that is too long.
    """

    effect: Any

    __slots__ = ("effect", "gives", "otherwise", "publications", "state", "takes", "then", "totals")

    def __init__(
        self,
        state: Any,
        *publications: Publication,
        takes: Mapping[str, int] | None = None,
        gives: Mapping[str, int] | None = None,
        totals: Mapping[str, Mapping[str, int]] | None = None,
        otherwise: Decision | None = None,
        effect: Any = None,
        then: Callable[[Any, Any, Any], Decision] | None = None,
    ) -> None:
        if (effect is None) != (then is None):
            raise ServiceMisdeclared("a decision with an effect needs `then`, and only such a decision has one")
        if effect is not None and (publications or takes or gives or totals):
            raise ServiceMisdeclared("a decision with an effect is an intent: it publishes and moves nothing yet")
        if otherwise is not None and otherwise.effect is not None:
            raise ServiceMisdeclared("`otherwise` is committed at once: it has no effect")
        self.state = state
        self.publications = publications
        self.takes = counters(takes, "takes")
        self.gives = counters(gives, "gives")
        self.totals = totals_of(totals)
        self.otherwise = otherwise
        self.effect = effect
        self.then = then


def unchanged(state: Any) -> Decision:
    """Decide that the event changes nothing; it is remembered as handled, unless the row is crowded.

    A command is answered all the same: `Decision(state, publish.<Command>Refused(...))`.
    """
    return Decision(state)


React = Callable[[Any, Any], Decision]
"""A pure function of the state and the event, which is an `Event` or the generated view of one."""


LONGEST_BATCHING_SECONDS = 300
"""Of an event source mapping (AWS Lambda API Reference, CreateEventSourceMapping, MaximumBatchingWindowInSeconds)."""

Upcast = Callable[[dict[str, Any]], dict[str, Any]]
"""A pure function from a state's fields as one version stored them to those of the next version."""

Effects = Mapping[Any, type | None]
"""The kinds of effects that decisions may ask for (their classes), each with the type of its outcome, if it has one."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """One row of a service's table: the event, the pure function, what it reads and what it may emit."""

    event: str
    react: React
    reads: tuple[str, ...] = ()
    emits: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    effects: Effects = field(default_factory=dict, hash=False)
    compensates: str | None = None
    pivot: bool = False
    irreversible: str | None = None
    hop_bound: int | None = None
    key: str | None = None
    replay: bool = False
    patience: timedelta | None = None
    tries: int | None = None
    begins: bool = False

    @property
    def publishes(self) -> tuple[str, ...]:
        """All events that it may publish."""
        return self.emits + self.refusals


def on(
    event: str,
    react: React,
    *,
    reads: tuple[str, ...],
    emits: tuple[str, ...] = (),
    refusals: tuple[str, ...] = (),
    effects: Effects | None = None,
    compensates: str | None = None,
    pivot: bool = False,
    irreversible: str | None = None,
    hop_bound: int | None = None,
    key: str | None = None,
    replay: bool = False,
    patience: timedelta | None = None,
    tries: int | None = None,
    begins: bool = False,
) -> Reaction:
    """React to `event`.

    `reads`: the fields handed to the reaction, nested ones as paths (`lines[].name`), with a `?` after what
    the event may come without (`coupon?`). `emits`: the events it may publish; `refusals`: those by which it
    refuses, so that what was done before is to be undone. `effects`: the effects that its decisions may ask for,
    each with the type of its outcome; None for one that has no outcome. `compensates`: the event of this service
    that it undoes. `pivot`: after what it emits the workflow only goes forward. `irreversible`: why what it emits
    needs no undoing. `hop_bound`: how many hops an event may have made, where it closes a cycle on purpose.
    `key`: the field that finds the row, when it is not the service's. `replay`: also hear replayed events, on
    the replay lane; such a reaction publishes nothing and has no effects. `patience`: how long the event may wait for
    what must come first, or for what is down, before it goes to the DLQ; None: as long as a queue can keep it. `tries`:
    how often it is tried when it meets a fault that nobody declared; None: five times. `begins`: the event usually is
    the first of its row, which is then written without having been read. Raises ServiceMisdeclared when a text stands
    where a tuple is meant, when a number is none, or when a reaction that hears replays publishes or has effects.
    """
    for name, given in (("reads", reads), ("emits", emits), ("refusals", refusals)):
        if isinstance(given, str):
            raise ServiceMisdeclared(f'the reaction to {event} needs a comma: {name}=("{given}",)')
    _check_published(event, emits, refusals)
    _check_policy(event, patience, tries)
    if replay and (emits or refusals or effects):
        raise ServiceMisdeclared(
            f"the reaction to {event} hears replays, and publishes or has effects: what is past would happen once "
            "more. Fix: leave out `replay`, or let another service count what it hears"
        )
    return Reaction(
        event,
        react,
        reads,
        emits,
        refusals,
        effects or {},
        compensates,
        pivot,
        irreversible,
        hop_bound,
        key,
        replay,
        patience,
        tries,
        begins,
    )


def _check_published(event: str, emits: tuple[str, ...], refusals: tuple[str, ...]) -> None:
    both = sorted({*emits} & {*refusals})
    if both:
        raise ServiceMisdeclared(
            f"the reaction to {event} declares {', '.join(both)} in `emits` and in `refusals`: whether others have to "
            "undo then cannot be both. Fix: take it out of one of them"
        )


def _check_policy(event: str, patience: timedelta | None, tries: int | None) -> None:
    if patience is not None and patience <= timedelta():
        raise ServiceMisdeclared(
            f"the reaction to {event} has a patience of {patience}: it must be longer than nothing"
        )
    if tries is not None and tries < 1:
        raise ServiceMisdeclared(f"the reaction to {event} has {tries} tries: it needs 1 or more")


def on_every_event(*, replay: bool = False) -> Reaction:
    """Store all that is on the bus, as it is and unchecked: each event once, under its workflow, in order of time."""
    return Reaction(EVERY_EVENT, lambda state, event: unchanged(state), reads=(EVERY_EVENT,), replay=replay)


def on_timer(
    react: React,
    *,
    emits: tuple[str, ...] = (),
    refusals: tuple[str, ...] = (),
    effects: Effects | None = None,
    compensates: str | None = None,
    irreversible: str | None = None,
    patience: timedelta | None = None,
    tries: int | None = None,
) -> Reaction:
    """React when the timer of a row is due (see `Service`); a sweep each minute looks for such rows.

    The event is handed over with the key of the row only. What is decided must not want the same timer again, nor an
    earlier one. All else as in `on`.
    """
    _check_published(TIMER, emits, refusals)
    _check_policy(TIMER, patience, tries)
    return Reaction(
        TIMER,
        react,
        emits=emits,
        refusals=refusals,
        effects=effects or {},
        compensates=compensates,
        irreversible=irreversible,
        patience=patience,
        tries=tries,
    )


LONGEST_WITHIN = timedelta(minutes=90)
"""What comes due is counted at the instant at which it does, as soon as it is known; CloudWatch takes no metric that is
two hours ahead (Amazon CloudWatch User Guide, "Specification: Embedded metric format", Timestamp)."""

LEAST_SHARE = 0.95
"""Of a lower one the alarms could not say that too much is late: all would have to be."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """What a service promises of the workflows that start and end with it: 95% of orders end within 60 s.

    `starts`: the event that begins one, which the service hears. `done` and `undone`: the events that it publishes when
    one has come to its end, or what was done is undone. `within`: how long one may take from the instant that the first
    event says, at most LONGEST_WITHIN. `share`: how many of all end in that time, LEAST_SHARE or more and below 1.
    Raises ServiceMisdeclared.
    """

    starts: str
    done: tuple[str, ...]
    within: timedelta
    undone: tuple[str, ...] = ()
    share: float = LEAST_SHARE

    def __post_init__(self) -> None:
        if isinstance(self.done, str) or isinstance(self.undone, str):
            raise ServiceMisdeclared(f'the workflow of {self.starts} needs a comma: done=("{self.done}",)')
        if not timedelta() < self.within <= LONGEST_WITHIN:
            raise ServiceMisdeclared(
                f"the workflow of {self.starts} may take {self.within}. Fix: more than nothing, and {LONGEST_WITHIN} "
                "at most, as it is counted ahead"
            )
        if not LEAST_SHARE <= self.share < 1:
            raise ServiceMisdeclared(
                f"of the workflows of {self.starts} {self.share!r} are to end in time. Fix: take {LEAST_SHARE} or "
                "more, and less than 1: of all none could be late"
            )

    @property
    def ends(self) -> tuple[str, ...]:
        """The events that end one, however."""
        return self.done + self.undone


def system_of(effect: type) -> str:
    """Return the system outside that effects of this kind are asked of: `system` of the class, or else its name.

    Kinds that ask the same system name the same, and so wait together while it is down.
    """
    return str(getattr(effect, "system", effect.__name__))


@dataclass(frozen=True, slots=True)
class Service:
    """A service: the one literal table that rules, permissions, dispatch and graph are derived from.

    `key`: the event field whose value finds the row; it and `state` are left out by a service that only stores
    events (`on_every_event`), which has no rows. `state`: the dataclass that a row's state is read
    into. `upcast_state`: for each version of the state from 2 on, the function that makes its stored fields from those
    of the version before; the highest one is written. `timer`: the instant (RFC 3339, UTC) at which a row with this
    state wants its timer raised, or None.
    It is derived from the state, so that it cannot disagree with it. `terminal`: the events it publishes for whoever
    may want them, though no service here reacts. `topics`: SNS topics that its effects may publish to. `forgets`: how
    long after its last change a row with this state may go; None: never. No row goes before its timer was due, nor
    before the events that it handled can no longer be delivered again.
    `settings`: the frozen dataclass of what its handler needs to know, whose fields are str, int, float, bool or
    Secret. `permissions`: what its handler may do in AWS. `memory_megabytes`, `timeout_seconds`, `maximum_concurrency`
    (workers for each queue): of its consumer; None: as the stage says. `batching_seconds`: how long Lambda may wait for
    more events before it calls the consumer: fewer calls and writes, and each event comes that much later.
    `workflow`: what it promises of the workflows that start and end with it; alarms hold it to that. `status`: the
    fields of its state that callers of the front door may read: texts, numbers and booleans, none of them sensitive.
    Raises ServiceMisdeclared when two reactions are on the same event, a compensation undoes nothing, a
    reaction to every event is not the only one, a timer has no reaction or the other way round, or an event is
    terminal that is never published, a key begins like the kit's own, a state has a field that could not be read back,
    a version of it is left out, or a `status` field cannot be shown.
    """

    name: str
    key: str = ""
    state: type[Any] = NoneType
    reactions: tuple[Reaction, ...] = ()
    upcast_state: Mapping[int, Upcast] = field(default_factory=dict, hash=False)
    timer: Callable[[Any], str | None] | None = None
    terminal: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    forgets: Callable[[Any], timedelta | None] | None = None
    settings: type[Any] | None = None
    permissions: tuple[Permission, ...] = ()
    memory_megabytes: int | None = None
    timeout_seconds: int | None = None
    maximum_concurrency: int | None = None
    batching_seconds: int = 0
    workflow: Workflow | None = None
    status: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.batching_seconds <= LONGEST_BATCHING_SECONDS:
            raise ServiceMisdeclared(
                f"the batching_seconds of {self.name} are {self.batching_seconds!r}. Fix: take 0 to "
                f"{LONGEST_BATCHING_SECONDS}"
            )
        if isinstance(self.permissions, Permission):
            raise ServiceMisdeclared(f"the permissions of {self.name} need a comma: permissions=(Permission(...),)")
        settings_in(self.settings, self.name)
        self._check_workflow()
        events = [reaction.event for reaction in self.reactions]
        for event in events:
            if events.count(event) > 1:
                raise ServiceMisdeclared(f"{self.name} has two reactions on {event}")
        if EVERY_EVENT in events and len(events) > 1:
            raise ServiceMisdeclared(f"{self.name} hears every event, unchecked, and so can have no other reaction")
        if (TIMER in events) != (self.timer is not None):
            raise ServiceMisdeclared(f"{self.name} needs both: a reaction on_timer(...), and `timer` to say when")
        if self.stores_events and (self.key or self.state is not NoneType):
            raise ServiceMisdeclared(
                f"{self.name} stores every event and has no rows. Fix: leave out `key` and `state`"
            )
        if not self.stores_events and not self.key:
            raise ServiceMisdeclared(f"{self.name} has no `key`. Fix: name the event field whose value finds a row")
        if self.timer is not None and self.key in ENVELOPE:
            raise ServiceMisdeclared(
                f"{self.name} has a timer and finds its rows by {self.key!r} of the envelope, and the event of a timer "
                "has an envelope of its own: it would not find its row. Fix: take a business field as `key`"
            )
        for key in (self.key, *(reaction.key for reaction in self.reactions)):
            if key in RESERVED_KEYS:
                raise ServiceMisdeclared(
                    f"{self.name} has the key {key!r}, as the kit's own rows begin. Fix: call the event field otherwise"
                )
        if is_dataclass(self.state):
            reader(self.state, self.name)
        self._check_upcasts()
        self._check_status()
        if self.sweeps and any(reaction.replay for reaction in self.reactions):
            raise ServiceMisdeclared(
                f"{self.name} has timers and hears replays: what is past would come due once more. Fix: leave out "
                "`replay`, or let another service count what it hears"
            )
        for reaction in self.reactions:
            if reaction.compensates is not None and reaction.compensates not in self.emits:
                raise ServiceMisdeclared(
                    f"{self.name} compensates {reaction.compensates}, which no reaction of it declares: nothing would "
                    f"be undone. Fix: declare {reaction.compensates} in `emits` of the reaction that publishes it, or "
                    "correct the name"
                )
        for event in self.terminal:
            if event not in self.emits:
                raise ServiceMisdeclared(
                    f"{self.name} declares {event} terminal, and no reaction of it declares that it publishes it. Fix: "
                    f"declare {event} in `emits` or `refusals` of the reaction that does, or take it out of `terminal`"
                )

    def _check_workflow(self) -> None:
        if self.workflow is None:
            return
        starts, ends = self.workflow.starts, self.workflow.ends
        if starts not in (reaction.event for reaction in self.subscriptions):
            raise ServiceMisdeclared(
                f"{self.name} declares a workflow that starts with {starts}, to which it has no reaction. Fix: declare "
                "the workflow at a service that hears its first event and publishes its last"
            )
        for event in ends:
            if event not in self.emits:
                raise ServiceMisdeclared(
                    f"{self.name} declares that a workflow ends with {event}, and no reaction of it declares that it "
                    "publishes it. Fix: correct the name"
                )

    def _check_status(self) -> None:
        types = stored_types(self.state, are_marked=True) if self.status and is_dataclass(self.state) else {}
        for name in self.status:
            hint = meant(types.get(name, NoneType))
            if is_marked(hint):
                raise ServiceMisdeclared(
                    f"{self.name} would show {name} of its state by its `status`, and {name} is sensitive. "
                    "Fix: take it out of `status`"
                )
            if hint not in AS_THEY_ARE or hint is NoneType:
                raise ServiceMisdeclared(
                    f"{self.name} declares {name!r} in its `status`, which is no text, number or boolean of its state. "
                    "Fix: name a field of the state that is one"
                )

    def _check_upcasts(self) -> None:
        if self.upcast_state and not is_dataclass(self.state):
            raise ServiceMisdeclared(f"{self.name} has `upcast_state` and no state to upcast")
        versions = sorted(self.upcast_state)
        if versions and versions != list(range(max(versions[0], FIRST_VERSION + 1), versions[-1] + 1)):
            raise ServiceMisdeclared(
                f"the upcast_state of {self.name} leads to the versions {versions}. Fix: number them from "
                f"{FIRST_VERSION + 1} on, one after the other"
            )

    @property
    def state_version(self) -> int:
        """The version in which its states are written: 1 until there is another shape to upcast to."""
        return max(self.upcast_state, default=FIRST_VERSION)

    def upcast(self, stored: Any, version: int) -> Any:
        """Return the stored fields of a state in the newest shape, given the version that they were written in.

        Raises StateUnreadable when that is a newer one than this service knows, or when no function leads from it.
        """
        newest = self.state_version
        if version > newest:
            raise StateUnreadable(
                f"the state was written in version {version}, and this {self.name} knows {newest}: a newer one reads it"
            )
        for step in range(version + 1, newest + 1):
            if step not in self.upcast_state:
                raise StateUnreadable(
                    f"the state was written in version {version}, and no upcast_state makes {step} of it"
                )
            stored = self.upcast_state[step](stored)
        return stored

    @property
    def declared_settings(self) -> tuple[Setting, ...]:
        """The fields of its settings."""
        return settings_in(self.settings, self.name)

    @property
    def emits(self) -> tuple[str, ...]:
        """The events this service may publish, sorted."""
        return tuple(sorted({event for reaction in self.reactions for event in reaction.publishes}))

    def may_publish(self, reaction: Reaction) -> tuple[str, ...]:
        """Return the events that a reaction may publish, whatever the row is: those that it declares."""
        return reaction.publishes

    @property
    def effects(self) -> tuple[type, ...]:
        """The kinds of effects that its decisions may ask for, each once."""
        return tuple(dict.fromkeys(effect for reaction in self.reactions for effect in reaction.effects))

    @property
    def subscriptions(self) -> tuple[Reaction, ...]:
        """The reactions that hear the bus: all but the one to the timer."""
        return tuple(reaction for reaction in self.reactions if reaction.event != TIMER)

    @property
    def sweeps(self) -> bool:
        """Whether the service needs a regular look for timers that are due."""
        return self.timer is not None

    @property
    def stores_events(self) -> bool:
        """Whether it stores every event and keeps no rows: no reaction of it decides anything."""
        return any(reaction.event == EVERY_EVENT for reaction in self.reactions)

    @property
    def handles_together(self) -> bool:
        """Whether the events of a batch may wait for each other: nothing is asked for outside DynamoDB."""
        return not self.effects and not self.stores_events

    def due_at(self, state: Any) -> str | None:
        """When a row with this state wants its timer, RFC 3339 in UTC. Raises StateRefused when that is no instant."""
        instant = None if state is None or self.timer is None else self.timer(state)
        if instant is None:
            return None
        try:
            wanted = datetime.fromisoformat(instant)
            if wanted.tzinfo is None:
                raise ValueError(instant)
            return rfc3339(wanted.astimezone(UTC))
        except (ValueError, TypeError, OverflowError):
            raise StateRefused(
                f"the timer of {self.name} is no instant: write it as RFC 3339, with an offset"
            ) from None

    def lifetime(self, state: Any) -> timedelta | None:
        """How long after its last change a row with this state may go; None: never.

        A row without a state only remembers what it handled.
        """
        if state is None:
            return timedelta()
        return None if self.forgets is None else self.forgets(state)

    def key_of(self, reaction: Reaction) -> str:
        """The event field that finds the row of this reaction."""
        return reaction.key or self.key
