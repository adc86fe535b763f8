"""Writes the choreography as one AsyncAPI 3 document: channels are events, operations are the services' own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ensemble.choreography.graph import Graph
from ensemble.choreography.sagas import roles
from ensemble.contracts.examples import bridge_event, full, minimal
from ensemble.contracts.schemas import described_schema

Json = dict[str, Any]

VERSION = "3.0.0"


def asyncapi(graph: Graph, *, title: str, version: str, bus: str) -> Json:
    """Return the document. `bus`: the name of the event bus that all channels are on."""
    events = sorted(graph.schemas.publishers)
    return {
        "asyncapi": VERSION,
        "info": {
            "title": title,
            "version": version,
            "description": "Services that react to events; generated from the synthesized stacks and the schemas. "
            "Schemas say what is sent. Who receives also takes null as the absence of an optional field, and 1.0 as 1.",
        },
        "defaultContentType": "application/json",
        "channels": {event: _channel(graph, event, bus) for event in events},
        "operations": dict(_operations(graph)),
        "components": {"messages": dict(_messages(graph))},
    }


def _channel(graph: Graph, event: str, bus: str) -> Json:
    versions = graph.schemas.versions[event]
    newest = versions[graph.schemas.newest(event)]
    said = " ".join(filter(None, [newest["description"], roles(graph.services).get(event)]))
    return {
        "address": f"{bus}/{graph.schemas.publishers[event]}/{event}",
        "title": event,
        "description": f"{said} On the EventBridge bus {bus}: source, then detail-type.",
        "messages": {_key(event, version): _message_at(event, version) for version in versions},
        "tags": [{"name": graph.kind_of(event)}],
    }


def _operations(graph: Graph) -> Iterator[tuple[str, Json]]:
    """Yield who sends, in the newest version, and who receives, in any live one."""
    for publisher, event in sorted(graph.publishable):
        yield _operation(publisher, "send", event, [graph.schemas.newest(event)])
    for service, event in sorted({(edge.service, edge.event) for edge in graph.edges}):
        yield _operation(service, "receive", event, list(graph.schemas.versions[event]))


def _operation(service: str, action: str, event: str, versions: list[str]) -> tuple[str, Json]:
    messages = [{"$ref": f"#/channels/{event}/messages/{_key(event, version)}"} for version in versions]
    operation = {"action": action, "channel": {"$ref": f"#/channels/{event}"}, "messages": messages}
    return f"{service}.{action}.{event}", operation | {"tags": [{"name": service}]}


def _messages(graph: Graph) -> Iterator[tuple[str, Json]]:
    for event, versions in sorted(graph.schemas.versions.items()):
        for version, schema in versions.items():
            ends = graph.schemas.ends.get(event, {})
            deprecated = f" Deprecated since {ends[version].deprecated}." if version in ends else ""
            yield (
                _key(event, version),
                {
                    "name": event,
                    "title": f"{event} {version}",
                    "summary": schema["description"] + deprecated,
                    "payload": described_schema(event, schema, version),
                    "examples": [
                        {"name": name, "payload": _detail(graph, event, version, fields)}
                        for name, fields in (("minimal", minimal(schema)), ("full", full(schema)))
                    ],
                    "tags": [{"name": graph.schemas.publishers[event]}],
                },
            )


def _detail(graph: Graph, event: str, version: str, fields: Json) -> Json:
    return dict(bridge_event(graph.schemas.publishers[event], event, version, fields)["detail"])


def _key(event: str, version: str) -> str:
    return f"{event}-{version}"


def _message_at(event: str, version: str) -> Json:
    return {"$ref": f"#/components/messages/{_key(event, version)}"}
