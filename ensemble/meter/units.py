"""The units that AWS bills, and what is counted in pieces of 64 KB."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from enum import StrEnum
from typing import Self, TypeVar

MONTH_HOURS = 730
CHUNK_BYTES = 64 * 1024
"""What EventBridge, SQS and SNS bill as one (their pricing pages)."""

GIGABYTE = 2**30


class Unit(StrEnum):
    """A unit that is billed; its name is that of its row in `prices.toml`."""

    WRITE = "DynamoDB write units"
    READ = "DynamoDB read units"
    EVENT = "EventBridge events"
    ARCHIVED = "EventBridge archived GB"
    QUEUE = "SQS requests"
    REQUEST = "Lambda requests"
    DURATION = "Lambda GB-seconds"
    DURATION_X86 = "Lambda GB-seconds on x86"
    LOG = "CloudWatch Logs GB"
    TRACE = "X-Ray traces"
    PUBLISHED = "SNS requests"
    METRIC = "CloudWatch custom metrics, a month"
    ALARM = "CloudWatch alarm metrics, a month"
    STORED = "DynamoDB GB stored, a month"
    RECOVERABLE = "DynamoDB GB of point-in-time recovery, a month"
    KEPT_EVENTS = "EventBridge GB in the archive, a month"
    KEPT_LOG = "CloudWatch Logs GB stored, a month"


Key = TypeVar("Key", bound=Hashable)


class Amounts(dict[Key, float]):
    """How much of each; nothing of what is not there."""

    def __missing__(self, key: Key) -> float:
        return 0.0

    def add(self, others: Mapping[Key, float], times: float = 1.0) -> Self:
        """Add other amounts, so many times, and return all."""
        for key, amount in others.items():
            self[key] += amount * times
        return self

    @property
    def total(self) -> float:
        """All together."""
        return sum(self.values())


Units = Amounts[Unit]
"""How many of each unit; also parts of one."""


def chunks(size: int) -> int:
    """Return how many pieces of 64 KB a payload of so many bytes is billed as."""
    return max(1, -(-size // CHUNK_BYTES))
