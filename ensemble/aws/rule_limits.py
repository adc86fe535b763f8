"""What EventBridge refuses of a rule and of its targets, by their numbers (EventBridge API Reference, PutRule)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.aws.errors import DeploymentRefused

MOST_CHARACTERS = 4_096
"""Of a pattern."""

RETRIES = ("MaximumRetryAttempts", 0, 185)
AGES = ("MaximumEventAgeInSeconds", 60, 86_400)
"""A member of a RetryPolicy, its least and its most (the same reference, RetryPolicy)."""


def check_rule(name: str, properties: Mapping[str, Any], bus: str) -> None:
    """Raise DeploymentRefused for what EventBridge would refuse of a rule; its documents are no texts any more."""
    pattern, schedule = properties.get("EventPattern"), properties.get("ScheduleExpression")
    if not pattern and not schedule:
        raise DeploymentRefused(f"{name} has neither an event pattern nor a schedule")
    text = pattern if isinstance(pattern, str) else json.dumps(pattern, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MOST_CHARACTERS:
        raise DeploymentRefused(f"{name} has a pattern of {len(text)} characters: {MOST_CHARACTERS} are the most")
    if schedule and bus != "default":
        raise DeploymentRefused(f"{name} has a schedule and is a rule of {bus}: only the default bus has schedules")
    for fault in (fault for target in properties.get("Targets", []) for fault in retry_faults(target)):
        raise DeploymentRefused(f"{name}: {fault}")


def retry_faults(target: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with how often a target is tried again."""
    policy = target.get("RetryPolicy") or {}
    for member, least, most in (RETRIES, AGES):
        if isinstance(number := policy.get(member), int | float) and not least <= number <= most:
            yield f"{member} is {number}, and must be from {least} to {most}"
