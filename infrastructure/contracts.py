"""Compiles, for one service, the validators of the events it hears and publishes into a Python module.

The module needs only the standard library and the kit, and holds what the service needs and no more, so that
a bundle changes only when a contract of its service does.
"""

from __future__ import annotations

import re

from functions.shared.errors import ServiceMisdeclared
from functions.shared.model import EVERY_EVENT, Reaction, Service
from infrastructure.schema_profile import Json, SchemaMisdeclared
from infrastructure.schemas import (
    ENVELOPE,
    Schemas,
    detail_schema,
    fields,
    load_schemas,
    registry_schemas,
)
from infrastructure.validators import closed, source_of

__all__ = ["SchemaMisdeclared", "Schemas", "compile_contracts", "load_schemas", "registry_schemas"]

_HEAD = '''"""The contracts of the service {service}, generated from the schemas it needs."""

import re
from decimal import Decimal

from functions.shared.errors import SchemaViolation
'''


def compile_contracts(service: Service, schemas: Schemas) -> str:
    """Return the source of `functions/contracts.py` for the bundle of this service.

    The module has `SOURCES` (event heard -> publisher), `READERS` ((event, version) -> validator, open to
    undeclared fields) and `WRITERS` (event -> (newest version, validator closed to them)). Validators take
    the whole detail. Raises ServiceMisdeclared when the service's table and the schemas disagree.
    """
    heard = _heard(service, schemas)
    published = _published(service, schemas)
    validators, patterns = [], set()
    for name, schema in [*_reader_schemas(heard, schemas), *_writer_schemas(published, schemas)]:
        validator, pattern = source_of(name, schema)
        validators.append(validator)
        patterns.add(pattern)
    return "\n\n".join(
        [_HEAD.format(service=service.name), *sorted(patterns), *validators, _tables(heard, published, schemas)]
    )


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
    """Refuse a read of what no version has, and of an object as a whole: that hands over undeclared fields."""
    known: Json = dict(ENVELOPE)
    for schema in schemas.versions[reaction.event].values():
        known.update(fields(schema))
    for path in reaction.reads:
        if path not in known:
            raise ServiceMisdeclared(
                f"{service.name} reads {path!r} of {reaction.event}, whose schema has only {', '.join(sorted(known))}"
            )
        inner = [other for other in known if re.match(re.escape(path) + r"(\[\])*\.", other)]
        if inner:
            raise ServiceMisdeclared(
                f"{service.name} reads {path!r} of {reaction.event} as a whole: declare its fields, {', '.join(inner)}"
            )


def _check_key(service: Service, reaction: Reaction, schemas: Schemas) -> None:
    """Refuse a key that an event may come without: its row could not be found."""
    key = service.key_of(reaction)
    for version, schema in schemas.versions[reaction.event].items():
        whole = detail_schema(reaction.event, version, schema)
        if key not in whole["required"] or whole["properties"][key]["type"] != "string":
            raise ServiceMisdeclared(
                f"{service.name} finds its row by {key!r}, which {reaction.event} {version} does not require as a "
                f"string: correct the schema, or give this reaction its own `key`"
            )


def _published(service: Service, schemas: Schemas) -> list[str]:
    """Return the events that the service publishes, checked to be its own."""
    for event in service.emits:
        owner = schemas.publishers.get(event)
        if owner != service.name:
            found = f"belongs to {owner}" if owner else "has no schema"
            raise ServiceMisdeclared(
                f"{service.name} emits {event}, which {found}: a service publishes what is in schemas/{service.name}/"
            )
    return list(service.emits)


def _reader_schemas(heard: list[str], schemas: Schemas) -> list[tuple[str, Json]]:
    return [
        (_function_name("read", event, version), _whole(event, version, schemas))
        for event in heard
        for version in schemas.versions[event]
    ]


def _writer_schemas(published: list[str], schemas: Schemas) -> list[tuple[str, Json]]:
    newest = [(event, schemas.newest(event)) for event in published]
    return [
        (_function_name("write", event, version), closed(_whole(event, version, schemas))) for event, version in newest
    ]


def _whole(event: str, version: str, schemas: Schemas) -> Json:
    return detail_schema(event, version, schemas.versions[event][version])


def _function_name(verb: str, event: str, version: str) -> str:
    return f"{verb}_{event}_{version.replace('.', '_')}"


def _tables(heard: list[str], published: list[str], schemas: Schemas) -> str:
    readers = [(event, version) for event in heard for version in schemas.versions[event]]
    writers = [(event, schemas.newest(event)) for event in published]
    return "\n".join(
        [
            "SOURCES = {",
            *(f"    {event!r}: {schemas.publishers[event]!r}," for event in heard),
            "}",
            "READERS = {",
            *(f"    {reader!r}: {_function_name('read', *reader)}," for reader in readers),
            "}",
            "WRITERS = {",
            *(f"    {event!r}: ({newest!r}, {_function_name('write', event, newest)})," for event, newest in writers),
            "}\n",
        ]
    )
