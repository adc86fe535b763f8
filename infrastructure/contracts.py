"""Compiles, for one service, the validators of the events it hears and publishes into a Python module.

The module needs only the standard library, the kit and the upcasters of what is heard, and holds what the service
needs and no more, so that a bundle changes only when a contract of its service does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from ensemble.contracts.containment import closed
from ensemble.contracts.doors import TABLE, doors_of
from ensemble.contracts.forms import shape_of
from ensemble.contracts.patterns import Lengths, Pattern, TooMany, outside
from ensemble.contracts.profile import FORMS, Json
from ensemble.contracts.reads import ReadRefused, projection
from ensemble.contracts.schemas import Schemas, detail_schema, upcaster_file
from ensemble.contracts.validators import source_of
from functions.kit.errors import ServiceMisdeclared
from functions.kit.model import EVERY_EVENT, Doors, Reaction, Service

_HEAD = '''"""The contracts of the service {service}, generated from the schemas it needs."""

import re
from decimal import Decimal
from importlib import import_module

from functions.kit.errors import SchemaViolation

REGEX_PATTERNS = {{}}
'''

PLAIN_NAME = Pattern("^[A-Za-z0-9._:-]{1,128}$")
"""What rows are found by (`functions.kit.envelope.is_plain`)."""


def compile_contracts(service: Service, schemas: Schemas, services: Sequence[Service] = ()) -> str:
    """Return the source of `functions/contracts.py` for the bundle of this service.

    `services`: all of the application, or none where it has no other: whoever else publishes is outside. The module has
    the tables that `functions.kit.contracts.Contracts` explains. Readers are open to undeclared fields, writers closed
    to them; validators take the whole detail. Raises ServiceMisdeclared when the service's table and the schemas
    disagree.
    """
    heard = _heard(service, schemas)
    published = _published(service, schemas)
    validators, patterns = [], set()
    for name, schema in [*_readers(heard, schemas), *_writers(published, schemas)]:
        validator, pattern = source_of(name, schema)
        validators.append(validator)
        patterns.add(f"REGEX_PATTERNS.update({pattern.removeprefix('REGEX_PATTERNS = ')})")
    return "\n\n".join(
        [
            _HEAD.format(service=service.name),
            *sorted(patterns),
            *validators,
            _tables(heard, published, schemas, doors_of(service, services, schemas)),
        ]
    )


def upcasters(service: Service, schemas: Schemas) -> list[str]:
    """Return the paths in the project of the upcasters that the bundle of this service needs."""
    return [
        upcaster_file(schemas.publishers[event], event, newer)
        for event in _heard(service, schemas)
        for _, newer in _steps(event, schemas)
    ]


def _heard(service: Service, schemas: Schemas) -> list[str]:
    """Return the events that the service hears by name, checked against their schemas."""
    reactions = [reaction for reaction in service.subscriptions if reaction.event != EVERY_EVENT]
    for reaction in reactions:
        if reaction.event not in schemas.publishers:
            raise ServiceMisdeclared(
                f"{service.name} reacts to {reaction.event}, which has no schema: "
                f"add schemas/<publisher>/{reaction.event}/1.0.json or correct the name"
            )
        _check_reads(service, reaction, schemas)
        _check_key(service, reaction, schemas)
    return sorted(reaction.event for reaction in reactions)


def _check_reads(service: Service, reaction: Reaction, schemas: Schemas) -> None:
    """Refuse a read of what the newest version, the one that reactions are handed, does not have or promise."""
    version = schemas.newest(reaction.event)
    try:
        projection(_whole(reaction.event, schemas, version), reaction.reads)
    except ReadRefused as error:
        raise ServiceMisdeclared(
            f"functions/{service.name}/service.py: {service.name} reads {reaction.event} by "
            f"{schemas.file(reaction.event, version)}: {error}"
        ) from None


def _check_key(service: Service, reaction: Reaction, schemas: Schemas) -> None:
    """Refuse a key that an event may come without: its row could not be found."""
    key = service.key_of(reaction)
    for version in schemas.versions[reaction.event]:
        whole = _whole(reaction.event, schemas, version)
        if key not in whole["required"] or whole["properties"][key]["type"] != "string":
            raise ServiceMisdeclared(
                f"{service.name} finds its row by {key!r}, which {schemas.file(reaction.event, version)} does not "
                "require as a string, so that it would not find it. Fix: name a field that every live version "
                "requires, or give this reaction its own `key`"
            )
        if not _may_name_a_row(whole["properties"][key]):
            raise ServiceMisdeclared(
                f"{service.name} finds its row by {key!r}, and what {schemas.file(reaction.event, version)} has there "
                f"is no name of a row: 1 to 128 letters, digits and ._:-. Harmed: {service.name}, which would refuse "
                "the events. Fix: let it say such a name, or find the row by another field"
            )
        if key in schemas.sensitive(reaction.event, version):
            raise ServiceMisdeclared(
                f"{service.name} finds its row by {key!r}, which {schemas.file(reaction.event, version)} marks as "
                f"x-sensitive: keys stand in logs and traces. Harmed: whom it is about. Fix: find the row by "
                "an id that says nothing of a person, or take the mark away if it says nothing"
            )


def _may_name_a_row(field: Json) -> bool:
    """Whether some text that the field may have can find a row; of listed values all must."""
    if "enum" in field:
        return all(map(PLAIN_NAME.matches, field["enum"]))
    form = field.get("pattern", FORMS.get(field.get("format", "")))
    lengths = Lengths(field.get("minLength", 0), field.get("maxLength"))
    try:
        return outside([PLAIN_NAME, lengths, *([] if form is None else [Pattern(form)])]) is not None
    except TooMany:  # not known to be wrong
        return True


def _published(service: Service, schemas: Schemas) -> list[str]:
    """Return the events that the service publishes, checked to be its own."""
    for event in service.emits:
        owner = schemas.publishers.get(event)
        if owner != service.name:
            found = f"belongs to {owner} (schemas/{owner}/{event}/)" if owner else "has no schema"
            raise ServiceMisdeclared(
                f"{service.name} emits {event}, which {found}: a service publishes what is in schemas/{service.name}/"
            )
    return list(service.emits)


def _readers(heard: list[str], schemas: Schemas) -> Iterator[tuple[str, Json]]:
    """Yield a reader of each live major version: its newest minor version, which reads the elder ones too."""
    for event in heard:
        for major, version in schemas.majors(event).items():
            yield _reader(event, major), detail_schema(event, schemas.versions[event][version])


def _writers(published: list[str], schemas: Schemas) -> Iterator[tuple[str, Json]]:
    for event in published:
        yield _writer(event), closed(_whole(event, schemas, schemas.newest(event)))


def _whole(event: str, schemas: Schemas, version: str) -> Json:
    return detail_schema(event, schemas.versions[event][version], version)


def _reader(event: str, major: int) -> str:
    return f"read_{event}_{major}"


def _writer(event: str) -> str:
    return f"write_{event}"


def _steps(event: str, schemas: Schemas) -> list[tuple[int, int]]:
    """Return each live major version with the one after it."""
    return list(pairwise(schemas.majors(event)))


def _tables(heard: list[str], published: list[str], schemas: Schemas, doors: Doors) -> str:
    readers = [(event, major) for event in heard for major in schemas.majors(event)]
    steps = [(event, older, newer) for event in heard for older, newer in _steps(event, schemas)]
    return "\n".join(
        [
            *_table("SOURCES", ((repr(event), repr(schemas.publishers[event])) for event in heard)),
            *_table("NEWEST", ((repr(event), repr(schemas.newest(event))) for event in heard)),
            *_table("READERS", ((repr(reader), _reader(*reader)) for reader in readers)),
            *_table("UPCASTERS", (_upcaster(*step, schemas) for step in steps)),
            *_table("SHAPES", _shapes(readers, published, schemas)),
            *_table("WRITERS", ((repr(e), f"({schemas.newest(e)!r}, {_writer(e)})") for e in published)),
            *_table(TABLE, ((repr(door), repr(doors[door])) for door in sorted(doors))),
            "",
        ]
    )


def _shapes(readers: list[tuple[str, int]], published: list[str], schemas: Schemas) -> Iterator[tuple[str, str]]:
    """Yield where null and 1.0 mean something else, of each reader and writer of which there is something to say."""
    versions: dict[tuple[str, int] | str, Json] = {
        (event, major): schemas.versions[event][schemas.majors(event)[major]] for event, major in readers
    }
    versions |= {event: schemas.versions[event][schemas.newest(event)] for event in published}
    for validator, schema in versions.items():
        shape = shape_of(schema)
        if shape is not None:
            yield repr(validator), repr(shape)


def _upcaster(event: str, older: int, newer: int, schemas: Schemas) -> tuple[str, str]:
    path = upcaster_file(schemas.publishers[event], event, newer)
    module = path.removesuffix(".py").replace("/", ".")
    return repr((event, older)), f"({newer}, import_module({module!r}).upcast)"


def _table(name: str, entries: Iterator[tuple[str, str]]) -> Iterator[str]:
    yield f"{name} = {{"
    yield from (f"    {key}: {value}," for key, value in entries)
    yield "}"
