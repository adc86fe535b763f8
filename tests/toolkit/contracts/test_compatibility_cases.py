"""The verified cases of schema evolution: each is answered right, both ways, and each no has its witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from ensemble.contracts.comparison import compare
from ensemble.contracts.containment import Answer, Containment, closed

CASES = json.loads((Path(__file__).parent / "schema_compatibility.json").read_text())["cases"]


def is_right(containment: Containment, expected: bool, writer: Any, reader: Any) -> bool:
    """Whether the answer is the expected one, and a second validator agrees with every witness."""
    if expected:
        return containment.answer is Answer.YES
    return containment.answer is Answer.NO and all(
        Draft202012Validator(closed(writer)).is_valid(finding.witness)
        and not Draft202012Validator(reader).is_valid(finding.witness)
        for finding in containment.findings
    )


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_the_answer_is_right_both_ways(case: dict[str, Any]) -> None:
    comparison = compare(case["old"], case["new"])

    assert is_right(comparison.backward, case["backward"], case["old"], case["new"])
    assert is_right(comparison.forward, case["forward"], case["new"], case["old"])


def test_there_are_thirty_six_cases_of_both_kinds() -> None:
    assert len(CASES) == 36
    assert {(case["backward"], case["forward"]) for case in CASES} == {
        (backward, forward) for backward in (True, False) for forward in (True, False)
    }
