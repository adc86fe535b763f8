"""Reads the dead letters of a stage from its queues, each with what is known of its event and of its service's code.

To look through a DLQ hides its messages from others for moments.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from ensemble.command_line.dead_letters.forecast import Forecast
from ensemble.command_line.stage.account import Account
from ensemble.command_line.stage.deadletters import MESSAGES, messages_in
from ensemble.command_line.trace.declared import Declared
from ensemble.command_line.trace.reading import reason_of
from ensemble.console.dead_letters import Letter, Redrives
from ensemble.simulator.topology import FunctionSpec, read_topology
from functions.kit.envelope import is_plain
from functions.kit.errors import ContractViolation
from functions.kit.model import Service
from functions.kit.store import filed
from functions.kit.waiting import DEAD_LETTER_SUFFIX, REDRIVES

Json = dict[str, Any]

NOTHING = {"type": "", "correlation_id": "", "event_id": ""}
"""What is known of a message that holds no event."""


@dataclass(frozen=True, slots=True)
class DeadLetterQueues:
    """The DLQs of a stage. `functions`: the consumer of each service. `now` tells the time there."""

    declared: Declared
    account: Account
    sqs: Any
    dynamodb: Any
    functions: Mapping[str, FunctionSpec]
    now: Callable[[], float]

    @classmethod
    def of(cls, declared: Declared, account: Account, assembly: Path, now: Callable[[], float]) -> DeadLetterQueues:
        """Return those of a stage, given its assembly."""
        functions = read_topology(assembly).functions.values()
        consumers = {one.service: one for one in functions if not one.is_relay}
        return cls(declared, account, account.client("sqs"), account.client("dynamodb"), consumers, now)

    def letters(self, most: int | None = None) -> list[Letter]:
        """Return all dead letters, of each queue at most about so many."""
        deployed = dict[str, float | None]()
        return [letter for queue in self.declared.fed for letter in self._letters(queue, deployed, most)]

    def _letters(self, queue: str, deployed: dict[str, float | None], most: int | None) -> Iterator[Letter]:
        url, names = self.url(queue + DEAD_LETTER_SUFFIX), [MESSAGES, f"{MESSAGES}NotVisible"]
        told = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        if not any(int(told[name]) for name in names):  # to receive nothing takes a second
            return
        service = self.declared.fed[queue]
        if service not in deployed:
            deployed[service] = self._deployed(service)
        for message in messages_in(self.sqs, url, most):
            yield self.letter(queue, message, deployed[service])

    def letter(self, queue: str, message: Mapping[str, Any], deployed: float | None = None) -> Letter:
        """Return what is known of a message of a queue's DLQ."""
        try:
            kept, body = filed(message["Body"], self.declared.doors), json.loads(message["Body"])
        except (ContractViolation, ValueError, RecursionError):
            kept, body = NOTHING, {}
        detail = body.get("detail") if isinstance(body, dict) else None
        said = detail if isinstance(detail, dict) else {}
        keys = dict.fromkeys(field for _, field in self.declared.finders())
        return Letter(
            queue=queue,
            service=self.declared.fed[queue],
            type=kept["type"],
            key=next((said[field] for field in keys if is_plain(said.get(field))), ""),
            workflow=kept["correlation_id"],
            event_id=kept["event_id"],
            reason=reason_of(message),
            since=int(message["Attributes"]["SentTimestamp"]) / 1_000,
            body=message["Body"],
            message=message["MessageId"],
            deployed=deployed,
            redrives=redrives_of(message),
        )

    def forecast(self, service: str) -> Forecast:
        """Return what forecasts for a service, on its rows as they are now."""
        return Forecast(self.service(service), self.functions[service], self.dynamodb, self.now)

    def service(self, name: str) -> Service:
        """Return the service of a name."""
        return next(service for service in self.declared.services if service.name == name)

    def url(self, queue: str) -> str:
        """Return the URL of a queue."""
        return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])

    def _deployed(self, service: str) -> float | None:
        """Return when the code or the configuration of a service was deployed last, in seconds since 1970; None where
        that may not be asked, or is not said (AWS Lambda API Reference, GetFunctionConfiguration)."""
        try:
            told = self.account.client("lambda").get_function_configuration(FunctionName=self.functions[service].name)
            return datetime.fromisoformat(told["LastModified"]).timestamp()
        except (ClientError, KeyError, ValueError):
            return None


def redrives_of(message: Mapping[str, Any]) -> Redrives:
    """Return what a message says of its redrives."""
    return Redrives.read(message.get("MessageAttributes", {}).get(REDRIVES, {}).get("StringValue", ""))


def as_message(letter: Letter) -> Json:
    """Return a dead letter as a message, as a forecast takes it."""
    return {"MessageId": letter.message, "Body": letter.body}
