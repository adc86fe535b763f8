"""What the EventBridge schema registry is given: the whole event of each live version, in JSON Schema draft 4."""

from __future__ import annotations

import json

from ensemble.contracts.profile import Json, SchemaMisdeclared, without_examples
from ensemble.contracts.schemas import DRAFT_4, Schemas, described_schema

LONGEST_CONTENT = 100_000
"""Characters (EventBridge Schema Registry API Reference, CreateSchema: Content)."""


def registry_schemas(schemas: Schemas) -> list[tuple[str, str]]:
    """Return (name, content) for each live event version, for AWS::EventSchemas::Schema of type JSONSchemaDraft4.

    The name follows the registry's own, `source@DetailType`, with our version; the content describes the
    whole event as EventBridge delivers it (EventBridge User Guide, "Events": the event structure).
    Raises SchemaMisdeclared when a content is longer than the registry takes.
    """
    return [
        (f"{publisher}@{event}-{version}", _content(publisher, event, version, schema, schemas.file(event, version)))
        for event, publisher in sorted(schemas.publishers.items())
        for version, schema in schemas.versions[event].items()
    ]


def _content(publisher: str, event: str, version: str, schema: Json, file: str) -> str:
    content = json.dumps(_bridge_schema(publisher, event, version, schema))
    if len(content) > LONGEST_CONTENT:
        raise SchemaMisdeclared(
            file, f"the registry takes {LONGEST_CONTENT} characters and this is {len(content)}", "shorten it"
        )
    return content


def _bridge_schema(publisher: str, event: str, version: str, schema: Json) -> Json:
    text: Json = {"type": "string"}
    properties: Json = {
        "version": text,
        "id": text,
        "detail-type": {"type": "string", "enum": [event]},
        "source": {"type": "string", "enum": [publisher]},
        "account": text,
        "time": {"type": "string", "format": "date-time"},
        "region": text,
        "resources": {"type": "array", "items": text},
        "detail": without_examples(described_schema(event, schema, version)),
    }
    title = f"{event} {version}"
    return {"$schema": DRAFT_4, "title": title, "type": "object", "required": [*properties], "properties": properties}
