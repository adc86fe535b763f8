"""What a template does not say, AWS's defaults say."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from ensemble.aws.resource_types import ARCHIVE, MAPPING, QUEUE, RULE
from ensemble.choreography.retention import DAY, longest_delivery_days, longest_delivery_seconds
from ensemble.choreography.templates import Resource


def made(type: str, arn: str = "", stack: str = "dev-shelf", **properties: Any) -> Resource:
    return Resource(stack, type, "name", arn, properties)


@pytest.mark.parametrize(
    ("resources", "days"),
    [
        ([], 0),
        ([made(RULE, Targets=[{"Arn": "a"}])], 1),
        ([made(RULE, Targets=[{"Arn": "a", "RetryPolicy": {"MaximumEventAgeInSeconds": DAY // 2}}])], 0.5),
        ([made(RULE)], 0),
        ([made(QUEUE, "dlq")], 2 * 4),  # that of the event, and that of its cause
        ([made(QUEUE, "dlq", MessageRetentionPeriod=9 * DAY)], 2 * 9),
        ([made(QUEUE, "q"), made(MAPPING, EventSourceArn="q")], 2 * (2 * 4 + 2 * 4)),  # before and after the DLQ
        ([made(ARCHIVE, RetentionDays=7)], 7),
        ([made(ARCHIVE, RetentionDays=7), made(ARCHIVE, RetentionDays=9)], 9),
        ([made(ARCHIVE)], inf),
    ],
)
def test_each_keeper_adds_what_it_keeps(resources: list[Resource], days: float) -> None:
    assert longest_delivery_seconds(resources) == days * DAY


def test_the_queues_of_other_services_count_once_for_the_cause_and_the_archive_for_all() -> None:
    others = [
        made(QUEUE, "own"),
        made(QUEUE, "q", "dev-other", MessageRetentionPeriod=14 * DAY),
        made(ARCHIVE, stack="dev-platform", RetentionDays=7),
        made(RULE, stack="dev-other", Targets=[{"Arn": "a"}]),
    ]

    assert longest_delivery_seconds(others, "dev-shelf") == (14 + 7 + 4) * DAY
    assert longest_delivery_seconds(others) == (14 + 7 + 1 + 14) * DAY


def test_days_are_whole_and_rounded_up() -> None:
    retried = [{"Arn": "a", "RetryPolicy": {"MaximumEventAgeInSeconds": DAY // 2}}]

    assert longest_delivery_days([made(RULE, Targets=retried)]) == 1
    assert longest_delivery_days([made(ARCHIVE)]) == inf
