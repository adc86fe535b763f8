"""What the documents say of the code is true of the code."""

from __future__ import annotations

import re
from pathlib import Path

from ensemble.contracts.profile import PROFILE

ROOT = Path(__file__).parents[2]


def test_the_schema_document_lists_the_keywords_of_the_profile() -> None:
    table = (ROOT / "docs" / "schemas.md").read_text()
    first_cells = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`([\w-]+)`", first_cells)) == set(PROFILE)


def test_each_relative_link_of_the_documents_leads_to_a_file() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_each_make_target_that_the_documents_name_exists() -> None:
    makefiles = "".join((ROOT / path).read_text() for path in ("Makefile", "ensemble/Makefile"))
    targets = set(re.findall(r"^([a-z-]+):", makefiles, re.MULTILINE))
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        named = set(re.findall(r"(?:`|\$ )make ([a-z-]+)", document.read_text()))
        assert named <= targets, f"{document.name} names {named - targets}"
