"""Patterns at random, which ministack is asked too (`python -m ensemble.conformance.pairs`)."""

from __future__ import annotations

from collections import Counter

from ensemble.conformance.laptop import OnTheLaptop
from ensemble.conformance.pairs import by, ours, pairs


def test_a_seed_makes_the_same_pairs_of_which_some_match() -> None:
    found = list(pairs(500, 1))

    assert found == list(pairs(500, 1))
    assert found != list(pairs(500, 2))
    said = Counter(ours(pattern, detail) for pattern, detail in found)
    assert said.keys() == {True, False}
    assert said[True] > 25


def test_a_world_is_asked_by_its_own_operation() -> None:
    with OnTheLaptop()({}) as laptop:
        asked = by(laptop)

        for pattern, detail in pairs(50, 1):
            assert asked(pattern, detail) == ours(pattern, detail)
        assert asked({"a": "no list"}, {}) == ours({"a": "no list"}, {}) == "InvalidEventPatternException"
