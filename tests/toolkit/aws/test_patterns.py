"""The event pattern language: the shared cases, then what they do not cover."""

import json
from pathlib import Path
from typing import Any

import pytest

from ensemble.aws.patterns import InvalidEventPattern, compile_pattern

CASES = json.loads((Path(__file__).parent / "cases" / "event_patterns.json").read_text())["cases"]


def matches(pattern: str | dict[str, Any], event: dict[str, Any]) -> bool:
    return compile_pattern(pattern).matches(event)


def refusal(pattern: str | dict[str, Any]) -> str:
    with pytest.raises(InvalidEventPattern) as refused:
        compile_pattern(pattern)
    return str(refused.value)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['id']}-{case['op']}-{case['note']}")
def test_every_shared_case_has_its_expected_outcome(case: dict[str, Any]) -> None:
    pattern = case.get("pattern_text", case["pattern"])
    event = json.loads(case["event_text"]) if "event_text" in case else case["event"]

    try:
        outcome: bool | str = compile_pattern(pattern).matches(event)
    except InvalidEventPattern:
        outcome = "invalid"

    assert outcome == case["expected"]


def test_the_shared_cases_are_all_there() -> None:
    assert len(CASES) == 101


def test_a_pattern_is_compiled_once_and_matches_many_events() -> None:
    pattern = compile_pattern('{"source": ["loans"]}')

    assert [pattern.matches({"source": source}) for source in ("loans", "shelf", "loans")] == [True, False, True]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("{", "pattern: not JSON"),
        ("[]", "pattern: must be an object, not []"),
        ("{}", "pattern: an empty object is not allowed"),
        ({"source": "loans"}, "source: must be a list of values or an object, not 'loans'"),
        ({"detail": {"loan": {"state": []}}}, "detail.loan.state: an empty list is not allowed"),
        ({"detail": {"state": ["x", ["y"]]}}, "detail.state: a list inside the list"),
        ({"detail": {"state": ["x", {"like": "y"}]}}, "detail.state[1]: unknown operator 'like'; known are prefix"),
        ({"detail": {"state": [{}]}}, "detail.state[0]: exactly one operator is needed, not []"),
        ({"source": [{"suffix": None}]}, "source[0].suffix: must be a string, not None"),
        ({"source": [{"prefix": {"suffix": "x"}}]}, "source[0].prefix: only equals-ignore-case can be used inside"),
        ({"source": [{"prefix": {"equals-ignore-case": 1}}]}, "source[0].prefix.equals-ignore-case: must be a string"),
        ({"n": [{"exists": "true"}]}, "n[0].exists: must be true or false, not 'true'"),
        ({"n": [{"exactly": 1}]}, "n[0].exactly: must be a string, not 1"),
        ({"$or": {"a": [1], "b": [2]}}, "$or: must be a list of at least two objects"),
        ({"detail": {"$or": [{"a": [1]}, {"b": []}]}}, "detail.b: an empty list is not allowed"),
        ({"$or": [{"a": [1]}, {}]}, "pattern: an empty object is not allowed"),
        ({"$or": [{"a": [1]}, {"prefix": ["x"]}]}, "prefix: 'prefix' is reserved and cannot be a field inside $or"),
        ({"$or": [{"a": [1]}, {"b": {"date-after": [1]}}]}, "b.date-after: 'date-after' is reserved"),
    ],
)
def test_a_refusal_says_where_and_what(pattern: str | dict[str, Any], message: str) -> None:
    assert refusal(pattern).startswith(message)


def test_an_operator_name_is_a_plain_field_outside_or() -> None:
    assert matches({"detail": {"prefix": ["x"]}}, {"detail": {"prefix": "x"}})


@pytest.mark.parametrize(
    ("operand", "reason"),
    [
        (["<", -5e9], "the lower bound -5000000000.0 must be below the upper bound -5000000000.0"),
        ([">", 5e9 + 1], "must be between -5e9 and 5e9"),
        (["=", -6e9], "must be between -5e9 and 5e9"),
        (["=", 0.1234567], "with at most 6 decimals"),
        (["=", True], "must be a number, not True"),
        (["=", 1, "<", 2], "must be one comparison, or a lower then an upper bound"),
        ([">", 1, ">", 2], "must be one comparison, or a lower then an upper bound"),
        (["!=", 1], "must be one comparison, or a lower then an upper bound"),
        ([">"], "must be one comparison, or a lower then an upper bound"),
    ],
)
def test_a_numeric_operand_aws_cannot_compare_is_refused(operand: list[Any], reason: str) -> None:
    assert reason in refusal({"n": [{"numeric": operand}]})


@pytest.mark.parametrize(
    ("operand", "inside", "outside"),
    [
        (["<", 5], 4.999999, 5),
        (["<=", 5], 5.0, 5.000001),
        ([">", 5], 5.000001, 5),
        ([">=", 5], 5, 4),
        (["=", -5e9], -5_000_000_000, 5e9),
        ([">", 0, "<=", 5], 5, 0),
        ([">=", 0, "<", 5], 0, 5),
    ],
)
def test_a_numeric_bound_is_inclusive_only_with_its_equals_sign(operand: list[Any], inside: Any, outside: Any) -> None:
    pattern = {"n": [{"numeric": operand}]}

    assert matches(pattern, {"n": inside})
    assert not matches(pattern, {"n": outside})


@pytest.mark.parametrize("value", [0.1 + 0.2, True, "1", None, 5e9 + 1, float("nan")])
def test_a_value_aws_cannot_compare_never_matches_numeric(value: Any) -> None:
    assert not matches({"n": [{"numeric": [">", 0]}]}, {"n": value})


def test_a_number_too_long_to_compare_can_still_be_equal() -> None:
    assert matches({"n": [0.1234567, 123456789012]}, {"n": 123456789012})


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        ("10.0.0.1/32", "must end in a mask of /0 to /31"),
        ("2001:db8::1/128", "must end in a mask of /0 to /127"),
        ("10.0.0.1", "must end in a mask"),
        ("10.0.0.0/255.255.255.0", "must end in a mask"),
        ("host/8", "does not appear to be an IPv4 or IPv6 network"),
    ],
)
def test_a_cidr_operand_needs_an_address_and_a_mask_shorter_than_it(operand: str, message: str) -> None:
    assert message in refusal({"ip": [{"cidr": operand}]})


@pytest.mark.parametrize("value", ["10.0.1.0", "2001:db8::1", "not an address", 167772160, None])
def test_a_value_outside_the_network_or_no_address_does_not_match_cidr(value: Any) -> None:
    assert not matches({"ip": [{"cidr": "10.0.0.0/24"}]}, {"ip": value})


@pytest.mark.parametrize(
    ("wildcard", "matching", "other"),
    [
        ("*", "", None),
        ("a", "a", "ab"),
        ("a*", "a", "ba"),
        ("*a", "ba", "ab"),
        ("a*a", "aa", "a"),
        ("a*b*c", "a-b-b-c", "acb"),
        ("a*bc*c", "abcc", "abc"),
        ("ab*x*b", "abxb", "axb"),
        ("*a*b*", "ab", "ba"),
        ("*aa*aa*", "aaaa", "aaa"),
        (r"\**", "*x", "x*"),
        (r"*\\", "x\\", "x"),
    ],
)
def test_a_wildcard_star_stands_for_any_text(wildcard: str, matching: str, other: Any) -> None:
    pattern = {"s": [{"wildcard": wildcard}]}

    assert matches(pattern, {"s": matching})
    assert not matches(pattern, {"s": other})


@pytest.mark.parametrize(
    ("wildcard", "message"),
    [
        ("a**b", "consecutive wildcard characters in 'a**b'"),
        ("**", "consecutive wildcard characters in '**'"),
        (r"a\b", r"a backslash may escape only * and \, not b"),
        ("a\\", r"a backslash may escape only * and \, not the end"),
    ],
)
def test_a_malformed_wildcard_is_refused(wildcard: str, message: str) -> None:
    assert refusal({"s": [{"wildcard": wildcard}]}) == f"s[0].wildcard: {message}"
    assert refusal({"s": [{"anything-but": {"wildcard": ["x", wildcard]}}]}).endswith(message)


def test_a_wildcard_with_many_stars_takes_no_exponential_time() -> None:
    # A backtracking matcher does not come back from this one.
    assert not matches({"s": [{"wildcard": "*a" * 40 + "*b"}]}, {"s": "a" * 100_000 + "c"})


@pytest.mark.parametrize(
    ("operand", "excluded", "kept"),
    [
        ("x", "x", "X"),
        (5, 5.0, "5"),
        (1, 1, True),
        ([1, 2], 2, 3),
        ({"prefix": "x"}, "xa", "ax"),
        ({"prefix": ["x", "y"]}, "ya", "ax"),
        ({"suffix": "x"}, "ax", "xa"),
        ({"equals-ignore-case": ["x", "y"]}, "Y", "z"),
        ({"wildcard": ["x*", "*y*"]}, "ay", "ax"),
    ],
)
def test_anything_but_excludes_what_it_names_and_only_that(operand: Any, excluded: Any, kept: Any) -> None:
    pattern = {"v": [{"anything-but": operand}]}

    assert not matches(pattern, {"v": excluded})
    assert matches(pattern, {"v": kept})
    assert not matches(pattern, {"another": kept})


@pytest.mark.parametrize(
    ("operand", "message"),
    [
        (None, "v[0].anything-but: must be a number, not None"),
        ([True], "v[0].anything-but: must be a number, not True"),
        (["x", 1], "v[0].anything-but: must be all strings or all numbers, not both"),
        ([6e9], "v[0].anything-but: 6000000000.0 must be between"),
        ({"prefix": ""}, "v[0].anything-but.prefix: an empty prefix would exclude every string"),
        ({"suffix": ["x", ""]}, "v[0].anything-but.suffix: an empty suffix would exclude every string"),
        ({"prefix": []}, "v[0].anything-but.prefix: an empty list is not allowed"),
        ({"prefix": {"equals-ignore-case": "x"}}, "v[0].anything-but.prefix: must be a string"),
        ({"exists": True}, "v[0].anything-but.exists: 'exists' cannot be used inside anything-but"),
        ({"prefix": "x", "suffix": "y"}, "v[0].anything-but: exactly one operator is needed"),
    ],
)
def test_anything_but_refuses_an_operand_it_cannot_exclude(operand: Any, message: str) -> None:
    assert refusal({"v": [{"anything-but": operand}]}).startswith(message)


def test_a_lambda_event_filter_lets_through_only_rows_that_have_the_attribute() -> None:
    event_filter = compile_pattern('{"dynamodb": {"NewImage": {"outbox": {"S": [{"exists": true}]}}}}')
    row = {"loan_id": {"S": "l-1"}, "version": {"N": "3"}}

    assert event_filter.matches({"eventName": "MODIFY", "dynamodb": {"NewImage": row | {"outbox": {"S": "[]"}}}})
    assert not event_filter.matches({"eventName": "MODIFY", "dynamodb": {"NewImage": row}})
    assert not event_filter.matches({"eventName": "REMOVE", "dynamodb": {"Keys": {"loan_id": {"S": "l-1"}}}})


def test_a_rule_for_live_events_excludes_replayed_ones() -> None:
    live = {"source": ["loans"], "detail-type": ["LoanRequested"], "replay-name": [{"exists": False}]}
    event = {"source": "loans", "detail-type": "LoanRequested", "detail": {"loan_id": "l-1"}}

    assert matches(live, event)
    assert not matches(live, event | {"replay-name": "monday"})


def test_a_field_may_be_absent_or_have_a_value() -> None:
    pattern = {"channel": [{"exists": False}, "web"]}

    assert [matches(pattern, event) for event in ({}, {"channel": "web"}, {"channel": "desk"})] == [True, True, False]


ITEMS = {
    "items": [{"sku": "A", "qty": 1}, {"qty": 2}, {"sku": "B", "qty": 2, "lots": [{"n": 1}, {"n": 2, "ok": True}]}]
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"sku": ["B"], "qty": [2]}, True),
        ({"sku": ["A"], "qty": [2]}, False),
        ({"qty": [1, 2], "sku": ["B"]}, True),
        ({"sku": ["B"], "lots": {"n": [2], "ok": [True]}}, True),
        ({"sku": ["B"], "lots": {"n": [1], "ok": [True]}}, False),
        ({"sku": ["A"], "lots": {"n": [2]}}, False),
        ({"$or": [{"sku": ["A"], "qty": [2]}, {"sku": ["B"], "qty": [2]}]}, True),
        ({"qty": [2], "sku": [{"exists": False}]}, True),
        ({"sku": [{"exists": False}], "qty": [2]}, True),
        ({"qty": [1], "sku": [{"exists": False}]}, False),
    ],
)
def test_fields_of_an_array_of_objects_must_hold_in_one_element(fields: dict[str, Any], expected: bool) -> None:
    assert matches({"items": fields}, ITEMS) is expected


def test_scalars_of_an_array_are_not_bound_to_one_element() -> None:
    pattern = {"tags": [{"prefix": "n"}], "tags.kind": ["colour"]}

    assert matches(pattern, {"tags": ["old", "new", {"kind": "colour"}]})


def test_a_dotted_name_between_two_fields_does_not_loosen_their_element() -> None:
    pattern = {"items": {"a": [1], "b": [2], "c": [3]}}

    assert matches(pattern, {"items": [{"a": 1, "c": 3}], "items.b": 2})
    assert not matches(pattern, {"items": [{"a": 1}, {"c": 3}], "items.b": 2})


def test_elements_of_an_array_of_arrays_stay_apart() -> None:
    event = {"staff": [[{"first": "John", "last": "Doe"}, {"first": "Anna", "last": "Smith"}], [{"last": "Jones"}]]}

    assert matches({"staff": {"first": ["Anna"], "last": ["Smith"]}}, event)
    assert not matches({"staff": {"first": ["Anna"], "last": ["Jones"]}}, event)
    assert not matches({"staff": {"first": ["Anna"], "last": ["Doe"]}}, event)


def test_different_arrays_are_chosen_from_independently() -> None:
    event = {"sent": [{"sku": "A"}, {"sku": "B"}], "kept": [{"sku": "A"}, {"sku": "B"}]}

    assert matches({"sent": {"sku": ["A"]}, "kept": {"sku": ["B"]}}, event)


def test_a_field_inside_or_replaces_the_same_field_outside() -> None:
    pattern = {"a": ["1"], "$or": [{"a": ["2"]}, {"b": ["3"]}]}

    assert matches(pattern, {"a": "2"})
    assert not matches(pattern, {"a": "1"})
