"""docs/proof.md names what is proven, and each guard."""

from __future__ import annotations

from tests.proof.documented import rows_under
from tests.proof.guards import Guard
from tests.proof.invariants import GUARANTEES


def test_the_page_names_each_guarantee() -> None:
    assert [row[0] for row in rows_under("What is proven")] == [one.name for one in GUARANTEES]


def test_the_page_names_each_guard() -> None:
    assert [row[0] for row in rows_under("The model is the code's")] == [str(guard) for guard in Guard]
