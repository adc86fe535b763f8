"""What the documents say of the code is true of the code."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from ensemble.command_line.parser import app
from ensemble.contracts.profile import PROFILE
from tests.conftest import ROOT
from tests.docs.blocks import files_of
from tests.docs.documented_map import table_rows, visible

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SHOP = ROOT / "tests" / "shop"
STARTER = ROOT / "ensemble" / "project" / "starter"
OF_STARTER = list((STARTER / "tests").glob("*.txt"))
"""The tests that a new project has."""

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())


def commands_of(document: Path) -> list[str]:
    """Return the commands that a document shows: the lines of its consoles, and what stands in backticks."""
    text = visible(document.read_text())
    lines = re.findall(r"^\$ ([^#\n]*)", text, re.MULTILINE)
    return [line.strip() for line in [*lines, *re.findall(r"`([^`\n]+)`", text)]]


def test_the_schema_document_lists_the_keywords_of_the_profile() -> None:
    table = (ROOT / "docs" / "schemas.md").read_text()
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`([\w-]+)`", first_cells)) == set(PROFILE)


@each_document
def test_each_relative_link_leads_to_a_file(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", visible(document.read_text())):
        assert (document.parent / target).exists(), target


@each_document
def test_each_link_into_a_document_leads_to_a_heading(document: Path) -> None:
    for target, anchor in re.findall(r"\]\(([^)#:]*)#([^)]*)\)", visible(document.read_text())):
        page = document.parent / target if target else document
        headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
        assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def make_targets(file: Path) -> set[str]:
    """Return the targets of a makefile and of those it includes."""
    text = file.read_text()
    included = [ROOT / name for name in re.findall(r"^-?include (.+)$", text, re.MULTILINE)]
    return set(re.findall(r"^([a-z-]+):", text, re.MULTILINE)).union(*map(make_targets, included))


@each_document
def test_each_make_target_exists(document: Path) -> None:
    named = {
        word
        for command in commands_of(document)
        if command.startswith("make ")
        for word in command.split()[1:]
        if re.fullmatch("[a-z-]+", word)
    }

    assert named - make_targets(ROOT / "Makefile") == set()


@each_document
def test_each_command_and_option_of_ensemble_exists(document: Path) -> None:
    group = typer.main.get_group(app)
    for command in commands_of(document):
        words = re.sub(r"^(\.venv/bin/|python -m )", "", command).split()
        if len(words) < 2 or words[0] != "ensemble" or not words[1].isalpha():
            continue
        found = group.commands.get(words[1])
        assert found is not None, command
        for inner in words[2:]:
            found = getattr(found, "commands", {}).get(inner, found)
        typed = {word for word in words if word.startswith("--")}
        assert typed <= options_of(words[1], found) | {"--help"}, command


def options_of(name: str, command: Any) -> set[str]:
    """Return the options of a command; of one that reads what was typed itself those that its help names."""
    if command.add_help_option:
        return {option for parameter in command.params for option in parameter.opts}
    run = subprocess.run([sys.executable, "-m", "ensemble", name, "--help"], cwd=ROOT, capture_output=True, text=True)
    return set(re.findall(r"--[a-z]+", run.stdout))


WRITTEN = re.compile(r"--as-test \S+")
"""A test that a command writes, and that is not there before."""


@each_document
def test_each_test_that_is_named_exists(document: Path) -> None:
    if document.parent.name == "decisions":
        return  # they name what there was on their day
    modules = r"\btests/[\w/]+\.py"
    named = {
        path
        for command in commands_of(document)
        for path in re.findall(r"\btests/[\w/.]*\w" if "pytest " in command else modules, WRITTEN.sub("", command))
    }
    there = files_of(document.read_text()).keys() | {path.relative_to(STARTER).as_posix()[:-4] for path in OF_STARTER}

    if not SHOP.exists():  # it is taken out: what documents say of it says nothing of this project
        named = {path for path in named if not path.startswith("tests/shop/")}

    assert [path for path in sorted(named - there) if not (ROOT / path).exists()] == []


def test_the_readme_is_at_most_200_lines() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 200


def test_the_index_lists_each_decision_once() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"\]\(([\w-]+\.md)\)", (folder / "README.md").read_text())

    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def test_the_glossary_has_one_sentence_for_each_word_in_alphabetical_order() -> None:
    rows = table_rows((ROOT / "docs" / "glossary.md").read_text())
    words = [word for word, _ in rows]

    assert words == sorted(set(words), key=str.casefold)
    assert [word for word, meaning in rows if ". " in meaning] == []
