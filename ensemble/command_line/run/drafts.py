"""Commands to put on the bus: from an example and what was typed, checked against the event's schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import fastjsonschema

from ensemble.command_line.errors import UsageRefused
from ensemble.command_line.run.fields import with_fields
from ensemble.command_line.run.unheard import nearest
from ensemble.contracts.containment import closed
from ensemble.contracts.forms import shape_of
from ensemble.contracts.profile import ENFORCED
from ensemble.contracts.schemas import DRAFT_4, ENVELOPE, Schemas, detail_schema
from ensemble.scenario import Command
from ensemble.scenario.generated import filled_in
from functions.kit.contracts import meant
from functions.kit.envelope import completed

OF_ITS_HEARERS = ("correlation_id", "causation_id", "hops")
"""What of its envelope a command is given where it is heard."""


class FieldRefused(UsageRefused):
    """Raised when the schema does not allow a field. `path`: such as `lines[0].name`, empty for the whole; `missing`:
    what is needed there; `rule`: what it breaks, without the place."""

    def __init__(self, text: str, path: str, missing: tuple[str, ...], rule: str) -> None:
        super().__init__(text)
        self.path, self.missing, self.rule = path, missing, rule


@dataclass(frozen=True, slots=True)
class Stamp:
    """What makes one command another than the next: its id on the bus, its instant (RFC 3339), a short text."""

    bridge_id: str
    time: str
    unique: str


def drafted(type: str, start: Callable[[str], dict[str, Any]], assignments: list[str], schemas: Schemas) -> Command:
    """Return the command as typed, from the fields that `start` gives for its type. Raises UsageRefused."""
    if type not in schemas.publishers:
        raise UsageRefused(_unknown(type, schemas))
    return Command(type, schemas.publishers[type], with_fields(start(type), assignments, _schema(type, schemas)))


def finished(draft: Command, stamps: Iterable[Stamp], schemas: Schemas) -> list[Command]:
    """Return one command for each stamp, with an id, its version and time, and its unique texts.

    Whoever hears it gives it the rest of its envelope. Raises UsageRefused, naming the field and the rule, when the
    schema does not allow it.
    """
    version, schema = schemas.newest(draft.type), _schema(draft.type, schemas)
    check, shape = _validator(schema), shape_of(schema)
    commands = []
    for stamp in stamps:
        fields = filled_in(draft.fields, stamp.unique)
        bridge_event = {"id": stamp.bridge_id, "source": draft.source, "detail-type": draft.type, "time": stamp.time}
        detail = meant(completed(bridge_event | {"detail": fields}, version, {}), shape)
        check(draft.type, detail)
        sent = {name: detail[name] for name in detail if name in fields or name not in OF_ITS_HEARERS}
        commands.append(Command(draft.type, draft.source, sent))
    return commands


def _schema(type: str, schemas: Schemas) -> dict[str, Any]:
    version = schemas.newest(type)
    return detail_schema(type, schemas.versions[type][version], version)


def _validator(schema: dict[str, Any]) -> Callable[[str, Mapping[str, Any]], None]:
    validate = fastjsonschema.compile({"$schema": DRAFT_4, **closed(schema)}, formats=dict(ENFORCED))

    def check(type: str, detail: Mapping[str, Any]) -> None:
        try:
            validate(detail)
        except fastjsonschema.JsonSchemaValueException as violation:
            place, text = str(violation.name), _explained(violation)
            path, rule = place.removeprefix("data").removeprefix("."), text.removeprefix(place).strip()
            raise FieldRefused(type + text.removeprefix("data"), path, _missing(violation), rule) from None

    return check


def _explained(violation: fastjsonschema.JsonSchemaValueException) -> str:
    """Return what the schema refuses, fields by their names; the envelope's are not for a person to give."""
    match violation.rule:
        case "required":
            return f"{violation.name} needs {', '.join(_missing(violation))}"
        case "additionalProperties":
            known = violation.definition["properties"]
            excess = ", ".join(name for name in violation.value if name not in known)
            has = ", ".join(name for name in known if name not in ENVELOPE)
            return f"{violation.name} has no field {excess}; it has {has}"
    return str(violation.message)


def _missing(violation: fastjsonschema.JsonSchemaValueException) -> tuple[str, ...]:
    if violation.rule != "required":
        return ()
    return tuple(name for name in violation.definition["required"] if name not in violation.value)


def _unknown(type: str, schemas: Schemas) -> str:
    near = nearest(type, schemas)
    hint = f"did you mean {near}?" if near else f"known are {', '.join(sorted(schemas.publishers))}"
    return f"no schema describes {type}: {hint}"
