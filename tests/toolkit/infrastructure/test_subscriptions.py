"""Between the buses and the consumers: no event is lost, taken twice by design, or taken by the wrong one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ensemble.contracts.schemas import Schemas
from functions.kit.model import EVERY_EVENT, Service
from tests.conftest import NAMES
from tests.toolkit.infrastructure.templates import Template

DAY = 24 * 60 * 60
DEAD_LETTERS = "-dlq"

Json = dict[str, Any]


def rules(dev: dict[str, Template]) -> Iterator[tuple[Template, Json]]:
    for template in dev.values():
        for rule in template.of_type("AWS::Events::Rule").values():
            yield template, rule


def queue_mappings(template: Template) -> Iterator[tuple[Json, Json]]:
    """Each queue mapping with its queue."""
    queues = template.of_type("AWS::SQS::Queue")
    for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values():
        queue = template.target_of(mapping["EventSourceArn"])
        if queue in queues:
            yield mapping, queues[queue]


def test_each_subscription_has_one_rule_on_the_lane_it_declares(
    dev: dict[str, Template], services: tuple[Service, ...], schemas: Schemas
) -> None:
    for service in services:
        expected = set()
        for reaction in service.subscriptions:
            publisher = str(schemas.publishers.get(reaction.event, EVERY_EVENT))
            expected.add((NAMES.bus, publisher, reaction.event))
            if reaction.replay:
                expected.add((NAMES.replay_bus, publisher, reaction.event))

        found = {
            (rule["EventBusName"], *_matched(rule["EventPattern"]))
            for rule in dev[service.name].of_type("AWS::Events::Rule").values()
            if "EventPattern" in rule
        }

        assert found == expected


def _matched(pattern: Json) -> tuple[str, str]:
    if pattern["source"] == [{"prefix": ""}]:
        assert "detail-type" not in pattern
        return EVERY_EVENT, EVERY_EVENT
    (source,), (event,) = pattern["source"], pattern["detail-type"]
    return source, event


def test_each_rule_names_a_source_and_no_live_rule_takes_replayed_events(dev: dict[str, Template]) -> None:
    for template, rule in rules(dev):
        if "ScheduleExpression" in rule:
            continue
        assert rule["EventPattern"]["source"]
        if rule["EventBusName"] == NAMES.bus:
            replayed = template.stack == "platform"
            assert rule["EventPattern"]["replay-name"] == [{"exists": replayed}]


def test_the_replay_bus_is_fed_by_the_one_rule_that_takes_replayed_events(dev: dict[str, Template]) -> None:
    to_a_bus = [
        (template, rule)
        for template, rule in rules(dev)
        if template.target_of(rule["Targets"][0]["Arn"]) in template.of_type("AWS::Events::EventBus")
    ]

    ((template, rule),) = to_a_bus

    target = template.of_type("AWS::Events::EventBus")[str(template.target_of(rule["Targets"][0]["Arn"]))]
    assert target["Name"] == NAMES.replay_bus
    assert rule["EventPattern"] == {"source": [{"prefix": ""}], "replay-name": [{"exists": True}]}


def test_each_target_is_retried_for_a_day_and_then_leaves_the_event_in_a_dead_letter_queue(
    dev: dict[str, Template],
) -> None:
    for template, rule in rules(dev):
        (target,) = rule["Targets"]
        kept_in = template.of_type("AWS::SQS::Queue")[str(template.target_of(target["DeadLetterConfig"]["Arn"]))]

        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": DAY, "MaximumRetryAttempts": 185}
        assert kept_in["QueueName"] == f"{rule['Name']}-dlq"


def test_each_queue_that_a_rule_sends_to_lets_this_rule_in_and_nobody_else(dev: dict[str, Template]) -> None:
    for template, rule in rules(dev):
        queues = template.of_type("AWS::SQS::Queue")
        (target,) = rule["Targets"]
        bus = f"{rule['EventBusName']}/" if "EventBusName" in rule else ""
        for sent_to in {target["Arn"]["Fn::GetAtt"][0], target["DeadLetterConfig"]["Arn"]["Fn::GetAtt"][0]} & {*queues}:
            (policy,) = [
                policy
                for policy in template.of_type("AWS::SQS::QueuePolicy").values()
                if policy["Queues"] == [{"Ref": sent_to}]
            ]
            (statement,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Action"] == "sqs:SendMessage"
            assert statement["Resource"] == {"Fn::GetAtt": [sent_to, "Arn"]}
            source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]["Fn::Sub"]
            assert source.endswith(f":rule/{bus}{rule['Name']}")


def test_a_rule_is_made_after_the_policies_that_let_it_deliver(dev: dict[str, Template]) -> None:
    for template in dev.values():
        policies = template.of_type("AWS::SQS::QueuePolicy")
        for rule in template.of_type("AWS::Events::Rule"):
            name = template.resources[rule]["Properties"]["Name"]
            its_own = {id for id, policy in policies.items() if f"{name}'" in str(policy) + "'"}

            assert its_own
            assert its_own <= set(template.resources[rule]["DependsOn"])


def test_each_queue_with_a_consumer_has_a_dlq_of_its_own_that_keeps_failures_longer(dev: dict[str, Template]) -> None:
    for template in dev.values():
        queues = template.of_type("AWS::SQS::Queue")
        for _, queue in queue_mappings(template):
            dead_letters = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
            allowed = dead_letters["RedriveAllowPolicy"]

            assert dead_letters["QueueName"] == f"{queue['QueueName']}-dlq"
            assert allowed["redrivePermission"] == "byQueue"
            assert [source["Fn::Sub"].split(":")[-1] for source in allowed["sourceQueueArns"]] == [queue["QueueName"]]
            assert queue["MessageRetentionPeriod"] < dead_letters["MessageRetentionPeriod"] == 14 * DAY


def test_each_queue_is_read_by_a_consumer_or_keeps_failures_for_14_days(dev: dict[str, Template]) -> None:
    for template in dev.values():
        read = {queue["QueueName"] for _, queue in queue_mappings(template)}
        for queue in template.of_type("AWS::SQS::Queue").values():
            if queue["QueueName"] not in read:
                assert queue["QueueName"].endswith(DEAD_LETTERS)
                assert queue["MessageRetentionPeriod"] == 14 * DAY


def test_a_message_stays_hidden_for_six_times_as_long_as_its_function_may_take(dev: dict[str, Template]) -> None:
    for template in dev.values():
        functions = template.of_type("AWS::Lambda::Function")
        for mapping, queue in queue_mappings(template):
            function = functions[str(template.target_of(mapping["FunctionName"]))]

            assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]


def test_every_mapping_reports_the_records_that_failed(dev: dict[str, Template]) -> None:
    mappings = [
        mapping for template in dev.values() for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
    ]

    assert len(mappings) > 20
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)


def test_the_consumer_knows_how_often_its_queues_deliver(dev: dict[str, Template]) -> None:
    for template in dev.values():
        functions = template.of_type("AWS::Lambda::Function")
        for mapping, queue in queue_mappings(template):
            variables = functions[str(template.target_of(mapping["FunctionName"]))]["Environment"]["Variables"]

            assert variables["MAXIMUM_RECEIVES"] == str(queue["RedrivePolicy"]["maxReceiveCount"])


def test_only_a_service_that_waits_for_moments_is_swept_and_each_minute(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        schedules = [
            rule["ScheduleExpression"]
            for rule in dev[service.name].of_type("AWS::Events::Rule").values()
            if "ScheduleExpression" in rule
        ]

        assert schedules == (["rate(1 minute)"] if service.sweeps else [])


def test_only_the_sweep_rule_may_invoke_a_function(dev: dict[str, Template], services: tuple[Service, ...]) -> None:
    for service in services:
        permissions = list(dev[service.name].of_type("AWS::Lambda::Permission").values())

        assert [permission["SourceArn"]["Fn::Sub"].rpartition(":")[2] for permission in permissions] == (
            [f"rule/{NAMES.sweep(service.name)}"] if service.sweeps else []
        )


def test_an_alarm_watches_each_queue_that_keeps_failures(dev: dict[str, Template]) -> None:
    for template in dev.values():
        kept = {
            queue["QueueName"]
            for queue in template.of_type("AWS::SQS::Queue").values()
            if queue["QueueName"].endswith(DEAD_LETTERS)
        }
        watched = []
        for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
            metrics = [metric["MetricStat"]["Metric"] for metric in alarm.get("Metrics", []) if "MetricStat" in metric]
            watched += [metric["Dimensions"][0]["Value"] for metric in metrics]

            assert len(metrics) <= 10
            assert alarm["AlarmActions"][0]["Fn::Sub"].endswith(f":{NAMES.alarms_topic}")

        assert sorted(watched) == sorted(kept)
