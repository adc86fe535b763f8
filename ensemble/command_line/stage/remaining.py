"""What an erasure does not reach, each with the day on which it is gone.

It is derived from the stage's templates, and counted where it can be.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ensemble.aws.queues import KEPT_SECONDS
from ensemble.command_line.stage.deadletters import MESSAGES, messages_in
from ensemble.command_line.stage.forgetting import Data, Found, Wanted
from ensemble.command_line.stage.stored_events import StoredEvent
from ensemble.command_line.stage.synthesized import Synthesized
from ensemble.contracts.doors import all_doors
from functions.kit.errors import ContractViolation
from functions.kit.model import system_of
from functions.kit.store import filed
from infrastructure.naming import DEAD_LETTER_SUFFIX

Json = dict[str, Any]

RECOVERY_DAYS = 35
"""How far back a table can be restored where it does not say (Amazon DynamoDB Developer Guide, "Point-in-time
recovery")."""

TRACE_DAYS = 30
"""How long X-Ray keeps traces (AWS X-Ray Developer Guide, "Concepts")."""

FOR_EVER = "for ever"


@dataclass(frozen=True, slots=True)
class Remaining:
    """A place where values may still be. `until`: the day on which they are gone, `for ever`, or nothing where that is
    somebody else's to say. `number`: how many of theirs are there; None where nobody can count them."""

    what: str
    until: str
    number: int | None = None

    def as_json(self) -> Json:
        return {"what": self.what, "until": self.until or None, "number": self.number}


class Queues:
    """The queues of a stage, by SQS's own API."""

    def __init__(self, stacks: Iterable[Synthesized], sqs: Any) -> None:
        self._sqs = sqs
        self._kept = {
            one["QueueName"]: (stack.path.rpartition("/")[2], int(one.get("MessageRetentionPeriod", KEPT_SECONDS)))
            for stack in stacks
            for one in _of(stack, "AWS::SQS::Queue")
            if isinstance(one.get("QueueName"), str)
        }
        self._numbers = {name: self._number(name) for name in self._kept}

    @property
    def busy(self) -> frozenset[str]:
        """The stacks of services in whose queues messages lie."""
        return frozenset(self._kept[name][0] for name, number in self._numbers.items() if number)

    def remaining(self, data: Data, wanted: Wanted, found: Found, now: datetime) -> Iterator[Remaining]:
        """Yield the queues that hold messages; of dead letters those that are theirs."""
        doors = all_doors(data.services, data.schemas)
        for name, number in sorted(self._numbers.items()):
            seconds = self._kept[name][1]
            if number and not name.endswith(DEAD_LETTER_SUFFIX):  # to receive one would be a delivery
                until = _day(now + timedelta(seconds=2 * seconds))
                yield Remaining(f"messages in the queue {name}, whosever they are", until, number)
            elif number:
                sent = [
                    instant for body, instant in self._messages(name) if _is_theirs(body, doors, data, wanted, found)
                ]
                if sent:
                    until = _day(max(sent) + timedelta(seconds=seconds))
                    yield Remaining(f"dead letters in {name}: redrive them, or purge them", until, len(sent))

    def _number(self, name: str) -> int:
        counted = [MESSAGES, f"{MESSAGES}NotVisible", f"{MESSAGES}Delayed"]
        answer = self._sqs.get_queue_attributes(QueueUrl=self._url(name), AttributeNames=counted)
        return sum(int(answer["Attributes"][one]) for one in counted)

    def _url(self, name: str) -> str:
        return str(self._sqs.get_queue_url(QueueName=name)["QueueUrl"])

    def _messages(self, name: str) -> list[tuple[str, datetime]]:
        """Return the messages that lie in a dead-letter queue, each with when it was sent."""
        messages = messages_in(self._sqs, self._url(name))
        return [(one["Body"], _instant(one["Attributes"]["SentTimestamp"])) for one in messages]


def remaining_elsewhere(
    stacks: Iterable[Synthesized], data: Data, found: Found, now: datetime, *, is_laptop: bool
) -> Iterator[Remaining]:
    """Yield where else values may be."""
    stacks = tuple(stacks)
    yield from _archives(stacks, found, now)
    yield from _other_data(stacks, data)
    if not is_laptop:
        yield from _backups(stacks, now)
        yield from _logs(stacks, now)
    systems = sorted({system_of(effect) for service in data.services for effect in service.effects})
    if systems:
        yield Remaining(f"what was sent to {', '.join(systems)}: ask those whose systems these are", "")
    if is_laptop:
        yield Remaining("what topics were sent, and a file of `ensemble up --state`: stop it and delete the file", "")
    else:
        yield Remaining("the copies of others who listen on the bus, and backups or exports that somebody made", "")


def _backups(stacks: Iterable[Synthesized], now: datetime) -> Iterator[Remaining]:
    days = [
        int(recovery.get("RecoveryPeriodInDays", RECOVERY_DAYS))
        for stack in stacks
        for table in _of(stack, "AWS::DynamoDB::Table")
        if (recovery := table.get("PointInTimeRecoverySpecification", {})).get("PointInTimeRecoveryEnabled")
    ]
    if days:
        until = _day(now + timedelta(days=max(days)))
        yield Remaining(f"the tables as they were, by point-in-time recovery of {len(days)} tables", until)


def _archives(stacks: Iterable[Synthesized], found: Found, now: datetime) -> Iterator[Remaining]:
    """Yield each archive that has events of theirs. 0 days, or nothing said, is for ever (Amazon EventBridge API
    Reference, CreateArchive)."""
    for archive in (one for stack in stacks for one in _of(stack, "AWS::Events::Archive")):
        what, days = f"events in the archive {archive.get('ArchiveName', '')}", archive.get("RetentionDays", 0)
        if not found.latest:
            continue
        until = datetime.fromisoformat(found.latest) + timedelta(days=days)
        if not days or until > now:
            yield Remaining(what, _day(until) if days else FOR_EVER)


def _other_data(stacks: Iterable[Synthesized], data: Data) -> Iterator[Remaining]:
    ours = set(data.tables.values())
    for stack in stacks:
        for table in _of(stack, "AWS::DynamoDB::Table"):
            if table.get("TableName") not in ours:
                yield Remaining(f"the table {table.get('TableName', 'without a name')} of {stack.path}: its own", "")
        for _ in _of(stack, "AWS::S3::Bucket"):
            yield Remaining(f"a bucket of {stack.path}: its own", "")


def _logs(stacks: Iterable[Synthesized], now: datetime) -> Iterator[Remaining]:
    days = [group.get("RetentionInDays", 0) for stack in stacks for group in _of(stack, "AWS::Logs::LogGroup")]
    if days:
        until = FOR_EVER if 0 in days else _day(now + timedelta(days=max(days)))
        yield Remaining("ids of events, workflows and rows in log lines, and no sensitive value", until)
        yield Remaining("the same in traces", _day(now + timedelta(days=TRACE_DAYS)))


def _is_theirs(body: str, doors: Any, data: Data, wanted: Wanted, found: Found) -> bool:
    try:
        kept, event = filed(body, doors), json.loads(body)
        detail = StoredEvent(kept["correlation_id"], kept["type"], event, ())
    except (ContractViolation, ValueError, RecursionError):
        return any(one in body for one in wanted.subjects)
    return kept["correlation_id"] in found.workflows or bool(detail.subjects(data.schemas) & wanted.subjects)


def _of(stack: Synthesized, type: str) -> Iterator[Mapping[str, Any]]:
    for resource in stack.template.get("Resources", {}).values():
        if resource.get("Type") == type:
            yield resource.get("Properties", {})


def _instant(milliseconds: str) -> datetime:
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC)


def _day(instant: datetime) -> str:
    """Return the day after which it is gone: the next one, where an instant is within a day."""
    return instant.astimezone(UTC).date().isoformat()
