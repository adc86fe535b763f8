"""What is asked of an application that nobody has described: every command from outside, drawn from its schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.examples import boundary, form_of, formed
from ensemble.contracts.profile import Json
from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Command, Scenario
from ensemble.scenario.generated import generated_stories
from ensemble.simulator.chance import Chance
from functions.kit.model import Service

SOON, LATE = 0.1, 1_500.0
"""The seconds between which the commands of a workflow are spread, many of them soon."""

AGAIN, AT_A_BOUND, LEFT_OUT = 0.2, 0.1, 0.25
"""How many commands come twice, have one field at a bound, and are not asked for in a workflow at all."""

SECRET = "secret"
"""What sensitive texts begin with, so that they can be looked for in logs."""


def stories_of(scenario: Scenario, services: Iterable[Service], schemas: Schemas) -> Mapping[str, Sequence[Command]]:
    """Return the workload of each story, the opening first: the scenario's, or one for each command from outside."""
    stories = scenario.stories or generated_stories(services, schemas, scenario)
    return {story.name: [*scenario.opening, *story.commands] for story in stories}


def drawn_workload(
    chance: Chance, opening: Sequence[Command], services: Iterable[Service], schemas: Schemas
) -> list[Command]:
    """Draw one to three workflows in which every command from outside may be asked for: once, or twice.

    The commands of a workflow that find their rows by the same field find the same row.
    """
    types = commands_from_outside(services, schemas)
    flows = range(1, chance.between("workflows", 1, 3) + 1)
    asked = [
        command for flow in flows for type in types for command in _asked(chance, flow, type, types[type], schemas)
    ]
    return [*opening, *asked]


def _asked(chance: Chance, flow: int, type: str, keys: Iterable[str], schemas: Schemas) -> Iterator[Command]:
    name = f"{type} {flow}"
    is_left_out, begins, repeated, later = chance.draws(f"course of {name}")
    if is_left_out < LEFT_OUT and flow > 1:
        return
    fields = _fields(chance, name, flow, schemas.versions[type][schemas.newest(type)])
    properties = schemas.versions[type][schemas.newest(type)]["properties"]
    fields |= {key: _key(key, flow, properties[key]) for key in keys if key in fields}
    at = 1.0 + chance.spread(f"time of {name}", SOON, LATE) if begins < 0.7 else 1.0
    yield Command(type, schemas.publishers[type], fields, at=at, key=name)
    if repeated < AGAIN:
        yield Command(type, schemas.publishers[type], fields, at=at + 60 * later, key=f"{name} again")


def _fields(chance: Chance, name: str, flow: int, schema: Json) -> dict[str, Any]:
    if chance.draw(f"bound of {name}") < AT_A_BOUND:
        bounds = boundary(schema)
        return dict(bounds[chance.one_of(f"which bound of {name}", sorted(bounds))])
    fields: dict[str, Any] = _drawn(chance, f"{name}:", schema, flow)
    return fields


def _drawn(chance: Chance, name: str, schema: Json, flow: int) -> Any:
    """Draw a plausible value; texts are the same ones in all commands, so that what one brings another finds."""
    match schema["type"]:
        case _ if schema.get("examples"):
            return chance.one_of(name, schema["examples"])
        case "string":
            return _text(chance, name, schema, flow)
        case "integer" | "number" if "enum" in schema:
            return chance.one_of(name, schema["enum"])
        case "integer" | "number":
            low, high = schema.get("minimum", 1), schema.get("maximum", 100)
            return min(high, -int(-low // 1) + chance.one_of(name, (0, 1, 11)))
        case "boolean":
            return chance.draw(name) < 0.5
        case "array":
            few, most = schema.get("minItems", 0), schema.get("maxItems", 2)
            number = chance.between(f"length of {name}", max(1, few), max(few, min(2, most)))
            return [_drawn(chance, f"{name}[{index}]", schema["items"], flow) for index in range(number)]
    if "additionalProperties" in schema:
        return {"key": _drawn(chance, f"{name}.key", schema["additionalProperties"], flow)}
    required = schema.get("required", ())
    return {
        field: _drawn(chance, f"{name}.{field}", inner, flow)
        for field, inner in schema["properties"].items()
        if field in required or chance.draw(f"{name}.{field} is given") < 0.7
    }


def _key(name: str, flow: int, schema: Json) -> str:
    """Return what finds the row of a workflow: another text for each, as far as its form has so many."""
    if schema.get("format") == "uuid":
        return str(uuid5(NAMESPACE_OID, str(flow)))
    if form_of(schema) is None:
        return f"{name}-{flow}"
    some = list(islice(formed(schema), flow))
    return some[-1]


def _text(chance: Chance, name: str, schema: Json, flow: int) -> str:
    if "enum" in schema:
        return str(chance.one_of(name, schema["enum"]))
    if form_of(schema) is not None:
        return next(formed(schema))
    field = name.rpartition(".")[2].partition("[")[0]
    text = f"{SECRET} {field} of {flow}" if schema.get("x-sensitive") else f"{field}-1"
    return text[: schema.get("maxLength", len(text))].ljust(schema.get("minLength", 0), "x")


def secrets_of(commands: Iterable[Command], schemas: Schemas) -> tuple[str, ...]:
    """Return the sensitive texts in the commands that can be mistaken for no other text."""
    found: set[str] = set()
    for command in commands:
        if command.type in schemas.publishers:
            found.update(_secrets(command.fields, schemas.versions[command.type][schemas.newest(command.type)]))
    return tuple(sorted(found))


def _secrets(value: Any, schema: Json) -> Iterator[str]:
    if isinstance(value, str) and schema.get("x-sensitive") and value.startswith(SECRET) and len(value) > len(SECRET):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _secrets(one, schema["items"])
    elif isinstance(value, dict):
        for name, one in value.items():
            if name in schema.get("properties", {}):
                yield from _secrets(one, schema["properties"][name])
