"""Two values that mean the same are no difference, and what differs is told by the path to it."""

from __future__ import annotations

from typing import Any

import pytest

from ensemble.aws.opaque import Opaque
from ensemble.doctor.comparing import differences, policy


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("185", 185),
        (0.0, 0),
        (True, "true"),
        (["sqs:SendMessage"], "sqs:SendMessage"),
        (["b", "a"], ["a", "b"]),
        ([{"Name": "b"}, {"Name": "a"}], [{"Name": "a"}, {"Name": "b"}]),
        (None, {}),
        ({"Arn": "x", "Input": None}, {"Arn": "x"}),
        ("http://127.0.0.1:4566/000000000000/q", "https://sqs.eu-west-1.amazonaws.com/000000000000/q"),
        ({"Role": "whatever"}, {"Role": Opaque("<Fn::ImportValue role>")}),
    ],
)
def test_these_mean_the_same(there: Any, wanted: Any) -> None:
    assert list(differences(there, wanted)) == []


@pytest.mark.parametrize(
    ("there", "wanted", "paths"),
    [
        ({"a": {"b": 1}, "c": 2}, {"a": {"b": 2}, "c": 2}, [".a.b"]),
        ({}, {"a": 1}, [".a"]),
        ({"a": 1}, {}, [".a"]),
        ([{"id": "1", "n": 1}, {"id": "2", "n": 2}], [{"id": "1", "n": 1}, {"id": "2", "n": 3}], [".n"]),
        (["a"], ["a", "b"], [""]),
        ("http://127.0.0.1:4566/000000000000/q", "https://sqs.eu-west-1.amazonaws.com/000000000000/p", [""]),
        (1, 2, [""]),
    ],
)
def test_these_differ(there: Any, wanted: Any, paths: list[str]) -> None:
    assert [path for path, _, _ in differences(there, wanted)] == paths


def test_anybody_in_a_policy_is_written_in_two_ways() -> None:
    ours, theirs = {"Statement": [{"Principal": "*"}]}, {"Statement": [{"Principal": {"AWS": "*"}}]}

    assert policy(ours) == policy(theirs)
