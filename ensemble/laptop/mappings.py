"""Event source mappings as Lambda's API knows them, whatever they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.clock import Clock
from ensemble.laptop.functions import Function
from ensemble.laptop.queue_mapping import QueueMapping
from ensemble.laptop.stream_mapping import StreamMapping


@dataclass(eq=False)
class EventSourceMapping:
    """A mapping: its UUID, its function, what polls for it, and the properties of its template."""

    id: str
    function: Function
    poller: QueueMapping | StreamMapping
    properties: Mapping[str, Any]
    clock: Clock

    def __post_init__(self) -> None:
        self.changed_at = self.clock.now()

    @property
    def source_arn(self) -> str:
        """The ARN of the queue or the stream that it reads."""
        return str(self.properties["EventSourceArn"])

    @property
    def is_enabled(self) -> bool:
        """Whether it polls. While it does not, what has arrived waits."""
        return self.poller.polling.is_enabled

    @is_enabled.setter
    def is_enabled(self, value: bool) -> None:
        self.poller.polling.is_enabled, self.changed_at = value, self.clock.now()

    @property
    def is_switched(self) -> bool:
        """Whether it is enabled where its template says it is not, or the other way round."""
        return self.is_enabled is not (self.properties.get("Enabled") is not False)
