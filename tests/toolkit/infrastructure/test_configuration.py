"""What a stage may be given, what is refused, and what its functions may run at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import aws_cdk as cdk
import pytest

from ensemble.contracts.schemas import Schemas
from functions.kit.model import Service
from infrastructure.concurrency import OF_COUNTERS, OF_EFFECTS, TICK, fitting, refuse_too_much
from infrastructure.configuration import Configuration
from infrastructure.errors import ConcurrencyExceeded, StageRefused
from infrastructure.lanes import lanes_of
from infrastructure.stage import chosen
from tests.toolkit.infrastructure.templates import Template

DEV = Configuration(protected=False, memory_megabytes=256, log_retention_days=7, archive_days=7, maximum_concurrency=5)
PROD = replace(DEV, protected=True, alarm_subscribers=["on-call@example.com"])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"protected": True}, "nobody would hear of the alarms of a protected stage. Fix: alarm_subscribers="),
        ({"replayers": ["somebody"]}, "'somebody' cannot replay events: write the ARN of a role or a user of IAM"),
        ({"alarm_subscribers": ["somebody"]}, "'somebody' cannot hear of alarms"),
        ({"alarm_subscribers": ["http://example.com/alarms"]}, "'http://example.com/alarms' cannot hear of alarms"),
        ({"account": "111111111111"}, "a stage has account 111111111111 and region None: say both, or neither"),
        ({"region": "eu-central-1"}, "a stage has account None and region eu-central-1: say both, or neither"),
        ({"memory_megabytes": 64}, "the memory_megabytes of a stage is 64. Fix: take 128 to 10,240"),
        ({"tracing": "always"}, "the tracing of a stage is 'always'. Fix: take one of 'active', 'pass-through'"),
        ({"aws_client": "boto3"}, "the aws_client of a stage is 'boto3'. Fix: take one of 'kit', 'botocore'"),
        ({"maximum_concurrency": 1}, "the maximum_concurrency of a stage is 1. Fix: take 2 to 1,000"),
        ({"log_retention_days": 8}, "the log_retention_days of a stage are 8. Fix: take one of 1, 3, 5, 7, 14,"),
        ({"account": "1234", "region": "eu-central-1"}, "'1234' is no AWS account: it is a text of 12 digits"),
    ],
)
def test_arguments_that_cannot_be_are_refused(changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(StageRefused) as refused:
        replace(DEV, **changes)

    assert complaint in str(refused.value)


def test_a_personal_stage_cannot_have_the_arguments_of_a_protected_one() -> None:
    with pytest.raises(StageRefused, match="cannot take the arguments of 'prod', which is protected"):
        list(chosen(cdk.App(), {"dev": DEV, "prod": PROD}, personal="prod"))


@pytest.fixture
def commands(services: tuple[Service, ...], schemas: Schemas) -> set[str]:
    inside = {service.name for service in services}
    return {event for event, publisher in schemas.publishers.items() if publisher not in inside}


def queues(services: tuple[Service, ...], commands: set[str]) -> int:
    return sum(len(lanes_of(service, commands)) for service in services)


def test_functions_that_may_run_more_often_at_once_than_the_account_allows_are_refused_with_the_sum_and_the_fix(
    services: tuple[Service, ...], commands: set[str]
) -> None:
    workers = {service.name: 20 for service in services}
    needed = queues(services, commands) * 20 + TICK * sum(service.sweeps for service in services)

    refuse_too_much("prod", services, workers, commands, replace(PROD, account_concurrency=needed + 100))
    with pytest.raises(ConcurrencyExceeded) as refused:
        refuse_too_much("prod", services, workers, commands, replace(PROD, account_concurrency=needed + 99))

    assert f"the functions of prod may run {needed} at once, and the account allows {needed - 1}" in str(refused.value)
    for service in services:
        number = len(lanes_of(service, commands))
        assert f"{service.name} {number * 20} ({number} x 20)" in str(refused.value)
    assert "maximum_concurrency=19 or less; ask AWS for the quota" in str(refused.value)
    assert f"account_concurrency={needed + 100}" in str(refused.value)


def test_where_two_at_once_for_each_queue_are_too_many_only_a_larger_quota_is_advised(
    services: tuple[Service, ...], commands: set[str]
) -> None:
    with pytest.raises(ConcurrencyExceeded, match=r"Fix: ask AWS for the quota"):
        refuse_too_much(
            "dev", services, {one.name: 2 for one in services}, commands, replace(DEV, account_concurrency=10)
        )


def test_a_service_gets_as_many_workers_as_fit_what_it_does_and_no_more_than_its_stage_has(
    services: tuple[Service, ...],
) -> None:
    with_effects = next(service for service in services if service.effects)
    plain = next(service for service in services if not service.effects)

    assert fitting(plain, 30, moves_counters=False) == 30
    assert fitting(plain, 30, moves_counters=True) == OF_COUNTERS
    assert fitting(with_effects, 30, moves_counters=False) == OF_EFFECTS
    assert fitting(with_effects, 3, moves_counters=False) == fitting(with_effects, 3, moves_counters=True) == 3


def test_what_moves_counters_and_what_reaches_outside_has_fewer_workers_in_a_large_stage(
    services: tuple[Service, ...], prod: dict[str, Template]
) -> None:
    found = {
        service.name: {mapping["ScalingConfig"]["MaximumConcurrency"] for mapping in _mappings(prod[service.name])}
        for service in services
    }

    assert found["figures"] == found["shelf"] == {OF_COUNTERS}
    assert found["courier"] == {OF_EFFECTS}
    assert found["loan"] == {30}


def _mappings(template: Template) -> list[dict[str, Any]]:
    return list(template.of_type("AWS::Lambda::EventSourceMapping").values())


def test_every_queue_that_is_counted_is_one_of_the_stack(
    services: tuple[Service, ...], commands: set[str], prod: dict[str, Template]
) -> None:
    for service in services:
        assert len(lanes_of(service, commands)) == len(_mappings(prod[service.name]))


def test_consumers_that_a_timer_wakes_have_their_share_reserved_in_a_protected_stage_alone(
    services: tuple[Service, ...], dev: dict[str, Template], prod: dict[str, Template]
) -> None:
    for service in services:
        reserved = prod[service.name].the("AWS::Lambda::Function").get("ReservedConcurrentExecutions")
        of_queues = sum(one["ScalingConfig"]["MaximumConcurrency"] for one in _mappings(prod[service.name]))

        assert reserved == (of_queues + TICK if service.sweeps else None)
        assert "ReservedConcurrentExecutions" not in str(dev[service.name].content)
    assert any(service.sweeps for service in services)
