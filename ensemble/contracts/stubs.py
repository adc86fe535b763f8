"""Writes the stub of a service's events: a class per event that it hears, a method per event that it publishes.

Their fields have the types of their schemas.

The text has the form that `ruff format` would give it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from keyword import iskeyword

from ensemble.contracts.profile import Json

HEAD = "# Made by `make types` from the schemas and from what the service declares: do not edit."
"""The first line of each stub."""

MARK = HEAD.partition(" and from")[0]
"""What each stub begins with, also one that an older toolkit wrote."""

_LINE_LENGTH = 120
_SCALARS = {"string": "str", "number": "float", "integer": "int", "boolean": "bool"}
_IGNORED = "  # type: ignore[override]"
"""A view takes fewer names than `Event` does, which is its purpose."""


_UNLIKE_FUNCTIONS, _UNLIKE_ARGUMENTS = "N802", "N803"
"""The methods that publish are named like their events, and what they take like the fields: ruff is told so."""

PUBLISH = "Publish"
"""The class of a service's `publish`."""


def stub(heard: Mapping[str, Json], published: Mapping[str, Json]) -> str:
    """Return the stub with a view of each event that is heard, and a method of `publish` for each that is published.

    `heard`: the schema of what is read of each; `published`: the schema of the business fields of each.
    """
    writer = _Writer({*heard, PUBLISH})
    for event, schema in sorted(heard.items()):
        writer.add_view(event, schema)
    if published:
        writer.add_publish(dict(sorted(published.items())))
    return writer.text()


class _Writer:
    """A stub while it is written: its definitions in order, the names they have, and what they need of `typing`."""

    def __init__(self, names: set[str]) -> None:
        self._names = names
        self._imports: set[str] = set()
        self._of_the_kit: set[str] = set()
        self._definitions: list[str] = []
        self._unlike: set[str] = set()

    def text(self) -> str:
        head = [HEAD, f"# ruff: noqa: {', '.join(sorted(self._unlike))}"] if self._unlike else [HEAD]
        typing = ", ".join(sorted(self._imports, key=lambda name: (name.islower(), name)))
        imports = [f"from typing import {typing}"] if typing else []
        imports.append(f"from functions.kit.model import {', '.join(sorted(self._of_the_kit))}")
        return "\n\n".join(["\n".join(head), *imports, *self._definitions]) + "\n"

    def add_view(self, event: str, schema: Json) -> None:
        """Define an event's view: required fields are taken by `[...]`, optional ones by `get`."""
        self._imports.add("Literal")
        self._of_the_kit.add("Event")
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

    def add_publish(self, events: Mapping[str, Json]) -> None:
        """Define `publish`: of each event, required fields have to be given by name, and others may be, or be None.

        What Python takes for another word, such as `from`, is given by `**{"from": ...}`.
        """
        self._of_the_kit.add("Publication")
        self._unlike.add(_UNLIKE_FUNCTIONS)
        lines = [f"class {PUBLISH}:"]
        for event, schema in events.items():
            if any(iskeyword(name) or name == "self" for name in schema["properties"]):
                self._imports.add("Unpack")
                fields = self._object(schema, f"{event}Fields")
                lines.append(f"    def {event}(self, /, **fields: Unpack[{fields}]) -> Publication: ...")
                continue
            parameters = []
            if any(name != name.lower() for name in schema["properties"]):
                self._unlike.add(_UNLIKE_ARGUMENTS)
            for name, type in self._fields(schema, event).items():
                is_required = name in schema.get("required", [])
                parameters.append(f"{name}: {type}" if is_required else f"{name}: {type} | None = None")
            lines += _publisher(event, parameters)
        self._definitions += ["\n".join(lines), f"publish: {PUBLISH}"]

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
            self._imports.add("Literal")
            name = self._free(place)
            self._definitions.append(_choice(name, schema["enum"]))
            return name
        return _SCALARS[schema["type"]]

    def _object(self, schema: Json, place: str) -> str:
        fields = self._fields(schema, place)
        for field in fields.keys() - set(schema.get("required", [])):
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


def _publisher(event: str, parameters: list[str]) -> list[str]:
    """Return the lines of a method that takes these by name alone, as `ruff format` would break them."""
    given = ", ".join(["self", *(["*", *parameters] if parameters else [])])
    if len(line := f"    def {event}({given}) -> Publication: ...") <= _LINE_LENGTH:
        return [line]
    if len(line := f"        {given}") <= _LINE_LENGTH:
        return [f"    def {event}(", line, "    ) -> Publication: ..."]
    lines = [f"        {one}," for one in ("self", "*", *parameters)]
    return [f"    def {event}(", *lines, "    ) -> Publication: ..."]


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
