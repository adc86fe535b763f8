"""Writes the choreography as folders of EventCatalog: services, events, commands, with their versions and schemas.

The layout is EventCatalog's: `<kind>/<id>/index.mdx` for the newest version and `<kind>/<id>/versioned/<version>/` for
older ones (EventCatalog documentation, "Creating events", "Adding messages to services", "Versioning"). Versions there
are semantic ones, by which it finds producers and consumers: our 2.0 is its 2.0.0. A saga is a flow besides (the same,
"Create a flow").
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import outside
from ensemble.choreography.sagas import COMPLETES, FAILS, STARTS, Conducted, roles, sagas_of, undo_of, ways_of
from ensemble.contracts.schemas import described_schema

SCHEMA = "schema.json"


def eventcatalog(graph: Graph, *, version: str) -> dict[str, str]:
    """Return the text of each file, by its path in the catalogue. `version`: of the services."""
    files = dict(_messages(graph))
    files |= {f"flows/{saga.name}/index.mdx": _flow(graph, saga, version) for saga in sagas_of(graph)}
    names = {*outside(graph), *(service.name for service in graph.services)}
    return files | {f"services/{name}/index.mdx": _service(graph, name, version) for name in sorted(names)}


def _messages(graph: Graph) -> Iterator[tuple[str, str]]:
    for event, versions in graph.schemas.versions.items():
        for version, schema in versions.items():
            place = f"{graph.kind_of(event)}s/{event}"
            if version != graph.schemas.newest(event):
                place += f"/versioned/{_semantic(version)}"
            said = " ".join(filter(None, [schema["description"], roles(graph.services).get(event)]))
            yield f"{place}/index.mdx", _message(graph, event, version, said)
            yield f"{place}/{SCHEMA}", json.dumps(described_schema(event, schema, version), indent=2) + "\n"


def _message(graph: Graph, event: str, version: str, summary: str) -> str:
    fields: dict[str, Any] = {"id": event, "name": event, "version": _semantic(version)}
    fields |= {"summary": summary, "schemaPath": SCHEMA}
    end = graph.schemas.ends.get(event, {}).get(version)
    if end is not None:
        fields["deprecated"] = {"date": end.deprecated.isoformat()}
    return _page(fields, "<Schema />\n\n<NodeGraph />")


def _service(graph: Graph, name: str, version: str) -> str:
    sends = sorted(event for publisher, event in graph.publishable if publisher == name)
    receives = sorted({edge.event for edge in graph.edges if edge.service == name})
    fields = {
        "id": name,
        "name": name,
        "version": version,
        "summary": _summary(graph, name),
        "sends": [{"id": event, "version": _semantic(graph.schemas.newest(event))} for event in sends],
        "receives": [
            {"id": event, "version": _semantic(one)} for event in receives for one in graph.schemas.versions[event]
        ],
    }
    return _page(fields, "<NodeGraph />")


def _flow(graph: Graph, saga: Conducted, version: str) -> str:
    """Return the page of a saga: a step is the command that it asks by, or the event that it waits for."""
    table = saga.table
    shown = {STARTS: saga.starts} | {one.name: one.command or one.done for one in table.steps}
    shown |= {COMPLETES: table.completes} | {undo_of(one): one.undo for one in table.steps if one.undo}
    shown |= {FAILS: table.fails} if saga.goes_back else {}
    following: dict[str, list[dict[str, str]]] = {name: [] for name in shown}
    for way in ways_of(table):
        for source in way.sources:
            following[source] += [
                {"id": target} | ({"label": way.label} if way.label else {})
                for target in way.targets
                if target in shown
            ]
    fields = {
        "id": saga.name,
        "name": saga.name,
        "version": version,
        "summary": f"The saga {saga.name}, step by step: one for each {table.key}.",
        "steps": [
            {
                "id": name,
                "title": event,
                "message": {"id": event, "version": _semantic(graph.schemas.newest(event))},
                "next_steps": following[name],
            }
            for name, event in shown.items()
        ],
    }
    return _page(fields, "<NodeGraph />")


def _semantic(version: str) -> str:
    """Return a version of a schema, major.minor, with a patch number."""
    return f"{version}.0"


def _summary(graph: Graph, name: str) -> str:
    if name in outside(graph):
        return "A publisher outside: its commands come in, nothing goes out to it."
    service = next(one for one in graph.services if one.name == name)
    undone = sorted({reaction.compensates for reaction in service.reactions if reaction.compensates})
    if service.stores_events:
        return "Stores every event, each under its workflow."
    return f"Keeps a row for each {service.key}." + (f" Can undo {', '.join(undone)}." if undone else "")


def _page(fields: dict[str, Any], body: str) -> str:
    """Return a page with its frontmatter: a JSON value is a YAML value too, so that nothing in it needs escaping."""
    head = "\n".join(f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items())
    return f"---\n{head}\n---\n\n{body}\n"
