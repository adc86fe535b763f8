"""What the page of dead letters is told, and their way back.

To look through a DLQ hides its messages from others for moments: it is done when a person asks for it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from ensemble.command_line.console.looked_at import StageLookedAt, answered
from ensemble.command_line.stage.deadletters import MESSAGES, messages_in, move_back, send_back
from ensemble.command_line.trace.reading import MOST_DEAD_LETTERS, reason_of
from ensemble.console.dead_letters import Letter, grouped
from ensemble.console.progress import Json, milliseconds
from ensemble.console.server import Change, Question, Refused
from functions.kit.envelope import is_plain
from functions.kit.errors import ContractViolation
from functions.kit.store import filed
from functions.kit.waiting import DEAD_LETTER_SUFFIX

NOTHING = {"type": "", "correlation_id": "", "event_id": ""}
"""What is known of a message that holds no event."""


class DeadLetters:
    """Looks through the DLQs of a stage, and remembers what was sent back from here."""

    def __init__(self, looked_at: StageLookedAt) -> None:
        self._source, self._declared = looked_at.source, looked_at.declared
        self._sqs = looked_at.account.client("sqs")
        self._keys = dict.fromkeys(field for _, field in looked_at.declared.finders())
        self._sent_back: dict[str, float] = {}

    def look(self, _: Mapping[str, str]) -> Json:
        """Return the groups of all DLQs, and when they were looked through."""
        with answered():
            letters = [one for queue in self._declared.fed for one in self._letters(queue)]
        totals = Counter(letter.queue for letter in letters)
        return {
            "at": milliseconds(self._source.now()),
            "number": len(letters),
            "queues": dict(totals),
            "groups": grouped(letters, self._sent_back),
        }

    def send_back(self, asked: Mapping[str, Any]) -> Json:
        """Send a whole queue back, or at most so many of one group; return how many. SQS moves a queue's by and by."""
        queue = str(asked.get("queue"))
        if queue not in self._declared.fed:
            raise Refused(f"no queue {queue} feeds a service of this stage", 404)
        with answered():
            at = self._source.now()
            sent = self._move(queue) if "group" not in asked else self._send(queue, asked["group"], asked.get("most"))
        self._sent_back |= {letter.mark: at for letter in sent}
        return {"sent": len(sent), "at": milliseconds(at)}

    def _move(self, queue: str) -> list[Letter]:
        moved = list(self._letters(queue))
        if moved:
            move_back(self._sqs, self._url(queue + DEAD_LETTER_SUFFIX), self._url(queue))
        return moved

    def _send(self, queue: str, group: str, most: object) -> list[Letter]:
        if most is not None and (not isinstance(most, int) or most < 1):
            raise Refused("so many are no number of messages")
        url, target = self._url(queue + DEAD_LETTER_SUFFIX), self._url(queue)
        sent = send_back(
            self._sqs, url, target, lambda one: self._letter(queue, one).group == group, most or MOST_DEAD_LETTERS
        )
        return [self._letter(queue, one) for one in sent]

    def _letters(self, queue: str) -> Iterator[Letter]:
        url = self._url(queue + DEAD_LETTER_SUFFIX)
        names = [MESSAGES, f"{MESSAGES}NotVisible"]
        told = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if any(int(told[name]) for name in names):  # else to receive nothing takes a second
            for message in messages_in(self._sqs, url, MOST_DEAD_LETTERS):
                yield self._letter(queue, message)

    def _letter(self, queue: str, message: Mapping[str, Any]) -> Letter:
        try:
            kept, body = filed(message["Body"], self._declared.doors), json.loads(message["Body"])
        except (ContractViolation, ValueError, RecursionError):
            kept, body = NOTHING, {}
        detail = body.get("detail") if isinstance(body, dict) else None
        said = detail if isinstance(detail, dict) else {}
        return Letter(
            queue=queue,
            service=self._declared.fed[queue],
            type=kept["type"],
            key=next((said[field] for field in self._keys if is_plain(said.get(field))), ""),
            workflow=kept["correlation_id"],
            event_id=kept["event_id"],
            reason=reason_of(message),
            since=int(message["Attributes"]["SentTimestamp"]) / 1_000,
            body=message["Body"],
        )

    def _url(self, queue: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=queue)["QueueUrl"])


def asked_and_done(looked_at: StageLookedAt) -> tuple[dict[str, Question], dict[str, Change]]:
    """Return the questions about dead letters and what may be done with them, by path."""
    letters = DeadLetters(looked_at)
    return {"dead-letters": letters.look}, {"dead-letters/send-back": letters.send_back}
