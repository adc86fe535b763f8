"""What is asked of EventBridge about event patterns, by TestEventPattern."""

from __future__ import annotations

import json
from typing import Any

from ensemble.conformance.questions import Answer, Area, World, error_of

PATTERNS = Area("EventBridge: patterns")
asks = PATTERNS.asks

OPERATORS = "EventBridge User Guide, comparison operators"
MATCHING = "EventBridge User Guide, event patterns"
ARRAYS = "EventBridge User Guide, arrays in event patterns"
RULER = "README of aws/event-ruler"
ENVELOPE: dict[str, Any] = {
    "version": "0",
    "id": "1",
    "source": "s",
    "account": "123456789012",
    "time": "2026-01-01T00:00:00Z",
    "region": "eu-west-1",
    "resources": [],
    "detail-type": "t",
}


def tested(aws: World, pattern: Any, *details: Any) -> Answer:
    """Return of each detail whether a pattern of it matches."""
    return [
        aws.events.test_event_pattern(
            EventPattern=json.dumps({"detail": pattern}), Event=json.dumps({**ENVELOPE, "detail": detail})
        )["Result"]
        for detail in details
    ]


def values(aws: World, test: Any, *values: Any) -> Answer:
    """Return of each value whether it passes."""
    return tested(aws, {"a": [test]}, *({"a": value} for value in values))


def invalid(aws: World, *patterns: str) -> Answer:
    """Return the error of each pattern, given as text."""
    event = json.dumps({**ENVELOPE, "detail": {}})

    def ask(pattern: str) -> str:
        return error_of(lambda: aws.events.test_event_pattern(EventPattern=pattern, Event=event))

    return [ask(pattern) for pattern in patterns]


WRONG = "InvalidEventPatternException"


@asks(f"{MATCHING}: exact matching", [True, False, False, False])
def a_text_matches_itself_alone(aws: World) -> Answer:
    return values(aws, "b", "b", "B", "bb", None)


@asks(f"{MATCHING}: values keep their types", [False, True, False])
def a_number_matches_no_text(aws: World) -> Answer:
    return values(aws, 1, "1", 1, True)


@asks(f"{OPERATORS}: 300 and 300.0 are equal in numeric matching", [True, True])
def a_number_is_equal_however_it_is_written(aws: World) -> Answer:
    return values(aws, {"numeric": ["=", 300]}, 300.0, 3e2)


@asks(f"{OPERATORS}: null and empty texts", [[True, False, False], [False, True, False]])
def null_and_the_empty_text_are_matched_and_are_not_the_same(aws: World) -> Answer:
    return [tested(aws, {"a": [wanted]}, {"a": None}, {"a": ""}, {}) for wanted in (None, "")]


@asks(f"{OPERATORS}: prefix", [True, False])
def a_prefix_matches_the_beginning(aws: World) -> Answer:
    return values(aws, {"prefix": "ab"}, "abc", "cab")


@asks(f"{OPERATORS}: suffix", [True, False])
def a_suffix_matches_the_end(aws: World) -> Answer:
    return values(aws, {"suffix": "ab"}, "cab", "abc")


@asks(f"{OPERATORS}: prefix matching while ignoring case", [True, False])
def a_prefix_may_ignore_case(aws: World) -> Answer:
    return values(aws, {"prefix": {"equals-ignore-case": "AB"}}, "abc", "cab")


@asks(f"{OPERATORS}: suffix matching while ignoring case", [True, False])
def a_suffix_may_ignore_case(aws: World) -> Answer:
    return values(aws, {"suffix": {"equals-ignore-case": "AB"}}, "cab", "abc")


@asks(f"{OPERATORS}: equals-ignore-case", [True, True, False])
def equality_may_ignore_case(aws: World) -> Answer:
    return values(aws, {"equals-ignore-case": "Ab"}, "aB", "AB", "abc")


@asks(f"{RULER}: equals-ignore-case, character by character", [False, True])
def ignoring_case_keeps_the_number_of_characters(aws: World) -> Answer:
    return values(aws, {"equals-ignore-case": "STRASSE"}, "straße", "strasse")


@asks(f"{OPERATORS}: anything-but", [False, True, True])
def anything_but_matches_all_others(aws: World) -> Answer:
    return values(aws, {"anything-but": "b"}, "b", "c", 1)


@asks(f"{OPERATORS}: anything-but, of a list", [False, False, True])
def anything_but_a_list_matches_what_is_not_in_it(aws: World) -> Answer:
    return values(aws, {"anything-but": ["b", "c"]}, "b", "c", "d")


@asks(f"{OPERATORS}: anything-but, of numbers", [False, True])
def anything_but_a_number_matches_other_numbers(aws: World) -> Answer:
    return values(aws, {"anything-but": [1, 2]}, 1, 3)


@asks(f"{OPERATORS}: anything-but, prefix", [False, True])
def anything_but_a_prefix_matches_other_beginnings(aws: World) -> Answer:
    return values(aws, {"anything-but": {"prefix": "ab"}}, "abc", "cab")


@asks(f"{OPERATORS}: anything-but, suffix", [False, True])
def anything_but_a_suffix_matches_other_ends(aws: World) -> Answer:
    return values(aws, {"anything-but": {"suffix": "ab"}}, "cab", "abc")


@asks(f"{OPERATORS}: anything-but, wildcard", [False, True])
def anything_but_a_wildcard_matches_what_that_does_not(aws: World) -> Answer:
    return values(aws, {"anything-but": {"wildcard": "*/b/*"}}, "a/b/c", "a/c")


@asks(f"{OPERATORS}: anything-but needs the member to be there", [False])
def anything_but_does_not_match_what_is_not_there(aws: World) -> Answer:
    return tested(aws, {"a": [{"anything-but": "b"}]}, {})


@asks(f"{OPERATORS}: numeric", [False, True, True, False])
def a_number_may_lie_in_a_range(aws: World) -> Answer:
    return values(aws, {"numeric": [">", 0, "<=", 5]}, 0, 0.5, 5, 5.1)


@asks(f"{OPERATORS}: numeric, of numbers alone", [False, False])
def a_range_matches_no_text(aws: World) -> Answer:
    return values(aws, {"numeric": [">", 0]}, "1", None)


@asks(f"{OPERATORS}: exists", [[True, True, False], [False, False, True]])
def a_member_may_have_to_be_there_or_not(aws: World) -> Answer:
    return [tested(aws, {"a": [{"exists": wanted}]}, {"a": 1}, {"a": None}, {"b": 1}) for wanted in (True, False)]


@asks(f"{OPERATORS}: exists, on leaves alone", [False, True])
def only_leaves_are_there_or_not(aws: World) -> Answer:
    return [tested(aws, {"a": [{"exists": wanted}]}, {"a": {"b": 1}})[0] for wanted in (True, False)]


@asks(f"{OPERATORS}: cidr", [True, False, False])
def an_address_may_lie_in_a_network(aws: World) -> Answer:
    return values(aws, {"cidr": "10.0.0.0/24"}, "10.0.0.255", "10.0.1.0", "no address")


@asks(f"{OPERATORS}: wildcard", [True, True, False])
def a_star_stands_for_any_characters(aws: World) -> Answer:
    return values(aws, {"wildcard": "a*c"}, "abbc", "ac", "acd")


@asks(f"{OPERATORS}: wildcard, escaped", [True, False])
def a_star_may_stand_for_itself(aws: World) -> Answer:
    return values(aws, {"wildcard": "a\\*c"}, "a*c", "abc")


@asks(f"{OPERATORS}: or matching", [True, True, False])
def one_of_two_fields_may_be_enough(aws: World) -> Answer:
    pattern = {"$or": [{"a": [1]}, {"b": [2]}]}
    return tested(aws, pattern, {"a": 1}, {"b": 2}, {"a": 2, "b": 1})


@asks(f"{MATCHING}: all fields must match, one value of each", [True, False, False])
def all_fields_of_a_pattern_must_match(aws: World) -> Answer:
    return tested(aws, {"a": [1, 2], "b": [3]}, {"a": 2, "b": 3}, {"a": 2}, {"b": 3})


@asks(f"{MATCHING}: nested fields", [True, False])
def a_pattern_has_the_structure_of_the_event(aws: World) -> Answer:
    return tested(aws, {"a": {"b": [1]}}, {"a": {"b": 1}}, {"b": 1})


@asks(f"{ARRAYS}: the intersection is not empty", [True, False])
def an_array_matches_by_any_of_its_values(aws: World) -> Answer:
    return values(aws, "b", ["a", "b"], ["a", "c"])


@asks(f"{RULER}: array consistency", [True, False])
def fields_of_objects_in_an_array_must_match_in_one_of_them(aws: World) -> Answer:
    pattern = {"a": {"b": [1], "c": [2]}}
    return tested(aws, pattern, {"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1}, {"c": 2}]})


@asks(f"{MATCHING}: values stand in lists", [WRONG] * 3)
def a_pattern_whose_values_stand_in_no_list_is_refused(aws: World) -> Answer:
    return invalid(aws, '{"source": "s"}', '{"source": []}', '{"source": {}}')


@asks(f"{MATCHING}: a JSON object", [WRONG] * 4)
def a_pattern_that_is_no_json_object_is_refused(aws: World) -> Answer:
    return invalid(aws, "{", "[1]", '{"detail": {"a": [NaN]}}', '{"detail": {"a": [Infinity]}}')


@asks(f"{OPERATORS}: the operators that there are", [WRONG] * 2)
def an_operator_that_there_is_not_is_refused(aws: World) -> Answer:
    return invalid(aws, '{"source": [{"like": "s"}]}', '{"source": [{"prefix": 1}]}')


@asks(f"{OPERATORS}: consecutive wildcard characters are not supported", [WRONG])
def two_stars_beside_each_other_are_refused(aws: World) -> Answer:
    return invalid(aws, '{"source": [{"wildcard": "a**b"}]}')


@asks(f"{OPERATORS}: numeric, -5.0e9 to 5.0e9", [WRONG])
def a_number_beyond_five_thousand_millions_is_refused(aws: World) -> Answer:
    return invalid(aws, '{"detail": {"a": [{"numeric": ["<", 6000000000]}]}}')


@asks("EventBridge API Reference, TestEventPattern, Event: the mandatory fields", "ValidationException")
def a_tested_event_without_its_members_is_refused(aws: World) -> Answer:
    return error_of(lambda: aws.events.test_event_pattern(EventPattern='{"source": ["s"]}', Event='{"source": "s"}'))
