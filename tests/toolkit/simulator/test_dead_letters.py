"""When a record may be given up."""

from __future__ import annotations

import pytest

from ensemble.simulator.dead_letters import unjustified

CONFLICT = "VersionConflict: loan_id#loan-1"


@pytest.mark.parametrize("reason", [CONFLICT, "NotYet: the parcel is not known", "ClientError: PutItem Throttled"])
def test_what_faults_explain_may_be_given_up_after_an_hour(reason: str) -> None:
    assert list(unjustified("LoanRequested 1", reason, (), waited=3_700.0)) == []


def test_nothing_is_given_up_within_an_hour() -> None:
    assert list(unjustified("LoanRequested 1", CONFLICT, (), waited=2_590.0)) == [
        f"LoanRequested 1 is given up after 2590 s: {CONFLICT}"
    ]


def test_a_record_whose_receives_a_fault_used_up_may_go_sooner() -> None:
    assert list(unjustified("LoanRequested 1", CONFLICT, (), waited=None)) == []


def test_an_error_of_a_system_outside_is_explained_once_it_did_not_answer() -> None:
    found = list(unjustified("LoanRequested 1", "CarrierTimeout", (), waited=None))

    assert found == ["LoanRequested 1 is dead-lettered, which no fault explains: CarrierTimeout"]
    assert list(unjustified("LoanRequested 1", "CarrierTimeout", {"CarrierTimeout"}, waited=None)) == []


@pytest.mark.parametrize("reason", ["FloorReached: a counter holds less", "KeyError", "ContractViolation: no loan_id"])
def test_a_mistake_of_the_service_is_explained_by_no_fault(reason: str) -> None:
    (found,) = unjustified("LoanRequested 1", reason, {"CarrierTimeout"}, waited=4_000.0)

    assert found.endswith(reason)


def test_poison_is_given_up_at_once_and_for_what_it_is() -> None:
    assert list(unjustified("poison-1", "ContractViolation: no event", (), waited=0.0)) == []
    assert list(unjustified("poison-1", "ValueError", (), waited=None)) == [
        "poison-1 is dead-lettered, which no fault explains: ValueError"
    ]
