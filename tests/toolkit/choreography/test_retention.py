"""What a template does not say, AWS's defaults say."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from ensemble.choreography.retention import DAY, longest_delivery_days, longest_delivery_seconds
from ensemble.choreography.templates import Resource
from ensemble.laptop.resource_types import ARCHIVE, BUCKET, MAPPING, QUEUE, RULE

STREAM = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/s"


def made(type: str, arn: str = "", stack: str = "dev-shelf", **properties: Any) -> Resource:
    return Resource(stack, type, "name", arn, properties)


@pytest.mark.parametrize(
    ("resources", "days"),
    [
        ([], 0),
        ([made(RULE, Targets=[{"Arn": "a"}])], 1),
        ([made(RULE, Targets=[{"Arn": "a", "RetryPolicy": {"MaximumEventAgeInSeconds": DAY // 2}}])], 0.5),
        ([made(RULE)], 0),
        ([made(QUEUE, "dlq")], 4),
        ([made(QUEUE, "dlq", MessageRetentionPeriod=9 * DAY)], 9),
        ([made(QUEUE, "q"), made(MAPPING, EventSourceArn="q")], 2 * 4),  # before and after the DLQ
        ([made(MAPPING, EventSourceArn=STREAM)], 1),
        ([made(MAPPING, EventSourceArn=STREAM, MaximumRecordAgeInSeconds=-1)], 1),
        ([made(MAPPING, EventSourceArn=STREAM, MaximumRecordAgeInSeconds=3 * DAY // 4)], 0.75),
        ([made(ARCHIVE, RetentionDays=7)], 7),
        ([made(ARCHIVE, RetentionDays=7), made(ARCHIVE, RetentionDays=9)], 9),
        ([made(ARCHIVE)], inf),
        ([made(BUCKET, LifecycleConfiguration={"Rules": [{"Status": "Enabled", "ExpirationInDays": 3}]})], 3),
        ([made(BUCKET, LifecycleConfiguration={"Rules": [{"Status": "Disabled", "ExpirationInDays": 3}]})], inf),
    ],
)
def test_each_keeper_adds_what_it_keeps(resources: list[Resource], days: float) -> None:
    assert longest_delivery_seconds(resources) == days * DAY


def test_queues_and_rules_of_other_services_do_not_count_but_archive_and_streams_do() -> None:
    others = [
        made(QUEUE, "q", "dev-other", MessageRetentionPeriod=14 * DAY),
        made(ARCHIVE, stack="dev-platform", RetentionDays=7),
        made(MAPPING, stack="dev-other", EventSourceArn=STREAM),
    ]

    assert longest_delivery_seconds(others, "dev-shelf") == 8 * DAY
    assert longest_delivery_seconds(others) == 22 * DAY


def test_days_are_whole_and_rounded_up() -> None:
    assert longest_delivery_days([made(MAPPING, EventSourceArn=STREAM, MaximumRecordAgeInSeconds=1)]) == 1
    assert longest_delivery_days([made(ARCHIVE)]) == inf
