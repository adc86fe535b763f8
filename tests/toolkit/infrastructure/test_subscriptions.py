"""Between the buses and the consumers: no event is lost, taken twice by design, or taken by the wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ensemble.contracts.schemas import Schemas
from ensemble.laptop.cloudwatch.measuring import PASSED_OVER_AT
from functions.kit.breaker import PRECEDENCE_SECONDS, PROBE_SECONDS
from functions.kit.model import EVERY_EVENT, Service
from infrastructure.alarms import LATE_SECONDS
from infrastructure.lanes import COMMANDS, EVENTS, REPLAY, lanes_of
from infrastructure.needs import TIMEOUT_SECONDS
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
    assert rule["EventPattern"] == {
        "account": [{"Ref": "AWS::AccountId"}],
        "source": [{"prefix": ""}],
        "replay-name": [{"exists": True}],
    }


def test_each_target_is_retried_for_a_day_and_then_leaves_the_event_in_a_dead_letter_queue(
    dev: dict[str, Template],
) -> None:
    for template, rule in rules(dev):
        (target,) = rule["Targets"]
        queues = template.of_type("AWS::SQS::Queue")
        sent_to = queues.get(str(template.target_of(target["Arn"])), {}).get("QueueName", rule["Name"])

        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": DAY, "MaximumRetryAttempts": 185}
        assert queues[str(template.target_of(target["DeadLetterConfig"]["Arn"]))]["QueueName"] == f"{sent_to}-dlq"


def test_events_commands_and_replayed_events_come_by_a_queue_each(
    dev: dict[str, Template], services: tuple[Service, ...], schemas: Schemas
) -> None:
    commands = {event for event, owner in schemas.publishers.items() if owner not in {one.name for one in services}}
    for service in services:
        template = dev[service.name]
        queues = template.of_type("AWS::SQS::Queue")
        found: dict[str, set[str]] = {queue["QueueName"]: set() for _, queue in queue_mappings(template)}
        for rule in template.of_type("AWS::Events::Rule").values():
            if "EventPattern" in rule:
                sent_to = queues[str(template.target_of(rule["Targets"][0]["Arn"]))]["QueueName"]
                found[sent_to].add(_matched(rule["EventPattern"])[1])

        live = {reaction.event for reaction in service.subscriptions}
        expected = {
            NAMES.queue(service.name, EVENTS): live - commands,
            NAMES.queue(service.name, COMMANDS): live & commands,
            NAMES.queue(service.name, REPLAY): {one.event for one in service.subscriptions if one.replay},
        }
        assert found == {queue: events for queue, events in expected.items() if events}


def test_a_service_that_waits_for_moments_has_the_queue_that_its_timers_come_by(services: tuple[Service, ...]) -> None:
    waiting = next(service for service in services if service.sweeps)
    everything = {reaction.event for reaction in waiting.subscriptions}

    assert list(lanes_of(waiting, everything)) == [EVENTS, COMMANDS]
    assert list(lanes_of(replace(waiting, timer=None, reactions=waiting.subscriptions), everything)) == [COMMANDS]


def test_each_queue_that_rules_send_to_lets_these_rules_in_and_nobody_else(dev: dict[str, Template]) -> None:
    for template in dev.values():
        queues = template.of_type("AWS::SQS::Queue")
        senders: dict[str, set[str]] = {queue: set() for queue in queues}
        for rule in template.of_type("AWS::Events::Rule").values():
            (target,) = rule["Targets"]
            bus = f"{rule['EventBusName']}/" if "EventBusName" in rule else ""
            for to in {template.target_of(target["Arn"]), template.target_of(target["DeadLetterConfig"]["Arn"])}:
                if to in queues:
                    senders[str(to)].add(f"rule/{bus}{rule['Name']}")

        for queue, rules in senders.items():
            (policy,) = [
                policy
                for policy in template.of_type("AWS::SQS::QueuePolicy").values()
                if policy["Queues"] == [{"Ref": queue}]
            ]
            (statement,) = [one for one in policy["PolicyDocument"]["Statement"] if one["Effect"] == "Allow"]
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Action"] == "sqs:SendMessage"
            assert statement["Resource"] == {"Fn::GetAtt": [queue, "Arn"]}
            sources = statement["Condition"]["ArnLike"]["aws:SourceArn"]
            assert {source["Fn::Sub"].split(":")[-1] for source in sources} == rules


def test_a_rule_is_made_after_the_policies_that_let_it_deliver(dev: dict[str, Template]) -> None:
    for template in dev.values():
        policies = template.of_type("AWS::SQS::QueuePolicy")
        for rule in template.of_type("AWS::Events::Rule"):
            name = template.resources[rule]["Properties"]["Name"]
            its_own = {id for id, policy in policies.items() if re.search(rf"[:/]{name}'", str(policy))}

            assert its_own
            assert its_own <= set(template.resources[rule]["DependsOn"])


def test_each_queue_with_a_consumer_has_a_dlq_of_its_own_and_both_keep_what_waits_for_14_days(
    dev: dict[str, Template],
) -> None:
    for template in dev.values():
        queues = template.of_type("AWS::SQS::Queue")
        for _, queue in queue_mappings(template):
            dead_letters = queues[queue["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]]
            allowed = dead_letters["RedriveAllowPolicy"]

            assert dead_letters["QueueName"] == f"{queue['QueueName']}-dlq"
            assert allowed["redrivePermission"] == "byQueue"
            assert [source["Fn::Sub"].split(":")[-1] for source in allowed["sourceQueueArns"]] == [queue["QueueName"]]
            assert queue["MessageRetentionPeriod"] == dead_letters["MessageRetentionPeriod"] == 14 * DAY
            assert queue["RedrivePolicy"]["maxReceiveCount"] == 1_000


def test_each_queue_is_read_by_a_consumer_or_keeps_failures_for_14_days(dev: dict[str, Template]) -> None:
    for template in dev.values():
        read = {queue["QueueName"] for _, queue in queue_mappings(template)}
        for queue in template.of_type("AWS::SQS::Queue").values():
            if queue["QueueName"] not in read:
                assert queue["QueueName"].endswith(DEAD_LETTERS)
                assert queue["MessageRetentionPeriod"] == 14 * DAY


def test_a_message_stays_hidden_for_the_window_and_six_times_as_long_as_its_function_may_take(
    dev: dict[str, Template],
) -> None:
    for template in dev.values():
        functions = template.of_type("AWS::Lambda::Function")
        for mapping, queue in queue_mappings(template):
            function = functions[str(template.target_of(mapping["FunctionName"]))]

            window = mapping.get("MaximumBatchingWindowInSeconds", 0)
            assert queue["VisibilityTimeout"] == 6 * function["Timeout"] + window


def test_only_events_are_gathered_for_as_long_as_the_service_says(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        windows = {
            queue["QueueName"]: mapping.get("MaximumBatchingWindowInSeconds", 0)
            for mapping, queue in queue_mappings(dev[service.name])
        }
        assert windows.pop(NAMES.queue(service.name, EVENTS), 0) == service.batching_seconds
        assert not any(windows.values())
    assert any(service.batching_seconds for service in services)


def test_only_what_is_gathered_for_a_service_without_effects_comes_forty_at_once(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    sizes = {
        queue["QueueName"]: mapping["BatchSize"]
        for service in services
        for mapping, queue in queue_mappings(dev[service.name])
    }
    gathered = {NAMES.queue(one.name, EVENTS) for one in services if one.batching_seconds and not one.effects}

    assert {name for name, size in sizes.items() if size == 40} == gathered
    assert {size for name, size in sizes.items() if name not in gathered} == {10}
    assert gathered


def test_every_mapping_reports_the_records_that_failed(dev: dict[str, Template]) -> None:
    mappings = [
        mapping for template in dev.values() for mapping in template.of_type("AWS::Lambda::EventSourceMapping").values()
    ]

    assert len(mappings) > len(dev)
    assert all(mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"] for mapping in mappings)


def test_a_service_that_sweeps_knows_the_queue_that_its_timers_come_by_and_no_other_knows_any(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        template = dev[service.name]
        variables = template.the("AWS::Lambda::Function")["Environment"]["Variables"]
        queue = template.of_type("AWS::SQS::Queue").get(str(template.target_of(variables.get("QUEUE_URL"))), {})

        assert queue.get("QueueName") == (NAMES.queue(service.name, EVENTS) if service.sweeps else None)


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
        (alarm,) = alarms_called(template, "failures")

        assert sorted(queues_of(alarm)) == sorted(kept)
        assert alarm["AlarmActions"][0]["Fn::Sub"].endswith(f":{NAMES.alarms_topic}")


def alarms_called(template: Template, kind: str) -> list[Json]:
    alarms = template.of_type("AWS::CloudWatch::Alarm").values()
    return [alarm for alarm in alarms if alarm["AlarmName"].endswith(f"-{kind}")]


def queues_of(alarm: Json) -> list[str]:
    metrics = [metric["MetricStat"]["Metric"] for metric in alarm["Metrics"] if "MetricStat" in metric]
    assert len(metrics) <= 10  # Amazon CloudWatch User Guide: of metric math
    return [metric["Dimensions"][0]["Value"] for metric in metrics]


def test_an_alarm_tells_of_what_comes_late_by_each_queue_but_that_of_replayed_events(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        (alarm,) = alarms_called(dev[service.name], "late")
        timeout = dev[service.name].the("AWS::Lambda::Function")["Timeout"]
        queues = [queue["QueueName"] for _, queue in queue_mappings(dev[service.name])]

        assert sorted(queues_of(alarm)) == sorted(name for name in queues if not name.endswith("-replay"))
        assert alarm["Threshold"] == LATE_SECONDS + timeout + service.batching_seconds


def test_what_waits_for_a_probe_is_passed_over_before_it_counts_as_late() -> None:
    longest = PROBE_SECONDS + PRECEDENCE_SECONDS + 6  # functions/kit/waiting.py: a second, and up to five to spread

    assert PASSED_OVER_AT * longest < LATE_SECONDS + TIMEOUT_SECONDS
    assert LATE_SECONDS + TIMEOUT_SECONDS + 60 < 5 * 60


def test_an_alarm_tells_of_a_sweep_without_ticks_where_there_is_one(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        rules = [alarm["Dimensions"][0]["Value"] for alarm in alarms_called(dev[service.name], "timers")]

        assert rules == ([NAMES.sweep(service.name)] if service.sweeps else [])


def test_an_alarm_tells_of_a_function_for_which_there_is_no_room(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        failing, throttled = (alarm_on(dev[service.name], metric) for metric in ("Errors", "Throttles"))
        own = ("AlarmName", "AlarmDescription", "MetricName")

        assert [{name: one[name] for name in one if name not in own} for one in (failing, throttled)] == 2 * [
            {name: failing[name] for name in failing if name not in own}
        ]


def alarm_on(template: Template, metric: str) -> Json:
    (alarm,) = [one for one in template.of_type("AWS::CloudWatch::Alarm").values() if one.get("MetricName") == metric]
    return alarm


def test_an_alarm_tells_of_a_consumer_that_fails_before_a_single_message_came_back_four_times(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        template = dev[service.name]
        alarm = alarm_on(template, "Errors")
        visibility = max(queue["VisibilityTimeout"] for _, queue in queue_mappings(template))

        assert (alarm["Namespace"], alarm["Statistic"], alarm["Period"]) == ("AWS/Lambda", "Sum", 60)
        assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": NAMES.consumer(service.name)}]
        assert alarm["EvaluationPeriods"] * 60 >= (alarm["DatapointsToAlarm"] + 1) * visibility
        assert alarm["EvaluationPeriods"] <= 24 * 60  # Amazon CloudWatch User Guide: a day at most, by the minute


def test_an_alarm_tells_of_events_that_wait_for_five_minutes(
    dev: dict[str, Template], services: tuple[Service, ...]
) -> None:
    for service in services:
        alarm = alarm_on(dev[service.name], "EventPostponed")

        assert (alarm["Namespace"], alarm["Dimensions"]) == (
            NAMES.beginning,
            [{"Name": "service", "Value": service.name}],
        )
        assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["Threshold"]) == (60, 5, 0)
