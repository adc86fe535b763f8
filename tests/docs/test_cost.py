"""What the documents say of the cost is what a run of the meter says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ensemble.command_line.synthesis import FINGERPRINT, fingerprint
from tests.conftest import ROOT
from tests.docs.documented_map import table_rows
from tests.docs.measured_cost import Rows, by_service, dollars, figures, lines, measured
from tests.docs.test_json import shown

OF_THE_FIGURE, IN_ALL = 0.02, 0.15
"""How far a figure of a document may be off: by this share, or by this much."""


@pytest.fixture(scope="module")
def document(assembly: Path) -> Any:
    (assembly / FINGERPRINT).write_text(fingerprint(ROOT))
    return measured({"CDK_OUTDIR": str(assembly)})


def section(heading: str) -> str:
    return (ROOT / "docs" / "cost.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]


def number(text: str) -> float:
    return float(text.strip().replace(",", ""))


@pytest.mark.parametrize(
    ("heading", "table"),
    [("A million orders", dollars), ("By service", by_service), ("One order", figures)],
)
def test_each_table_of_the_cost_is_as_measured(document: Any, heading: str, table: Callable[[Any], Rows]) -> None:
    rows = table(document)

    written = {
        title: [number(cell) for cell in cells][-len(rows[title]) :] for title, *cells in table_rows(section(heading))
    }

    to_write = "docs/cost.md is not as measured. Fix: write these rows\n" + "\n".join(lines(rows))
    assert written.keys() == rows.keys(), to_write
    for title, amounts in rows.items():
        assert written[title] == pytest.approx(amounts, rel=OF_THE_FIGURE, abs=IN_ALL), to_write


@pytest.mark.parametrize("file", ["docs/operate.md", "docs/cost.md"])
def test_an_idle_stage_costs_what_the_documents_say(document: Any, file: str) -> None:
    (said,) = re.findall(r"An idle stage costs about ([\d.]+) USD a month", (ROOT / file).read_text())

    assert float(said) == pytest.approx(document["idle_month"]["usd"], abs=0.1)


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
