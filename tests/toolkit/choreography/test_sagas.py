"""The steps of a saga are drawn in a line, with the way back; commands are told to be a saga's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ensemble.choreography.asyncapi import asyncapi
from ensemble.choreography.catalogue import catalogue
from ensemble.choreography.eventcatalog import eventcatalog
from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import as_json, drawn, mermaid, undoing
from ensemble.choreography.saga_picture import mermaid_of
from ensemble.choreography.sagas import roles, sagas_of
from functions.kit.model import Service, on, unchanged
from functions.kit.saga.table import Step
from tests.kit.saga.tables import APPROVE, SHIP, charge, conducted, if_large, reserve
from tests.toolkit.choreography.conftest import drawn as graph_of

HEARERS = {"parts": ("HoldParts", "FreeParts"), "till": ("TakeDeposit", "ReturnDeposit")}


def participant(name: str, *commands: str) -> Service:
    def react(state: Any, event: Any) -> Any:
        return unchanged(state)

    return Service(name, "repair_id", reactions=tuple(on(one, react, reads=()) for one in commands))


def picture(*stages: Step | tuple[Step, ...], **others: Any) -> list[str]:
    services = (conducted(*stages, **others), *(participant(name, *heard) for name, heard in HEARERS.items()))
    (saga,) = sagas_of(graph_of(*services))
    return [line.strip() for line in mermaid_of(saga)]


def test_the_steps_are_a_line_from_the_first_event_to_the_last_with_the_pivot_marked() -> None:
    lines = picture(reserve(), charge(), SHIP)

    assert lines[0] == 'subgraph repair_steps["repair, step by step"]'
    assert lines[-1] == "end"
    assert 'repair_HoldParts["HoldParts<br>of parts<br>within 5 min"]' in lines
    assert 'repair_FixDevice[["FixDevice<br>the pivot"]]' in lines
    assert [line for line in lines if "-->" in line] == [
        "repair_starts --> repair_HoldParts",
        "repair_HoldParts --> repair_TakeDeposit",
        "repair_TakeDeposit --> repair_FixDevice",
        "repair_FixDevice --> repair_completes",
    ]


def test_the_way_back_goes_from_each_refusal_over_what_was_done_to_the_end() -> None:
    lines = picture(reserve(), charge(), SHIP)

    assert [line for line in lines if "-.->" in line] == [
        "repair_HoldParts -.->|PartsRefused| repair_fails",
        "repair_HoldParts -.->|late| repair_undo_HoldParts",
        "repair_undo_HoldParts -.-> repair_fails",
        "repair_TakeDeposit -.->|DepositRefused| repair_undo_HoldParts",
        "repair_TakeDeposit -.->|late| repair_undo_TakeDeposit",
        "repair_undo_TakeDeposit -.-> repair_undo_HoldParts",
        "repair_FixDevice -.->|FixRefused| repair_undo_TakeDeposit",
    ]


def test_steps_side_by_side_conditions_and_waits_are_told() -> None:
    lines = picture((reserve(), charge()), (if_large(), APPROVE))

    assert "repair_starts --> repair_HoldParts & repair_TakeDeposit" in lines
    assert 'repair_CheckLimit["CheckLimit<br>if is_large"]' in lines
    assert 'repair_Approval{{"Approval<br>waits for RepairApproved<br>within 5 min"}}' in lines
    assert "repair_HoldParts -.->|PartsRefused| repair_undo_TakeDeposit" in lines
    both = "repair_undo_HoldParts & repair_undo_TakeDeposit"
    assert f"repair_Approval -.->|RepairDeclined| {both}" in lines
    assert f"repair_Approval -.->|late| {both}" in lines


def test_a_saga_that_never_goes_back_has_no_way_back() -> None:
    def only(**others: Any) -> Step:
        return Step("Note", "Note", (), "Noted", **others)

    lines = picture(only(), cancels=False)

    assert not [line for line in lines if "-.->" in line or "fails" in line]


def test_the_graph_has_the_steps_beside_it_where_the_saga_is_drawn_and_the_way_back_dotted() -> None:
    services = (conducted(reserve(), charge()), participant("parts", *HEARERS["parts"]), participant("other", "Beside"))
    graph = graph_of(*services)

    whole, part = (mermaid(graph, drawn(graph, around)) for around in (None, "other"))

    assert "repair -->|HoldParts| parts" in whole
    assert "repair -.->|FreeParts| parts" in whole
    assert {"FreeParts", "PartsFreed", "ReturnDeposit", "RepairFailed"} <= undoing(graph)
    assert "subgraph repair_steps" in whole
    assert "subgraph" not in part


def test_json_has_each_step_with_its_answers_its_undo_and_its_deadline() -> None:
    graph = graph_of(conducted(reserve(), (if_large(), APPROVE), SHIP))

    (saga,) = json.loads(as_json(graph, drawn(graph)))["sagas"]

    stages: list[list[Mapping[str, Any]]] = saga["stages"]
    assert [saga[name] for name in ("name", "starts", "completes", "fails", "cancels")] == [
        *("repair", "RepairAsked", "RepairCompleted", "RepairFailed", "WithdrawalAsked")
    ]
    assert [[step["name"] for step in stage] for stage in stages] == [
        *(["HoldParts"], ["CheckLimit", "Approval"], ["FixDevice"])
    ]
    assert stages[0][0]["undo"] == "FreeParts"
    assert stages[0][0]["within_seconds"] == 300
    assert stages[1][0]["when"] == "is_large"
    assert stages[1][1]["command"] is None
    assert stages[2][0]["pivot"]


def test_each_command_of_a_saga_is_told_to_be_one() -> None:
    said = roles((conducted(reserve(), APPROVE, SHIP), participant("parts", *HEARERS["parts"])))

    assert said == {
        "HoldParts": "Asked for by step 1 of the saga repair.",
        "FreeParts": "Undoes HoldParts, step 1 of the saga repair.",
        "FixDevice": "Asked for by step 3 of the saga repair.",
    }


# In what is exported


@pytest.fixture(scope="module")
def described() -> Graph:
    """The graph of a saga and its participants, with a schema of each event."""
    graph = graph_of(
        conducted(reserve(), (if_large(), APPROVE), SHIP),
        participant("parts", *HEARERS["parts"]),
        kinds=dict.fromkeys(HEARERS["parts"], "command"),
    )
    versions = {
        event: {"1.0": {"description": f"{event}.", "type": "object", "properties": {}, **version["1.0"]}}
        for event, version in graph.schemas.versions.items()
    }
    return replace(graph, schemas=replace(graph.schemas, versions=versions))


def test_the_catalogue_has_a_row_for_each_step_and_says_which_step_a_command_is_of(described: Graph) -> None:
    page = " ".join(catalogue(described, title="bench").split())

    assert '<a href="#sagas">Sagas</a>' in page
    assert '<td>1</td> <td><a href="#HoldParts">HoldParts</a></td> <td><a href="#service-parts">parts' in page
    assert "</a> within 5 min</td>" in page
    assert '<a href="#FreeParts">FreeParts</a>, answered by <a href="#PartsFreed">' in page
    assert "<td>2</td> <td>Approval</td> <td>somebody outside</td>" in page
    assert "only if is_large. irreversible: it looks." in page
    assert "Undoes HoldParts, step 1 of the saga repair." in page


def test_asyncapi_and_eventcatalog_say_which_step_a_command_is_of(described: Graph) -> None:
    document = asyncapi(described, title="bench", version="1", bus="dev")
    files = eventcatalog(described, version="1.0.0")

    said = "HoldParts. Asked for by step 1 of the saga repair."
    assert document["channels"]["HoldParts"]["description"].startswith(said)
    assert document["channels"]["HoldParts"]["tags"] == [{"name": "command"}]
    assert f'summary: "{said}"' in files["commands/HoldParts/index.mdx"]


def test_a_saga_is_a_flow_of_eventcatalog_whose_steps_lead_onward_and_back(described: Graph) -> None:
    page = eventcatalog(described, version="1.0.0")["flows/repair/index.mdx"]

    (said,) = (line.removeprefix("steps: ") for line in page.splitlines() if line.startswith("steps: "))
    steps = {one["id"]: one for one in json.loads(said)}
    assert steps["Approval"]["message"] == {"id": "RepairApproved", "version": "1.0.0"}
    assert steps["HoldParts"]["next_steps"] == [
        {"id": "CheckLimit"},
        {"id": "Approval"},
        {"id": "fails", "label": "PartsRefused"},
        {"id": "undo_HoldParts", "label": "late"},
    ]
    assert all(onward["id"] in steps for one in steps.values() for onward in one["next_steps"])


def test_a_project_without_a_saga_has_none_of_it_in_its_catalogue(described: Graph) -> None:
    page = catalogue(replace(described, services=described.services[1:]), title="bench")

    assert "Saga" not in page
