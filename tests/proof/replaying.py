"""Lets the real consumer, with or without a guard, go a way that z3 has found: its workers take their requests in turn.

A worker is a consumer in a coroutine, which stops before each of its requests; DynamoDB is moto. After each step the
row, the bus and the queue must be what the model says.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

from botocore.exceptions import ClientError
from greenlet import GreenletExit, getcurrent, greenlet

from ensemble.simulator.kit import Kit
from ensemble.simulator.mutation import Edit
from functions.kit.inbox import place_of
from tests.conftest import ROOT
from tests.proof.numbered import WORDS_OF_AN_EVENT, Values
from tests.proof.searching import Taken, Way

KEY = "tally_id#t-1"
NOON = 1_767_268_800.0
TALLY = Path(__file__).with_name("tally.py")
ASKED = {
    **dict.fromkeys(("load", "cannot load"), "get_item"),
    **dict.fromkeys(("intend", "commit", "commit twice", "conflict", "intent conflict"), "put_item"),
    **dict.fromkeys(("put", "put some"), "put_events"),
    **dict.fromkeys(("mark", "cannot mark"), "update_item"),
}
"""The request that each step carries out, or refuses."""


class LeftTheWay(Exception):
    """Raised when a worker does not ask for what the step is about, or has not answered where it is to have."""


class Request(NamedTuple):
    """What a worker is about to ask."""

    operation: str
    parameters: dict[str, Any]


def kit_without(edits: Sequence[Edit], folder: Path) -> Kit:
    """Load a copy of the kit with these edits, and the tally beside it."""
    ignored = shutil.ignore_patterns("saga")
    shutil.copytree(ROOT / "functions" / "kit", folder / "functions" / "kit", ignore=ignored)
    shutil.copy(TALLY, folder / "functions" / "tally.py")
    for edit in edits:
        edit.apply(folder)
    kit = Kit(folder)
    kit.clock.now, kit.clock.pause = lambda: NOON, lambda longest: None
    return kit


class Worker:
    """One attempt at a message."""

    def __init__(self, consumer: Callable[..., Any], record: dict[str, Any]) -> None:
        self.message: str = record["messageId"]
        self._greenlet = greenlet(lambda: consumer({"Records": [record]}, Context()))
        self.pending: Request | None = None
        self.failed: list[str] | None = None
        self._took(self._greenlet.switch())

    def go_on(self, answer: Any) -> None:
        """Hand over the answer to its request, or raise it there, and let it go on up to its next one."""
        fails = isinstance(answer, Exception)
        self._took(self._greenlet.throw(answer) if fails else self._greenlet.switch(answer))

    def crash(self) -> None:
        """End it where it stands: nothing that a function does stops that."""
        self._greenlet.throw(GreenletExit)
        self.pending = None

    def _took(self, given: Any) -> None:
        self.pending = given if isinstance(given, Request) else None
        if self.pending is None:
            self.failed = [one["itemIdentifier"] for one in given["batchItemFailures"]]


class Context:
    """A context with time enough."""

    def get_remaining_time_in_millis(self) -> int:
        return 30_000


class Client:
    """A client of any service, whose requests for the row and for the bus wait until their turn comes."""

    meta = SimpleNamespace(endpoint_url="https://sqs.example")

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def ask(**parameters: Any) -> Any:
            if operation in ("change_message_visibility", "send_message", "delete_message"):
                return {}
            if "kit#" in json.dumps(parameters.get("Key") or parameters.get("Item", {}).get("pk")):
                return getattr(self._dynamodb, operation)(**parameters)  # of its breaker, which decides nothing here
            driver = getcurrent().parent
            assert driver is not None, f"{operation} is asked by no worker"
            return driver.switch(Request(operation, parameters))

        return ask


class Replay:
    """The real side of a way: a table, a bus, a queue, and workers. Raises LeftTheWay where they do otherwise."""

    def __init__(self, kit: Kit, dynamodb: Any, way: Way) -> None:
        self._dynamodb, self._way = dynamodb, way
        self._workers: dict[int, Worker] = {}
        self._said, self._gone, self._committed, self._marked = (set[int]() for _ in range(4))
        tally = kit.module("functions.tally")
        self._events = tally
        settings = kit.module("functions.kit.settings").ConsumerSettings("table", 3_600, 8, "bus", "queue")
        client: Any = Client(dynamodb)
        rows = kit.module("functions.kit.rows").RowStore(client, "table", 3_600)
        consumer = kit.module("functions.kit.consumer").Consumer
        adapters = {tally.Ask: lambda effect: "done"}
        service = tally.ASKING_TALLY if way.asks else tally.TALLY
        self._consumer: Callable[[], Any] = lambda: (
            consumer(service, tally.CONTRACTS, rows, adapters, settings, lambda: client, client).handle
        )

    def go(self) -> Iterator[tuple[Taken, Values]]:
        """Take each step; yield it with what is to be seen of row, bus and queue after it."""
        for step in self._way.steps:
            self._take(step)
            yield step, self._seen()

    def _take(self, step: Taken) -> None:
        if step.name == "begin":
            self._workers[step.worker] = Worker(self._consumer(), self._record(step.event))
            return
        worker = self._workers[step.worker]
        if step.name == "crash":
            worker.crash()
        elif step.name == "acknowledge":
            if worker.failed is None or worker.message in worker.failed:
                raise LeftTheWay(f"{step}: it has not answered that the record is done")
            self._gone.add(step.event)
        elif step.name != "assume":  # which asks nothing
            self._answer(worker, step)

    def _answer(self, worker: Worker, step: Taken) -> None:
        """Carry out the request that a worker waits with, as the step says."""
        request = worker.pending
        if request is None or request.operation != ASKED[step.name]:
            raise LeftTheWay(f"{step}: it asks {request and request.operation}")
        if step.name in ("put", "put some"):
            worker.go_on(self._put(request, step))
        elif step.name in ("cannot load", "cannot mark"):
            worker.go_on(ClientError({"Error": {"Code": "ThrottlingException"}}, request.operation))
        else:
            answer = self._carried_out(request)
            if step.name in ("commit", "commit twice") and not isinstance(answer, ClientError):
                self._committed.add(step.event)
            if step.name == "mark":
                self._marked.add(step.event)
            worker.go_on(answer if step.name != "commit twice" else self._carried_out(request))

    def _carried_out(self, request: Request) -> Any:
        try:
            return getattr(self._dynamodb, request.operation)(**request.parameters)
        except ClientError as error:
            return error

    def _put(self, request: Request, step: Taken) -> dict[str, Any]:
        """Take entries, all or those that the step names, and answer for each."""
        answers = []
        for entry in request.parameters["Entries"]:
            detail = json.loads(entry["Detail"])
            word = step.event * WORDS_OF_AN_EVENT + detail["number"]
            if step.name == "put" or word in step.words:
                self._said.add(word)
                answers.append({"EventId": "1"})
            else:
                answers.append({"ErrorCode": "InternalFailure"})
        return {"Entries": answers}

    def _seen(self) -> Values:
        """Return what is to be seen from outside, under the names of the model's cells."""
        item = self._dynamodb.get_item(TableName="table", Key={"pk": {"S": KEY}}, ConsistentRead=True).get("Item", {})
        state = json.loads(item["state"]["S"]) if item else {"counted": [], "asked": []}
        inbox, outbox = (item.get(name, {"M": {}})["M"] for name in ("inbox", "unpublished"))
        ids = self._ids()
        return {
            "version": {(): int(item["version"]["N"]) if item else 0},
            "known": {(at,): place_of(id) in inbox for at, id in ids},
            "words": {(at,): id in outbox for at, id in ids},
            "intends": {(at,): id in state["asked"] for at, id in ids},
            "effects": {(at,): state["counted"].count(id) for at, id in ids},
            "said": {(word,): word in self._said for word in range(len(ids) * WORDS_OF_AN_EVENT)},
            "gone": {(at,): at in self._gone for at, _ in ids},
            "committed": {(at,): at in self._committed for at, _ in ids},
            "marked": {(at,): at in self._marked for at, _ in ids},
        }

    def _ids(self) -> list[tuple[int, str]]:
        return [(at, f"e-{at}") for (at,) in self._way.steps[0].after["known"]]

    def _record(self, event: int) -> dict[str, Any]:
        """Return the record in which an event comes."""
        type = self._events.ASK if event in self._way.asks else self._events.COUNT
        type = self._events.BEGIN if event in self._way.begins else type
        envelope = {"event_id": f"e-{event}", "type": type, "version": "1.0", "timestamp": "2026-01-01T11:59:59.000Z"}
        detail = envelope | {"correlation_id": "c-1", "causation_id": "c-1", "hops": 0, "tally_id": "t-1"}
        body = {"id": f"b-{event}", "detail-type": type, "source": "outside", "detail": detail}
        times = dict.fromkeys(("SentTimestamp", "ApproximateFirstReceiveTimestamp"), str(int(NOON * 1_000)))
        return {
            "messageId": f"m-{event}",
            "receiptHandle": "handle",
            "body": json.dumps(body | {"version": "0", "time": "2026-01-01T11:59:59Z"}),
            "attributes": {"ApproximateReceiveCount": "1", **times},
            "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:queue",
        }


@contextmanager
def table(dynamodb: Any) -> Iterator[None]:
    """Have an empty table for a while."""
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    try:
        yield
    finally:
        dynamodb.delete_table(TableName="table")
