"""What stands in for a sensitive value is of its schema, the same for the same, and nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.command_line.trace.standins import StandIns
from ensemble.contracts.containment import accepts
from ensemble.contracts.loading import load_schemas
from ensemble.contracts.schemas import Schemas
from ensemble.scenario import Command, Scenario, Story
from scenarios.lending.scenario import SCENARIO, loan
from tests.conftest import LENDING

TYPE = "RequestLoan"


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    return load_schemas(LENDING / "schemas")


def shown(stand_ins: StandIns, schemas: Schemas, email: str, street: str = "Private Street 1") -> dict[str, Any]:
    fields = dict(loan("loan-1", 1).fields)
    fields |= {"reader": {"name": "Ada", "email": email}, "place": {"town": "Bern", "street": street}}
    found = stand_ins.shown(fields, schemas.ever(TYPE))
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("scenario", [Scenario(), SCENARIO], ids=["without a scenario", "with one"])
def test_a_command_of_stand_ins_is_one_of_its_schema(schemas: Schemas, scenario: Scenario) -> None:
    found = shown(StandIns(schemas, scenario), schemas, "ada@private.example")

    assert accepts(schemas.versions[TYPE][schemas.newest(TYPE)], found)
    assert "rivate" not in str(found)
    assert (found["loan_id"], found["books"]) == ("loan-1", [{"title": "title-1", "copies": 1}])


def test_the_same_value_is_replaced_by_the_same_one_and_another_one_by_another(schemas: Schemas) -> None:
    stand_ins = StandIns(schemas, SCENARIO)

    first, again, other = (shown(stand_ins, schemas, f"{one}@private.example") for one in ("ada", "ada", "bob"))

    assert first == again
    assert first["reader"] != other["reader"]


def test_what_the_scenario_says_stays(schemas: Schemas) -> None:
    stand_ins = StandIns(schemas, SCENARIO)
    (known,) = {one.fields["reader"]["email"] for one in SCENARIO.stories[0].commands}

    assert shown(stand_ins, schemas, known)["reader"]["email"] == known
    assert stand_ins.shown({"a": 1}, ()) == {}


def test_other_values_are_tried_first_where_the_scenario_has_few(schemas: Schemas) -> None:
    commands = [loan(f"loan-{number}", 1).fields for number in range(5)]
    streets = [
        {**one, "place": {"town": "Bern", "street": f"Street {number % 2}"}} for number, one in enumerate(commands)
    ]
    scenario = Scenario(stories=(Story("one", tuple(Command(TYPE, "desk", one) for one in streets), ()),))
    stand_ins = StandIns(schemas, scenario)
    story = Story("told", (Command(TYPE, "desk", shown(stand_ins, schemas, "ada@private.example")),), ())

    first, *_ = stand_ins.others(story)

    assert story.commands[0].fields["place"]["street"] == "Street 0"
    assert first.commands[0].fields["place"]["street"] == "Street 1"
    assert first.commands[0].fields["reader"] == story.commands[0].fields["reader"]
