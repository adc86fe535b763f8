"""Event source mappings as Lambda's API knows them, whatever they read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ensemble.laptop.functions import Function
from ensemble.laptop.queue_mapping import QueueMapping
from ensemble.laptop.stream_mapping import StreamMapping


@dataclass(eq=False)
class EventSourceMapping:
    """A mapping: its UUID, its function, what polls for it, its template, and when it was changed last (seconds since
    1970)."""

    id: str
    function: Function
    poller: QueueMapping | StreamMapping
    properties: Mapping[str, Any]
    changed_at: float

    @property
    def source_arn(self) -> str:
        """The ARN of the queue or the stream that it reads."""
        return str(self.properties["EventSourceArn"])

    @property
    def is_switched(self) -> bool:
        """Whether it is enabled where its template says it is not, or the other way round."""
        return self.poller.is_enabled is not (self.properties.get("Enabled") is not False)

    def switch(self, *, is_enabled: bool, now: float) -> None:
        """Let it poll, or poll no more; what has arrived waits."""
        self.poller.is_enabled, self.changed_at = is_enabled, now
