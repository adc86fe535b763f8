"""No generated pair is answered wrongly, and the search would notice if one were."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ensemble.contracts.containment.proof import Proof
from tests.toolkit.contracts.generated import pair
from tests.toolkit.contracts.search import judged


@given(some.integers(0, 10**9))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_an_answer_has_no_counterexample_and_its_witnesses_are_confirmed(seed: int) -> None:
    random = Random(seed)
    writer, reader = pair(random)

    answer, _, wrong = judged(writer, reader, random)

    assert answer == "unknown" or wrong is None


@pytest.mark.parametrize(
    "keyword",
    [
        "type",
        "enum",
        "minimum",
        "multipleOf",
        "maxLength",
        "pattern",
        "required",
        "additionalProperties",
        "items",
        "anyOf",
    ],
)
def test_a_proof_that_forgets_a_keyword_is_found_out(keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    implies = Proof._implies

    def forgetful(self: Proof, nodes: Any, kind: str, reader: Any, asked: str, *place: Any) -> bool:
        return asked == keyword or implies(self, nodes, kind, reader, asked, *place)

    monkeypatch.setattr(Proof, "_implies", forgetful)

    def is_found(seed: int) -> bool:
        random = Random(seed)
        answer, _, wrong = judged(*pair(random), random)
        return answer == "yes" and wrong is not None

    assert any(map(is_found, range(2000)))
