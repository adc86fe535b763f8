"""`ensemble meter`: a story of the project, in AWS's units and in dollars."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.run.beside import compared, rows_of
from tests.toolkit.command_line.conftest import Command


@pytest.fixture
def document(ensemble: Command, in_lending: Path) -> dict[str, Any]:
    outcome = ensemble("meter", "--json")
    assert outcome.status == 0
    found = json.loads(outcome.output)
    assert isinstance(found, dict)
    return found


def test_the_bill_says_the_same_by_service_by_aws_service_and_in_all(document: dict[str, Any]) -> None:
    assert document["story"] == "granted"
    for rate in document["rates"]:
        assert sum(rate["by_service"].values()) == pytest.approx(rate["usd"])
        assert sum(rate["by_aws_service"].values()) == pytest.approx(rate["usd"])
        assert 0 < rate["on_the_way"] <= rate["usd"]


def test_a_workflow_costs_no_more_the_more_of_them_there_are(document: dict[str, Any]) -> None:
    costs = [rate["usd"] for rate in document["rates"]]

    assert costs == sorted(costs, reverse=True)


def test_the_way_leads_from_the_command_to_the_end_of_the_story(document: dict[str, Any]) -> None:
    steps = document["latency"]["steps"]

    assert (steps[0]["event"], steps[-1]["publishes"]) == ("RequestLoan", "LoanGranted")
    assert all(one["publishes"] == other["event"] for one, other in pairwise(steps))
    assert sum(step["milliseconds"] for step in steps) == pytest.approx(1000 * document["latency"]["seconds"], abs=1)
    assert document["on_the_way"] == list(dict.fromkeys(step["service"] for step in steps))


def test_each_event_on_the_bus_is_counted_once(document: dict[str, Any]) -> None:
    published = 1 + len(document["latency"]["steps"])

    assert document["units"]["all"]["events"] == published


def test_the_tables_show_what_the_document_says(ensemble: Command, in_lending: Path) -> None:
    output = ensemble("meter").output

    assert "The story 'granted' of dev, by itself:" in output
    assert "list prices of us-east-1" in output
    assert "RequestLoan to LoanRequested" in output


def test_a_command_that_comes_after_an_event_comes_in_each_workflow_that_is_metered(
    ensemble: Command, in_lending: Path
) -> None:
    outcome = ensemble("meter", "cancelled too late", "--json")

    found = json.loads(outcome.output)["units"]["all"]
    assert found["events"] == 7  # of which one asks for the end and one says that it is too late


def test_a_story_that_there_is_not_cannot_be_metered(ensemble: Command, in_lending: Path) -> None:
    outcome = ensemble("meter", "burnt")

    assert outcome.status == 2
    assert "no story 'burnt' can be metered. Fix: take one of 'granted'" in outcome.errors


def test_two_documents_stand_side_by_side(document: dict[str, Any]) -> None:
    conducted = document | {"conducted_by": ["shelf"], "lines": {"shelf": 7}}

    table = dict(rows_of([compared(document, conducted)]))

    assert table["who knows the workflow"] == ["nobody", "shelf"]
    assert table["lines that decide and declare it"] == [str(sum(document["lines"].values())), "7"]
    assert table["granted"] == []
    assert table["events"] == [f"{document['units']['all']['events']:g}"] * 2
    assert table["hops to its end"] == [str(len(document["latency"]["steps"]))] * 2


def test_what_is_no_project_is_not_measured(ensemble: Command, in_lending: Path, tmp_path: Path) -> None:
    outcome = ensemble("meter", "--beside", str(tmp_path))

    assert outcome.status == 2
    assert "is no project: it has no app.py" in outcome.errors
