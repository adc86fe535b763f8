"""Each schema of the page on migration becomes what the page says, and every part works with what is taken."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from ensemble.choreography.asyncapi import asyncapi
from ensemble.choreography.eventcatalog import eventcatalog
from ensemble.choreography.graph import Edge, Graph
from ensemble.contracts.evolution import violations
from ensemble.contracts.examples import bridge_event, broken, examples, typical
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.profile import SchemaMisdeclared
from ensemble.contracts.registry import registry_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.contracts.views import generate
from ensemble.scenario.generated import generated_stories
from ensemble.simulator.chance import Chance
from ensemble.simulator.workload import drawn_workload
from ensemble.testing.contracts import promises_of
from ensemble.testing.exploration import Exploration
from functions.kit.contracts import Contracts
from functions.kit.errors import ContractViolation, PublicationRefused
from functions.kit.model import Decision, Event, Publication, Service, on
from infrastructure.contracts import compile_contracts
from tests.toolkit.contracts.migration import Row, rows
from tests.toolkit.contracts.test_registry import FORMAT_CHECKER

Json = dict[str, Any]

ROWS = {row.what: row for row in rows()}
TAKEN = {what: row for what, row in ROWS.items() if row.read_as is not None}
REFUSED = {what: row for what, row in ROWS.items() if row.read_as is None}


def loaded(folder: Path, row: Row) -> Schemas:
    """Write the row's schema as an event of a depot, in two versions, and as a command to it; load them."""
    for place in ("depot/ParcelSent/1.0", "depot/ParcelSent/1.1", "street/SendParcel/1.0"):
        file = folder / "schemas" / f"{place}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(row.file()))
    return load_schemas(folder / "schemas")


def send(state: Any, event: Event) -> Decision:
    return Decision(state, Publication("ParcelSent", event.fields))


def leaves(schema: Json, prefix: str = "") -> Iterator[str]:
    """Yield the reads by which a reaction is handed all that the schema describes."""
    for name, field in schema["properties"].items():
        path = prefix + name + ("" if name in schema.get("required", []) else "?")
        while field["type"] == "array":
            path, field = f"{path}[]", field["items"]
        if "properties" in field:
            yield from leaves(field, f"{path}.")
        else:
            yield path.removesuffix("[]") if path.endswith("[]") else path


def depot(schemas: Schemas) -> Service:
    """Return a service that passes on as an event whatever a command holds."""
    reads = tuple(leaves(schemas.versions["SendParcel"]["1.0"]))
    reaction = on("SendParcel", send, reads=reads, emits=("ParcelSent",))
    hears = on("ParcelSent", lambda state, event: Decision(state), reads=())
    return Service("depot", "correlation_id", dict, (reaction, hears))


def contracts_of(schemas: Schemas) -> Contracts:
    module = ModuleType("functions.contracts")
    exec(compile_contracts(depot(schemas), schemas), module.__dict__)
    return Contracts.of(module)


def detail(event: str, fields: Json) -> Json:
    publisher = {"ParcelSent": "depot", "SendParcel": "street"}[event]
    return dict(bridge_event(publisher, event, "1.1" if event == "ParcelSent" else "1.0", fields)["detail"])


def test_the_page_has_both_sorts_of_rows_and_none_twice() -> None:
    assert len(TAKEN) > 25
    assert len(REFUSED) > 40
    assert len(ROWS) == len(list(rows()))


@pytest.mark.parametrize("row", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_is_refused_with_the_reason_and_what_to_write(tmp_path: Path, row: Row) -> None:
    with pytest.raises(SchemaMisdeclared) as refused:
        loaded(tmp_path, row)

    finding = refused.value.finding
    assert finding.file == "schemas/depot/ParcelSent/1.0.json"
    assert row.why.removeprefix("it ") in finding.problem
    assert finding.fix == row.instead


@pytest.fixture
def row(request: pytest.FixtureRequest) -> Row:
    return TAKEN[request.param]


@pytest.fixture
def schemas(tmp_path: Path, row: Row) -> Schemas:
    return loaded(tmp_path, row)


on_each = pytest.mark.parametrize("row", TAKEN, indirect=True)


@on_each
def test_what_is_taken_is_read_as_the_page_says(row: Row, schemas: Schemas) -> None:
    whole = schemas.versions["ParcelSent"]["1.0"]
    found = whole if "properties" in row.have else whole["properties"]["field"]

    assert row.read_as is not None
    assert _bare(found) == {**({"type": "object"} if "properties" in row.have else {}), **row.read_as}


def _bare(schema: Json) -> Json:
    """Return the schema without the descriptions that the rows do not have."""
    bare = {name: value for name, value in schema.items() if value not in ("One.", "An event.")}
    if "properties" in bare:
        bare["properties"] = {name: _bare(field) for name, field in bare["properties"].items()}
    for keyword in ("items", "additionalProperties"):
        if keyword in bare:
            bare[keyword] = _bare(bare[keyword])
    return bare


@on_each
def test_the_bundle_reads_and_writes_what_fits_and_refuses_what_does_not(schemas: Schemas) -> None:
    contracts, schema = contracts_of(schemas), schemas.versions["SendParcel"]["1.0"]

    for fields in [*examples(schema).values(), *typical(schema)]:
        assert contracts.received("street", detail("SendParcel", fields)) == detail("SendParcel", fields)
        assert contracts.check_published(detail("ParcelSent", fields)) == detail("ParcelSent", fields)
    for fields in broken(schema).values():
        if isinstance(fields, dict):
            with pytest.raises(ContractViolation):
                contracts.received("street", detail("SendParcel", fields))
            with pytest.raises(PublicationRefused):
                contracts.check_published(detail("ParcelSent", fields))


@on_each
def test_null_of_each_optional_field_is_absence(schemas: Schemas) -> None:
    contracts, schema = contracts_of(schemas), schemas.versions["SendParcel"]["1.0"]
    fields = examples(schema)["full"]

    for name in schema["properties"].keys() - {*schema.get("required", [])}:
        left = {other: value for other, value in fields.items() if other != name}
        assert contracts.received("street", detail("SendParcel", fields | {name: None})) == detail("SendParcel", left)


@on_each
def test_the_types_can_be_written(schemas: Schemas) -> None:
    ((_, stub),) = generate([depot(schemas)], schemas).items()

    ast.parse(stub)


@on_each
def test_two_versions_of_it_are_proven_compatible_and_its_reads_supplied(schemas: Schemas) -> None:
    assert violations(schemas, [depot(schemas)]) == []


@on_each
def test_the_registry_and_the_exports_say_the_same(schemas: Schemas) -> None:
    schema = schemas.versions["ParcelSent"]["1.0"]
    content = json.loads(dict(registry_schemas(schemas))["depot@ParcelSent-1.1"])
    Draft4Validator.check_schema(content)
    graph = Graph(
        (depot(schemas),),
        schemas,
        (),
        {},
        frozenset({("depot", "ParcelSent"), ("street", "SendParcel")}),
        (),
        (Edge("street", "SendParcel", "depot"),),
    )
    message = asyncapi(graph, title="Parcels", version="1", bus="bus")["components"]["messages"]["ParcelSent-1.1"]
    exported = json.loads(eventcatalog(graph, version="1.0.0")["events/ParcelSent/schema.json"])

    registered = Draft4Validator(content, format_checker=FORMAT_CHECKER)
    payload, catalogued = (
        Draft7Validator(one, format_checker=FORMAT_CHECKER) for one in (message["payload"], exported)
    )

    def judged(fields: Json) -> set[bool]:
        whole = bridge_event("depot", "ParcelSent", "1.1", fields)
        return {registered.is_valid(whole), payload.is_valid(whole["detail"]), catalogued.is_valid(whole["detail"])}

    for name, fields in examples(schema).items():
        assert judged(fields) == {True}, name
    for name, fields in broken(schema).items():
        assert not isinstance(fields, dict) or judged(fields) == {False}, name
    for one in message["examples"]:
        assert Draft7Validator(message["payload"]).is_valid(one["payload"])


@on_each
def test_the_commands_that_are_made_from_it_are_accepted(schemas: Schemas) -> None:
    contracts, services = contracts_of(schemas), [depot(schemas)]

    (story,) = generated_stories(services, schemas, None)
    drawn = [command for seed in range(20) for command in drawn_workload(Chance(seed), (), services, schemas)]

    for command in (*story.commands, *drawn):
        assert command.type == "SendParcel"
        contracts.received("street", detail("SendParcel", dict(command.fields)))


@on_each
def test_the_contract_tests_of_a_project_run_on_it(schemas: Schemas) -> None:
    for promise in promises_of(Exploration((depot(schemas),), schemas)):
        promise.check()
