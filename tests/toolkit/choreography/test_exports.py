"""What is exported is what others can read, and says of the graph what the graph says."""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from ensemble.choreography.asyncapi import asyncapi
from ensemble.choreography.catalogue import catalogue
from ensemble.choreography.eventcatalog import eventcatalog
from ensemble.choreography.flow import by_causes
from ensemble.choreography.graph import Graph
from ensemble.choreography.lanes import lanes
from ensemble.contracts.schemas import fields
from functions.kit.model import TIMER, Decision, Service, on, on_timer, unchanged
from tests.conftest import NAMES
from tests.toolkit.choreography.conftest import SCHEMAS, SERVICES, GraphOf
from tests.toolkit.choreography.conftest import drawn as drawn_of

Json = dict[str, Any]

EVERY_VERSION = [(event, version) for event, versions in SCHEMAS.versions.items() for version in versions]


@cache
def meta_schema() -> Draft7Validator:
    with gzip.open(Path(__file__).parent / "asyncapi-3.0.0.json.gz") as file:
        return Draft7Validator(json.load(file))


@pytest.fixture
def graph(graph_of: GraphOf) -> Graph:
    return graph_of()


@pytest.fixture
def document(graph: Graph) -> Json:
    return asyncapi(graph, title="lending", version="1.2.3", bus=NAMES.bus)


# AsyncAPI


def test_the_asyncapi_document_is_valid_by_the_published_meta_schema(document: Json) -> None:
    assert [error.message for error in meta_schema().iter_errors(document)] == []


@pytest.mark.parametrize(
    "broken",
    [
        {"asyncapi": "2.6.0"},
        {"channels": {"LoanRequested": {"adress": "x"}}},
        {
            "operations": {
                "loan.send.LoanRequested": {"action": "shout", "channel": {"$ref": "#/channels/LoanRequested"}}
            }
        },
    ],
)
def test_the_meta_schema_would_refuse_a_broken_one(broken: Json, document: Json) -> None:
    assert not meta_schema().is_valid(document | broken)


def test_every_reference_of_the_document_leads_somewhere(document: Json) -> None:
    for reference in re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document)):
        place = document
        for step in reference.split("/"):
            place = place[step]


def test_the_document_has_every_live_version_with_examples_that_fit_it(document: Json) -> None:
    messages = document["components"]["messages"]

    assert set(messages) == {f"{event}-{version}" for event, version in EVERY_VERSION}
    for message in messages.values():
        for example in message["examples"]:
            assert Draft7Validator(message["payload"]).is_valid(example["payload"])


def test_operations_are_what_the_graph_delivers(document: Json, graph: Graph) -> None:
    sent = {name for name, operation in document["operations"].items() if operation["action"] == "send"}

    assert sent == {f"{publisher}.send.{event}" for publisher, event in graph.publishable}
    assert set(document["operations"]) - sent == {f"{edge.service}.receive.{edge.event}" for edge in graph.edges}


# EventCatalog


def frontmatter(page: str) -> Json:
    head = page.split("---\n")[1]
    return {name: json.loads(value) for name, value in (line.split(": ", 1) for line in head.splitlines())}


def test_the_catalogues_folders_have_each_message_with_its_older_versions_below_it(graph: Graph) -> None:
    files = eventcatalog(graph, version="1.2.3")

    places = {path.removesuffix("/index.mdx") for path in files if path.endswith("index.mdx")}
    assert {
        "events/LoanRequested",
        "events/LoanRequested/versioned/1.0.0",
        "events/LoanRequested/versioned/1.1.0",
    } <= places
    assert {"commands/RequestLoan", "services/desk"} <= places
    assert len(places) == len(EVERY_VERSION) + len(SERVICES) + 2


def test_a_message_has_its_id_its_version_and_its_schema_beside_it(graph: Graph) -> None:
    files = eventcatalog(graph, version="1.2.3")

    newest, oldest = (
        frontmatter(files[f"events/LoanRequested{place}/index.mdx"]) for place in ("", "/versioned/1.0.0")
    )
    assert (newest["id"], newest["version"], newest["schemaPath"]) == ("LoanRequested", "2.0.0", "schema.json")
    assert "deprecated" not in newest
    assert (oldest["version"], oldest["deprecated"]) == ("1.0.0", {"date": "2026-11-24"})
    assert json.loads(files["events/LoanRequested/schema.json"])["properties"]["deposit"]["type"] == "object"


def test_a_service_sends_the_newest_version_and_receives_all_live_ones(graph: Graph) -> None:
    page = frontmatter(eventcatalog(graph, version="1.2.3")["services/shelf/index.mdx"])

    assert page["summary"] == "Keeps a row for each loan_id. Can undo CopiesReserved."
    assert {"id": "CopiesReserved", "version": "1.0.0"} in page["sends"]
    assert [one["version"] for one in page["receives"] if one["id"] == "LoanRequested"] == ["1.0.0", "1.1.0", "2.0.0"]


# The catalogue page


class Page(HTMLParser):
    """What a reader of the page meets: its texts, its anchors, its links, and what it would load."""

    VOID = ("meta", "br", "link", "img", "input")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.anchors: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.entries: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        given = {name: value or "" for name, value in attributes}
        if "id" in given:
            self.anchors.append(given["id"])
        if given.get("class") == "entry":
            self.entries.append(tag)
        if "href" in given:
            self.links.append(given["href"])
        if "src" in given or tag == "link":
            self.loaded.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(" ".join(data.split()))


@pytest.fixture
def page(graph: Graph) -> Page:
    return Page(catalogue(graph, title=NAMES.bus))


def test_the_page_is_whole_and_loads_nothing(page: Page) -> None:
    assert page.open == []
    assert page.loaded == []
    assert all(link.startswith("#") for link in page.links)


def test_every_link_of_the_page_leads_to_a_place_in_it(page: Page) -> None:
    assert {link.removeprefix("#") for link in page.links} <= set(page.anchors)
    assert len(page.anchors) == len(set(page.anchors))


def test_the_page_has_every_service_event_version_and_field(page: Page) -> None:
    names = {*SCHEMAS.publishers, *(f"service-{service.name}" for service in SERVICES)}
    assert names <= set(page.anchors)
    texts = set(page.texts)
    for event, version in EVERY_VERSION:
        assert version in texts
        assert {path for path, _ in fields(SCHEMAS.versions[event][version])} <= texts


def test_the_page_says_who_reads_a_field_what_is_sensitive_and_what_ends(graph: Graph) -> None:
    html = " ".join(catalogue(graph, title=NAMES.bus).split())

    assert re.search(
        r"<code>books\[\]\.copies</code></td><td>integer</td> <td>[^<]*</td> <td>minimum 1</td><td>shelf</td>",
        html,
    )
    assert re.search(r"Street and number[^<]*<span class=\"note\">Sensitive: never logged\.</span>", html)
    assert "deprecated since 2026-11-24" in html
    newest, *older = html.split('<h3 id="LoanRequested">')[1].split("<h3")[0].split("<summary><strong>")[1:]
    assert "<td>shelf</td>" in newest
    assert not any("<td>shelf</td>" in version for version in older)
    assert "the pivot: from here the workflow only goes forward" in html


def test_the_page_draws_each_event_as_a_row_and_failures_dotted(graph: Graph) -> None:
    html = catalogue(graph, title=NAMES.bus)

    rows = re.findall(r"<g>(.*?)</g>", html, re.DOTALL)
    drawn = {re.search(r">(\w+)</text>", row)[1]: "dotted" in row for row in rows}  # type: ignore[index]
    assert set(drawn) == {edge.event for edge in graph.edges if edge.service != "journal"}
    assert (drawn["LoanRequested"], drawn["DeliveryRefused"]) == (False, True)


def test_all_rows_lie_in_the_picture(graph: Graph) -> None:
    picture = lanes(graph)

    xs = [x for _, x in picture.columns]
    assert 0 < min(xs) < max(xs) < picture.width
    assert 0 < min(arrow.y for arrow in picture.arrows) < max(arrow.y for arrow in picture.arrows) < picture.height


def test_the_rows_run_in_the_order_of_causes_with_commands_first(graph: Graph) -> None:
    rows = [arrow.event for arrow in lanes(graph).arrows]

    commands = [event for event in rows if graph.schemas.publishers[event] in ("desk", "bindery")]
    chain = ["LoanRequested", "CopiesReserved", "CopiesSent", "LoanGranted"]
    assert rows[: len(commands)] == commands
    assert [event for event in rows if event in chain] == chain


def test_what_a_timer_publishes_comes_after_what_its_service_hears() -> None:
    def keep(state: object, event: object) -> Decision:
        return unchanged(state)

    clock = Service(
        "clock", "alarm_id", dict, (on("SetAlarm", keep, reads=()), on_timer(keep, emits=("AlarmRung",))),
        timer=lambda state: None,
    )  # fmt: skip
    sleeper = Service("sleeper", "alarm_id", dict, (on("AlarmRung", keep, reads=(), emits=("AlarmHeard",)),))

    order = [event for event in by_causes(drawn_of(clock, sleeper)) if event != TIMER]

    assert order == ["SetAlarm", "AlarmRung", "AlarmHeard"]


def test_each_service_and_event_is_an_entry_that_the_search_finds(page: Page) -> None:
    assert page.open == []
    assert len(page.entries) == len(SERVICES) + 2 + len(SCHEMAS.publishers)
    assert {"search", "found", "finder"} <= set(page.anchors)


def test_every_table_and_the_graph_scroll_in_a_box_of_their_own(graph: Graph) -> None:
    html = catalogue(graph, title=NAMES.bus)

    assert html.count("<table>") == html.count('<div class="wide"><table>')
    assert '<figure class="wide"' in html


def test_what_a_schema_says_cannot_break_the_page(graph_of: GraphOf) -> None:
    evil = "<script>alert(1)</script>"
    versions = {event: dict(found) for event, found in SCHEMAS.versions.items()}
    versions["LoanRequested"]["2.0"] = versions["LoanRequested"]["2.0"] | {"description": evil}

    html = catalogue(
        graph_of(schemas=SCHEMAS.__class__(SCHEMAS.publishers, versions, SCHEMAS.ends, SCHEMAS.upcasters)), title=evil
    )

    assert evil not in html
    assert "&lt;script&gt;" in html
