"""What is asked of EventBridge about buses, rules, targets, archives and replays."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from ensemble.conformance.areas.events import PATTERN, heard
from ensemble.conformance.needed import ARCHIVE, RULE, archive, bus, queue, target
from ensemble.conformance.questions import Answer, Area, World, error_of

RULES = Area("EventBridge: rules")
asks = RULES.asks


def of_rule(aws: World, name: str = "rule") -> dict[str, str]:
    """Return what names a rule in most requests."""
    return {"Rule": aws.named(name), "EventBusName": aws.named("bus")}


@asks("EventBridge API Reference, DescribeRule", [PATTERN, "ENABLED"], **heard())
def a_rule_is_described_with_its_pattern_and_its_state(aws: World) -> Answer:
    found = aws.events.describe_rule(Name=aws.named("rule"), EventBusName=aws.named("bus"))
    return [json.loads(found["EventPattern"]), found["State"]]


@asks("EventBridge API Reference, DescribeRule, ResourceNotFoundException", "ResourceNotFoundException", bus=bus())
def a_rule_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.events.describe_rule(Name="gone", EventBusName=aws.named("bus")))


@asks("EventBridge API Reference, ListRules", ["rule"], **heard())
def the_rules_of_a_bus_are_listed(aws: World) -> Answer:
    found = aws.events.list_rules(EventBusName=aws.named("bus"))["Rules"]
    return [one["Name"].removeprefix(aws.prefix) for one in found]


@asks("EventBridge API Reference, ListRules, NamePrefix", [], **heard())
def rules_are_listed_by_the_beginning_of_their_names(aws: World) -> Answer:
    return aws.events.list_rules(EventBusName=aws.named("bus"), NamePrefix="no such")["Rules"]


@asks("EventBridge API Reference, ListRules, ResourceNotFoundException", "ResourceNotFoundException")
def the_rules_of_a_bus_that_does_not_exist_are_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.events.list_rules(EventBusName=aws.named("gone")))


@asks("EventBridge API Reference, ListTargetsByRule", [["queue"], True], **heard())
def the_targets_of_a_rule_are_listed(aws: World) -> Answer:
    found = aws.events.list_targets_by_rule(**of_rule(aws))["Targets"]
    return [[one["Id"] for one in found], found[0]["Arn"] == aws.arn("sqs", aws.named("queue"))]


@asks("EventBridge API Reference, RemoveTargets", [0, []], **heard())
def a_target_that_was_removed_is_not_listed(aws: World) -> Answer:
    answer = aws.events.remove_targets(**of_rule(aws), Ids=["queue"])
    return [answer["FailedEntryCount"], aws.events.list_targets_by_rule(**of_rule(aws))["Targets"]]


@asks("EventBridge API Reference, PutTargets: an id that is there already is replaced", ["$.detail"], **heard())
def a_target_with_the_id_of_another_takes_its_place(aws: World) -> Answer:
    changed = {"Id": "queue", "Arn": aws.arn("sqs", aws.named("queue")), "InputPath": "$.detail"}
    aws.events.put_targets(**of_rule(aws), Targets=[changed])
    return [one.get("InputPath") for one in aws.events.list_targets_by_rule(**of_rule(aws))["Targets"]]


@asks("EventBridge API Reference, PutTargets: five targets of a rule", "LimitExceededException", **heard())
def a_rule_has_five_targets_at_most(aws: World) -> Answer:
    arn = aws.arn("sqs", aws.named("queue"))
    more = [{"Id": str(number), "Arn": arn} for number in range(6)]
    return error_of(lambda: aws.events.put_targets(**of_rule(aws), Targets=more))


@asks("EventBridge API Reference, PutTargets, ResourceNotFoundException", "ResourceNotFoundException", **heard())
def a_target_for_a_rule_that_does_not_exist_is_refused(aws: World) -> Answer:
    arn = aws.arn("sqs", aws.named("queue"))
    return error_of(lambda: aws.events.put_targets(**of_rule(aws, "gone"), Targets=[{"Id": "0", "Arn": arn}]))


@asks("EventBridge API Reference, Target, Arn", "ValidationException", **heard())
def a_target_that_is_no_arn_is_refused(aws: World) -> Answer:
    return error_of(lambda: aws.events.put_targets(**of_rule(aws), Targets=[{"Id": "0", "Arn": "queue"}]))


@asks("EventBridge API Reference, DisableRule", ["DISABLED", "ENABLED"], **heard())
def a_rule_is_disabled_and_enabled(aws: World) -> Answer:
    named = {"Name": aws.named("rule"), "EventBusName": aws.named("bus")}
    aws.events.disable_rule(**named)
    first = aws.events.describe_rule(**named)["State"]
    aws.events.enable_rule(**named)
    return [first, aws.events.describe_rule(**named)["State"]]


@asks("EventBridge API Reference, DescribeEventBus: without a name the default one", "default")
def without_a_name_the_default_bus_is_described(aws: World) -> Answer:
    return aws.events.describe_event_bus()["Name"]


@asks("EventBridge API Reference, DescribeEventBus, ResourceNotFoundException", "ResourceNotFoundException")
def a_bus_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.events.describe_event_bus(Name=aws.named("gone")))


@asks("EventBridge API Reference, ListEventBuses", [True, True], bus=bus())
def buses_are_listed_with_the_default_one(aws: World) -> Answer:
    names = [one["Name"] for one in aws.events.list_event_buses()["EventBuses"]]
    return [aws.named("bus") in names, "default" in names]


def refused(aws: World, *, pattern: Any = None, kind: str = RULE, **properties: Any) -> bool:
    """Whether a rule of the bus is refused."""
    given = {"EventPattern": pattern} if pattern is not None else {}
    return aws.refuses(kind, {"EventBusName": "@bus", **given, **properties})


@asks("EventBridge API Reference, PutRule, EventPattern: 4096 characters", True, bus=bus())
def a_pattern_of_five_thousand_characters_is_refused(aws: World) -> Answer:
    return refused(aws, pattern={"source": ["a" * 5_000]})


@asks("EventBridge User Guide, schedules: rules on the default event bus", True, bus=bus())
def a_schedule_on_another_bus_than_the_default_one_is_refused(aws: World) -> Answer:
    return refused(aws, ScheduleExpression="rate(5 minutes)")


@asks("EventBridge API Reference, RetryPolicy, MaximumRetryAttempts: 0 to 185", True, bus=bus(), queue=queue())
def two_hundred_retries_are_refused(aws: World) -> Answer:
    return refused(aws, pattern=PATTERN, Targets=[target(RetryPolicy={"MaximumRetryAttempts": 200})])


@asks("EventBridge API Reference, RetryPolicy, MaximumEventAgeInSeconds: 60 to 86400", True, bus=bus(), queue=queue())
def a_retry_of_events_for_a_second_is_refused(aws: World) -> Answer:
    return refused(aws, pattern=PATTERN, Targets=[target(RetryPolicy={"MaximumEventAgeInSeconds": 1})])


@asks("EventBridge API Reference, PutRule: an EventPattern or a ScheduleExpression", True, bus=bus())
def a_rule_without_pattern_and_schedule_is_refused(aws: World) -> Answer:
    return refused(aws)


@asks("EventBridge API Reference, PutRule, InvalidEventPatternException", True, bus=bus())
def a_rule_with_a_pattern_that_is_not_valid_is_refused(aws: World) -> Answer:
    return refused(aws, pattern={"source": "conformance"})


@asks("EventBridge User Guide, rate expressions: singular for 1", True)
def a_rate_of_one_minutes_is_refused(aws: World) -> Answer:
    return aws.refuses(RULE, {"ScheduleExpression": "rate(1 minutes)"})


@asks("EventBridge API Reference, DescribeArchive", ["ENABLED", 7], bus=bus(), archive=archive(RetentionDays=7))
def an_archive_is_described(aws: World) -> Answer:
    found = aws.events.describe_archive(ArchiveName=aws.named("archive"))
    return [found["State"], found["RetentionDays"]]


@asks("EventBridge API Reference, DescribeArchive, ResourceNotFoundException", "ResourceNotFoundException")
def an_archive_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.events.describe_archive(ArchiveName=aws.named("gone")))


@asks("EventBridge API Reference, ListArchives, EventSourceArn", ["archive"], bus=bus(), archive=archive())
def the_archives_of_a_bus_are_listed(aws: World) -> Answer:
    found = aws.events.list_archives(EventSourceArn=aws.arn("events", f"event-bus/{aws.named('bus')}"))["Archives"]
    return [one["ArchiveName"].removeprefix(aws.prefix) for one in found]


@asks("EventBridge API Reference, CreateArchive, EventPattern", True, bus=bus())
def an_archive_with_a_pattern_that_is_not_valid_is_refused(aws: World) -> Answer:
    properties = {"SourceArn": "@arn:events:event-bus/bus", "EventPattern": {"source": "conformance"}}
    return aws.refuses(ARCHIVE, properties)


def replay(aws: World, *, to: str = "bus", end: int = 2) -> str:
    """Return the error of a replay."""
    return error_of(
        lambda: aws.events.start_replay(
            ReplayName=aws.named("replay"),
            EventSourceArn=aws.arn("events", f"archive/{aws.named('archive')}"),
            EventStartTime=datetime(2026, 1, 1, 1, tzinfo=UTC),
            EventEndTime=datetime(2026, 1, 1, end, tzinfo=UTC),
            Destination={"Arn": aws.arn("events", f"event-bus/{aws.named(to)}")},
        )
    )


@asks("EventBridge API Reference, StartReplay, EventEndTime", "ValidationException", bus=bus(), archive=archive())
def a_replay_that_ends_before_it_starts_is_refused(aws: World) -> Answer:
    return replay(aws, end=0)


@asks(
    "EventBridge API Reference, ReplayDestination, Arn",
    "ValidationException",
    bus=bus(),
    other=bus(),
    archive=archive(),
)
def a_replay_to_another_bus_than_that_of_the_archive_is_refused(aws: World) -> Answer:
    return replay(aws, to="other")


@asks("EventBridge API Reference, DescribeReplay, ResourceNotFoundException", "ResourceNotFoundException")
def a_replay_that_does_not_exist_is_an_error(aws: World) -> Answer:
    return error_of(lambda: aws.events.describe_replay(ReplayName=aws.named("gone")))
