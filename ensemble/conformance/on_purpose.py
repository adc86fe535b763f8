"""Where the laptop AWS answers otherwise than AWS, and why: nothing else may."""

from __future__ import annotations

from collections.abc import Mapping

_MOTO = "DynamoDB on the laptop is moto (decision 0010), which answers so"
_GROUPS = "FIFO queues, groups and deduplication are not run: such a queue is listed when the stacks are deployed"

ON_PURPOSE: Mapping[str, str] = {
    "an event for a bus that does not exist succeeds and is gone": "a misspelt bus is told at once (decision 0012)",
}
"""Why, by the sentence of a question."""
