"""No generated pair is answered wrongly, and the search would notice if one were."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ensemble.contracts.containment import Answer, closed, contained
from ensemble.contracts.containment.proof import Proof
from ensemble.contracts.examples import examples
from ensemble.contracts.profile import FORMATS, with_bounds
from ensemble.contracts.validators import _written
from functions.kit.errors import SchemaViolation
from tests.toolkit.contracts.generated import pair
from tests.toolkit.contracts.search import judged
from tests.toolkit.contracts.test_examples import PROFILED


@given(some.integers(0, 10**9))
@settings(derandomize=True, max_examples=300, deadline=None)
def test_an_answer_has_no_counterexample_and_its_witnesses_are_confirmed(seed: int) -> None:
    random = Random(seed)
    writer, reader = pair(random)

    answer, _, wrong = judged(writer, reader, random)

    assert answer == "unknown" or wrong is None


def by_the_bundle(schema: Any) -> Callable[[Any], bool]:
    """Return whether a bundle's own validator accepts a value."""
    properties = {"value": with_bounds(schema), "timestamp": {"type": "string", "format": "date-time"}}
    whole = {"type": "object", "properties": properties, "required": ["value"]}
    function, patterns = _written("judge", whole)
    names: dict[str, Any] = {"re": re, "Decimal": Decimal, "SchemaViolation": SchemaViolation}
    exec(f"{patterns}\n{function}", names)

    def accepts(value: Any) -> bool:
        try:
            names["judge"]({"value": value})
        except SchemaViolation:
            return False
        return True

    return accepts


@given(PROFILED, PROFILED)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_an_answer_about_schemas_of_the_profile_is_what_the_validators_of_bundles_do(one: Any, other: Any) -> None:
    reads, writes = by_the_bundle(other), by_the_bundle(closed(one))

    answer = contained(closed(with_bounds(one)), with_bounds(other), enforced_formats=FORMATS)

    for name, document in examples(one).items():
        assert writes(document), name
        assert answer.answer is not Answer.YES or reads(document), name
    for finding in answer.findings if answer.answer is Answer.NO else ():
        assert writes(finding.witness)
        assert not reads(finding.witness)


TEXTS: list[dict[str, Any]] = [
    {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    {"type": "string", "pattern": "^[0-9-]{10}$"},
    {"type": "string", "pattern": "^[0-9A-Fa-f-]*$"},
    {"type": "string", "pattern": "^[0-9A-Fa-f-]+$", "maxLength": 36},
    {"type": "string", "pattern": "^.*$"},
    {"type": "string", "pattern": "^(?:web|app)$"},
    {"type": "string", "pattern": "^[a-z]{3}$"},
    {"type": "string", "enum": ["web", "app"]},
    {"type": "string", "minLength": 3, "maxLength": 3},
    {"type": "string", "minLength": 10, "maxLength": 10},
    {"type": "string", "maxLength": 36},
    {"type": "string"},
    *({"type": "string", "format": name} for name in sorted(FORMATS)),
]


@pytest.mark.parametrize(("writer", "reader"), [*product(TEXTS, TEXTS)], ids=str)
def test_between_texts_of_any_form_the_answer_is_known_and_right(writer: Any, reader: Any) -> None:
    answer = contained(writer, reader, enforced_formats=FORMATS)
    texts = [text for one in TEXTS for text in examples(one).values()]
    writes, reads = by_the_bundle(writer), by_the_bundle(reader)
    refused = [text for text in texts if writes(text) and not reads(text)]

    assert answer.answer is not Answer.UNKNOWN
    assert answer.answer is Answer.NO or not refused
    for finding in answer.findings:
        assert writes(finding.witness)
        assert not reads(finding.witness)


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
