"""The table of `docs/migrate-schemas.md`: schemas as people have them, and what becomes of each."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "migrate-schemas.md"

Json = dict[str, Any]

_ROW = re.compile(r"\| (?P<what>.+) \| `(?P<have>\{.+\})` \| (?P<then>.+) \|")
_READ_AS = re.compile(r"`(\{.+\})`")
_REFUSED = re.compile(r"refused: (?P<why>.+)\. Instead: (?P<instead>.+)")


@dataclass(frozen=True, slots=True)
class Row:
    """`have`: a field, or a whole file where it has `properties`. `read_as`: the same in the profile, or None where it
    is refused, with the reason and what to write."""

    what: str
    have: Json
    read_as: Json | None
    why: str = ""
    instead: str = ""

    def file(self) -> Json:
        """Return a schema file that has it, at an optional field unless it is one of its own."""
        if "properties" in self.have:
            return _described({"type": "object", "description": "An event.", **self.have})
        return file_with(self.have)


def file_with(field: Json) -> Json:
    properties = {"parcel_id": {"type": "string"}, "field": field}
    return _described(
        {"type": "object", "description": "An event.", "required": ["parcel_id"], "properties": properties}
    )


def _described(schema: Json) -> Json:
    """Return the schema with a description of each field, which the table leaves out."""
    result = dict(schema)
    if isinstance(schema.get("properties"), dict):
        result["properties"] = {
            name: _described(field if "title" in field else {"description": "One.", **field})
            for name, field in schema["properties"].items()
        }
    for keyword in ("items", "additionalProperties"):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = _described(schema[keyword])
    for keyword in ("definitions", "$defs"):
        if isinstance(schema.get(keyword), dict):
            result[keyword] = {name: _described(one) for name, one in schema[keyword].items()}
    return result


def rows() -> Iterator[Row]:
    """Yield the rows of the page, in its order."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        match = _ROW.fullmatch(line)
        if match is None:
            continue
        have, then = json.loads(match["have"].replace("\\|", "|")), match["then"].replace("\\|", "|")
        refused, read_as = _REFUSED.fullmatch(then), _READ_AS.fullmatch(then)
        if refused is not None:
            yield Row(match["what"], have, None, refused["why"], refused["instead"])
        elif read_as is not None:
            yield Row(match["what"], have, json.loads(read_as[1]))
        else:
            raise ValueError(f"{PAGE.name}: what becomes of it is not said in {line}")
