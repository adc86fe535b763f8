"""Says on the bus what a person does to a stage, so that whoever keeps every event keeps that too.

Each operation is a workflow of its own: an event before anything is changed, and one after, also if it was interrupted.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from ensemble.command_line.errors import AwsFailed
from ensemble.command_line.stage.account import Account
from functions.kit.envelope import derived_id
from functions.kit.model import rfc3339

Json = dict[str, Any]

OPERATIONS = "ensemble.operations"
"""The source of these events. No service is called so: a service's name has no dot."""

STARTED, ENDED = "OperationStarted", "OperationEnded"

_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
FIELDS = {
    **dict.fromkeys(("operation", "who", "queue", "type_of_event", "reason", "repair", "why", "stopped"), _TEXT),
    **dict.fromkeys(("number", "sent", "handled", "failed", "dropped"), _NUMBER),
    "events": {"type": "array", "items": _TEXT},
}
"""The fields that the two events may have, none of which is sensitive."""

SCHEMA: Json = {"type": "object", "properties": FIELDS}
"""The schema of both. It is the toolkit's, and in no project's folder: no service hears them."""


@dataclass(slots=True)
class Operation:
    """One operation on a stage. `id`: its workflow's. `what`: what both events say of it."""

    account: Account
    bus: str
    now: Callable[[], datetime]
    what: Json
    id: str = field(default_factory=lambda: str(uuid4()))

    def started(self) -> None:
        """Say who begins with it. Raises AwsFailed where the bus does not take that: then nothing may be changed."""
        who = self.account.client("sts").get_caller_identity()["Arn"]
        self._put(STARTED, {"who": who, **self.what}, self.id)

    def ended(self, result: Json) -> None:
        """Say what came of it. Raises AwsFailed."""
        self._put(ENDED, {**self.what, **result}, derived_id("operation", self.id, STARTED))

    def _put(self, type: str, fields: Json, cause: str) -> None:
        assert fields.keys() <= FIELDS.keys(), fields.keys() - FIELDS.keys()
        event_id = derived_id("operation", self.id, type)
        envelope = {
            "event_id": event_id,
            "type": type,
            "version": "1.0",
            "timestamp": rfc3339(self.now()),
            "correlation_id": self.id,
            "causation_id": event_id if type == STARTED else cause,
            "hops": 0,
        }
        entry = {
            "EventBusName": self.bus,
            "Source": OPERATIONS,
            "DetailType": type,
            "Detail": json.dumps(envelope | fields),
        }
        answer = self.account.client("events").put_events(Entries=[entry])
        if answer["FailedEntryCount"]:
            raise AwsFailed(f"the bus does not take {type}: {answer['Entries'][0].get('ErrorMessage')}")
