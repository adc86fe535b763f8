"""What is asked of EventBridge about events: entries, and what becomes of them at the targets of rules."""

from __future__ import annotations

import json
from typing import Any

from ensemble.conformance.areas.messages import receive
from ensemble.conformance.needed import bus, open_to_events, queue, rule, target
from ensemble.conformance.questions import Answer, Area, Need, World, error_of

EVENTS = Area("EventBridge: events")
asks = EVENTS.asks

PATTERN = {"source": ["conformance"]}
SECONDS_OF_NOTHING = 3.0
"""How long is waited for what must not come."""


def heard(*targets: dict[str, Any], pattern: Any = PATTERN, **more: Any) -> dict[str, Need]:
    """Return a bus with a rule that sends to a queue."""
    return {
        "bus": bus(),
        "queue": queue(),
        "dead": queue(),
        "open": open_to_events(),
        "open_dead": open_to_events("dead"),
        "rule": rule(pattern, *(targets or (target(),)), **more),
    }


def entry(aws: World, **changes: Any) -> dict[str, Any]:
    """Return an entry."""
    usual = {"Source": "conformance", "DetailType": "Asked", "Detail": '{"a": 1}', "EventBusName": aws.named("bus")}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


def put(aws: World, *entries: dict[str, Any], **changes: Any) -> Any:
    """Put entries, or one with changes."""
    return aws.events.put_events(Entries=list(entries) or [entry(aws, **changes)])


def events(aws: World, queue: str = "queue", seconds: float | None = None) -> list[Any]:
    """Return what comes to the queue."""
    return [json.loads(one["Body"]) for one in aws.until(lambda: receive(aws, queue), seconds)]


def code(aws: World, **changes: Any) -> Answer:
    """Return the error of an entry that fails alone, `none` where it does not."""
    answer = put(aws, **changes)
    return answer["Entries"][0].get("ErrorCode", "none")


@asks(
    "EventBridge User Guide, events structure reference",
    [["account", "detail", "detail-type", "id", "region", "resources", "source", "time", "version"]],
    **heard(),
)
def a_target_gets_the_event_with_all_its_members(aws: World) -> Answer:
    put(aws)
    return [sorted(one) for one in events(aws)]


@asks("EventBridge API Reference, PutEventsResultEntry, EventId", True, **heard())
def the_id_of_an_event_is_the_one_that_was_answered(aws: World) -> Answer:
    answered = put(aws)["Entries"][0]["EventId"]
    return [one["id"] for one in events(aws)] == [answered]


@asks("EventBridge API Reference, PutEventsRequestEntry, Time", ["2026-01-02T03:04:05Z"], **heard())
def an_event_has_the_time_of_its_entry(aws: World) -> Answer:
    put(aws, Time="2026-01-02T03:04:05Z")
    return [one["time"] for one in events(aws)]


@asks("EventBridge API Reference, PutEventsRequestEntry, Resources", [["arn:one"]], **heard())
def an_event_has_the_resources_of_its_entry(aws: World) -> Answer:
    put(aws, Resources=["arn:one"])
    return [one["resources"] for one in events(aws)]


@asks("EventBridge User Guide, events structure reference: detail", [{"name": "Straße 😀"}], **heard())
def an_event_keeps_characters_of_every_language(aws: World) -> Answer:
    put(aws, Detail=json.dumps({"name": "Straße 😀"}, ensure_ascii=False))
    return [one["detail"] for one in events(aws)]


@asks("EventBridge API Reference, PutEventsRequestEntry, Detail: a valid JSON object", True, **heard())
def a_target_never_gets_what_is_no_json(aws: World) -> Answer:
    put(aws, Detail='{"a": 1e400}')
    bodies = [one["Body"] for one in aws.until(lambda: receive(aws), SECONDS_OF_NOTHING)]
    return not any(word in body for body in bodies for word in ("Infinity", "NaN"))


@asks("EventBridge API Reference, PutEventsResultEntry, MalformedDetail", ["MalformedDetail"] * 3, bus=bus())
def a_detail_that_is_no_json_object_fails(aws: World) -> Answer:
    return [code(aws, Detail=detail) for detail in ("{", "[1]", '{"a": NaN}')]


@asks("EventBridge API Reference, PutEvents: Source, DetailType and Detail", ["InvalidArgument"] * 3, bus=bus())
def an_entry_without_source_or_type_or_detail_fails(aws: World) -> Answer:
    return [code(aws, Source=None), code(aws, DetailType=None), code(aws, Detail=None)]


@asks("EventBridge User Guide, PutEvents: aws. is of AWS", "NotAuthorizedForSourceException", bus=bus())
def a_source_of_aws_fails(aws: World) -> Answer:
    return code(aws, Source="aws.s3")


@asks(
    "EventBridge API Reference, PutEventsRequestEntry, DetailType: 128 characters",
    ["none", "InvalidArgument"],
    bus=bus(),
)
def a_detail_type_has_128_characters_at_most(aws: World) -> Answer:
    return [code(aws, DetailType="a" * 128), code(aws, DetailType="a" * 129)]


@asks("EventBridge API Reference, PutEvents: each entry is answered for itself", [1, [True, False]], **heard())
def an_entry_that_fails_hinders_no_other(aws: World) -> Answer:
    answer = put(aws, entry(aws, Detail="{"), entry(aws))
    return [answer["FailedEntryCount"], ["ErrorCode" in one for one in answer["Entries"]]]


@asks(
    "EventBridge API Reference, PutEvents, Entries: 1 to 10",
    ["ValidationException", "none", "ValidationException"],
    bus=bus(),
)
def a_request_has_one_to_ten_entries(aws: World) -> Answer:
    return [
        error_of(lambda: put_many(aws, 0)),
        error_of(lambda: put_many(aws, 10)),
        error_of(lambda: put_many(aws, 11)),
    ]


def put_many(aws: World, number: int) -> Any:
    """Put an entry many times."""
    return aws.events.put_events(Entries=[entry(aws)] * number)


@asks("EventBridge User Guide, Calculating PutEvents event entry size: 1 MB", "ValidationException", bus=bus())
def a_request_of_more_than_a_megabyte_is_refused(aws: World) -> Answer:
    large = json.dumps({"a": "b" * 600_000})
    return error_of(lambda: put(aws, entry(aws, Detail=large), entry(aws, Detail=large)))


@asks("EventBridge API Reference, PutEvents: an event that no bus has is dropped", [0, False])
def an_event_for_a_bus_that_does_not_exist_succeeds_and_is_gone(aws: World) -> Answer:
    answer = put(aws)
    return [answer["FailedEntryCount"], "ErrorCode" in answer["Entries"][0]]


@asks("EventBridge User Guide, event patterns: only what matches is sent", 0, **heard(pattern={"source": ["other"]}))
def an_event_that_no_rule_takes_comes_nowhere(aws: World) -> Answer:
    put(aws)
    return len(events(aws, seconds=SECONDS_OF_NOTHING))


@asks("EventBridge API Reference, PutRule, State", 0, **heard(State="DISABLED"))
def a_rule_that_is_disabled_sends_nothing(aws: World) -> Answer:
    put(aws)
    return len(events(aws, seconds=SECONDS_OF_NOTHING))


@asks("EventBridge API Reference, EnableRule", 1, **heard(State="DISABLED"))
def a_rule_that_is_enabled_again_sends(aws: World) -> Answer:
    aws.events.enable_rule(Name=aws.named("rule"), EventBusName=aws.named("bus"))
    aws.wait(SECONDS_OF_NOTHING)
    put(aws)
    return len(events(aws))


@asks("EventBridge API Reference, Target, InputPath", [{"a": 1}], **heard(target(InputPath="$.detail")))
def a_target_may_get_a_part_of_the_event(aws: World) -> Answer:
    put(aws)
    return events(aws)


@asks("EventBridge API Reference, Target, Input", [{"always": "this"}], **heard(target(Input='{"always": "this"}')))
def a_target_may_get_always_the_same(aws: World) -> Answer:
    put(aws)
    return events(aws)


@asks(
    "EventBridge API Reference, Target: one rule sends to each of its targets",
    [1, 1],
    **heard(target(), target("dead")),
)
def each_target_of_a_rule_gets_the_event(aws: World) -> Answer:
    put(aws)
    return [len(events(aws)), len(events(aws, "dead"))]


UNPERMITTED = {
    "bus": bus(),
    "queue": queue(),
    "dead": queue(),
    "open_dead": open_to_events("dead"),
    "rule": rule(PATTERN, target(DeadLetterConfig={"Arn": "@arn:sqs:dead"})),
}


@asks("EventBridge User Guide, resource-based policies: SQS must let the rule send", 0, **UNPERMITTED)
def a_queue_whose_policy_lets_no_rule_in_gets_nothing(aws: World) -> Answer:
    put(aws)
    return len(events(aws, seconds=SECONDS_OF_NOTHING))


@asks("EventBridge User Guide, dead-letter queues: ERROR_CODE", ["NO_PERMISSIONS"], **UNPERMITTED)
def what_a_target_does_not_take_is_a_dead_letter_that_says_why(aws: World) -> Answer:
    put(aws)
    found = aws.until(lambda: receive(aws, "dead", MessageAttributeNames=["All"]))
    return [one["MessageAttributes"]["ERROR_CODE"]["StringValue"] for one in found]


@asks("EventBridge User Guide, dead-letter queues: RULE_ARN and TARGET_ARN", [True], **UNPERMITTED)
def a_dead_letter_names_its_rule_and_its_target(aws: World) -> Answer:
    put(aws)
    found = aws.until(lambda: receive(aws, "dead", MessageAttributeNames=["All"]))
    wanted = {
        "RULE_ARN": aws.arn("events", f"rule/{aws.named('bus')}/{aws.named('rule')}"),
        "TARGET_ARN": aws.arn("sqs", aws.named("queue")),
    }
    told = [{name: value["StringValue"] for name, value in one["MessageAttributes"].items()} for one in found]
    return [wanted.items() <= one.items() for one in told]


TRANSFORMED = target(InputTransformer={"InputPathsMap": {"a": "$.detail.a"}, "InputTemplate": '{"given": <a>}'})


@asks("EventBridge User Guide, input transformation", [{"given": 1}], **heard(TRANSFORMED))
def a_target_may_get_a_text_with_parts_of_the_event(aws: World) -> Answer:
    put(aws)
    return events(aws)
