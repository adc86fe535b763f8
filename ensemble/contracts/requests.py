"""What the front door takes as the body of a command: its schema as a model of API Gateway, in JSON Schema draft 4."""

from __future__ import annotations

from collections.abc import Sequence

from ensemble.contracts.containment import closed
from ensemble.contracts.profile import FORMS, NO_RULES, Json, with_bounds
from ensemble.contracts.schemas import DRAFT_4, Schemas
from functions.kit.envelope import LONGEST_NAME
from functions.kit.envelope import PLAIN_NAME as PLAIN_WORDS

__all__ = ["PLAIN_NAME", "PLAIN_WORDS", "request_model"]

PLAIN_NAME = f"^[A-Za-z0-9._:-]{{1,{LONGEST_NAME}}}$"
"""What rows are found by (`functions.kit.envelope.is_plain`)."""

VERSION = "version"


def request_model(command: str, key: str, schemas: Schemas) -> Json:
    """Return what the body of a command must be: one of its live versions, and no field beside.

    `key`: the field that finds its row, which must be a plain name. The body may say its `version`; one that says none
    is of the newest major version, as on the bus.
    """
    majors = schemas.majors(command)
    newest = max(majors)
    bodies = [
        _body(schemas.versions[command][majors[major]], key, _live(command, major, schemas), says_it=major != newest)
        for major in sorted(majors, reverse=True)
    ]
    return {"$schema": DRAFT_4, "title": command, **(bodies[0] if len(bodies) == 1 else {"anyOf": bodies})}


def _live(command: str, major: int, schemas: Schemas) -> list[str]:
    return [version for version in schemas.versions[command] if version.partition(".")[0] == str(major)]


def _body(schema: Json, key: str, versions: Sequence[str], *, says_it: bool) -> Json:
    """Return the body of one major version. `says_it`: whether it must say its version."""
    bare = closed(_bare(with_bounds(schema)))
    fields = dict(bare["properties"])
    name, plain = fields[key], {"pattern": PLAIN_NAME}
    fields[key] = {"allOf": [name, plain]} if "pattern" in name else {**name, **plain}
    fields[VERSION] = {"type": "string", "enum": list(versions)}
    return {**bare, "properties": fields, "required": [*bare["required"], *([VERSION] if says_it else [])]}


def _bare(schema: Json) -> Json:
    """Return a schema of the profile with its rules alone, a format by its pattern."""
    bare = {keyword: value for keyword, value in schema.items() if keyword not in {*NO_RULES, "format"}}
    if schema.get("format") in FORMS:
        bare["pattern"] = FORMS[schema["format"]]
    if "properties" in bare:
        bare["properties"] = {name: _bare(field) for name, field in bare["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if isinstance(bare.get(keyword), dict):
            bare[keyword] = _bare(bare[keyword])
    return bare
