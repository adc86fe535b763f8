"""What a question needs is made by AWS's own requests, and removed whatever comes of the question."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ensemble.conformance.asking import Open
from ensemble.conformance.needed import bus, function, open_to_events, queue, role, rule, table, target, topic
from ensemble.conformance.questions import World, error_of
from ensemble.conformance.worlds import moto

NEEDS = {
    "rule": rule({"source": ["conformance"]}, target()),
    "policy": open_to_events(),
    "queue": queue(RedrivePolicy={"deadLetterTargetArn": "@arn:sqs:dead", "maxReceiveCount": 1}),
    "dead": queue(),
    "bus": bus(),
    "table": table(),
    "topic": topic(),
}


@pytest.fixture
def opened() -> Iterator[Open]:
    with moto(Path()) as opened:
        yield opened


def there(aws: World) -> list[int]:
    """Return how much there is of each kind."""
    return [
        len(aws.sqs.list_queues().get("QueueUrls", [])),
        len(aws.dynamodb.list_tables()["TableNames"]),
        len(aws.events.list_event_buses()["EventBuses"]) - 1,
        len(aws.sns.list_topics()["Topics"]),
    ]


def test_resources_are_there_for_a_question_and_gone_after_it(opened: Open) -> None:
    with opened(NEEDS) as aws:
        assert there(aws) == [2, 1, 1, 1]
        assert aws.url().startswith("https://")

    assert there(aws) == [0, 0, 0, 0]


def test_they_are_removed_when_a_question_fails(opened: Open) -> None:
    with pytest.raises(KeyError), opened({"queue": queue(), "table": table()}) as aws:
        raise KeyError

    assert there(aws) == [0, 0, 0, 0]


def test_what_is_refused_says_so_and_what_is_not_is_removed(opened: Open) -> None:
    with opened({"queue": queue()}) as aws:
        assert aws.refuses(*queue(FifoQueue="true"))  # its name does not end with .fifo
        assert not aws.refuses(*table())

    assert there(aws) == [0, 0, 0, 0]


def test_no_two_questions_have_resources_of_one_name(opened: Open) -> None:
    with opened({"queue": queue()}) as first, opened({"queue": queue()}) as second:
        assert first.named("queue") != second.named("queue")
        assert error_of(second.url) == "none"


def test_a_question_that_needs_what_does_not_run_there_is_not_asked(opened: Open) -> None:
    with pytest.raises(NotImplementedError), opened({"role": role(), "function": function("")}):
        pass
