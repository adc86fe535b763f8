"""What a saga sends and who answers it: held against the schemas, and against what its participants declare."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ensemble.contracts.containment import Answer, closed, contained
from ensemble.contracts.findings import Finding
from ensemble.contracts.kinds import kind_of
from ensemble.contracts.profile import FORMATS, Json, with_bounds
from ensemble.contracts.reads import projection
from ensemble.contracts.schemas import Schemas
from functions.kit.envelope import LONGEST_NAME
from functions.kit.model import Reaction, Service
from functions.kit.saga import Saga
from functions.kit.saga.table import Step, names_of

REASON: Json = {"type": "string", "minLength": 1, "maxLength": 256}
"""What a saga itself says for a reason, and what whoever hears it must take."""


NAME_LENGTH = {"minLength": 1, "maxLength": LONGEST_NAME}


def misconducted(services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield what each saga asks and is not answered, and what it sends and its schema refuses."""
    for service in services:
        if isinstance(service, Saga):
            yield from _no_commands(service, services, schemas)
            yield from _otherwise_answered(service, services)
            yield from _unanswered_decisions(service, services, schemas)
            yield from _misfilled(service, schemas)


def _of(saga: Service, problem: str, fix: str) -> Finding:
    return Finding(f"functions/{saga.name}/service.py", problem, fix)


def _no_commands(saga: Saga, services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each message of a step that more than one service could hear: its schema does not say that it asks one."""
    for name in (name for one in saga.table.steps for name in (one.command, one.undo) if name in schemas.publishers):
        if kind_of(name, services, schemas) != "command":
            yield Finding(
                schemas.file(name, schemas.newest(name)),
                f"{saga.name} asks for {name}, and its schema does not say that it is a command: nothing holds it to "
                "exactly one hearer, and so to one answer",
                'let the schema say "x-kind": "command"',
            )


def _otherwise_answered(saga: Saga, services: Sequence[Service]) -> Iterator[Finding]:
    """Yield each participant that answers a step by other events than the saga waits for."""
    for one in saga.table.steps:
        for hearer, reaction in _hearers(one.command, services):
            yield from _other_answers(saga, one, hearer, reaction)
        for hearer, reaction in _hearers(one.undo, services):
            yield from _other_undo(saga, one, hearer, reaction)


def _hearers(command: str, services: Iterable[Service]) -> Iterator[tuple[Service, Reaction]]:
    return ((service, one) for service in services for one in service.subscriptions if command and one.event == command)


def _other_answers(saga: Saga, one: Step, hearer: Service, reaction: Reaction) -> Iterator[Finding]:
    if {*reaction.emits} != {one.done} or {*reaction.refusals} != {*one.refused}:
        declared = f"emits {_listed(reaction.emits)} and refuses by {_listed(reaction.refusals)}"
        yield _of(
            hearer,
            f"{hearer.name} on {one.command} {declared}, and the saga {saga.name} waits for {one.done}, or for "
            f"{_listed(one.refused)} as a refusal. Harmed: each saga that gets another answer, which waits for ever",
            f"declare emits=({one.done!r},) and refusals={one.refused!r} there, or let the step name what it declares",
        )


def _other_undo(saga: Saga, one: Step, hearer: Service, reaction: Reaction) -> Iterator[Finding]:
    if {*reaction.emits} != {one.undone} or reaction.refusals:
        yield _of(
            hearer,
            f"{hearer.name} on {one.undo} declares {_listed(reaction.publishes)}, and the saga {saga.name} waits for "
            f"{one.undone}: an undo has one answer and no refusal. Harmed: each saga that goes back, which waits for "
            "ever",
            f"declare emits=({one.undone!r},) there and no refusals: what cannot be undone now is a fault, and waits",
        )
    if reaction.compensates != one.done:
        yield _of(
            hearer,
            f"the saga {saga.name} undoes {one.done} by {one.undo}, and the reaction of {hearer.name} to it does not "
            "say that it undoes it. Harmed: whoever counts on the proof that failures are compensated",
            f'declare compensates="{one.done}" there',
        )


def _unanswered_decisions(saga: Saga, services: Sequence[Service], schemas: Schemas) -> Iterator[Finding]:
    """Yield each command that a saga waits for and would not answer when it comes too late."""
    for one in saga.table.steps:
        heard = (one.done, *one.refused) if not one.command and not one.rejects else ()
        for name in heard:
            if name in schemas.publishers and kind_of(name, services, schemas) == "command":
                yield _of(
                    saga,
                    f"{name} is a command that {saga.name} waits for at {one.name}, and at any other time nothing "
                    f"answers it. Harmed: {schemas.publishers[name]}, who would never hear what came of it",
                    f'name the event that answers it then: rejects="..." of {one.name}',
                )


# What is sent


def _misfilled(saga: Saga, schemas: Schemas) -> Iterator[Finding]:
    """Yield each message that a saga may fill otherwise than its schema says."""
    table = saga.table
    reasons = [event for one in table.steps for event in one.refused] + ([table.cancel.event] if table.cancel else [])
    for event in reasons:
        yield from _too_long(saga, event, schemas)
    source = read_of(schemas, saga.begins.event, saga.begins.reads)
    known, always = dict(source["properties"]), set(source["required"])
    for stage in table.stages:
        for one in stage:
            if one.command:
                yield from _refused(saga, one.command, filled(known, always, (table.key, *one.sends)), schemas)
            if one.undo:
                yield from _refused(saga, one.undo, _with_reason(known, table.key), schemas)
            if one.accepts:
                yield from _refused(saga, one.accepts, _decided(one, known, table.key), schemas)
            if one.rejects:
                yield from _refused(saga, one.rejects, _decided(one, known, table.key, reason=REASON), schemas)
        for one in stage:
            brought = read_of(schemas, one.done, one.keeps) if one.keeps else {"properties": {}, "required": []}
            known |= brought["properties"]
            always |= set(brought["required"]) if one.when is None else set()
    yield from _refused(saga, table.completes, filled(known, always, (table.key, *table.tells)), schemas)
    yield from _refused(saga, table.fails, _with_reason(known, table.key), schemas)
    if table.cancel is not None:
        asked = read_of(schemas, table.cancel.event, (table.key, *table.cancel.passes))
        fields = asked["properties"] | {"reason": REASON}
        said: Json = {"type": "object", "properties": fields, "required": [*asked["required"], "reason"]}
        yield from _refused(saga, table.cancel.rejects, said, schemas)


def _too_long(saga: Saga, event: str, schemas: Schemas) -> Iterator[Finding]:
    """Yield an event whose reason does not fit into what is said because of it."""
    reason = read_of(schemas, event, ("reason",))["properties"].get("reason", REASON)
    if contained(reason, REASON).answer is not Answer.YES:
        yield Finding(
            schemas.file(event, schemas.newest(event)),
            f"{saga.name} passes the `reason` of {event} on, and it may be no text of 1 to {REASON['maxLength']} "
            "characters. Harmed: each saga that ends by it, which stops with a fault",
            f'give it "minLength": 1 and "maxLength": {REASON["maxLength"]} in the schema',
        )


def read_of(schemas: Schemas, event: str, reads: Sequence[str]) -> Json:
    """Return the schema of what is read of an event; of nothing where it has none, as is found elsewhere."""
    if event not in schemas.versions:
        return {"type": "object", "properties": {}, "required": []}
    schema = with_bounds(schemas.versions[event][schemas.newest(event)])
    return _as_long(projection(schema, reads), schema)


def _as_long(read: Json, schema: Json) -> Json:
    """Return what is read with its arrays as long as their schema says: who reads them need not know, who sends them
    on must."""
    if "properties" in read:
        fields = {name: _as_long(field, schema["properties"][name]) for name, field in read["properties"].items()}
        return {**read, "properties": fields}
    return {**schema, "items": _as_long(read["items"], schema["items"])} if "items" in read else read


def filled(known: Mapping[str, Json], always: Iterable[str], names: Sequence[str]) -> Json:
    """Return the schema of a message that is filled by name from what is known."""
    fields = {name: known[name] for name in names_of(names) if name in known}
    return {"type": "object", "properties": fields, "required": [name for name in fields if name in always]}


def _with_reason(known: Mapping[str, Json], key: str) -> Json:
    return {"type": "object", "properties": {key: known.get(key, {}), "reason": REASON}, "required": [key, "reason"]}


def _decided(one: Step, known: Mapping[str, Json], key: str, **more: Json) -> Json:
    """Return the schema of what tells that a decision counts, or with its reason that it does not."""
    command, command_id = {"type": "string", "enum": [one.done, *one.refused]}, {"type": "string", **NAME_LENGTH}
    fields = {key: known.get(key, {}), "command": command, "command_id": command_id, **more}
    return {"type": "object", "properties": fields, "required": [key, "command", *more]}


def _refused(saga: Saga, event: str, sent: Json, schemas: Schemas) -> Iterator[Finding]:
    """Yield what the newest version of an event refuses of what is sent, or does not know."""
    if event not in schemas.versions:
        return  # that it has no schema is found elsewhere
    version = schemas.newest(event)
    schema = schemas.versions[event][version]
    unknown = [name for name in sent["properties"] if name not in schema["properties"]]
    if unknown:
        yield _of(
            saga,
            f"{saga.name} sends {_listed(unknown)} in {event}, and {schemas.file(event, version)} has no such field",
            "take it out of what is sent, or add it in a new version of the schema",
        )
        return
    answer = contained(closed(sent), with_bounds(schema), enforced_formats=FORMATS)
    if answer.answer is not Answer.YES:
        changes = "; ".join(f"{finding.path}: {finding.change}" for finding in answer.findings)
        yield _of(
            saga,
            f"what {saga.name} sends in {event} is not always what {schemas.file(event, version)} takes: {changes}. "
            "Harmed: each saga that comes there, which stops with a fault",
            "send what the schema requires (`sends`, `tells`), read it first (`reads`, `keeps`), or widen the schema",
        )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
