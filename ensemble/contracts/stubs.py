"""Writes the stub of a service's events: a class per event, whose fields have the types of their schemas.

The text has the form that `ruff format` would give it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from keyword import iskeyword

from ensemble.contracts.profile import Json

HEAD = "# Made by `make types` from the schemas and from what the service declares that it reads: do not edit."
"""The first line of each stub, by which it is known as generated."""

_LINE_LENGTH = 120
_SCALARS = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
_IGNORED = "  # type: ignore[override]"
"""A view takes fewer names than `Event` does, which is its purpose."""


def stub(events: Mapping[str, Json]) -> str:
    """Return the stub with a view of each of these events, from the schema of what is read of it."""
    writer = _Writer(set(events))
    for event, schema in sorted(events.items()):
        writer.add_view(event, schema)
    return writer.text()


class _Writer:
    """A stub while it is written: its definitions in order, the names they have, and what they need of `typing`."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self._imports = {"Literal"}
        self._definitions: list[str] = []

    def text(self) -> str:
        names = ", ".join(sorted(self._imports, key=lambda name: (name.islower(), name)))
        imports = f"from typing import {names}\n\nfrom functions.kit.model import Event"
        return "\n\n".join([HEAD, imports, *self._definitions]) + "\n"

    def add_view(self, event: str, schema: Json) -> None:
        """Define an event's view: required fields are taken by `[...]`, optional ones by `get`."""
        required, optional = [], []
        for name, type in self._fields(schema, event).items():
            key = f'name: Literal["{name}"]'
            if name in schema["required"]:
                required.append((key, type))
            else:
                optional += [(f"{key}, default: None = None", f"{type} | None"), (f"{key}, default: {type}", type)]
        lines = [f"class {event}(Event):", f'    type: Literal["{event}"]']
        lines += self._method("__getitem__", required, "name: Never")
        lines += self._method("get", optional, "name: Never, default: object = None")
        self._definitions.append("\n".join(lines))

    def _method(self, name: str, variants: list[tuple[str, str]], nothing: str) -> list[str]:
        """Return the lines of a method; with no variant it takes `nothing`, so that each call of it is an error."""
        if not variants:
            self._imports.add("Never")
        if len(variants) < 2:
            return _signature(name, *(variants or [(nothing, "object")])[0], _IGNORED)
        self._imports.add("overload")
        lines = [line for variant in variants for line in ("    @overload", *_signature(name, *variant))]
        return [lines[0] + _IGNORED, *lines[1:]]

    def _fields(self, schema: Json, place: str) -> dict[str, str]:
        return {
            name: self._type(field, place + name.title().replace("_", ""))
            for name, field in schema["properties"].items()
        }

    def _type(self, schema: Json, place: str) -> str:
        """Return the type of what a schema describes; one that needs a definition is named after its place."""
        if schema["type"] == "array":
            return f"list[{self._type(schema['items'], place)}]"
        if "additionalProperties" in schema:
            return f"dict[str, {self._type(schema['additionalProperties'], place)}]"
        if "properties" in schema:
            return self._object(schema, place)
        if "enum" in schema:
            name = self._free(place)
            self._definitions.append(_choice(name, schema["enum"]))
            return name
        return _SCALARS[schema["type"]]

    def _object(self, schema: Json, place: str) -> str:
        fields = self._fields(schema, place)
        for field in fields.keys() - set(schema["required"]):
            fields[field] = f"NotRequired[{fields[field]}]"
            self._imports.add("NotRequired")
        self._imports.add("TypedDict")
        name = self._free(place)
        self._definitions.append(_typed_dict(name, fields))
        return name

    def _free(self, name: str) -> str:
        """Return the name, or one like it when it is taken: `a_b.c` and `a.b_c` are two places."""
        while name in self._names:
            name += "X"
        self._names.add(name)
        return name


def _signature(name: str, parameters: str, result: str, comment: str = "") -> list[str]:
    line = f"    def {name}(self, {parameters}) -> {result}: ..."
    if len(line) <= _LINE_LENGTH:
        return [line + comment]
    return [f"    def {name}({comment}", f"        self, {parameters}", f"    ) -> {result}: ..."]


def _choice(name: str, values: Sequence[str | int]) -> str:
    quoted = [_quoted(value) if isinstance(value, str) else str(value) for value in values]
    line = f"{name} = Literal[{', '.join(quoted)}]"
    if len(line) <= _LINE_LENGTH:
        return line
    comma = "," if len(quoted) > 1 else ""
    return f"{name} = Literal[\n    " + ",\n    ".join(quoted) + f"{comma}\n]"


def _quoted(text: str) -> str:
    """Return the text as a literal, in the quotes that need fewer escapes."""
    quoted = json.dumps(text, ensure_ascii=False)
    if text.count('"') <= text.count("'"):
        return quoted
    return "'" + quoted[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def _typed_dict(name: str, fields: Mapping[str, str]) -> str:
    """Return a class, or a call where a field's name would mean something else in a class's body."""
    keywords = any(map(iskeyword, fields))
    if not keywords and fields.keys().isdisjoint({*_SCALARS.values(), "dict", "list"}):
        return "\n".join([f"class {name}(TypedDict):", *(f"    {field}: {type}" for field, type in fields.items())])
    entries = "".join(f'        "{field}": {type},\n' for field, type in fields.items())
    mark = "" if keywords else "  # noqa: UP013"
    return f'{name} = TypedDict({mark}\n    "{name}",\n    {{\n{entries}    }},\n)'
