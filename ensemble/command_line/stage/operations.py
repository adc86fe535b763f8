"""Says on the bus what a person does to a stage, so that whoever keeps every event keeps that too.

Each operation is a workflow of its own: an event before anything is changed, and one after, also if it was interrupted.
Of each dead letter that is dropped its own workflow has an event too: else that would wait for what nobody has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

from ensemble.command_line.errors import AwsFailed
from ensemble.command_line.stage.account import Account
from ensemble.console.dead_letters import Letter
from ensemble.trace.known import Drop
from functions.kit.envelope import derived_id
from functions.kit.model import rfc3339

Json = dict[str, Any]

OPERATIONS = "ensemble.operations"
"""The source of these events. No service is called so: a service's name has no dot."""

STARTED, ENDED, DROPPED = "OperationStarted", "OperationEnded", "DeadLetterDropped"

_TEXT, _NUMBER = {"type": "string"}, {"type": "integer"}
FIELDS = {
    **dict.fromkeys(("operation", "who", "queue", "type_of_event", "reason", "repair", "why", "stopped"), _TEXT),
    **dict.fromkeys(("operation_id", "service"), _TEXT),
    **dict.fromkeys(("number", "sent", "handled", "failed", "dropped"), _NUMBER),
    "events": {"type": "array", "items": _TEXT},
}
"""The fields that these events may have, none of which is sensitive."""

SCHEMA: Json = {"type": "object", "properties": FIELDS}
"""The schema of all three. It is the toolkit's, and in no project's folder: no service hears them."""


@dataclass(slots=True)
class Operation:
    """One operation on a stage. `id`: its workflow's. `what`: what all its events say of it. `who`: who does it, known
    once it has started."""

    account: Account
    bus: str
    now: Callable[[], datetime]
    what: Json
    id: str = field(default_factory=lambda: str(uuid4()))
    who: str = ""

    def started(self) -> None:
        """Say who begins with it. Raises AwsFailed where the bus does not take that: then nothing may be changed."""
        self.who = self.account.client("sts").get_caller_identity()["Arn"]
        event_id = derived_id("operation", self.id, STARTED)
        self._put([self._entry(STARTED, event_id, self.id, event_id, {"who": self.who, **self.what})])

    def ended(self, result: Json) -> None:
        """Say what came of it. Raises AwsFailed."""
        event_id, cause = (derived_id("operation", self.id, type) for type in (ENDED, STARTED))
        self._put([self._entry(ENDED, event_id, self.id, cause, {**self.what, **result})])

    def dropped(self, letters: Iterable[Letter]) -> None:
        """Say of letters, ten at most, that they are dropped: each in the workflow of its event, as caused by that
        event. One that holds no event is of no workflow. Raises AwsFailed: then they may not be deleted."""
        entries = [self._dropped(one) for one in letters if one.event_id]
        if entries:
            self._put(entries)

    def _dropped(self, letter: Letter) -> Json:
        fields = {"operation_id": self.id, "who": self.who, "service": letter.service, "reason": letter.reason}
        event_id = derived_id("dropped", self.id, letter.message)
        said = {**self.what, **fields}
        del said["number"]  # of the whole operation
        return self._entry(DROPPED, event_id, letter.workflow, letter.event_id, said)

    def _entry(self, type: str, event_id: str, workflow: str, cause: str, fields: Json) -> Json:
        assert fields.keys() <= FIELDS.keys(), fields.keys() - FIELDS.keys()
        envelope = {
            "event_id": event_id,
            "type": type,
            "version": "1.0",
            "timestamp": rfc3339(self.now()),
            "correlation_id": workflow,
            "causation_id": cause,
            "hops": int(type == DROPPED),  # at 0 it would be listed as what came to its workflow from outside
        }
        detail = json.dumps(envelope | fields)
        return {"EventBusName": self.bus, "Source": OPERATIONS, "DetailType": type, "Detail": detail}

    def _put(self, entries: list[Json]) -> None:
        answer = self.account.client("events").put_events(Entries=entries)
        for entry, one in zip(entries, answer["Entries"], strict=True):
            if "ErrorCode" in one:
                raise AwsFailed(f"the bus does not take {entry['DetailType']}: {one.get('ErrorMessage')}")


def drop_in(source: str, type: str, detail: Mapping[str, Any], cause: str | None, at: float) -> Drop | None:
    """Return what an event says of a dead letter that was dropped; None where it is another event."""
    if (source, type) != (OPERATIONS, DROPPED) or cause is None:
        return None
    service, who, why, reason, operation = (
        str(detail.get(name, "")) for name in ("service", "who", "why", "reason", "operation_id")
    )
    return Drop(service, cause, at, who, why, reason, operation)
