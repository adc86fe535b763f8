"""What the documents say of the code is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

from contracts.loading import load_schemas
from contracts.profile import PROFILE
from functions.shared.model import EVERY_EVENT, Service
from infrastructure.services import discover

ROOT = Path(__file__).parents[2]

EDGE = re.compile(r"(\w+)(?:\(\[.*?\]\))? (-->|-\.->)\|(\w+)\| (\w+)")


def drawn_edges() -> set[tuple[str, str, str]]:
    picture = (ROOT / "README.md").read_text().split("```mermaid")[1].split("```")[0]
    return {(publisher, event, service) for publisher, _, event, service in EDGE.findall(picture)}


def declared_edges(services: tuple[Service, ...]) -> set[tuple[str, str, str]]:
    schemas = load_schemas(ROOT / "schemas")
    return {
        (schemas.publishers[reaction.event], reaction.event, service.name)
        for service in services
        for reaction in service.subscriptions
        if reaction.event != EVERY_EVENT
    }


def test_the_readmes_picture_shows_each_subscription_of_the_services_in_it_and_no_other() -> None:
    drawn = drawn_edges()
    hearers = {service for _, _, service in drawn}

    assert drawn == {edge for edge in declared_edges(discover(ROOT)) if edge[2] in hearers}
    assert len(hearers) == 6


def test_the_schema_document_lists_the_keywords_of_the_profile() -> None:
    table = (ROOT / "docs" / "schemas.md").read_text()
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`([\w-]+)`", first_cells)) == set(PROFILE)


def test_each_relative_link_of_the_documents_leads_to_a_file() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_each_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", document.read_text()))
        assert named <= targets, f"{document.name} names {named - targets}"
