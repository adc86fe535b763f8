"""A decision moves whole numbers, and the names of counters and totals are bounded whatever an event says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from functions.kit.errors import AmountRefused, Kind
from functions.kit.faults import kind_of
from functions.kit.model import Decision


@pytest.mark.parametrize(
    ("moves", "move"),
    [
        ("takes", lambda amounts: Decision({}, takes=amounts)),
        ("gives", lambda amounts: Decision({}, gives=amounts)),
    ],
)
@pytest.mark.parametrize(
    ("amount", "found"),
    [(1.5, "a float"), (2.0, "a float"), (True, "a bool"), (Decimal(2), "a Decimal"), (-1, "a negative number")],
)
def test_a_decision_that_moves_anything_but_a_whole_number_is_refused_for_good(
    moves: str, move: Callable[[Any], Decision], amount: Any, found: str
) -> None:
    with pytest.raises(AmountRefused, match=f"a decision {moves} {found}. Fix: a whole number") as refused:
        move({"space#small": amount})

    assert kind_of(refused.value) is Kind.NEVER


@pytest.mark.parametrize("amount", [1.0, False, -1, "1"])
def test_a_total_is_added_to_by_whole_numbers_only(amount: Any) -> None:
    with pytest.raises(AmountRefused, match="a decision adds to a total"):
        Decision({}, totals={"2026-01-01": {"stored": amount}})


def test_nothing_is_a_whole_number_too() -> None:
    assert Decision({}, takes={"space#small": 0}).takes == {"space#small": 0}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("stored_EUR", "stored_EUR"),
        ("web#2026-11-26", "web%232026-11-26"),
        ("100 %", "100%20%25"),
        ("über", "%C3%BCber"),
        ("half \ud800", "half%20%5C%75%64%38%30%30"),
    ],
)
def test_what_of_a_name_is_not_plain_is_escaped(name: str, written: str) -> None:
    assert Decision({}, totals={name: {name: 1}}).totals == {written: {written: 1}}


@pytest.mark.parametrize("name", ["", "x" * 65, "ü" * 11])
def test_a_total_without_a_name_or_with_a_long_one_is_refused_for_good(name: str) -> None:
    for totals in ({name: {"stored": 1}}, {"2026-01-01": {name: 1}}):
        with pytest.raises(AmountRefused, match="take 1 to 64") as refused:
            Decision({}, totals=totals)

        assert name == "" or name not in str(refused.value)


def test_a_name_of_64_characters_is_taken() -> None:
    assert Decision({}, totals={"x" * 64: {"y" * 64: 1}}).totals == {"x" * 64: {"y" * 64: 1}}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("stock#sku-1", "stock#sku-1"),
        ("space", "space"),
        ("orders#web#2026-11-26", "orders#web%232026-11-26"),
        ("stock#a b/ü", "stock#a%20b%2F%C3%BC"),
        ("stock##", "stock#%23"),
    ],
)
@pytest.mark.parametrize("moves", ["takes", "gives"])
def test_what_a_sender_writes_names_no_counter_of_another_kind(moves: str, name: str, written: str) -> None:
    assert getattr(Decision({}, **{moves: {name: 1}}), moves) == {written: 1}  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "x" * 2_001, "stock#" + "ü" * 333])
def test_a_counter_without_a_name_or_with_a_long_one_is_refused_for_good(name: str) -> None:
    with pytest.raises(AmountRefused, match="take 1 to 2000") as refused:
        Decision({}, gives={name: 1})

    assert kind_of(refused.value) is Kind.NEVER
    assert name == "" or name not in str(refused.value)
