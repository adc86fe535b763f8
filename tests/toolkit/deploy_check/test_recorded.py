"""Laptop and emulator are compared by all that the stories leave: only times and traces may differ."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

from ensemble.command_line.run.results import Observed, Result, Results
from ensemble.deploy_check.recorded import Recorded, events_of, texts_of, texts_of_rows
from ensemble.scenario import Command, Story

STORY = Story("granted", commands=(Command("RequestLoan", "desk", {}),), end=("LoanGranted",))


def recorded(**rows: list[str]) -> Recorded:
    return Recorded({}, {name: Counter(texts) for name, texts in rows.items()}, {})


def result(*events: Observed) -> Results:
    return Results((Result(STORY, events, {}, {}, at_rest=True),), {}, {}, {})


def test_times_and_traces_are_left_out() -> None:
    one = {
        "at": "2026-01-02T03:04:05.678Z",
        "expires": Decimal(1_800_000_000),
        "day": "n#2026-01-02",
    }
    other = {
        "at": "2026-11-27T16:00:00Z",
        "expires": Decimal(1_900_000_000),
        "day": "n#2026-11-27",
    }
    trace = {"state": '{"trace": "Root=1-0a-1b;Parent=2c;Sampled=1"}'}
    untraced = {"state": '{"trace": "Root=1-9f-8e;Parent=7d;Sampled=0"}'}

    assert texts_of([one, trace]) == texts_of([untraced, other])


def test_a_set_has_no_order_however_it_was_made() -> None:
    one, other = {Decimal(0), Decimal(8)}, {Decimal(8), Decimal(0)}  # these two come out as they went in

    assert texts_of([{"inbox": one}]) == texts_of([{"inbox": other}])


def test_of_rows_neither_the_kits_own_nor_the_days_of_its_memory_count() -> None:
    row = {"pk": "loan_id#1", "inbox": {"e-2": Decimal(20_000), "e-1": Decimal(20_001)}}
    later = {"pk": "loan_id#1", "inbox": {"e-1": Decimal(20_900), "e-2": Decimal(20_900)}}
    sweep = {"pk": "kit#sweep", "version": Decimal(4)}

    assert texts_of_rows([row, sweep]) == texts_of_rows([later])
    assert texts_of_rows([row]) != texts_of_rows([{"pk": "loan_id#1", "inbox": {"e-1": Decimal(20_000)}}])


def test_all_else_counts_and_how_often_too() -> None:
    row = {"pk": "loan_id#1", "version": Decimal(2), "state": '{"status": "granted"}'}

    assert texts_of([row]) != texts_of([{**row, "version": Decimal(3)}])
    assert texts_of([row]) != texts_of([{**row, "state": '{"status": "refused"}'}])
    assert texts_of([row]) != texts_of([row, row])


def test_json_in_a_text_is_compared_by_what_it_says() -> None:
    assert texts_of([{"state": '{"a": 1, "b": 2}'}]) == texts_of([{"state": '{"b":2,"a":1}'}])


def test_a_text_that_only_looks_like_json_is_compared_as_it_is() -> None:
    assert texts_of([{"text": "{not json"}]) == texts_of([{"text": "{not json"}])
    assert texts_of([{"text": "[a"}]) != texts_of([{"text": "[b"}])


def test_an_event_is_compared_by_its_type_its_publisher_and_what_caused_it() -> None:
    first = Observed("1", "LoanRequested", "loan", 0.1, "RequestLoan")

    assert events_of(result(first)) == {"granted": Counter(["LoanRequested of loan because of RequestLoan"])}


def test_neither_order_nor_seconds_count_and_an_event_put_twice_is_one() -> None:
    first, second = Observed("1", "A", "loan", 0.1, None), Observed("2", "B", "loan", 0.2, "A")
    late = Observed("1", "A", "loan", 9.0, None)

    assert events_of(result(first, second)) == events_of(result(second, late, first))


def test_a_difference_names_where_it_is_and_who_has_it() -> None:
    differences = list(recorded(loans=["a", "b"]).differences(recorded(loans=["b", "c"]), "the laptop", "the emulator"))

    assert differences == ["table loans: only the laptop has a", "table loans: only the emulator has c"]


def test_a_table_that_only_one_of_them_has_is_a_difference() -> None:
    assert list(recorded().differences(recorded(loans=["a"]), "the laptop", "the emulator")) == [
        "table loans: only the emulator has a"
    ]
    assert list(recorded(loans=["a"]).differences(recorded(loans=["a"]), "one", "other")) == []
