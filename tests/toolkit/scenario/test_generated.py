"""Commands made from schemas, for whoever has written no scenario."""

from __future__ import annotations

import dataclasses

from ensemble.contracts.doors import commands_from_outside
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Scenario
from ensemble.scenario.generated import example, filled_in, generated_stories
from infrastructure.services import discover
from tests.conftest import LENDING

SERVICES = discover(LENDING)
SCHEMAS = load_schemas(LENDING / "schemas")


def with_field(type: str, name: str, **keywords: object) -> Schemas:
    """Return the schemas with other keywords of a field in the newest version of a type."""
    version = SCHEMAS.newest(type)
    schema = SCHEMAS.versions[type][version]
    field = {**schema["properties"][name], **keywords}
    changed = {**schema, "properties": {**schema["properties"], name: field}}
    versions = {**SCHEMAS.versions, type: {**SCHEMAS.versions[type], version: changed}}
    return dataclasses.replace(SCHEMAS, versions=versions)


def test_what_comes_from_outside_is_what_a_service_hears_and_no_service_publishes() -> None:
    assert commands_from_outside(SERVICES, SCHEMAS) == {
        "AddCopies": {"receipt_id"},
        "CancelLoan": {"loan_id"},
        "RequestLoan": {"loan_id"},
    }


def test_an_example_from_the_schema_has_a_row_of_its_own() -> None:
    fields = example("AddCopies", SERVICES, SCHEMAS, None)

    assert fields == {"receipt_id": "receipt-{unique}", "title": "title-1", "copies": 12}
    assert filled_in(fields, "abc")["receipt_id"] == "receipt-abc"


def test_examples_in_the_schema_are_taken_for_their_fields() -> None:
    schemas = with_field("AddCopies", "title", examples=["Emma", "Dubliners"])

    assert example("AddCopies", SERVICES, schemas, None)["title"] == "Emma"


def test_the_scenarios_example_comes_first_and_is_taken_as_it_is() -> None:
    scenario = Scenario(examples={"AddCopies": {"title": "Emma"}})

    assert example("AddCopies", SERVICES, SCHEMAS, scenario) == {"title": "Emma"}


def test_there_is_a_story_for_each_command_each_of_another_workflow_and_none_says_how_it_ends() -> None:
    stories = generated_stories(SERVICES, SCHEMAS, None)

    assert [story.name for story in stories] == ["AddCopies", "CancelLoan", "RequestLoan"]
    assert {story.end for story in stories} == {()}
    cancelled, requested = (story.commands[0].fields["loan_id"] for story in stories[1:])
    assert cancelled != requested
