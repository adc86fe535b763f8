"""A project's scenario is found by its place alone; what is wrong with it is one sentence."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.contracts.loading import load_schemas
from ensemble.project.root import ProjectNotFound, project_root
from ensemble.scenario.discovery import find_scenario
from ensemble.scenario.errors import ScenarioMisdeclared
from ensemble.simulator.application import Application
from ensemble.simulator.discovery import find_application
from tests.conftest import LENDING

ONE = """
from ensemble.scenario import Command, Scenario, Story

OPEN = Command("OpenTicket", "website", {"ticket_id": "ticket-1"})
SCENARIO = Scenario(stories=(Story("opened", commands=(OPEN,), end=("TicketOpened",)),))
"""
SIMULATION = """
from ensemble.simulator.application import Application

class Desk(Application):
    judges_business = True
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty project, whose modules are forgotten afterwards."""
    (tmp_path / "app.py").write_text("")
    monkeypatch.setattr(sys, "path", [*sys.path])
    known = set(sys.modules)
    project_root(tmp_path)
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("scenarios."):
            del sys.modules[name]


def write(project: Path, name: str, text: str = ONE, file: str = "scenario.py") -> None:
    folder = project / "scenarios" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text)


def refusal(project: Path) -> str:
    with pytest.raises(ScenarioMisdeclared) as refused:
        find_scenario(project)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_the_root_is_the_nearest_folder_upward_with_an_app_and_comes_first_on_the_path(project: Path) -> None:
    inner = project / "functions" / "ticket"
    inner.mkdir(parents=True)

    assert project_root(inner) == project
    assert sys.path[0] == str(project)
    assert sys.path.count(str(project)) == 1


def test_outside_of_any_project_the_error_says_where_to_go(tmp_path: Path) -> None:
    with pytest.raises(ProjectNotFound, match=rf"{re.escape(str(tmp_path))} is in no project: go to the folder"):
        project_root(tmp_path)


def test_a_project_may_have_no_scenario(project: Path) -> None:
    assert find_scenario(project) is None


def test_a_scenario_is_found_by_its_place(project: Path) -> None:
    write(project, "desk1")

    scenario = find_scenario(project)

    assert scenario is not None
    assert [story.name for story in scenario.stories] == ["opened"]


def test_two_scenarios_are_refused_with_both_their_places(project: Path) -> None:
    write(project, "desk2")
    write(project, "shelf2")

    assert refusal(project) == (
        "scenarios/desk2/scenario.py and scenarios/shelf2/scenario.py: a project has one scenario.py at most, "
        "so keep one of them"
    )


@pytest.mark.parametrize(("text", "number"), [("", 0), (f"{ONE}\nOTHER = Scenario()\n", 2)])
def test_a_file_that_does_not_hold_exactly_one_scenario_is_refused(project: Path, text: str, number: int) -> None:
    name = f"desk3of{number}"
    write(project, name, text)

    assert refusal(project) == f"scenarios/{name}/scenario.py holds {number} scenarios: declare exactly one Scenario"


def test_a_scenario_that_does_not_load_is_refused_with_its_error(project: Path) -> None:
    write(project, "desk4", "import no_such_module\n")

    assert refusal(project) == (
        "scenarios/desk4/scenario.py does not load: ModuleNotFoundError: No module named 'no_such_module'"
    )


def test_a_scenario_of_another_project_of_the_same_name_is_not_taken_for_it(project: Path) -> None:
    write(project, "lending")
    sys.path.remove(str(project))

    assert "is hidden by" in refusal(project)


def test_the_application_is_the_one_for_any_project_unless_there_is_a_simulation(project: Path) -> None:
    schemas = load_schemas(LENDING / "schemas")
    write(project, "desk5")
    alone = find_application(project, {}, schemas)
    write(project, "desk5", SIMULATION, "simulation.py")
    own = find_application(project, {}, schemas)

    assert type(alone) is Application
    assert alone.scenario.ends == {"TicketOpened"}
    assert not alone.judges_business
    assert type(own).__name__ == "Desk"
    assert own.scenario == alone.scenario


def test_a_simulation_without_exactly_one_application_is_refused(project: Path) -> None:
    write(project, "desk6", f"{SIMULATION}\nclass Other(Desk): ...\n", "simulation.py")

    with pytest.raises(ScenarioMisdeclared, match=r"scenarios/desk6/simulation\.py has 2 subclasses of Application"):
        find_application(project, {}, load_schemas(LENDING / "schemas"))
