"""What the documents say of the cost is what a run of the meter says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from tests.conftest import ROOT
from tests.docs.documented_map import table_rows
from tests.docs.measured_cost import DOCUMENTS, TABLES, measured, sentences
from tests.docs.test_json import shown

OF_THE_FIGURE, IN_ALL = 0.02, 0.15
"""How far a figure of a document may be off: by this share, or by this much."""

FIX = "it is not as measured. Fix: python -m tests.docs.measured_cost"


@pytest.fixture(scope="module")
def document(assembly: Path) -> Any:
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    return measured({"CDK_OUTDIR": str(assembly)})


def section(heading: str) -> str:
    (text,) = [text for file in DOCUMENTS if f"\n## {heading}\n" in (text := file.read_text())]
    return text.split(f"\n## {heading}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("heading", TABLES)
def test_each_table_of_the_cost_is_as_measured(document: Any, heading: str) -> None:
    rows = TABLES[heading](document)
    cells = {title: figures[-len(rows[title]) :] for title, *figures in table_rows(section(heading)) if title in rows}
    said = {title: [float(cell.replace(",", "")) for cell in figures] for title, figures in cells.items()}

    assert said.keys() == rows.keys(), FIX
    for title, amounts in rows.items():
        assert said[title] == pytest.approx(amounts, rel=OF_THE_FIGURE, abs=IN_ALL), FIX


@pytest.mark.parametrize("file", DOCUMENTS, ids=lambda file: file.name)
def test_each_sentence_about_the_cost_is_as_measured(document: Any, file: Path) -> None:
    text = file.read_text()
    found = {pattern: re.findall(f"{pattern}([\\d.]+)", text) for pattern in sentences(document)}

    assert any(found.values()) or any(f"\n## {heading}\n" in text for heading in TABLES)
    for pattern, amount in sentences(document).items():
        assert [float(said) for said in found[pattern]] == pytest.approx([amount] * len(found[pattern]), abs=0.1), FIX


def test_the_document_of_the_meter_has_the_members_that_are_documented(document: Any) -> None:
    assert unknown(shown("ensemble meter --json"), document) == []


def unknown(documented: Any, printed: Any, place: str = "$") -> list[str]:
    """Return where a documented member is none of what was printed."""
    if isinstance(documented, dict):
        missing = [f"{place}.{name}" for name in documented if name not in printed]
        inner = [name for name in documented if name in printed]
        return missing + [one for name in inner for one in unknown(documented[name], printed[name], f"{place}.{name}")]
    if isinstance(documented, list) and documented and printed:
        return unknown(documented[0], printed[0], f"{place}[0]")
    return []
