"""What would become of dead letters: the present code of a service runs on the present rows, and nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any
from unittest.mock import patch

from ensemble.command_line.dead_letters.read_only import ReadOnly
from ensemble.simulator.clients import Client
from ensemble.simulator.core_lane import Unguarded, contracts_of
from ensemble.simulator.topology import FunctionSpec
from functions.kit import clock, telemetry
from functions.kit.consumer import Consumer
from functions.kit.errors import EnsembleError, Kind
from functions.kit.model import Service, system_of
from functions.kit.rows import RowStore
from functions.kit.settings import ConsumerSettings

Json = dict[str, Any]

ONE_AT_A_TIME = Lock()
"""Held while the kit is listened to, which is one in a process."""

MOST_PASSES = 10
"""So often what does not go through is looked at again after others, as one may wait for another one."""

TIME = 600_000
"""Milliseconds that an invocation has left: enough."""


class Ahead(StrEnum):
    """What becomes of a dead letter that is redriven."""

    COMMITS = "would commit"
    CALLS = "would call"
    PUBLISHES = "would publish what its row has left"
    DUPLICATE = "is a duplicate"
    WAITS = "would wait"
    FAILS = "would fail again"


NOT_AT_ONCE = (Ahead.WAITS, Ahead.FAILS)
"""What may turn out otherwise after others, as it is tried some times."""

GOES_THROUGH = (Ahead.COMMITS, Ahead.CALLS, Ahead.PUBLISHES, Ahead.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of one. `text`: why it fails or waits, or what it calls outside."""

    ahead: Ahead
    text: str = ""

    @property
    def goes_through(self) -> bool:
        """Whether it may be redriven."""
        return self.ahead in GOES_THROUGH


class NotPerformed(EnsembleError):
    """Raised in the place of an effect: a forecast calls nothing outside."""

    kind = Kind.NEVER


class Remaining:
    """The context of an invocation that is never short of time."""

    def get_remaining_time_in_millis(self) -> int:
        """Return what is left of it."""
        return TIME


class Forecast:
    """Runs a service's consumer on a table that is only read.

    `client`: of DynamoDB; nothing but GetItem is asked of it. `now` tells the time there. What one dead letter would
    commit is there for the next one, as if all were redriven in this order.
    """

    def __init__(self, service: Service, function: FunctionSpec, client: Any, now: Callable[[], float]) -> None:
        self._service, self._now = service, now
        self._rows = ReadOnly(client)
        self._called: str | None = None
        self._heard: list[tuple[str, Mapping[str, Any]]] = []
        self._first = dict[tuple[str, str], str]()
        self._pending = set[str | None]()
        settings = ConsumerSettings.from_environment(function.variables)
        outside: Any = Client(_taken)
        rows: Any = self._rows.client()
        self._consumer = Consumer(
            service,
            contracts_of(function.bundle),
            RowStore(rows, settings.table_name, settings.id_memory_seconds),
            dict.fromkeys(service.effects, self._perform),
            settings,
            lambda: outside,
            outside if service.emits else None,
            Unguarded,
        )

    def of(self, queue: str, messages: Sequence[Json]) -> list[Outlook]:
        """Return what would become of each of these messages in a queue. Raises what a read of the table met."""
        with self._listening():
            ahead = [self._one(queue, message) for message in messages]
            for _ in range(MOST_PASSES):
                waiting = [number for number, one in enumerate(ahead) if one.ahead in NOT_AT_ONCE]
                again = {number: self._one(queue, messages[number]) for number in waiting}
                if all(again[number] == ahead[number] for number in waiting):
                    break
                ahead = [again.get(number, one) for number, one in enumerate(ahead)]
        return ahead

    def _one(self, queue: str, message: Json) -> Outlook:
        self._called, self._heard, self._rows.writes = None, [], 0
        context: Any = Remaining()
        self._consumer.handle({"Records": [self._record(queue, message)]}, context)
        if self._rows.failure is not None:
            raise self._rows.failure
        said = dict(self._heard)
        failure = said.get("EventDeadLettered") or said.get("EventPostponed")
        if failure is not None:
            return self._failed(message, failure, is_given_up="EventDeadLettered" in said)
        if "EventDuplicate" in said:
            return Outlook(Ahead.PUBLISHES if self._rows.writes else Ahead.DUPLICATE)
        return Outlook(Ahead.COMMITS if self._rows.writes or "EventHandled" in said else Ahead.DUPLICATE)

    def _failed(self, message: Json, said: Mapping[str, Any], *, is_given_up: bool) -> Outlook:
        """Return what a fault leads to, given what is logged of it.

        What one letter calls for, a second one of its event finds done, and what waits for that need not wait. What
        fails by an error that nobody declared does so at each try; and as it is sent again then, a second letter with
        the same content is dropped (`functions/kit/copies.py`).
        """
        reason, row = str(said["reason"]), said.get("row_key")
        if self._called is not None:
            is_second = self._is_second("called", said["event_id"], message)
            self._pending.add(row)
            return Outlook(Ahead.DUPLICATE) if is_second else Outlook(Ahead.CALLS, self._called)
        if is_given_up:
            return Outlook(Ahead.FAILS, reason)
        if said["kind"] != Kind.PERHAPS:
            return Outlook(Ahead.COMMITS) if row in self._pending else Outlook(Ahead.WAITS, reason)
        return (
            Outlook(Ahead.DUPLICATE)
            if self._is_second("tried", message["Body"], message)
            else Outlook(Ahead.FAILS, reason)
        )

    def _is_second(self, what: str, said: str, message: Json) -> bool:
        first = self._first.setdefault((what, said), str(message["MessageId"]))
        return first != str(message["MessageId"])

    def _record(self, queue: str, message: Json) -> Json:
        """Return a message as Lambda hands it over the first time."""
        now = f"{1_000 * self._now():.0f}"
        return {
            "messageId": message["MessageId"],
            "receiptHandle": "",
            "body": message["Body"],
            "attributes": {
                "ApproximateReceiveCount": "1",
                "ApproximateFirstReceiveTimestamp": now,
                "SentTimestamp": now,
            },
            "messageAttributes": {},
            "eventSourceARN": f"arn:aws:sqs:::{queue}",
        }

    def _perform(self, effect: object) -> Any:
        self._called = f"{system_of(type(effect))} ({type(effect).__name__})"
        raise NotPerformed(self._called)

    @contextmanager
    def _listening(self) -> Iterator[None]:
        """Hear what the kit would log, and count nothing."""

        def hear(message: str, *, extra: Mapping[str, Any] | None = None) -> None:
            self._heard.append((message, extra or {}))

        with (
            ONE_AT_A_TIME,
            patch.multiple(telemetry.logger, info=hear, warning=hear, error=hear),
            patch.object(telemetry.metrics, "add_metric", lambda **_: None),
            patch.multiple(clock, now=self._now, pause=lambda _: None),
        ):
            yield


def counted(outlooks: Iterable[Outlook]) -> dict[Outlook, int]:
    """Return how many of them are alike, the most first."""
    return dict(Counter(outlooks).most_common())


def _taken(operation: str, request: Mapping[str, Any]) -> Json:
    """Answer for queues and bus, which take all and keep nothing."""
    if operation == "PutEvents":
        return {
            "FailedEntryCount": 0,
            "Entries": [{"EventId": str(number)} for number, _ in enumerate(request["Entries"])],
        }
    return {}
