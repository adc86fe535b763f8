"""Whatever is sent to the laptop AWS is answered: `python -m ensemble.conformance.fuzz` asks for more of it."""

from __future__ import annotations

from ensemble.conformance.fuzz import fuzz


def test_no_request_raises_or_prints_or_is_answered_by_what_is_no_answer() -> None:
    report = fuzz(3_000, 1)

    assert report.faults == []
    assert report.requests == 3_000
    assert report.succeeded > 200


def test_a_seed_makes_the_same_requests() -> None:
    assert fuzz(50, 2).succeeded == fuzz(50, 2).succeeded
