"""A saga ends with all done or nothing done, whatever its participants answer, and when."""

from __future__ import annotations

import pytest

from tests.kit.saga.tables import APPROVE, DECIDE, FIELDS, SHIP, SIZES, charge, conducted, if_large, reserve
from tests.kit.saga.world import Courses, wrong

TABLES = {
    "in line": conducted(reserve(), charge(), SHIP),
    "without a deadline": conducted(reserve(None), charge(None), SHIP),
    "without a cancellation": conducted(reserve(), charge(None), SHIP, cancels=False),
    "side by side": conducted((reserve(), charge()), SHIP),
    "side by side, one without a deadline": conducted((reserve(), charge(None)), SHIP),
    "with a step that is only sometimes needed": conducted(reserve(), if_large(), charge(), SHIP),
    "with a stage that is only sometimes needed": conducted(
        (if_large(), reserve()), (if_large("CheckWeight", "weight"),), charge(), SHIP
    ),
    "with an approval": conducted(reserve(), APPROVE, charge(), SHIP),
    "an approval beside a step": conducted((reserve(None), APPROVE), charge(None), SHIP),
    "an approval by command": conducted(reserve(), DECIDE, SHIP),
    "an approval by command beside a step": conducted((reserve(), DECIDE), charge(None), SHIP),
    "without a pivot": conducted(reserve(), charge()),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("events", [("RepairAsked",), ("RepairAsked", "WithdrawalAsked")])
@pytest.mark.parametrize("sizes", SIZES)
def test_every_course_ends_with_all_done_or_nothing_done(
    name: str, events: tuple[str, ...], sizes: dict[str, int]
) -> None:
    one = TABLES[name]

    ends = Courses(one, FIELDS | sizes).ends(*events)

    assert {world.row.status for world in ends} == {"completed", "undone"}
    assert {wrong(one.table, world) for world in ends} == {""}


@pytest.mark.parametrize("name", TABLES)
def test_what_a_reaction_declares_is_what_it_may_publish(name: str) -> None:
    one = TABLES[name]
    courses = [Courses(one, FIELDS | sizes) for sizes in SIZES]

    for each in courses:
        each.ends("RepairAsked", "WithdrawalAsked")

    published = {event: set[str]().union(*(each.said[event] for each in courses)) for event in courses[0].said}
    declared = {reaction.event: set(reaction.publishes) for reaction in one.reactions}
    assert published == declared


@pytest.mark.parametrize("name", ["an approval by command", "an approval by command beside a step"])
def test_whoever_decides_is_told_whether_the_decision_counts(name: str) -> None:
    courses = Courses(TABLES[name], FIELDS)

    courses.ends("RepairAsked", "WithdrawalAsked")

    assert {"DecisionTaken", "DecisionRejected"} <= courses.said["ApproveRepair"] & courses.said["DeclineRepair"]
    assert courses.unanswered == set()
