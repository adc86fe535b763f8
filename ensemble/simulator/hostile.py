"""Senders outside: those who write as their ids what they should not, those of others, or of what is to come; those who
say very much; and strangers, whose events nobody here knows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random

from ensemble.scenario import Command
from ensemble.simulator.chance import Chance
from ensemble.simulator.dead_letters import TWIN
from functions.kit.envelope import derived_id
from functions.kit.model import Doors, Service

HOSTILE = 0.1
"""How many schedules have such senders."""

TWICE = 0.05
"""How many of their commands they send with two contents."""

SESSION = "session-77"
"""One id for whatever is sent."""

HOPS = 29

LONG, LONGEST = 0.1, 900_000
"""How many of their commands have a field more that is very long, and how long: the bus takes 1 MB an event."""

STRANGER = "stranger"


def hostile(
    chance: Chance, commands: Sequence[Command], services: Iterable[Service], doors: Doors
) -> Sequence[Command]:
    """Return the commands as they are, or in a few schedules with ids that their senders have from elsewhere.

    What they ask for stays the same: no id that comes from outside makes a difference.
    """
    if chance.draw("hostile senders") >= HOSTILE:
        return commands
    made = [_with_ids(chance, command, commands, tuple(services), doors) for command in commands]
    twins = (twin for command in commands for twin in _twins(chance, command, doors))
    return [*made, *twins, *_strangers(chance, commands, doors)]


def _with_ids(
    chance: Chance, command: Command, others: Sequence[Command], services: Sequence[Service], doors: Doors
) -> Command:
    """Return a command with the ids that its sender writes."""
    which, workflow, hops, twice = chance.draws(f"ids of {command.name}")
    other = chance.one_of(f"predicted by {command.name}", others)
    ids: dict[str, object] = {}
    if twice < TWICE:
        ids["event_id"] = _twin_id(command, doors)
    elif which < 0.6:
        ids["event_id"] = SESSION
    elif which < 0.8:
        ids["event_id"] = chance.one_of(f"prediction by {command.name}", [*_to_come(other, services, doors), SESSION])
    if workflow < 0.25:
        ids["correlation_id"] = SESSION
    elif workflow < 0.5:
        ids["correlation_id"] = derived_id("workflow", _row_key(other, doors))
    if hops < 0.3:
        ids["hops"] = HOPS
    about = f"{command.type} {_row_key(command, doors)}"  # sent again with the same id it says the same
    if chance.draw(f"length of {about}") < LONG:
        ids["undeclared"] = _noise(chance, about)
    return replace(command, fields={**command.fields, **ids}, key=command.name)


def _strangers(chance: Chance, commands: Sequence[Command], doors: Doors) -> Iterator[Command]:
    """Yield events of somebody whom no service hears: only who hears everything gets them.

    Some have the id and the workflow of what others are about; two have one id, one instant and two contents.
    """
    for number in range(chance.between("strangers", 0, 2)):
        what, when, is_long, _ = chance.draws(f"stranger {number}")
        workflow = derived_id("workflow", _row_key(chance.one_of(f"known to stranger {number}", commands), doors))
        fields: dict[str, object] = {"said": {"by": STRANGER, "at": [number, None, 1.0]}}
        if what < 0.7:
            fields |= {"event_id": SESSION, "correlation_id": workflow}
        if what < 0.4:
            fields |= {"timestamp": "2026-01-01T05:30:00.5+05:30"}
        if is_long < 0.5:
            fields |= {"undeclared": _noise(chance, f"stranger {number}")}
        yield Command("ParcelSeen", STRANGER, fields, at=600 * when, key=f"ParcelSeen {number}")


def _noise(chance: Chance, name: str) -> str:
    """Return a text that compression does not make much shorter."""
    number = chance.between(f"noise of {name}", 0, 2**32)
    return Random(number).randbytes(int(chance.spread(f"size of {name}", 1_000, LONGEST)) // 2).hex()


def _twins(chance: Chance, command: Command, doors: Doors) -> Iterator[Command]:
    """Yield what has the same id as a command and comes at the same time, and says one thing more."""
    if chance.draws(f"ids of {command.name}")[3] < TWICE:
        fields = {**command.fields, "event_id": _twin_id(command, doors), "said": "one thing more"}
        yield replace(command, fields=fields, key=f"{command.name} with another content")


def _twin_id(command: Command, doors: Doors) -> str:
    return f"{TWIN}{command.type}-{_row_key(command, doors).partition('#')[2]}-{command.at:g}"


def _to_come(command: Command, services: Sequence[Service], doors: Doors) -> Iterator[str]:
    """Yield the ids of what services would publish because of a command that has the id of a session."""
    row_key = _row_key(command, doors)
    cause = derived_id("outside", command.source, command.type, row_key, SESSION)
    yield cause
    for service in services:
        for type in service.emits:
            yield derived_id("caused", cause, service.name, row_key, type, "0")


def _row_key(command: Command, doors: Doors) -> str:
    key = doors.get((command.source, command.type), "")
    return f"{key}#{command.fields.get(key)}"
