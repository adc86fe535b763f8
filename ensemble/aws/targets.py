"""Targets of EventBridge rules: which of them run here, and what they are sent."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.aws.entries import Event
from ensemble.aws.errors import PropertyUnsupported
from ensemble.aws.opaque import opaque_in
from ensemble.aws.resources import ONLY_DEPLOYED

PROPERTIES = {"Arn", "DeadLetterConfig", "Id", "Input", "InputPath", "RetryPolicy", "RoleArn"}
_PLAIN_PATH = re.compile(r"\$(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True, slots=True)
class Target:
    """A rule's target, with the limits of its retries (EventBridge API, RetryPolicy): whichever comes first."""

    arn: str
    constant_input: str | None = None
    input_path: str | None = None
    maximum_retries: int = 185
    maximum_age: float = 86_400
    dead_letter_arn: str | None = None
    role_arn: str | None = None

    def payload(self, event: Event, body: str) -> str:
        """Return what the target gets: the event, whose JSON is `body`, unless the target wants another input."""
        if self.constant_input is not None:
            return self.constant_input
        if self.input_path is None:
            return body
        value: Any = event
        for name in self.input_path.split(".")[1:]:
            value = value.get(name) if isinstance(value, dict) else None
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def target_of(properties: Mapping[str, Any], left_out: Collection[str]) -> Target:
    """Return a target that runs. `left_out`: the ARNs of what is not run. Raises PropertyUnsupported."""
    for one in opaque_in(dict(properties)):
        is_arn = one == properties["Arn"]
        raise PropertyUnsupported("only a deployment knows it" if is_arn else f"it has {one}, {ONLY_DEPLOYED}")
    unsupported = set(properties) - PROPERTIES
    if unsupported:
        raise PropertyUnsupported(f"it has {', '.join(sorted(unsupported))}, which is not run")
    arn = properties["Arn"]
    service = arn.split(":")[2] if arn.count(":") > 1 else ""
    if service not in ("events", "lambda", "sqs"):
        raise PropertyUnsupported("only queues, functions and buses are run as targets")
    if arn in left_out:
        raise PropertyUnsupported("it is left out itself")
    if not _PLAIN_PATH.fullmatch(properties.get("InputPath", "$")):
        raise PropertyUnsupported(f"of an InputPath only names and dots are run, not {properties['InputPath']}")
    if service == "events" and {"Input", "InputPath"} & set(properties):
        raise PropertyUnsupported("the input of an event bus cannot be changed here")
    retry = properties.get("RetryPolicy", {})
    return Target(
        arn=arn,
        constant_input=properties.get("Input"),
        input_path=properties.get("InputPath"),
        maximum_retries=int(retry.get("MaximumRetryAttempts", 185)),
        maximum_age=float(retry.get("MaximumEventAgeInSeconds", 86_400)),
        dead_letter_arn=properties.get("DeadLetterConfig", {}).get("Arn"),
        role_arn=properties.get("RoleArn"),
    )
