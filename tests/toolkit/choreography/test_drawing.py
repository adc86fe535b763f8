"""The picture for the console: one straight way, what undoes a step under it, and the same text each time."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ensemble.choreography.drawing import Json, drawing_of
from ensemble.choreography.graph import Graph
from ensemble.choreography.pictures import drawn, hearing_everything
from functions.kit.model import Decision, Service, on, unchanged
from tests.conftest import LENDING, ROOT
from tests.toolkit.choreography.conftest import GraphOf
from tests.toolkit.choreography.conftest import drawn as drawn_of

NODE = re.compile(
    r'^"(service:\w+|event:\w+/\w+)" \[width=([\d.]+), height=([\d.]+)(, group="line")?\];$', re.MULTILINE
)
WAY = re.compile(r'^"([^"]+)" -> "([^"]+)" \[(.*)\];$', re.MULTILINE)
UNDER = re.compile(r'^\{rank=same; "([^"]+)" -> "([^"]+)" \[style=invis\];\}$', re.MULTILINE)

AGAIN = """
import json, sys
from pathlib import Path
from ensemble.choreography.drawing import drawing_of
from ensemble.choreography.graph import read_graph
from ensemble.contracts.loading import load_schemas
from infrastructure.services import discover
root = Path(sys.argv[1])
graph = read_graph(Path(sys.argv[2]), discover(root), load_schemas(root / "schemas"))
print(json.dumps(drawing_of(graph)))
"""


@pytest.fixture
def graph(graph_of: GraphOf) -> Graph:
    return graph_of()


@pytest.fixture
def drawing(graph: Graph) -> Json:
    return drawing_of(graph)


def ways(dot: str) -> list[tuple[str, str]]:
    """Return from where to where an event goes, whichever way its edge has in the DOT."""
    return [(head, tail) if "dir=back" in how else (tail, head) for tail, head, how in WAY.findall(dot)]


def nodes(dot: str) -> dict[str, float]:
    """Return the widths of the nodes."""
    return {name: float(width) for name, width, *_ in NODE.findall(dot)}


@pytest.mark.parametrize("shape", ["wide", "tall"])
def test_each_edge_is_drawn_once_from_its_publisher_over_the_event_to_who_hears_it(
    shape: str, graph: Graph, drawing: Json
) -> None:
    events = {(one.publisher, one.event) for one in drawn(graph)}
    published = [(f"service:{source}", f"event:{source}/{event}") for source, event in events]
    heard = [(f"event:{one.publisher}/{one.event}", f"service:{one.service}") for one in drawn(graph)]

    dot = drawing["dot"][shape]

    assert sorted(ways(dot)) == sorted(published + heard)
    assert {name for way in ways(dot) for name in way} == set(nodes(dot))
    assert len(NODE.findall(dot)) + len(WAY.findall(dot)) + len(UNDER.findall(dot)) == len(dot.splitlines()) - 3


def test_the_document_has_all_that_the_graph_has_and_what_nobody_else_hears_has_no_node(
    graph: Graph, drawing: Json
) -> None:
    services = {one["name"]: one["outside"] for one in drawing["services"]}
    paths = {one["type"]: one["path"] for one in drawing["events"]}
    edges = {(one["source"], one["event"], one["service"]) for one in drawing["edges"]}

    assert {name for name, is_outside in services.items() if is_outside} == {"bindery", "desk"}
    assert set(hearing_everything(graph)) == {"journal"} < set(services)
    assert paths.keys() == graph.schemas.publishers.keys()
    assert (paths["LoanRequested"], paths["DeliveryRefused"]) == ("happy", "undo")
    assert edges == {(one.publisher, one.event, one.service) for one in drawn(graph)}
    assert not [name for name in nodes(drawing["dot"]["wide"]) if "journal" in name or "CopiesAdded" in name]


def test_the_spine_is_the_longest_happy_way_from_outside(drawing: Json) -> None:
    assert drawing["spine"] == ["RequestLoan", "LoanRequested", "CopiesReserved", "CopiesSent", "LoanGranted"]
    assert "LoanGranted" in drawing["ends"]
    assert not {"RequestLoan", "LoanRequested", "CopiesSent"} & set(drawing["ends"])


def test_the_line_ends_where_the_spine_comes_back_to_a_service(drawing: Json) -> None:
    straight = {name for name, *_, group in NODE.findall(drawing["dot"]["wide"]) if group}

    assert {name for name in straight if name.startswith("event:")} == {
        "event:desk/RequestLoan",
        "event:loan/LoanRequested",
        "event:shelf/CopiesReserved",
        "event:courier/CopiesSent",
    }
    assert {name for name in straight if name.startswith("service:")} == {
        f"service:{name}" for name in ("desk", "loan", "shelf", "courier")
    }


def test_what_goes_back_hangs_under_the_step_that_it_undoes(drawing: Json) -> None:
    assert set(UNDER.findall(drawing["dot"]["wide"])) == {
        ("event:loan/LoanRequested", "event:shelf/CopiesRefused"),
        ("event:loan/LoanRequested", "event:shelf/CopiesReleased"),
        ("event:shelf/CopiesReserved", "event:courier/DeliveryRefused"),
    }


def test_no_edge_goes_against_the_order_of_the_services(drawing: Json) -> None:
    order = {name: place for place, name in enumerate(["desk", "loan", "shelf", "courier"])}
    for tail, head, _ in WAY.findall(drawing["dot"]["wide"]):
        if head.removeprefix("service:") in order and tail.startswith("event:"):
            source = tail.removeprefix("event:").split("/")[0]
            assert order.get(source, 0) <= order[head.removeprefix("service:")]


def test_a_pill_has_room_for_its_name_and_five_digits(drawing: Json) -> None:
    widths = nodes(drawing["dot"]["wide"])

    assert widths["event:loan/LoanCancellationRequested"] * 72 > 25 * 6.1 + 5 * 6.5
    assert widths["service:loan"] * 72 > 100


def test_the_picture_is_the_same_in_each_process(drawing: Json, assembly: Path) -> None:
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([str(LENDING), str(ROOT)])}
        command = [sys.executable, "-P", "-c", AGAIN, str(LENDING), str(assembly / "assembly-dev")]
        again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)

        assert json.loads(again.stdout) == drawing


def nothing(state: Any, event: Any) -> Decision:
    return unchanged(state)


DESK = Service("desk", "id", dict, (on("AskDesk", nothing, reads=()),))
PING = Service("ping", "id", dict, (on("BallReturned", nothing, reads=(), emits=("BallServed",)),))
PONG = Service("pong", "id", dict, (on("BallServed", nothing, reads=(), emits=("BallReturned",)),))


def test_a_project_of_one_service_is_drawn() -> None:
    drawing = drawing_of(drawn_of(DESK))

    assert drawing["spine"] == ["AskDesk"]
    assert nodes(drawing["dot"]["tall"]).keys() == {"service:outside", "service:desk", "event:outside/AskDesk"}


def test_services_that_answer_each_other_are_drawn_though_nothing_comes_from_outside() -> None:
    drawing = drawing_of(drawn_of(PING, PONG))

    assert drawing["spine"] == ["BallReturned", "BallServed"]
    assert sorted(ways(drawing["dot"]["wide"])) == [
        ("event:ping/BallServed", "service:pong"),
        ("event:pong/BallReturned", "service:ping"),
        ("service:ping", "event:ping/BallServed"),
        ("service:pong", "event:pong/BallReturned"),
    ]


def test_a_project_in_which_nobody_hears_anything_is_an_empty_picture() -> None:
    assert nodes(drawing_of(replace(drawn_of(DESK), edges=()))["dot"]["wide"]) == {}
