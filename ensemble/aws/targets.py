"""Targets of EventBridge rules: which of them run here, and what they are sent."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ensemble.aws.entries import Event
from ensemble.aws.errors import DeliveryRefused, PropertyUnsupported
from ensemble.aws.input_templates import compact, places_in, rendered
from ensemble.aws.opaque import opaque_in
from ensemble.aws.paths import MISSING, at, steps_of
from ensemble.aws.resources import ONLY_DEPLOYED

INPUTS = {"Input", "InputPath", "InputTransformer"}
"""What of a target lets it get something else than the event; it may have one of them."""

PARAMETERS = {"SqsParameters": "sqs", "HttpParameters": "api-destination"}
"""What only one kind of target may have."""

PROPERTIES = {"Arn", "DeadLetterConfig", "Id", "RetryPolicy", "RoleArn", *INPUTS, *PARAMETERS}
KINDS = {"api-destination", "event-bus", "lambda", "sns", "sqs"}

EVENT, EVENT_JSON, INGESTION_TIME = "aws.events.event", "aws.events.event.json", "aws.events.event.ingestion-time"
RULE_ARN, RULE_NAME = "aws.events.rule-arn", "aws.events.rule-name"
OWN_PLACES = {EVENT, EVENT_JSON, INGESTION_TIME, RULE_ARN, RULE_NAME}
"""What a template may have without a path for it (Amazon EventBridge User Guide, "Predefined variables")."""

Known = Mapping[str, str]
"""What is known beside the event, by the name of its place."""


@dataclass(frozen=True, slots=True)
class Target:
    """A rule's target, with the limits of its retries (EventBridge API, RetryPolicy): whichever comes first.

    `group`: the id of a message's group, or the path of it in the event. `http`: the HttpParameters.
    """

    arn: str
    constant_input: str | None = None
    input_path: str | None = None
    input_template: str | None = None
    input_paths: Mapping[str, str] = field(default_factory=dict)
    maximum_retries: int = 185
    maximum_age: float = 86_400
    dead_letter_arn: str | None = None
    role_arn: str | None = None
    group: str | None = None
    http: Mapping[str, Any] = field(default_factory=dict)

    def payload(self, event: Event, body: str, known: Known) -> str:
        """Return what the target gets: the event, whose JSON is `body`, unless the target wants another input."""
        if self.constant_input is not None:
            return self.constant_input
        if self.input_path is not None:
            value = at(event, steps_of(self.input_path) or ())
            return compact(None if value is MISSING else value)
        if self.input_template is not None:
            return rendered(self.input_template, lambda name: self._value(name, event, body, known))
        return body

    def group_of(self, event: Event) -> str | None:
        """Return the id of the group of an event's message. Raises DeliveryRefused where the event has none."""
        steps = steps_of(self.group or "")
        if steps is None:
            return self.group
        value = at(event, steps)
        if not isinstance(value, str) or not value:
            raise DeliveryRefused("INVALID_PARAMETER", f"the event has no text at {self.group}")
        return value

    def _value(self, name: str, event: Event, body: str, known: Known) -> Any:
        if name in self.input_paths:
            return at(event, steps_of(self.input_paths[name]) or ())
        if name == EVENT:
            return {member: value for member, value in event.items() if member != "detail"}
        return event if name == EVENT_JSON else known[name]


def kind_of(arn: str) -> str:
    """Return what kind of target has the ARN: its service, or of EventBridge the type of the resource."""
    parts = arn.split(":", 5)
    if len(parts) < 6:
        return ""
    return parts[5].partition("/")[0] if parts[2] == "events" else parts[2]


def target_of(properties: Mapping[str, Any], left_out: Collection[str]) -> Target:
    """Return a target that runs. `left_out`: the ARNs of what is not run. Raises PropertyUnsupported."""
    for one in opaque_in(dict(properties)):
        is_arn = one == properties["Arn"]
        raise PropertyUnsupported("only a deployment knows it" if is_arn else f"it has {one}, {ONLY_DEPLOYED}")
    if properties["Arn"] in left_out:
        raise PropertyUnsupported("it is left out itself")
    for obstacle in _obstacles(properties, kind_of(properties["Arn"])):
        raise PropertyUnsupported(obstacle)
    retry, transformer = properties.get("RetryPolicy", {}), properties.get("InputTransformer", {})
    return Target(
        arn=properties["Arn"],
        constant_input=properties.get("Input"),
        input_path=properties.get("InputPath"),
        input_template=transformer.get("InputTemplate"),
        input_paths=transformer.get("InputPathsMap", {}),
        maximum_retries=int(retry.get("MaximumRetryAttempts", 185)),
        maximum_age=float(retry.get("MaximumEventAgeInSeconds", 86_400)),
        dead_letter_arn=properties.get("DeadLetterConfig", {}).get("Arn"),
        role_arn=properties.get("RoleArn"),
        group=properties.get("SqsParameters", {}).get("MessageGroupId"),
        http=properties.get("HttpParameters", {}),
    )


def _obstacles(properties: Mapping[str, Any], kind: str) -> Iterator[str]:
    """Yield each reason why a target is not run, in one sentence about `it`."""
    unsupported = {one for one in properties if one not in PROPERTIES or PARAMETERS.get(one, kind) != kind}
    if kind not in KINDS:
        yield "only queues, functions, topics, buses and API destinations are run as targets"
    if unsupported:
        yield f"it has {', '.join(sorted(unsupported))}, which is not run"
    inputs = sorted(INPUTS & set(properties))
    if kind == "event-bus" and inputs:
        yield "the input of an event bus cannot be changed here"
    if len(inputs) > 1:
        yield f"it has {' and '.join(inputs)}, and AWS takes one of them"
    if kind == "sqs" and properties["Arn"].endswith(".fifo") and not properties.get("SqsParameters"):
        yield "a FIFO queue needs a MessageGroupId in its SqsParameters"
    transformer = properties.get("InputTransformer", {})
    paths = transformer.get("InputPathsMap", {})
    for path in (properties.get("InputPath", "$"), *paths.values()):
        if steps_of(path) is None:
            yield f"of a path only names, dots, indices and * are run, not {path}"
    for place in set(places_in(transformer.get("InputTemplate", ""))) - set(paths) - OWN_PLACES:
        yield f"its InputTemplate has <{place}>, for which there is no path"
