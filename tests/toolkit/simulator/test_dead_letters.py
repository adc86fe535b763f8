"""When a record may be given up."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from ensemble.simulator.dead_letters import Facts, Past, unjustified, unjustified_earlier

NOON = 1_767_268_800.0
CONFLICT = "VersionConflict: loan_id#loan-1"
DAY = 86_400.0


def wrong(
    reason: str,
    *,
    about: str = "LoanRequested 1",
    waited: float = 0.0,
    facts: Facts | None = None,
    judge: Callable[..., Iterator[str]] = unjustified,
    is_struck: bool = False,
) -> list[str]:
    past = Past(NOON, NOON, is_struck)
    return list(judge(about, reason, past, NOON + waited, facts or Facts()))


@pytest.mark.parametrize("reason", [CONFLICT, "NotYet: the parcel is not known", "ClientError: PutItem Throttled"])
def test_what_heals_is_given_up_after_the_patience_and_not_before(reason: str) -> None:
    assert wrong(reason, waited=13 * DAY) == []
    assert wrong(reason, waited=12 * DAY) == [
        f"LoanRequested 1 is given up after 1036800 s, and an outage is all that it met: {reason}"
    ]


def test_a_reaction_may_have_less_patience() -> None:
    assert wrong(CONFLICT, waited=600.0, facts=Facts(patience=600.0)) == []


def test_an_outage_is_none_the_less_one_though_a_fault_met_the_message_too() -> None:
    assert len(wrong(CONFLICT, waited=DAY, facts=Facts(deaths=9), is_struck=True)) == 1


def test_an_error_of_a_system_outside_is_an_outage_once_it_did_not_answer() -> None:
    found = wrong("CarrierTimeout", waited=13 * DAY)

    assert found == ["LoanRequested 1 is dead-lettered, which no fault explains: CarrierTimeout"]
    assert wrong("CarrierTimeout", waited=13 * DAY, facts=Facts(unanswered={"CarrierTimeout"})) == []
    assert len(wrong("CarrierTimeout", facts=Facts(unanswered={"CarrierTimeout"}))) == 1


@pytest.mark.parametrize("reason", ["FloorReached: a counter holds less", "KeyError", "ContractViolation: no loan_id"])
def test_a_mistake_of_the_service_is_explained_by_no_fault(reason: str) -> None:
    (found,) = wrong(reason, waited=13 * DAY, facts=Facts(unanswered={"CarrierTimeout"}))

    assert found.endswith(reason)


def test_what_the_bus_refuses_for_good_is_given_up_at_once_if_it_does() -> None:
    assert wrong("EventRefused: MalformedDetail", facts=Facts(is_refused=True)) == []
    assert len(wrong("EventRefused: MalformedDetail")) == 1


def test_a_reaction_that_fails_is_given_up_if_it_does() -> None:
    assert wrong("SimulatedMistake", facts=Facts(is_mistaken=True)) == []
    assert len(wrong("SimulatedMistake")) == 1


def test_a_crash_loop_takes_two_deaths() -> None:
    assert wrong("FunctionDied: 3 receives", facts=Facts(deaths=2)) == []
    assert wrong("FunctionDied: 3 receives", facts=Facts(deaths=1)) == [
        "LoanRequested 1 is given up as a crash loop, and ended its function 1 times"
    ]


def test_poison_is_given_up_at_once_and_for_what_it_is() -> None:
    assert wrong("ContractViolation: no event", about="poison-1") == []
    assert wrong("ValueError", about="poison-1") == ["poison-1 is dead-lettered, which no fault explains: ValueError"]


def test_the_earlier_version_of_the_kit_gives_up_what_heals_after_an_hour() -> None:
    assert wrong(CONFLICT, waited=3_700.0, judge=unjustified_earlier) == []
    assert wrong(CONFLICT, waited=2_590.0, is_struck=True, judge=unjustified_earlier) == []
    assert wrong(CONFLICT, waited=2_590.0, judge=unjustified_earlier) == [
        f"LoanRequested 1 is given up after 2590 s: {CONFLICT}"
    ]
